//! What Spotify's token endpoint responds, case by case, as people have reported it. The texts may change: no program
//! should depend on an `error_description`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::accounts::Accounts;
use super::failures;
use super::form::{self, Parameters};
use super::http::Received;
use super::logins::{CodeRefused, Granted, RefreshRefused};
use super::reply::Reply;
use super::server::Connection;
use super::spotify::Spotify;

pub(super) fn respond(spotify: &Spotify, request: &Received, client: &Arc<Connection>) -> Reply {
    let form = Parameters::parse(&request.body);
    let grant_type = form.get("grant_type");
    // Counted before anything else: a refresh that fails is one, too.
    let running = (grant_type == Some("refresh_token")).then(|| {
        let login = form
            .get("refresh_token")
            .and_then(|token| spotify.logins.login_of(token));
        spotify.refreshes.begin(login, client)
    });
    let reply = respond_to(spotify, request, &form);
    match running.flatten() {
        Some(running) => reply.holding(running),
        None => reply,
    }
}

fn respond_to(spotify: &Spotify, request: &Received, form: &Parameters) -> Reply {
    if let Some(status) = spotify.failures.next() {
        return failures::of_token_endpoint(status);
    }
    if request.method != "POST" {
        return Reply::oauth_error(405, "server_error", Some("Unexpected status: 405"));
    }
    if !request.is_form() {
        return Reply::oauth_error(415, "server_error", Some("Unexpected status: 415"));
    }
    let Some(grant_type) = form.get("grant_type") else {
        return Reply::oauth_error(400, "unsupported_grant_type", Some("grant_type parameter is missing"));
    };
    let respond = match grant_type {
        "client_credentials" => app_token,
        "authorization_code" => exchange,
        "refresh_token" => refresh,
        _ => {
            return Reply::oauth_error(
                400,
                "unsupported_grant_type",
                Some("grant_type must be client_credentials, authorization_code or refresh_token"),
            );
        }
    };
    match Presented::in_request(request).client(&spotify.accounts) {
        Ok(client) => respond(spotify, form, client),
        Err(ClientRefused(description)) => invalid_client(description),
    }
}

/// Responds with a token of the app (RFC 6749, section 4.4).
fn app_token(spotify: &Spotify, _form: &Parameters, client: Client) -> Reply {
    if client.has_secret {
        Reply::token(&spotify.logins.app_token(), spotify.accounts.expires_in)
    } else {
        invalid_client(None)
    }
}

/// Responds with the tokens that a code brings (RFC 6749, section 4.1.3).
fn exchange(spotify: &Spotify, form: &Parameters, client: Client) -> Reply {
    let Some(code) = form.get("code") else {
        return Reply::oauth_error(400, "invalid_request", Some("code must be supplied"));
    };
    let Some(redirect_uri) = form.get("redirect_uri") else {
        return Reply::oauth_error(400, "invalid_request", Some("redirect_uri must be supplied"));
    };
    let verifier = form.get("code_verifier");
    match spotify.logins.exchange(code, redirect_uri, verifier, client.has_secret) {
        Ok(granted) => tokens(&spotify.accounts, &granted),
        Err(CodeRefused::Unknown) => invalid_grant("Invalid authorization code"),
        Err(CodeRefused::Expired) => invalid_grant("Authorization code expired"),
        Err(CodeRefused::OtherRedirectUri) => invalid_grant("Invalid redirect URI"),
        Err(CodeRefused::VerifierMissing) => Reply::oauth_error(400, "invalid_request", Some("code_verifier required")),
        Err(CodeRefused::VerifierWrong) => invalid_grant("code_verifier was incorrect"),
        Err(CodeRefused::SecretMissing) => invalid_client(None),
    }
}

/// Responds with the tokens that a refresh token brings (RFC 6749, section 6).
fn refresh(spotify: &Spotify, form: &Parameters, client: Client) -> Reply {
    let Some(refresh_token) = form.get("refresh_token") else {
        return Reply::oauth_error(400, "invalid_request", Some("refresh_token must be supplied"));
    };
    let one_less = |left: u32| left.checked_sub(1);
    let refused = spotify
        .refusals_left
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
    if refused.is_ok() {
        return invalid_grant("Refresh token revoked");
    }
    match spotify.logins.refresh(refresh_token, client.has_secret) {
        Ok(granted) => tokens(&spotify.accounts, &granted),
        Err(RefreshRefused::Unknown) => invalid_grant("Invalid refresh token"),
        Err(RefreshRefused::Expired) => invalid_grant("Refresh token expired"),
        Err(RefreshRefused::Revoked) => invalid_grant("Refresh token revoked"),
        Err(RefreshRefused::SecretMissing) => invalid_client(None),
    }
}

/// A user's token response (RFC 6749, section 5.1).
#[derive(Serialize)]
struct Tokens<'t> {
    access_token: &'t str,
    token_type: &'t str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

fn tokens(accounts: &Accounts, granted: &Granted) -> Reply {
    let tokens = Tokens {
        access_token: &granted.access_token,
        token_type: &accounts.token_type,
        expires_in: accounts.expires_in,
        refresh_token: granted.refresh_token.as_deref(),
        scope: accounts.names_scope.then(|| granted.scopes.join(" ")),
    };
    Reply::json(200, serde_json::to_string(&tokens).expect("texts and numbers are JSON"))
}

fn invalid_grant(description: &str) -> Reply {
    Reply::oauth_error(400, "invalid_grant", Some(description))
}

fn invalid_client(description: Option<&str>) -> Reply {
    Reply::oauth_error(400, "invalid_client", description)
}

/// The app, recognised.
#[derive(Clone, Copy)]
struct Client {
    /// Whether it proved itself with its secret.
    has_secret: bool,
}

/// The app was not recognised, and what is said about it.
struct ClientRefused(Option<&'static str>);

/// The id and secret that a request has: in its Basic header or else, as RFC 6749 allows, in its form (section 2.3.1).
pub(super) struct Presented {
    pub(super) id: Option<String>,
    secret: Option<String>,
}

impl Presented {
    pub(super) fn in_request(request: &Received) -> Presented {
        if let Some(header) = request.header("authorization") {
            let (id, secret) = basic(header).unzip();
            return Presented { id, secret };
        }
        let form = Parameters::parse(&request.body);
        Presented {
            id: form.get("client_id").map(str::to_owned),
            secret: form.get("client_secret").map(str::to_owned),
        }
    }

    fn client(&self, accounts: &Accounts) -> Result<Client, ClientRefused> {
        match (&self.id, &self.secret) {
            (None, _) => Err(ClientRefused(None)),
            (Some(id), _) if *id != accounts.client_id => Err(ClientRefused(Some("Invalid client"))),
            (_, Some(secret)) if *secret != accounts.client_secret => Err(ClientRefused(Some("Invalid client secret"))),
            (_, secret) => Ok(Client {
                has_secret: secret.is_some(),
            }),
        }
    }
}

/// Id and secret of a Basic header (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((form::decoded(id)?, form::decoded(secret)?))
}
