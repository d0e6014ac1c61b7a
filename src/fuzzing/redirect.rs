//! What comes back from a login: a request to the listener, or what a person pasted.

use super::{CANARY, check_error};
use crate::config::{Endpoint, RedirectUri};
use crate::login::listener::{Request, read};
use crate::protocol::authorization::{AuthorizationRequest, Rejected};
use crate::secret::Secret;

const HOST: &str = "127.0.0.1:8888";

/// The bytes are a head, and what a person pasted: alone, with the state of the login, and with a canary for a code. Nothing without
/// the state ends a login, and no error shows what was passed.
pub fn redirect(data: &[u8]) {
    head(data);
    let uri = RedirectUri::default().with_port(8888);
    let url = Endpoint::parse("https://accounts.example/authorize").expect("it is a URL");
    let request = AuthorizationRequest::new(&url, &Secret::new("an-id"), uri, "").expect("there are random numbers");
    let (_, query) = request.url().expose().split_once('?').expect("it has a query");
    let mut parameters = query.split('&');
    let state = parameters
        .find_map(|parameter| parameter.strip_prefix("state="))
        .expect("it has a state");
    let hidden = [state, request.verifier().expose(), CANARY];

    let text = String::from_utf8_lossy(data);
    match request.read(&text) {
        Err(Rejected::NotOurs(error)) => check_error(&error, &hidden),
        _ => panic!("a query without the state was taken"),
    }
    for pasted in [
        text.to_string(),
        format!("{text}&state={state}"),
        format!("state={state}&{text}"),
        format!("http://{HOST}/callback?code={CANARY}&state={state}{text}"),
        format!("{text}?code={CANARY}&state={state}"),
    ] {
        match request.read_pasted(&pasted) {
            Ok(code) => {
                let code = code.expose();
                assert!(
                    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_graphic()),
                    "{code:?}"
                );
            }
            Err(Rejected::NotOurs(error)) => check_error(&error, &hidden),
            Err(Rejected::Refused(error)) => {
                assert!(
                    pasted.contains(state),
                    "a login was ended without its state: {pasted:?}"
                );
                // The server's own words are shown.
                check_error(&error, &hidden[..2]);
            }
        }
    }
}

/// A redirect is a GET of the path, to this host.
fn head(data: &[u8]) {
    let hosts = [HOST.to_owned()];
    for head in [data.to_vec(), [data, b"\r\nHost: 127.0.0.1:8888\r\n\r\n"].concat()] {
        if let Ok(Request::Redirect(query)) = read(&head, &hosts, "/callback") {
            let text = String::from_utf8_lossy(&head);
            assert!(
                text.trim_start().starts_with("GET /callback") && text.contains(HOST),
                "{text:?}"
            );
            assert!(!query.contains(char::is_whitespace), "{query:?}");
        }
    }
}
