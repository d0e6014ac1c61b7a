//! Finds the server that has our keys, for one operation: the one that is named, the node of a Cluster that its redirects lead to
//! (MOVED, ASK), or the master that Sentinels name.

use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};

use super::connection::{Connection, Connector, may_differ_elsewhere};
use crate::config::RedisNode;
use crate::store::StoreError;

/// How many redirects are followed for one command.
const MAX_REDIRECTS: u32 = 5;

/// Where Redis is, and for how long an operation may wait.
pub(crate) struct Servers {
    pub(crate) connector: Connector,
    pub(crate) limit: Duration,
    /// The node that had our keys last, or the Sentinel that answered last: it is tried first.
    last: ArcSwapOption<RedisNode>,
}

impl Servers {
    pub(crate) fn new(connector: Connector, limit: Duration) -> Servers {
        Servers {
            connector,
            limit,
            last: ArcSwapOption::empty(),
        }
    }

    /// Begins an operation.
    pub(crate) fn session(&self) -> Session<'_> {
        Session {
            servers: self,
            end: Instant::now() + self.limit,
            open: None,
        }
    }

    /// Returns the servers or Sentinels in the order in which they are tried.
    fn candidates(&self) -> Vec<RedisNode> {
        let last = self.last.load();
        let last = last.as_deref();
        let others = self.connector.url.nodes().iter().filter(|node| last != Some(*node));
        last.into_iter().chain(others).cloned().collect()
    }

    fn remember(&self, node: &RedisNode) {
        if self.last.load().as_deref() != Some(node) {
            self.last.store(Some(node.clone().into()));
        }
    }
}

/// One operation: its commands go over one connection, as far as one server has all the keys.
pub(crate) struct Session<'s> {
    servers: &'s Servers,
    end: Instant,
    open: Option<(RedisNode, Connection)>,
}

/// Why a server did not do it.
struct Failure {
    error: StoreError,
    /// Whether another server may do it.
    go_on: bool,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure { error, go_on: true }
    }
}

impl Failure {
    fn new(error: &RedisError, connector: &Connector) -> Failure {
        Failure {
            go_on: may_differ_elsewhere(error),
            error: connector.explain(error),
        }
    }
}

impl Session<'_> {
    /// Runs a command on the server that has its key.
    pub(crate) fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, StoreError> {
        if let Some((node, connection)) = self.open.take() {
            return self
                .follow(node, connection, command, self.end)
                .map_err(|failure| failure.error);
        }
        let candidates = self.servers.candidates();
        let mut last_error = StoreError::tripping("no server is named");
        for (at, node) in candidates.iter().enumerate() {
            // One that does not respond leaves time for the next.
            let left = self.end.saturating_duration_since(Instant::now());
            let end = Instant::now() + left / u32::try_from(candidates.len() - at).unwrap_or(u32::MAX);
            match self.try_candidate(node, command, end) {
                Ok(value) => return Ok(value),
                Err(failure) if !failure.go_on => return Err(failure.error),
                Err(failure) => last_error = failure.error,
            }
        }
        Err(last_error)
    }

    fn try_candidate<T: FromRedisValue>(
        &mut self,
        node: &RedisNode,
        command: &Cmd,
        end: Instant,
    ) -> Result<T, Failure> {
        let connector = &self.servers.connector;
        let Some(master) = connector.url.sentinel_master() else {
            let connection = connector.open(node, end)?;
            return self.follow(node.clone(), connection, command, end);
        };
        let Some(server) = connector.ask_sentinel(node, master, end)? else {
            let error = StoreError::tripping(format!("the Sentinel {node} knows no master named {master}"));
            return Err(error.advise(connector.advice.master).into());
        };
        self.servers.remember(node);
        let connection = connector.open(&server, end)?;
        self.follow(server, connection, command, end)
    }

    /// Runs a command, on another node where this one says so. The connection that served it is kept for the next command.
    fn follow<T: FromRedisValue>(
        &mut self,
        mut node: RedisNode,
        mut connection: Connection,
        command: &Cmd,
        end: Instant,
    ) -> Result<T, Failure> {
        let connector = &self.servers.connector;
        let mut asking = false;
        for _ in 0..=MAX_REDIRECTS {
            if asking {
                let asked = redis::cmd("ASKING").exec(&mut connection);
                asked.map_err(|error| Failure::new(&error, connector))?;
            }
            let error = match command.query(&mut connection) {
                Ok(value) => {
                    if !asking {
                        self.open = Some((node, connection));
                    }
                    return Ok(value);
                }
                Err(error) => error,
            };
            let Some(target) = redirect_of(&error, &node) else {
                return Err(Failure::new(&error, connector));
            };
            node = target;
            connection = connector.open(&node, end)?;
            asking = error.kind() == ErrorKind::Server(ServerErrorKind::Ask);
            if !asking {
                self.servers.remember(&node);
            }
        }
        Err(StoreError::tripping("the servers redirect without end")
            .advise("Check the Cluster with redis-cli --cluster check")
            .into())
    }
}

/// Returns where a redirect leads. An address without a host is on the host that sent it.
fn redirect_of(error: &RedisError, from: &RedisNode) -> Option<RedisNode> {
    let (address, _slot) = error.redirect_node()?;
    let (host, port) = address.rsplit_once(':')?;
    let host = match host.trim_start_matches('[').trim_end_matches(']') {
        "" => &from.host,
        host => host,
    };
    Some(RedisNode {
        host: host.to_owned(),
        port: port.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_redirects_lead() {
        let from = RedisNode {
            host: "seed".to_owned(),
            port: 6379,
        };
        for (response, expected) in [
            ("-MOVED 3999 10.0.0.1:6381\r\n", Some("10.0.0.1:6381")),
            ("-ASK 3999 node-2.example:6381\r\n", Some("node-2.example:6381")),
            ("-MOVED 3999 ::1:6381\r\n", Some("[::1]:6381")),
            ("-MOVED 3999 [::1]:6381\r\n", Some("[::1]:6381")),
            ("-MOVED 3999 :6381\r\n", Some("seed:6381")),
            ("-MOVED 3999 h:70000\r\n", None),
            ("-MOVED 3999 h\r\n", None),
            ("-MOVED\r\n", None),
            ("-ERR 3999 h:1\r\n", None),
        ] {
            let error = redis::parse_redis_value(response.as_bytes()).and_then(|value| value.extract_error().map(drop));
            let target = redirect_of(&error.unwrap_err(), &from);
            assert_eq!(target.map(|node| node.to_string()).as_deref(), expected, "{response}");
        }
    }
}
