//! A real Redis server on a free port, which a test can stop and start again.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Runs until it is dropped.
pub struct Redis {
    /// Where it listens.
    pub port: u16,
    directory: TempDir,
    arguments: Vec<String>,
    running: Option<Child>,
}

impl Redis {
    /// A server with nothing in it, which keeps nothing on disk.
    pub fn start(arguments: &[&str]) -> Redis {
        Redis::start_on("--port", |_| arguments.iter().map(|text| (*text).to_owned()).collect())
    }

    /// A server that speaks TLS alone, with the certificate and the key that `files` puts into its directory.
    pub fn start_with_tls(files: impl FnOnce(&Path) -> (std::path::PathBuf, std::path::PathBuf)) -> Redis {
        Redis::start_on("--tls-port", |directory| {
            let (certificate, key) = files(directory);
            let text = |path: std::path::PathBuf| path.into_os_string().into_string().unwrap();
            let fixed = ["--port", "0", "--tls-auth-clients", "no", "--tls-cert-file"];
            let mut arguments = fixed.map(ToOwned::to_owned).to_vec();
            arguments.extend([text(certificate), "--tls-key-file".to_owned(), text(key)]);
            arguments
        })
    }

    fn start_on(port_flag: &str, arguments: impl FnOnce(&Path) -> Vec<String>) -> Redis {
        let directory = TempDir::new().unwrap();
        let port = free_port();
        let mut arguments = arguments(directory.path());
        arguments.extend([port_flag.to_owned(), port.to_string()]);
        let mut redis = Redis {
            port,
            directory,
            arguments,
            running: None,
        };
        redis.start_again();
        redis
    }

    /// What `cache` is set to for it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it, with all that is in it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it on the same port, empty.
    pub fn start_again(&mut self) {
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
            .arg(self.directory.path())
            .args(&self.arguments)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.running = Some(child);
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(Instant::now() < end, "redis-server does not start");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Runs a command in it; gives what it says.
    pub fn say(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string(), "--no-auth-warning"])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }
}

/// Redis cannot say which port the kernel gave it. This one was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
