//! The verb `completions`: what a shell needs to complete the command's verbs and flags.

use clap::ArgMatches;
use clap_complete::Shell;

use crate::exit::Failure;
use crate::{cli, output};

/// Prints the completions for a shell.
pub fn run(verb: &ArgMatches) -> Result<(), Failure> {
    let shell: &String = verb.get_one("shell").expect("the command line has a shell");
    let shell: Shell = shell.parse().expect("the shells of the command line are known");
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command(), "spotify-token", &mut script);
    output::answer(&String::from_utf8(script).expect("the names of verbs and flags are ASCII"))
}
