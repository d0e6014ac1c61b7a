//! The service: which part responds to a request, what is logged, and the headers that all responses have.

use std::sync::Arc;

use super::form::Parameters;
use super::http::{Received, Unreadable};
use super::logins::{Holder, TokenRefused};
use super::reply::Reply;
use super::server::{Behaviour, Connection};
use super::spotify::Spotify;
use super::{authorize, token_endpoint, web_api};

impl Spotify {
    fn respond(&self, request: &Received, client: &Arc<Connection>) -> Reply {
        if request.is_for_web_api() {
            return web_api::respond(self, request);
        }
        match request.endpoint() {
            "/api/token" => token_endpoint::respond(self, request, client),
            "/authorize" => authorize::respond(self, request),
            _ => Reply::oauth_error(404, "server_error", Some("Unexpected status: 404")),
        }
    }

    /// Says who sent a request, without an id or a token.
    fn sender(&self, request: &Received) -> String {
        if request.is_for_web_api() {
            let holder = match web_api::holder(self, request) {
                Ok(Holder::App) => "app",
                Ok(Holder::User { .. }) => "user",
                Err(None) => "none",
                Err(Some(TokenRefused::Unknown)) => "unknown",
                Err(Some(TokenRefused::Expired)) => "expired",
            };
            return format!("token={holder}");
        }
        let id = if request.is_for_authorization() {
            Parameters::of_query(&request.path).get("client_id").map(str::to_owned)
        } else {
            token_endpoint::Presented::in_request(request).id
        };
        let id = match id {
            None if request.header("authorization").is_some() => "unreadable",
            None => "none",
            Some(id) if id == self.accounts.client_id => "known",
            Some(_) => "unknown",
        };
        format!("client_id={id}")
    }

    fn log(&self, request: Option<&Received>, reply: &Reply) {
        let Some(log) = &self.accounts.log else { return };
        let status = reply.status().unwrap_or(0);
        let line = match request {
            None => format!("unreadable request: {status}"),
            Some(request) => {
                let (method, path) = (&request.method, request.endpoint().escape_debug());
                format!("{method} {path} {status} {}", self.sender(request))
            }
        };
        log(&line);
    }
}

impl Behaviour for Arc<Spotify> {
    fn reply(&self, request: Result<&Received, Unreadable>, client: &Arc<Connection>) -> Reply {
        let reply = match request {
            Err(Unreadable::HeadTooLong) => Reply::empty(431),
            Err(Unreadable::BodyTooLong) => Reply::empty(413),
            Err(Unreadable::TooSlow) => Reply::empty(408),
            Err(_) => Reply::empty(400),
            Ok(request) => self.respond(request, client),
        };
        self.log(request.ok(), &reply);
        reply
            .header("cache-control", "no-store")
            .header("pragma", "no-cache")
            .header("server", "envoy")
            .header("via", "HTTP/2 edgeproxy, 1.1 google")
            .header("date", &httpdate::fmt_http_date(std::time::SystemTime::now()))
            .after(self.accounts.delay)
    }
}
