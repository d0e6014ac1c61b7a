//! A token server that cannot be reached for a while.

use std::io::BufReader;
use std::sync::{Arc, Mutex};

use spotify_token::stand_in::StandIn;

use super::proxy::pass_on;
use super::tls::serve;

/// A port that leads to a server or, during an outage, closes every connection. It stays taken meanwhile.
pub struct Front {
    port: u16,
    behind: Arc<Mutex<Option<u16>>>,
}

impl Front {
    /// Leads to this server.
    pub fn of(server: &StandIn) -> Front {
        let behind = Arc::new(Mutex::new(Some(server.address().port())));
        let leads_to = behind.clone();
        let port = serve(move |stream| {
            let port = *leads_to.lock().unwrap();
            if let (Some(port), Ok(reader)) = (port, stream.try_clone()) {
                let _ = pass_on(BufReader::new(reader), stream, port);
            }
        });
        Front { port, behind }
    }

    /// Returns the token URL to ask.
    pub fn token_url(&self) -> String {
        format!("http://127.0.0.1:{}/api/token", self.port)
    }

    /// Leads to nobody.
    pub fn begin_outage(&self) {
        *self.behind.lock().unwrap() = None;
    }

    /// Leads to this server from now on.
    pub fn lead_to(&self, server: &StandIn) {
        *self.behind.lock().unwrap() = Some(server.address().port());
    }
}
