//! oauth2 with reqwest's client that does not block.

use oauth2::reqwest;
use rust_peers::{client, print};

#[tokio::main]
async fn main() {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    print(
        &client()
            .exchange_client_credentials()
            .request_async(&http)
            .await
            .unwrap(),
    );
}
