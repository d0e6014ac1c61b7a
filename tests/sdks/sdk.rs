//! What has to hold for an SDK with its adapter.

use std::fs;
use std::process::Command;
use std::time::Duration;

use spotify_token::stand_in::{Accounts, StandIn};

use crate::document;
use crate::internet::Internet;
use crate::program::Program;
use crate::support::installed::run;
use crate::support::tools;

/// An SDK, and a program that uses it. Lines of shell run in a folder of their own, with the bindings in `$BINDINGS` and the
/// programs in `$PROGRAMS`. The program's argument says what it does:
/// - `app`: 32 callers at once ask for the artist with a token of the app, then it searches; then it prints `expire`, waits for a
///   line, and does it again. Prints each name that it got, once.
/// - `user`: the same for the name of the user and the names of the playlists, with one caller.
/// - `without N`: prints `ready`, waits for a line, then N callers at once ask for the artist, as the SDK does it by itself. Logs as
///   much as the SDK can, and shows its objects as a debugger would.
/// - `with N`: the same with the adapter.
pub struct Sdk {
    /// As people call it: its heading in docs/sdks.md.
    pub name: &'static str,
    /// Where its registry has it.
    pub url: &'static str,
    /// Lines of shell that succeed where it is there.
    pub needs: &'static [&'static str],
    /// Makes the program ready.
    pub prepare: &'static str,
    /// Starts the program.
    pub program: &'static str,
    /// The file for the lines of docs/sdks.md, and what runs them.
    pub lines: (&'static str, &'static str),
    /// What it does with tokens without an adapter.
    pub by_itself: ByItself,
}

pub enum ByItself {
    /// It gets none: there is nothing to measure.
    NoTokens,
    /// It gets tokens, and shows the secret there; empty: nowhere.
    Tokens { shows_secret: &'static str },
}

/// How many callers ask at once.
pub const CALLERS: usize = 32;

impl Sdk {
    /// Many callers share one token request, and after the token has expired one more.
    pub fn serves_an_app(&self) {
        let Some(internet) = self.internet(Accounts::default()) else {
            return;
        };
        let mut program = Program::start(&mut self.line(&internet, "app"));
        let shows_the_artist = |program: &mut Program| {
            program.prints("artist: Pitbull");
            program.prints("search: Pitbull");
        };
        shows_the_artist(&mut program);
        assert_eq!(internet.server.requests().len(), 1);
        program.prints("expire");
        expire(&internet.server);
        program.go_on();
        shows_the_artist(&mut program);
        program.ends();
        assert_eq!(internet.server.requests().len(), 2);
        // Each caller once, and those who got a 401 once more.
        let requests = internet.server.api_requests().len();
        assert!((2 * CALLERS + 3..=3 * CALLERS + 2).contains(&requests), "{requests}");
    }

    /// A user who has logged in is served as long as the login is good, and a refresh is made once.
    pub fn serves_a_user(&self) {
        let Some(internet) = self.internet(Accounts::default()) else {
            return;
        };
        internet.log_in("user-read-private playlist-read-private");
        let requests = internet.server.requests().len();
        let mut program = Program::start(self.line(&internet, "user").env_remove("CLIENT_SECRET"));
        let shows_the_user = |program: &mut Program| {
            program.prints("me: JM Wizzler");
            program.prints("playlists: Monday Morning, Songs for \"the\" road <3, Nur für mich, 夜のドライブ");
        };
        shows_the_user(&mut program);
        let later = internet.server.requests().len();
        assert_eq!(later, requests, "the token is that of the login");
        program.prints("expire");
        expire(&internet.server);
        program.go_on();
        shows_the_user(&mut program);
        program.ends();
        let refreshes = (internet.server.refreshes(), internet.server.overlapping_refreshes());
        assert_eq!(refreshes, (1, 0));
    }

    /// What docs/sdks.md tells people to paste prints the artist.
    pub fn runs_the_lines_of_the_document(&self) {
        let Some(internet) = self.internet(Accounts::default()) else {
            return;
        };
        let (file, line) = self.lines;
        fs::write(internet.home().join(file), document::lines_below(self.name)).unwrap();
        let output = run(&mut internet.line(line));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "Pitbull\n");
    }

    /// Whether the SDK is on this machine.
    pub fn is_there(&self) -> bool {
        self.needs.iter().all(|check| tools::require_that(self.name, check))
    }

    /// Makes a machine with the program ready. `None` where a tool is missing.
    pub fn internet(&self, accounts: Accounts) -> Option<Internet> {
        if !self.is_there() {
            return None;
        }
        let internet = Internet::with(accounts)?;
        run(&mut internet.line(self.prepare));
        Some(internet)
    }

    /// Returns the line that starts the program with these arguments.
    pub fn line(&self, internet: &Internet, arguments: &str) -> Command {
        internet.line(&format!("exec {} {arguments}", self.program))
    }
}

/// Ends the tokens that the server has issued. Their users do not notice.
fn expire(server: &StandIn) {
    server.advance(Duration::from_secs(3600));
}

/// The tests of SDKs: of each, those of its functions that are listed.
#[macro_export]
macro_rules! tested {
    ($($name:ident: $sdk:ident { $($test:ident),* $(,)? })*) => {
        $(
            mod $name {
                $(
                    #[test]
                    fn $test() {
                        super::$sdk.$test();
                    }
                )*
            }
        )*
    };
}
