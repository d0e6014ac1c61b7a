//! A local accounts service for tests: it responds like Spotify's, or as a script says. `demo` and `mock-server` run it
//! too. It speaks plain HTTP/1.1 on loopback and writes no secret into its log. It shares no code with the client, so
//! that no error of the one is hidden by the same error of the other.
//!
//! Users log in there as well: [`StandIn::authorize_url`] leads to a consent page, and [`StandIn::agree`] plays the browser for
//! tests that have none. [`Accounts`] says how a login goes on: rotation, its end, revocation, refusals.
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
mod authorize;
mod browser;
mod catalogue;
mod failures;
mod form;
mod history;
mod http;
mod logins;
mod pages;
mod paging;
mod recent;
mod redirect_uri;
mod refreshes;
mod reply;
mod scopes;
mod server;
mod service;
mod spotify;
mod token_endpoint;
mod user;
mod web_api;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub use accounts::{Accounts, Failing, Log, Rotate};
pub use http::Received;
pub use reply::Reply;

use browser::Button;
use server::{Limits, Script, Server};
use spotify::Spotify;

/// A running server on loopback. Dropping it closes the port and all connections.
pub struct StandIn {
    server: Server,
    /// What responds, unless a script does.
    spotify: Option<Arc<Spotify>>,
}

impl StandIn {
    /// Starts a server that behaves like Spotify's accounts service and, below `/v1`, has a small part of its Web API.
    ///
    /// # Errors
    /// The port is in use, or none is free.
    pub fn spotify(accounts: Accounts) -> io::Result<StandIn> {
        StandIn::limited(accounts, Limits::default())
    }

    fn limited(accounts: Accounts, limits: Limits) -> io::Result<StandIn> {
        let port = accounts.port;
        let spotify = Arc::new(Spotify::new(accounts));
        Ok(StandIn {
            server: Server::start(port, limits, Box::new(spotify.clone()))?,
            spotify: Some(spotify),
        })
    }

    /// Starts a server that gives these replies in order, one for each request, and then the last one again and again.
    ///
    /// # Errors
    /// No port is free.
    pub fn scripted(replies: impl IntoIterator<Item = Reply>) -> io::Result<StandIn> {
        Ok(StandIn {
            server: Server::start(0, Limits::default(), Box::new(Script::new(replies)))?,
            spotify: None,
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

    /// Returns the URL of the authorization endpoint, where the login of a user begins.
    pub fn authorize_url(&self) -> String {
        format!("http://{}/authorize", self.address())
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
            .filter(|request| !request.is_for_web_api() && !request.is_for_authorization())
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

    /// Plays a browser in which a user opens the address of a login and agrees. Returns the address that the browser is sent
    /// to, which brings the code: open it, or paste it.
    ///
    /// # Panics
    /// The address is not one of this server, or leads to an error page.
    pub fn agree(&self, url: &str) -> String {
        self.decide(url, Button::Agree)
    }

    /// Plays a browser in which a user opens the address of a login and declines. Returns the address that the browser is sent
    /// to, which brings `access_denied`.
    ///
    /// # Panics
    /// The address is not one of this server, or leads to an error page.
    pub fn decline(&self, url: &str) -> String {
        self.decide(url, Button::Cancel)
    }

    fn decide(&self, url: &str, button: Button) -> String {
        browser::decide(self.address(), url, button).unwrap_or_else(|error| panic!("the login in a browser: {error}"))
    }

    /// Returns the number of requests for a refresh so far, whatever the response was.
    pub fn refreshes(&self) -> usize {
        self.of_spotify(0, |spotify| spotify.refreshes.total())
    }

    /// Returns how many of them came while another one of the same login was being responded to, `Accounts::delay` included, whose
    /// client was still there. Two at once revoke each other where refresh tokens rotate.
    pub fn overlapping_refreshes(&self) -> usize {
        self.of_spotify(0, |spotify| spotify.refreshes.overlapping())
    }

    /// Refuses the next refreshes with `invalid_grant` although their refresh tokens are good, as in an outage.
    pub fn refuse_refreshes(&self, count: u32) {
        self.of_spotify((), |spotify| spotify.refusals_left.store(count, Ordering::SeqCst));
    }

    /// Revokes all logins, as users do on the page of their account. Access tokens stay good until they expire.
    pub fn revoke_logins(&self) {
        self.of_spotify((), |spotify| spotify.logins.revoke_all());
    }

    /// Moves the clock by which codes, tokens and logins expire.
    pub fn advance(&self, time: Duration) {
        self.of_spotify((), |spotify| spotify.logins.advance(time));
    }

    fn of_spotify<T>(&self, scripted: T, what: impl FnOnce(&Spotify) -> T) -> T {
        self.spotify.as_deref().map_or(scripted, what)
    }

    /// Returns the number of connections made so far.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }
}

#[cfg(test)]
mod tests;
