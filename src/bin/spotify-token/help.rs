//! The verb `help`.

use clap::ArgMatches;

use crate::exit::Exit;
use crate::{cli, output};

/// Prints what `--help` prints, of the command or of a verb.
pub fn run(verb: &ArgMatches) -> Result<(), Exit> {
    let about = verb.get_one::<String>("verb").map(String::as_str);
    let arguments = ["spotify-token"].into_iter().chain(about).chain(["--help"]);
    output::write(&cli::help(arguments))
}
