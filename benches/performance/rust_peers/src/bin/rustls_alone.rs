//! The floor for a fetch over TLS in Rust: one connection, one request, what rustls does and nothing else. No limit on time, no
//! second address, no look at the response but for the token.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_peers::variable;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

fn main() {
    let url = variable("TOKEN_URL");
    let (place, path) = url.strip_prefix("https://").unwrap().split_once('/').unwrap();
    let (host, _) = place.split_once(':').unwrap();

    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(variable("CA_FILE")).unwrap();
    roots.add_parsable_certificates(certificates.flatten());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(place).unwrap());

    let basic = STANDARD.encode(format!("{}:{}", variable("CLIENT_ID"), variable("CLIENT_SECRET")));
    let form = "grant_type=client_credentials";
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {place}\r\nAuthorization: Basic {basic}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (_, rest) = response.split_once("\"access_token\":\"").unwrap();
    println!("{}", rest.split_once('"').unwrap().0);
}
