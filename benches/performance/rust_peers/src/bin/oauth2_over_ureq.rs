//! oauth2 with ureq, which blocks.

use oauth2::ureq;
use rust_peers::{client, print};

fn main() {
    let http = ureq::AgentBuilder::new().redirects(0).build();
    print(&client().exchange_client_credentials().request(&http).unwrap());
}
