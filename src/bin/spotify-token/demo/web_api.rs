//! A call of the built-in Web API.

use std::sync::Arc;

use spotify_token::stand_in::StandIn;
use spotify_token::unstable::{Cancel, Endpoint, HttpTransport, Progress, Request, Secret, Settings, Transport};
use spotify_token::{Error, Proxy};

/// Returns what is at this path, below the server's root.
pub fn get(server: &StandIn, path: &str, authorization: Option<&str>) -> Result<String, Error> {
    let settings = Settings {
        proxy: Proxy::Direct,
        ..Settings::defaults()
    };
    let address = format!("http://{}{path}", server.address());
    let request = Request {
        url: Endpoint::parse(&address).expect("the stand-in is on loopback"),
        authorization: authorization.map(Secret::new),
        user_agent: settings.user_agent.clone(),
        form: None,
    };
    let allowed = settings.attempt_timeout;
    let http = HttpTransport::new(Arc::new(settings), Arc::default());
    let response = http.send(&request, allowed, &Cancel::new(), &Progress::new()).result?;
    Ok(String::from_utf8_lossy(&response.body).into_owned())
}
