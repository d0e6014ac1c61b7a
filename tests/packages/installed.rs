//! An installed package, and what has to hold for it in every language.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use spotify_token::stand_in::StandIn;
use tempfile::TempDir;

use crate::environment::Environment;
use crate::package::Package;
use crate::support::installed::{library_with_another_abi, run};
use crate::support::{SECRET, server, told};

pub struct Installed {
    package: &'static Package,
    pub files: TempDir,
    pub environment: Environment,
    /// What was there before.
    before: BTreeSet<PathBuf>,
}

impl Installed {
    /// Installs a package as the README says. `None` where a tool is missing.
    pub fn of(package: &'static Package) -> Option<Installed> {
        let environment = Environment::with(package)?;
        let files = package.files()?;
        run(&mut environment.line(package.prepare, files.path()));
        let before = environment.contents("env");
        run(&mut environment.offline_line(&package.install_line(), files.path()));
        Some(Installed {
            package,
            files,
            environment,
            before,
        })
    }

    /// Returns a line of shell that knows the server.
    pub fn line(&self, line: &str, server: &StandIn) -> Command {
        knowing(self.environment.line(line, self.files.path()), server)
    }

    pub fn brings_the_command(&self) {
        let server = server();
        let output = run(&mut self.line("spotify-token token", &server));
        assert!(output.stdout.starts_with(b"BQ"));
    }

    fn artist(&self, server: &StandIn) -> Command {
        self.line(self.package.artist, server)
    }

    pub fn prints_the_artist(&self) {
        let server = server();
        prints_the_artist(&mut self.artist(&server));
    }

    pub fn says_that_the_secret_is_wrong(&self) {
        let server = server();
        says_that_the_secret_is_wrong(&mut self.artist(&server));
    }

    pub fn works_without_a_home(&self) {
        let server = server();
        prints_the_artist(self.artist(&server).env_remove("HOME"));
    }

    /// A library that the loader would find has another ABI: it is not used.
    pub fn uses_its_own_library(&self) {
        let other = tempfile::tempdir().unwrap();
        library_with_another_abi(other.path(), 24, 9);
        let server = server();
        prints_the_artist(self.artist(&server).env("LD_LIBRARY_PATH", other.path()));
    }

    pub fn works_where_nothing_can_be_written(&self) {
        let line = self.environment.read_only_line(self.package.artist, self.files.path());
        if let Some(line) = line {
            let server = server();
            prints_the_artist(&mut knowing(line, &server));
        }
    }

    pub fn leaves_nothing_when_it_is_uninstalled(&self) {
        let uninstall = self.package.uninstall;
        run(&mut self.environment.offline_line(uninstall, self.files.path()));
        let after = self.environment.contents("env");
        let left: Vec<_> = after.difference(&self.before).collect();
        assert!(left.is_empty(), "{left:#?}");
        for path in self.environment.contents("home") {
            assert!(!path.to_str().unwrap().contains("spotify"), "{}", path.display());
        }
    }
}

/// A program that knows the server and the right secret.
pub fn knowing(mut command: Command, server: &StandIn) -> Command {
    told(&mut command, &server.token_url(), SECRET)
        .env("SPOTIFY_API_URL", server.api_url())
        .env("SPOTIFY_CACHE", "memory");
    command
}

pub fn prints_the_artist(command: &mut Command) {
    let output = run(command);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Pitbull\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

pub fn says_that_the_secret_is_wrong(command: &mut Command) {
    let output = command.env("CLIENT_SECRET", "canary-wrong").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(
        message.contains("the server rejected the client id or secret"),
        "{message}"
    );
    assert!(!message.contains("canary"), "{message}");
}

/// Runs a command that has to fail. Returns what it said.
pub fn fails(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}
