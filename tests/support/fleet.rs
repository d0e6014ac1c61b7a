//! The command, once or many times at once, in an environment that says nothing but what a test says.

use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

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
        Fleet(
            commands
                .into_iter()
                .map(|mut command| command.spawn().unwrap())
                .collect(),
        )
    }

    /// The same, and kills the first `count`, each at a random moment in this time of its life.
    pub fn start_and_kill(commands: impl IntoIterator<Item = Command>, count: usize, within: Duration) -> Fleet {
        let mut commands = commands.into_iter();
        let killers: Vec<_> = commands
            .by_ref()
            .take(count)
            .map(|mut command| {
                let mut victim = command.spawn().unwrap();
                let moment = within.mul_f64(fastrand::f64());
                thread::spawn(move || {
                    thread::sleep(moment);
                    victim.kill().unwrap();
                    victim.wait().unwrap();
                })
            })
            .collect();
        let fleet = Fleet::start(commands);
        for killer in killers {
            killer.join().unwrap();
        }
        fleet
    }

    /// Waits for those that are left; gives the tokens that they printed, each once.
    pub fn tokens(self) -> Vec<String> {
        let outputs = self.0.into_iter().map(|child| child.wait_with_output().unwrap());
        let mut tokens: Vec<String> = outputs.map(|output| printed(&output)).collect();
        tokens.sort();
        tokens.dedup();
        tokens
    }
}
