//! What docs/sdks.md says of an SDK, measured: token requests without and with the adapter, and where the secret is shown.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use spotify_token::stand_in::Accounts;

use crate::document;
use crate::program::Program;
use crate::sdk::{ByItself, CALLERS, Sdk};
use crate::support::{ID, SECRET};

const PROCESSES: usize = 10;

/// How long the server takes to answer, so that callers who start together ask before one has an answer.
const DELAY: Duration = Duration::from_millis(1500);

/// The lifetime of a token, in seconds: each is near its end, when SDKs want the next one.
const LIFETIME: i64 = 30;

struct Measured {
    by_callers: usize,
    by_processes: usize,
    shows_secret: bool,
}

impl Sdk {
    /// Compares the row of docs/sdks.md with what is measured.
    pub fn is_measured(&self) {
        let Some(with) = self.measured("with") else { return };
        assert!(!with.shows_secret);
        let by_itself = match self.by_itself {
            ByItself::NoTokens => "gets no tokens | |".to_owned(),
            ByItself::Tokens { shows_secret } => {
                let Some(without) = self.measured("without") else {
                    return;
                };
                assert_eq!(without.shows_secret, !shows_secret.is_empty());
                format!("{} | {} | {shows_secret}", without.by_callers, without.by_processes)
            }
        };
        let (callers, processes) = (with.by_callers, with.by_processes);
        document::has_row(&format!(
            "| [{}]({}) | {by_itself} | {callers} | {processes} |",
            self.name, self.url
        ));
    }

    /// Counts the token requests of many callers in one process, and of one caller in each of many processes. `None` where a tool
    /// is missing.
    fn measured(&self, mode: &str) -> Option<Measured> {
        let (by_callers, said) = self.requests_of(1, &format!("{mode} {CALLERS}"))?;
        let (by_processes, said_by_processes) = self.requests_of(PROCESSES, &format!("{mode} 1"))?;
        Some(Measured {
            by_callers,
            by_processes,
            shows_secret: shows_secret(&(said + &said_by_processes)),
        })
    }

    /// Runs as many processes, which begin at the same time. Returns the number of token requests, and what the processes said.
    fn requests_of(&self, processes: usize, arguments: &str) -> Option<(usize, String)> {
        let internet = self.internet(Accounts {
            delay: DELAY,
            expires_in: LIFETIME,
            ..Accounts::default()
        })?;
        let mut line = self.line(&internet, arguments);
        line.env("SPOTIFY_CACHE", "file");
        let mut programs: Vec<Program> = (0..processes).map(|_| Program::start(&mut line)).collect();
        programs.iter_mut().for_each(|program| program.prints("ready"));
        programs.iter_mut().for_each(Program::go_on);
        let said = programs.into_iter().map(Program::ends).collect();
        Some((internet.server.requests().len(), said))
    }
}

fn shows_secret(text: &str) -> bool {
    text.contains(SECRET) || text.contains(&STANDARD.encode(format!("{ID}:{SECRET}")))
}
