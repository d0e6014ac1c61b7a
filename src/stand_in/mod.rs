//! A local accounts service for tests: it answers like Spotify's, or as a script says. `demo` and `mock-server` run it
//! too. It speaks plain HTTP/1.1 on loopback and writes no secret into its log. It shares no code with the client, so
//! that no error of the one is hidden by the same error of the other.
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
mod history;
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
use server::{Limits, Script, Server};

/// A running server on loopback. Dropping it closes the port and all connections.
pub struct StandIn {
    server: Server,
}

impl StandIn {
    /// Starts a server that behaves like Spotify's accounts service and, below `/v1`, has a small part of its Web API.
    ///
    /// # Errors
    /// The port is in use, or none is free.
    pub fn spotify(accounts: Accounts) -> io::Result<StandIn> {
        let port = accounts.port;
        Ok(StandIn {
            server: Server::start(port, Limits::default(), Box::new(Spotify::new(accounts)))?,
        })
    }

    /// Starts a server that gives these replies in order, one for each request, and then the last one again and again.
    ///
    /// # Errors
    /// No port is free.
    pub fn scripted(replies: impl IntoIterator<Item = Reply>) -> io::Result<StandIn> {
        Ok(StandIn {
            server: Server::start(0, Limits::default(), Box::new(Script::new(replies)))?,
        })
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Returns the URL of the token endpoint.
    pub fn token_url(&self) -> String {
        format!("http://{}/api/token", self.address())
    }

    /// Returns the URL of the Web API.
    pub fn api_url(&self) -> String {
        format!("http://{}/v1", self.address())
    }

    /// Returns the token requests that have arrived whole, in order of arrival. The oldest are dropped when there are
    /// more than 10,000, or more than 8 MiB, Web API requests included.
    pub fn requests(&self) -> Vec<Received> {
        self.server
            .received()
            .into_iter()
            .filter(|request| !request.is_for_web_api())
            .collect()
    }

    /// Returns the requests to the Web API, likewise.
    pub fn api_requests(&self) -> Vec<Received> {
        self.server
            .received()
            .into_iter()
            .filter(Received::is_for_web_api)
            .collect()
    }

    /// Returns the number of connections made so far.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }
}

#[cfg(test)]
mod tests;
