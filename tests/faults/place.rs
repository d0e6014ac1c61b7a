//! Where a row is run: variables, a directory, and the servers and proxies that the fault takes. What an arrangement says
//! here holds for the library and for the command alike.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::version::{TLS12, TLS13};
use spotify_token::stand_in::{Reply, StandIn};
use spotify_token::unstable::{self, Config, Environment, Logger, Parts, Settings};
use spotify_token::{Client, Error};
use tempfile::TempDir;

use super::support::proxy::{Manner, Proxy};
use super::support::tls::{Ca, Flaw, serve};
use super::support::{self, ID, SECRET, clock::Moved};

/// A directory, variables, servers. Everything goes when it is dropped.
pub struct Place {
    directory: TempDir,
    variables: Vec<(String, String)>,
    servers: Vec<StandIn>,
    proxies: Vec<Proxy>,
    /// Requests to servers that are no stand-in.
    heard: Arc<AtomicUsize>,
    /// Requests that belong to the arrangement.
    forgotten: usize,
    /// What has to live as long.
    kept: Vec<Box<dyn std::any::Any>>,
    /// What the command is started with: a shell line that ends in `exec "$@"`, for a machine of its own.
    pub wrapped_in: Option<String>,
    /// Whether a call is where it is to be ended; when a request has arrived, where nothing else is said.
    pub reached: Option<Box<dyn Fn() -> bool>>,
}

impl Place {
    /// `attempt_timeout_ms` where a row waits for it.
    pub const ATTEMPT_MS: u64 = 300;
    /// `timeout_ms` where a row waits for it.
    pub const CALL_MS: u64 = 2000;
    /// What a server asks us to wait for.
    pub const WISH_MS: u64 = 1000;

    /// No credentials and no server. Nothing is cached, and no dotenv file is read.
    pub fn empty() -> Place {
        let mut place = Place {
            directory: TempDir::new().unwrap(),
            variables: Vec::new(),
            servers: Vec::new(),
            proxies: Vec::new(),
            heard: Arc::default(),
            forgotten: 0,
            kept: Vec::new(),
            wrapped_in: None,
            reached: None,
        };
        place.set("SPOTIFY_CACHE", "memory").set("SPOTIFY_DOTENV", "");
        let home = place.directory.path().display().to_string();
        place.set("HOME", &home);
        place
    }

    /// With credentials that are right.
    pub fn credentials(&mut self) -> &mut Place {
        self.set("CLIENT_ID", ID).set("CLIENT_SECRET", SECRET)
    }

