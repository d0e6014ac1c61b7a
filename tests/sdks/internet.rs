//! A machine on which Spotify's hosts are the stand-in: its hosts file leads to an address on loopback, where a server has a
//! certificate for their names. So SDKs run as they are, and nothing in them is replaced.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustls::ALL_VERSIONS;
use spotify_token::stand_in::{Accounts, StandIn};
use tempfile::TempDir;

use crate::support::installed::{prefix, root};
use crate::support::tls::{ACCOUNTS, API, Ca, Flaw};
use crate::support::{ID, SECRET, tools};

pub struct Internet {
    pub server: StandIn,
    prefix: &'static Path,
    folder: TempDir,
}

impl Internet {
    /// Starts the stand-in with these accounts. `None` where a tool or a right is missing.
    pub fn with(accounts: Accounts) -> Option<Internet> {
        if !tools::require_that("unshare", "unshare -rm true") {
            return None;
        }
        let Some(listener) = listener_at_443() else {
            tools::missing("the right to listen at port 443");
            return None;
        };
        let address = listener.local_addr().unwrap().ip();
        let server = StandIn::spotify(accounts).unwrap();
        let ca = Ca::new();
        ca.front_at(listener, Flaw::None, ALL_VERSIONS, server.address());
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        ca.file_in(folder.path());
        let hosts = format!("127.0.0.1 localhost\n{address} {ACCOUNTS} {API}\n");
        fs::write(folder.path().join("hosts"), hosts).unwrap();
        Some(Internet {
            server,
            prefix: prefix()?,
            folder,
        })
    }

    /// Returns a line of shell that runs on this machine, in a folder of its own, with the bindings of the source tree and the
    /// credentials of the app.
    pub fn line(&self, line: &str) -> Command {
        let inherited = ["PATH", "NODE_PATH"].map(|name| (name, std::env::var_os(name).unwrap_or_default()));
        let ca = self.folder.path().join("ca.pem");
        let mut command = Command::new("unshare");
        command
            .args([
                "-rm",
                "sh",
                "-euc",
                "mount --bind \"$HOSTS\" /etc/hosts; exec sh -euc \"$0\"",
                line,
            ])
            .current_dir(self.home())
            .env_clear()
            .envs(inherited)
            .env("HOME", self.home())
            .env("HOSTS", self.folder.path().join("hosts"))
            .env("LD_LIBRARY_PATH", self.prefix.join("lib"))
            .env("PYTHONPATH", root().join("bindings/python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("BINDINGS", root().join("bindings"))
            .env("PROGRAMS", root().join("tests/sdks/programs"))
            .env("CLIENT_ID", ID)
            .env("CLIENT_SECRET", SECRET)
            .env("SPOTIFY_DOTENV", "");
        // Each runtime has its own way to be told of a CA certificate.
        for variable in [
            "SPOTIFY_CA_FILE",
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
        ] {
            command.env(variable, &ca);
        }
        command
    }

    /// Logs the user in with these scopes, by this project's command.
    pub fn log_in(&self, scopes: &str) {
        let command = self.prefix.join("bin/spotify-token");
        let line = format!("exec '{}' login --no-browser --scope '{scopes}'", command.display());
        let mut login = self
            .line(&line)
            .env("SPOTIFY_AUTHORIZE_URL", self.server.authorize_url())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(login.stderr.take().unwrap()).lines();
        let mut lines = lines.map(|line| line.unwrap().trim().to_owned());
        let url = lines.find(|line| line.starts_with("http")).unwrap();
        writeln!(login.stdin.as_ref().unwrap(), "{}", self.server.agree(&url)).unwrap();
        assert!(login.wait().unwrap().success(), "{:?}", lines.collect::<Vec<_>>());
    }

    /// Returns the folder in which lines of shell run.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }
}

/// Listens at port 443 of an address that nobody else uses: all of 127.0.0.0/8 is this machine.
fn listener_at_443() -> Option<TcpListener> {
    let mut addresses = (0..50).map(|_| Ipv4Addr::new(127, fastrand::u8(1..), fastrand::u8(..), fastrand::u8(1..255)));
    addresses.find_map(|address| TcpListener::bind((address, 443)).ok())
}
