//! One connection to a Redis server, for one operation, with one end for all of it: looking up the name, TLS, logging
//! in, the answer. The `redis` crate speaks over it. That crate's own connections have no limit for lookups and do not
//! know how to keep them out of a `fork()`.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{ConnectionLike, ErrorKind, Parser, RedisError, RedisResult, Value};

use crate::cancel::Cancel;
use crate::config::RedisUrl;
use crate::config::environment::Environment;
use crate::store::record;
use crate::transport::deadline::Deadline;
use crate::transport::dns::{self, LookupError};
use crate::transport::tls::{self, Stream};
use crate::transport::{connect, roots};

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
        let mut connection = Connection {
            stream: self.dial(Instant::now() + self.patience)?,
            parser: Parser::new(),
            database: i64::from(self.url.database()),
        };
        self.log_in(&mut connection).map_err(|error| words(&error))?;
        Ok(connection)
    }

    fn dial(&self, end: Instant) -> Result<Box<dyn Stream>, String> {
        let (host, port) = (self.url.host(), self.url.port());
        let addresses = dns::addresses(host, port, end, &Cancel::new()).map_err(|error| match error {
            LookupError::Stopped => "looking up its name took too long".to_owned(),
            LookupError::Failed(words) => format!("its name is not found: {words}"),
        })?;
        let socket = Deadline::new(end, None).and_then(|deadline| connect::connect(&addresses, deadline));
        let socket = socket.map_err(|error| format!("no connection: {}", error.kind()))?;
        if !self.url.is_tls() {
            return Ok(Box::new(socket));
        }
        let roots = roots::roots(self.ca_file.as_deref(), &self.environment).map_err(|e| e.message().to_owned())?;
        tls::secure(Box::new(socket), host, tls::client_config(roots.roots))
            .map_err(|error| format!("no secure connection: {error}"))
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

/// A connection that commands of the `redis` crate are sent over.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
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

/// What went wrong. A server's own words are not repeated, for some repeat what they were sent, a password or a token;
/// its code, the first word, is harmless.
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
