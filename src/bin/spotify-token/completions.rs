//! The verb `completions`: prints the script by which a shell completes verbs and flags.

use clap::ArgMatches;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::{cli, output};

/// Prints the completions for a shell.
pub fn run(verb: &ArgMatches) -> Result<(), Exit> {
    let shell: &String = verb.get_one("shell").expect("the command line has a shell");
    let shell: Shell = shell.parse().expect("the command line takes known shells only");
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command(), "spotify-token", &mut script);
    output::write(&String::from_utf8(script).expect("the names of verbs and flags are ASCII"))
}
