//! One connection to a Redis server, for one operation, with one end for all of it: looking up the name, TLS, logging in, the
//! answer. The `redis` crate speaks over it. That crate's own connections have no limit for lookups and do not know how to
//! keep them out of a `fork()`.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{ConnectionLike, ErrorKind, Parser, RedisError, RedisResult, Value};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::config::RedisUrl;
use crate::config::environment::Environment;
use crate::store::record;
use crate::transport::{dns, roots, tls};

/// No answer of ours is longer.
const LONGEST_ANSWER: u64 = record::LIMIT as u64 + 1024;

/// How to get in.
pub(super) struct Connector {
    pub(super) url: RedisUrl,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) environment: Arc<Environment>,
    pub(super) patience: Duration,
}

impl Connector {
    /// A connection that is logged in, for as long as the patience lasts; or why there is none.
    pub(super) fn open(&self) -> Result<Connection, String> {
        let end = Instant::now() + self.patience;
        let mut socket = Timed {
            socket: self.dial(end)?,
            end,
        };
        let stream: Box<dyn Duplex> = if self.url.is_tls() {
            let mut tls = self.tls()?;
            let agreed = tls.complete_io(&mut socket);
            agreed.map_err(|error| format!("no secure connection: {error}"))?;
            Box::new(StreamOwned::new(tls, socket))
        } else {
            Box::new(socket)
        };
        let mut connection = Connection {
            stream,
            parser: Parser::new(),
            database: i64::from(self.url.database()),
        };
        self.log_in(&mut connection).map_err(|error| words(&error))?;
        Ok(connection)
    }

    fn dial(&self, end: Instant) -> Result<TcpStream, String> {
        let left = || end.saturating_duration_since(Instant::now());
        let addresses = dns::addresses(self.url.host(), self.url.port(), left()).map_err(|failure| match failure {
            dns::Failure::TimedOut => "looking up its name took too long".to_owned(),
            dns::Failure::Unknown(words) => format!("its name is not found: {words}"),
        })?;
        let mut fault = "its name has no address".to_owned();
        for (at, address) in addresses.iter().enumerate() {
            // One that swallows everything leaves time for the next.
            let share = left() / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(socket) => {
                    let _ = socket.set_nodelay(true);
                    return Ok(socket);
                }
                Err(error) => fault = format!("no connection: {}", error.kind()),
            }
        }
        Err(fault)
    }

    fn tls(&self) -> Result<ClientConnection, String> {
        let roots = roots::roots(self.ca_file.as_deref(), &self.environment).map_err(|e| e.message().to_owned())?;
        let name = ServerName::try_from(self.url.host().to_owned()).map_err(|error| error.to_string())?;
        ClientConnection::new(tls::trusting(roots.roots), name).map_err(|error| error.to_string())
    }

    fn log_in(&self, connection: &mut Connection) -> RedisResult<()> {
        let mut setup = redis::pipe();
        if let Some(password) = self.url.password() {
            let command = setup.cmd("AUTH");
            if let Some(user) = self.url.user() {
                command.arg(user.expose());
            }
            command.arg(password.expose()).ignore();
        }
        if self.url.database() != 0 {
            setup.cmd("SELECT").arg(self.url.database()).ignore();
        }
        if setup.is_empty() {
            return Ok(());
        }
        setup.exec(connection)
    }
}

/// What a connection runs over.
trait Duplex: Read + Write {}
impl<T: Read + Write> Duplex for T {}

/// A socket that nobody waits for after its end.
struct Timed {
    socket: TcpStream,
    end: Instant,
}

impl Timed {
    /// Does this within the time that is left, and again when a signal of the host's breaks it off.
    fn within<T>(&self, mut run: impl FnMut(&TcpStream, Option<Duration>) -> io::Result<T>) -> io::Result<T> {
        loop {
            let left = self.end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match run(&self.socket, Some(left)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.within(|mut socket, left| {
            socket.set_read_timeout(left)?;
            socket.read(buffer)
        })
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.within(|mut socket, left| {
            socket.set_write_timeout(left)?;
            socket.write(bytes)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// A connection that commands of the `redis` crate are sent over.
pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    parser: Parser,
    database: i64,
}

impl Connection {
    fn send(&mut self, packed: &[u8]) -> RedisResult<()> {
        self.stream.write_all(packed)?;
        Ok(self.stream.flush()?)
    }

    fn receive(&mut self) -> RedisResult<Value> {
        let mut limited = (&mut *self.stream).take(LONGEST_ANSWER);
        let answer = self.parser.parse_value(&mut limited);
        if limited.limit() == 0 {
            return Err((ErrorKind::Parse, "an answer without end").into());
        }
        answer
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command(&mut self, packed: &[u8]) -> RedisResult<Value> {
        self.send(packed)?;
        self.receive()
    }

    fn req_packed_commands(&mut self, packed: &[u8], offset: usize, count: usize) -> RedisResult<Vec<Value>> {
        self.send(packed)?;
        for _ in 0..offset {
            self.receive()?.extract_error()?;
        }
        (0..count).map(|_| self.receive()).collect()
    }

    fn get_db(&self) -> i64 {
        self.database
    }

    fn check_connection(&mut self) -> bool {
        redis::cmd("PING").exec(self).is_ok()
    }

    fn is_open(&self) -> bool {
        true
    }
}

/// What went wrong. A server's own words are not repeated, for some repeat what they were sent, a password or a token; its
/// code, the first word, is harmless.
pub(super) fn words(error: &RedisError) -> String {
    if error.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    if let Some(code) = code(error).filter(|code| is_code(code)) {
        return format!("it refuses with {code}");
    }
    match error.kind() {
        ErrorKind::Io => "the connection broke".to_owned(),
        _ => "its answer makes no sense".to_owned(),
    }
}

/// The first word of what a server refuses with.
pub(super) fn code(error: &RedisError) -> Option<String> {
    let refusals = error.clone().into_server_errors()?;
    refusals.first().map(|(_, refusal)| refusal.code().to_owned())
}

fn is_code(code: &str) -> bool {
    code.len() <= 16 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}
