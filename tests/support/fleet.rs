//! The command, once or many times at once, in an environment that says nothing but what a test says.

use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use spotify_token::stand_in::StandIn;

use super::{SECRET, told};

/// The command, set to ask this server.
pub fn command(token_url: &str, cache: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spotify-token"));
    command
        .env_clear()
        .env("SPOTIFY_CACHE", cache)
        .env("SPOTIFY_DOTENV", "")
        .env("SPOTIFY_PROXY", "")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    told(&mut command, token_url, SECRET);
    command
}

/// Runs it; gives the token that it prints.
pub fn token_of(command: &mut Command) -> String {
    printed(&command.output().unwrap())
}

/// The token that it printed. Without one, the test fails with what it said.
pub fn printed(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let token = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(token.starts_with("BQ"), "{token}");
    token.trim_end().to_owned()
}

/// Processes that were started together.
pub struct Fleet(Vec<Child>);

impl Fleet {
    /// Starts one for each command.
    pub fn start(commands: impl IntoIterator<Item = Command>) -> Fleet {
        let mut fleet = Fleet(Vec::new());
        fleet.add(commands);
        fleet
    }

    /// Starts more.
    pub fn add(&mut self, commands: impl IntoIterator<Item = Command>) {
        let start = |mut command: Command| command.spawn().unwrap();
        self.0.extend(commands.into_iter().map(start));
    }

    /// Starts one for each command. The server answers no request before this many processes, each while it alone had the
    /// right to ask, were killed in the middle of theirs.
    pub fn start_and_kill(commands: impl IntoIterator<Item = Command>, server: &StandIn, kills: usize) -> Fleet {
        let named = commands.into_iter().enumerate().map(|(number, mut command)| {
            command.env("SPOTIFY_USER_AGENT", number.to_string());
            command
        });
        let mut fleet = Fleet::start(named);
        let mut killed = Vec::new();
        while killed.len() < kills {
            let asking = loop {
                let requests = server.requests();
                assert!(requests.len() <= killed.len() + 1, "two asked at the same time");
                if requests.len() > killed.len() {
                    break requests.last().unwrap().header("user-agent").unwrap().parse().unwrap();
                }
                thread::sleep(Duration::from_millis(1));
            };
            let victim: &mut Child = &mut fleet.0[asking];
            victim.kill().unwrap();
            victim.wait().unwrap();
            killed.push(asking);
        }
        let left = fleet.0.into_iter().enumerate();
        Fleet(
            left.filter(|(number, _)| !killed.contains(number))
                .map(|(_, child)| child)
                .collect(),
        )
    }

    /// Waits for those that are left; gives what they printed.
    pub fn outputs(self) -> Vec<Output> {
        let wait = |child: Child| child.wait_with_output().unwrap();
        self.0.into_iter().map(wait).collect()
    }

    /// Waits for those that are left; gives the tokens that they printed, each once.
    pub fn tokens(self) -> Vec<String> {
        let mut tokens: Vec<String> = self.outputs().iter().map(printed).collect();
        tokens.sort();
        tokens.dedup();
        tokens
    }
}
