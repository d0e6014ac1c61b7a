//! OpenSSL's command, for what rustls and rcgen refuse to do: weak keys, old signatures, old versions of TLS.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::support::installed::run;
use super::support::tls::Ca;

/// A certificate for `localhost` from this CA, made in a directory, with the key and the digest that `request` asks for;
/// gives the files of certificate and key.
pub fn certificate(ca: &Ca, directory: &Path, request: &[&str]) -> (PathBuf, PathBuf) {
    let file = |name: &str| directory.join(name);
    let (certificate, key) = (file("server.pem"), file("server.key"));
    run(Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-days", "7", "-subj", "/CN=localhost"])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .args(request)
        .arg("-CA")
        .arg(ca.file_in(directory))
        .arg("-CAkey")
        .arg(ca.key_file_in(directory))
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate));
    (certificate, key)
}

/// `openssl s_server`, running until it is dropped.
pub struct Server {
    /// Where it listens.
    pub port: u16,
    process: Child,
}

impl Server {
    /// Starts it with these files and flags.
    pub fn start((certificate, key): &(PathBuf, PathBuf), flags: &[&str]) -> Server {
        let mut process = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cert"])
            .arg(certificate)
            .arg("-key")
            .arg(key)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).find(|line| line.starts_with("ACCEPT"));
        let port = ready.and_then(|line| line.rsplit(':').next()?.parse().ok());
        Server {
            port: port.expect("it says where it listens"),
            process,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
