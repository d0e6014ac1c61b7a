//! A local accounts service: answers like Spotify's, or as a script says. It is what `demo` and `mock-server` run and
//! what tests run against, this crate's and other people's. It speaks plain HTTP/1.1 on loopback, writes no secret into
//! its log, and shares no code with the client: a mistake made twice would not show.
//!
//! ```
//! use spotify_token::stand_in::{Accounts, StandIn};
//!
//! let server = StandIn::spotify(Accounts::default())?;
//! let (url, id, secret) = (server.token_url(), Accounts::CLIENT_ID, Accounts::CLIENT_SECRET);
//! // ... give the three to the program under test ...
//! assert_eq!(server.requests().len(), 0);
//! # let _ = (url, id, secret);
//! # Ok::<(), std::io::Error>(())
//! ```

mod accounts;
mod http;
mod reply;
mod server;
mod web_api;

use std::io;
use std::net::SocketAddr;

pub use accounts::{Accounts, Failing, Log};
pub use http::Received;
pub use reply::Reply;

use accounts::Spotify;
use server::{Script, Server};

/// A running server on loopback. It stops when it is dropped: the port is closed, and so are open connections.
pub struct StandIn {
    server: Server,
}

impl StandIn {
    /// A server that behaves as Spotify's accounts service and, below `/v1`, a little as its Web API.
    ///
    /// # Errors
    /// The port is taken, or there is none.
    pub fn spotify(accounts: Accounts) -> io::Result<StandIn> {
        let port = accounts.port;
        Ok(StandIn {
            server: Server::start(port, Box::new(Spotify::new(accounts)))?,
        })
    }

    /// A server that gives these replies in order, one a request, and the last one ever after.
    ///
    /// # Errors
    /// There is no port.
    pub fn scripted(replies: impl IntoIterator<Item = Reply>) -> io::Result<StandIn> {
        Ok(StandIn {
            server: Server::start(0, Box::new(Script::new(replies)))?,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The token endpoint's address.
    pub fn token_url(&self) -> String {
        format!("http://{}/api/token", self.address())
    }

    /// The Web API's address.
    pub fn api_url(&self) -> String {
        format!("http://{}/v1", self.address())
    }

    /// The requests that have arrived whole, in order of arrival, without those to the Web API.
    pub fn requests(&self) -> Vec<Received> {
        self.server
            .received()
            .into_iter()
            .filter(|request| !request.is_for_web_api())
            .collect()
    }

    /// The requests to the Web API.
    pub fn api_requests(&self) -> Vec<Received> {
        self.server
            .received()
            .into_iter()
            .filter(Received::is_for_web_api)
            .collect()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }
}

#[cfg(test)]
mod tests;
