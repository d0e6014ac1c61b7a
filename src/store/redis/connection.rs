//! One connection to a Redis server or a Sentinel, for one operation, with one limit for all of it: the lookup, TLS, the login and
//! the responses. The `redis` crate speaks over it. That crate's own connections have no limit for lookups and do not keep them out
//! of a `fork()`.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use redis::{ConnectionLike, ErrorKind, Parser, RedisError, RedisResult, Value};

use crate::cancel::Cancel;
use crate::config::{Environment, RedisNode, RedisUrl};
use crate::store::{StoreError, record};
use crate::transport::deadline::Deadline;
use crate::transport::dns::{self, LookupError};
use crate::transport::tls::{self, Stream};
use crate::transport::{connect, roots};

/// The longest response that is read.
const LONGEST_RESPONSE: u64 = record::LIMIT as u64 + 1024;

/// What to do about a server that cannot be used. It depends on what is kept there.
#[derive(Debug)]
pub(crate) struct Advice {
    /// About one that cannot be reached.
    pub(crate) server: &'static str,
    /// About a login that it refuses.
    pub(crate) login: &'static str,
    /// About a master that Sentinels do not know.
    pub(crate) master: &'static str,
    /// About one that is full.
    pub(crate) full: &'static str,
    /// About one that cannot be written to.
    pub(crate) replica: &'static str,
    /// What is wrong with a record of another type, and what to do about it.
    pub(crate) wrong_type: (&'static str, &'static str),
    /// About any other error.
    pub(crate) other: &'static str,
}

/// How to connect.
pub(crate) struct Connector {
    pub(crate) url: RedisUrl,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) environment: Arc<Environment>,
    pub(crate) advice: &'static Advice,
}

impl Connector {
    /// Opens a connection to a server, and logs in.
    pub(super) fn open(&self, node: &RedisNode, end: Instant) -> Result<Connection, StoreError> {
        let mut connection = self.connect(node, end)?;
        let logged_in = self.log_in(&mut connection, true);
        logged_in.map_err(|error| self.explain(&error))?;
        Ok(connection)
    }

    /// Asks a Sentinel for the server of the master of this name.
    pub(super) fn ask_sentinel(
        &self,
        sentinel: &RedisNode,
        master: &str,
        end: Instant,
    ) -> Result<Option<RedisNode>, StoreError> {
        let mut connection = self.connect(sentinel, end)?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(master);
        let mut response: RedisResult<Option<(String, u16)>> = question.query(&mut connection);
        // Sentinels have a login of their own, or none. One that wants a login gets that of the servers.
        if response.as_ref().is_err_and(|error| error.code() == Some("NOAUTH")) && self.url.password().is_some() {
            response = self
                .log_in(&mut connection, false)
                .and_then(|()| question.query(&mut connection));
        }
        let master = response.map_err(|error| self.explain(&error))?;
        Ok(master.map(|(host, port)| RedisNode { host, port }))
    }

    /// Opens a connection, and secures it where that is asked for.
    fn connect(&self, node: &RedisNode, end: Instant) -> Result<Connection, StoreError> {
        let stream = self.dial(node, end)?;
        Ok(Connection {
            stream,
            parser: Parser::new(),
            database: i64::from(self.url.database()),
        })
    }

    fn dial(&self, node: &RedisNode, end: Instant) -> Result<Box<dyn Stream>, StoreError> {
        let addresses = dns::addresses(&node.host, node.port, end, &Cancel::new()).map_err(|error| match error {
            LookupError::Stopped => self.too_slow(),
            LookupError::Failed(reason) => self.unreachable(format!("cannot find the host {}: {reason}", node.host)),
        })?;
        let socket = Deadline::new(end, None).and_then(|deadline| connect::connect(&addresses, deadline));
        let socket = socket.map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => self.too_slow(),
            kind => self.unreachable(format!("cannot connect to {node}: {kind}")),
        })?;
        if !self.url.is_tls() {
            return Ok(Box::new(socket));
        }
        let roots = roots::roots(self.ca_file.as_deref(), &self.environment)
            .map_err(|error| StoreError::tripping(error.what()).advise("Check the option ca_file"))?;
        let secured = tls::secure(Box::new(socket), &node.host, tls::client_config(roots.roots));
        secured.map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => self.too_slow(),
            _ => not_secure(&error.to_string()),
        })
    }

    fn log_in(&self, connection: &mut Connection, select: bool) -> RedisResult<()> {
        let mut setup = redis::pipe();
        if let Some(password) = self.url.password() {
            let command = setup.cmd("AUTH");
            if let Some(user) = self.url.user() {
                command.arg(user.expose());
            }
            command.arg(password.expose()).ignore();
        }
        if select && self.url.database() != 0 {
            setup.cmd("SELECT").arg(self.url.database()).ignore();
        }
        if setup.is_empty() {
            return Ok(());
        }
        setup.exec(connection)
    }

    /// Says what went wrong. A server's own text is not repeated, because some repeat what they were sent, a password or a token. Its
    /// code, the first word, is harmless.
    pub(super) fn explain(&self, error: &RedisError) -> StoreError {
        let advice = self.advice;
        if error.is_timeout() {
            return self.too_slow();
        }
        let refusals = error.clone().into_server_errors();
        let code = refusals.as_ref().and_then(|refusals| Some(refusals.first()?.1.code()));
        let Some(code) = code.filter(|code| is_code(code)) else {
            return match error.kind() {
                ErrorKind::Io => self.unreachable("the connection was lost"),
                _ => StoreError::tripping("the response is not one of Redis").advise(advice.server),
            };
        };
        let refused = StoreError::tripping(format!("the server refused with {code}"));
        match code {
            "NOAUTH" | "WRONGPASS" => refused.advise(advice.login),
            "NOPERM" => refused.advise("Give the user the permissions that docs/stores.md lists"),
            "OOM" => refused.advise(advice.full),
            "READONLY" => refused.advise(advice.replica),
            "WRONGTYPE" => StoreError::transient(advice.wrong_type.0).advise(advice.wrong_type.1),
            "CLUSTERDOWN" | "LOADING" | "MASTERDOWN" | "MOVED" | "ASK" | "TRYAGAIN" => {
                refused.advise("Wait until the servers are ready again")
            }
            _ => refused.advise(advice.other),
        }
    }

    fn too_slow(&self) -> StoreError {
        self.unreachable("no response in time")
    }

    fn unreachable(&self, what: impl Into<String>) -> StoreError {
        StoreError::tripping(what).advise(self.advice.server)
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
        let mut limited = (&mut *self.stream).take(LONGEST_RESPONSE);
        let response = self.parser.parse_value(&mut limited);
        if limited.limit() == 0 {
            return Err((ErrorKind::Parse, "an endless response").into());
        }
        response
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

/// Whether another server may do what this one did not. A login is wrong everywhere, and what is stored is the same.
pub(super) fn may_differ_elsewhere(error: &RedisError) -> bool {
    !matches!(
        error.code(),
        Some("NOAUTH" | "WRONGPASS" | "NOPERM" | "WRONGTYPE" | "OOM")
    )
}

fn not_secure(reason: &str) -> StoreError {
    StoreError::tripping(format!("no secure connection: {reason}"))
        .advise("Check the certificate of the server, and the option ca_file")
}

fn is_code(code: &str) -> bool {
    code.len() <= 16 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}