    /// With this variable.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Place {
        self.unset(name).variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without this variable.
    pub fn unset(&mut self, name: &str) -> &mut Place {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// With a file in the directory that is home and working directory; gives its path.
    pub fn file(&mut self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// A path in that directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// That directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What has to live as long as the place.
    pub fn keep(&mut self, what: impl std::any::Any) {
        self.kept.push(Box::new(what));
    }

    /// Tries are short.
    pub fn impatient(&mut self) -> &mut Place {
        self.set("SPOTIFY_ATTEMPT_TIMEOUT_MS", &Place::ATTEMPT_MS.to_string())
    }

    /// The call is short, and a try may take all of it.
    pub fn hurried(&mut self) -> &mut Place {
        self.set("SPOTIFY_TIMEOUT_MS", &Place::CALL_MS.to_string())
    }

    /// A server that answers as Spotify does, and credentials that it knows.
    pub fn spotify(&mut self) -> &mut Place {
        self.asks(support::server())
    }

    /// A server that gives these answers, and credentials.
    pub fn answers(&mut self, replies: impl IntoIterator<Item = Reply>) -> &mut Place {
        self.asks(StandIn::scripted(replies).unwrap())
    }

    /// This server, and credentials.
    pub fn asks(&mut self, server: StandIn) -> &mut Place {
        let url = server.token_url();
        self.servers.push(server);
        self.credentials().set("SPOTIFY_TOKEN_URL", &url)
    }

    /// A server of plain HTTP that does this with each connection once a request is there.
    pub fn raw_http(&mut self, handle: impl Fn(TcpStream) + Send + Sync + 'static) -> &mut Place {
        let heard = self.heard.clone();
        self.raw("http", move |stream| {
            let mut start = [0; 5];
            if stream.peek(&mut start).is_ok() && start == *b"POST " {
                heard.fetch_add(1, Ordering::SeqCst);
            }
            handle(stream);
        })
    }

    /// A server that does this with each connection. What it hears counts as no request.
    pub fn raw(&mut self, scheme: &str, handle: impl Fn(TcpStream) + Send + Sync + 'static) -> &mut Place {
        let port = serve(handle);
        self.asks_port(scheme, "127.0.0.1", port)
    }

    /// The server at this port.
    pub fn asks_port(&mut self, scheme: &str, host: &str, port: u16) -> &mut Place {
        self.credentials()
            .set("SPOTIFY_TOKEN_URL", &format!("{scheme}://{host}:{port}/api/token"))
    }

    /// Spotify behind TLS with such a certificate, known as `localhost`; its CA is trusted. Gives the port.
    pub fn tls(&mut self, flaw: Flaw) -> u16 {
        self.tls_in_front_of(flaw, support::server())
    }

    /// TLS in front of a server that gives these answers.
    pub fn tls_answers(&mut self, replies: impl IntoIterator<Item = Reply>) -> u16 {
        self.tls_in_front_of(Flaw::None, StandIn::scripted(replies).unwrap())
    }

    /// TLS in front of this server.
    pub fn tls_in_front_of(&mut self, flaw: Flaw, server: StandIn) -> u16 {
        let ca = Ca::new();
        let port = ca.front(flaw, &[&TLS13, &TLS12], server.address());
        self.servers.push(server);
        self.trusts(&ca).asks_port("https", "localhost", port);
        port
    }

    /// This CA is trusted, and no other.
    pub fn trusts(&mut self, ca: &Ca) -> &mut Place {
        let file = ca.file_in(self.directory.path()).display().to_string();
        self.set("SPOTIFY_CA_FILE", &file)
    }

    /// A proxy; gives its address, without a scheme.
    pub fn proxy(&mut self, manner: Manner) -> String {
        let proxy = Proxy::new(manner);
        let address = format!("127.0.0.1:{}", proxy.port);
        self.proxies.push(proxy);
        address
    }

    /// The requests so far belong to the arrangement.
    pub fn forget_requests(&mut self) {
        self.forgotten += self.requests();
    }

    /// How many requests the token servers saw since.
    pub fn requests(&self) -> usize {
        let seen: usize = self.servers.iter().map(|server| server.requests().len()).sum();
        seen + self.heard.load(Ordering::SeqCst) - self.forgotten
    }

    /// How many the proxies saw.
    pub fn proxied(&self) -> usize {
        self.proxies.iter().map(|proxy| proxy.asked().len()).sum()
    }

    /// Whether a call is where it is to be ended.
    pub fn is_reached(&self) -> bool {
        self.reached
            .as_ref()
            .map_or(self.requests() + self.proxied() > 0, |reached| reached())
    }

    /// What the proxies heard.
    pub fn heard_by_proxies(&self) -> String {
        self.proxies.iter().flat_map(Proxy::asked).collect()
    }

    /// Host and port of the last server.
    pub fn address(&self) -> SocketAddr {
        self.servers.last().unwrap().address()
    }

    /// The value of a variable.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A client in this place, with this clock, or with the system's.
    pub fn client(&self, log: Logger, clock: Option<Moved>) -> Result<Client, Error> {
        let environment = Environment::from_pairs(self.variables.iter().cloned());
        Ok(unstable::client_from(Parts {
            settings: Settings::resolve(&Config::new(), &environment)?,
            environment,
            log,
            transport: None,
            clock: clock.map(|clock| Box::new(clock) as Box<_>),
        }))
    }

    /// The command in this place.
    pub fn command(&self) -> Command {
        const COMMAND: &str = env!("CARGO_BIN_EXE_spotify-token");
        let mut command = match &self.wrapped_in {
            None => Command::new(COMMAND),
            Some(line) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-ec", line, "sh", COMMAND]);
                shell
            }
        };
        self.put_into(&mut command);
        command
    }

    /// Any program in this place.
    pub fn put_into(&self, command: &mut Command) {
        command
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.directory.path());
    }

    /// A text of this place as it reads in every other, and on every day: ports, paths, days and the names of files in a cache have
    /// names.
    pub fn normalised(&self, text: &str) -> String {
        let text = text.replace(&self.directory.path().display().to_string(), "PATH");
        let text = without_days(&text);
        let mut rest = text.as_str();
        let mut normal = String::new();
        while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(from.len());
            normal += before;
            normal += match &from[..end] {
                // The kernel's free ports have five digits.
                port if end == 5 && before.ends_with(':') && port.parse::<u16>().is_ok() => "PORT",
                _ if end == 64 => "HASH",
                other => other,
            };
            rest = &from[end..];
        }
        normal + rest
    }
}

/// A port on which nobody listens. Not one that the kernel just gave and took back: it may give it to another row.
pub const NOBODYS_PORT: u16 = 9;

/// Names each day, such as `2026-11-26`.
fn without_days(text: &str) -> String {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let is_day = |part: &[u8]| {
        let (digits, dashes): (Vec<u8>, Vec<u8>) = part.iter().partition(|byte| is_digit(byte));
        digits.len() == 8 && dashes == b"--" && part[4] == b'-' && part[7] == b'-'
    };
    let mut rest = text;
    let mut named = String::new();
    while let Some(start) = rest.as_bytes().windows(10).position(is_day) {
        named += &rest[..start];
        named += "DAY";
        rest = &rest[start + 10..];
    }
    named + rest
}
