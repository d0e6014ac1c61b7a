//! The authorization endpoint (RFC 6749, section 4.1.1; RFC 7636, section 4.3): checks what an app asks for, shows the consent
//! page, and sends the browser back.

use super::form::{self, Parameters};
use super::http::Received;
use super::logins::Asked;
use super::pages;
use super::redirect_uri;
use super::reply::Reply;
use super::scopes;
use super::spotify::Spotify;

pub(super) fn respond(spotify: &Spotify, request: &Received) -> Reply {
    match &*request.method {
        "GET" | "HEAD" => ask(spotify, &Parameters::of_query(&request.path)),
        "POST" if request.is_form() => decide(spotify, &Parameters::parse(&request.body)),
        "POST" => pages::error(415, "Unexpected status: 415"),
        _ => pages::error(405, "Unexpected status: 405").header("allow", "GET, HEAD, POST"),
    }
}

/// Shows the consent page. What Spotify says on a page of its own is a page here; nothing goes back to the app then.
fn ask(spotify: &Spotify, query: &Parameters) -> Reply {
    let accounts = &spotify.accounts;
    if query.has_duplicates() {
        return pages::error(400, "A parameter is there twice");
    }
    match query.get("client_id") {
        None => return pages::error(400, "Missing required parameter: client_id"),
        Some(id) if id != accounts.client_id => return pages::error(400, "INVALID_CLIENT: Invalid client"),
        Some(_) => {}
    }
    let Some(redirect_uri) = query.get("redirect_uri") else {
        return pages::error(400, "Missing required parameter: redirect_uri");
    };
    if !redirect_uri::is_registered(redirect_uri, &accounts.redirect_uris) {
        return pages::error(400, "INVALID_CLIENT: Invalid redirect URI");
    }
    if !redirect_uri::is_secure(redirect_uri) {
        return pages::error(400, "INVALID_CLIENT: Insecure redirect URI");
    }
    match query.get("response_type") {
        None => return pages::error(400, "Missing required parameter: response_type"),
        Some("code") => {}
        Some(_) => return pages::error(400, "response_type must be code"),
    }
    let Some(scopes) = scopes::parse(query.get("scope").unwrap_or_default()) else {
        return pages::error(400, "Illegal scope");
    };
    let state = query.get("state");
    let challenge = query.get("code_challenge");
    let invalid = |description| {
        let error = [("error", "invalid_request"), ("error_description", description)];
        back(302, redirect_uri, &error, state)
    };
    // What Spotify does here is not known; this is RFC 7636, section 4.4.1. Without both, it is not PKCE.
    match (challenge, query.get("code_challenge_method")) {
        (None, None) => {}
        (_, Some(method)) if method != "S256" => return invalid("code_challenge_method must be S256"),
        (_, None) => return invalid("code_challenge_method must be S256"),
        (Some(challenge), _) if is_sha256(challenge) => {}
        _ => return invalid("code_challenge must be a SHA-256 hash in base64url"),
    }
    let asked = Asked {
        redirect_uri: redirect_uri.to_owned(),
        state: state.map(str::to_owned),
        scopes,
        challenge: challenge.map(str::to_owned),
    };
    let ticket = spotify.logins.show(asked.clone());
    pages::consent(&accounts.client_id, &asked.scopes, &ticket)
}

/// Sends the browser back with the user's answer. Each page is good for one answer, and for nobody who has not seen it.
fn decide(spotify: &Spotify, form: &Parameters) -> Reply {
    let agrees = match form.get("decision") {
        Some("agree") => true,
        Some("cancel") => false,
        _ => return pages::error(400, "Agree or Cancel: nothing else is on the page"),
    };
    let ticket = form.get("ticket").unwrap_or_default();
    let Some(asked) = spotify.logins.decide(ticket) else {
        return pages::error(
            400,
            "This page was used already, or it is too old. Begin the login again.",
        );
    };
    let (uri, state) = (asked.redirect_uri.clone(), asked.state.clone());
    if agrees {
        let code = spotify.logins.new_code(asked);
        back(303, &uri, &[("code", &code)], state.as_deref())
    } else {
        back(303, &uri, &[("error", "access_denied")], state.as_deref())
    }
}

/// Sends the browser to the app (RFC 6749, section 4.1.2).
fn back(status: u16, uri: &str, parameters: &[(&str, &str)], state: Option<&str>) -> Reply {
    let mut location = uri.to_owned();
    let state = state.map(|state| ("state", state));
    for (name, value) in parameters.iter().copied().chain(state) {
        location.push(if location.contains('?') { '&' } else { '?' });
        location += name;
        location.push('=');
        location += &form::encoded(value);
    }
    Reply::empty(status)
        .header("location", &location)
        .header("referrer-policy", "no-referrer")
}

/// Whether this can be 32 bytes in base64url (RFC 7636, section 4.2).
fn is_sha256(challenge: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    challenge.len() == 43 && challenge.bytes().all(is_base64url)
}
