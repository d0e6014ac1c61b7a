//! TLS for tests: a CA made on the fly, certificates good and bad, and a server that ends TLS in front of a plain
//! one.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

/// Spotify's hosts.
pub const ACCOUNTS: &str = "accounts.spotify.com";
pub const API: &str = "api.spotify.com";

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing: for this machine and for Spotify's hosts, signed by the CA.
    None,
    /// Valid until 2020.
    Expired,
    /// Valid from 2090.
    NotYetValid,
    /// For another host.
    WrongHost,
    /// The name stands in the subject alone.
    NameOnlyInSubject,
    /// Signed by itself.
    SelfSigned,
    /// Signed by a CA that nobody knows.
    UnknownCa,
    /// Signed by a CA that a known one has signed, which is not sent along.
    MissingIntermediate,
    /// The certificate of a CA.
    IsCa,
    /// For clients, not for servers.
    ForClients,
    /// For all names right below `wild.example`.
    Wildcard,
    /// For the name alone, without the address.
    NoAddress,
    /// Has an extension that is critical and that nobody knows.
    StrangeExtension,
    /// None, but the server wants one from the client as well.
    WantsOurs,
    /// None, but the server ends connections without a word (no `close_notify`).
    EndsRudely,
}

/// A CA that lives as long as a test.
pub struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Ca {
    /// A new one, unknown to everybody.
    pub fn new() -> Ca {
        Ca::named("spotify-token test CA")
    }

    fn named(name: &str) -> Ca {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key).unwrap().pem();
        Ca {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Writes the CA's key into a directory, for a tool that signs with it; gives the file.
    pub fn key_file_in(&self, directory: &Path) -> PathBuf {
        let path = directory.join("ca.key");
        std::fs::write(&path, self.issuer.key().serialize_pem()).unwrap();
        path
    }

    /// Writes the CA's certificate into a directory; gives the file.
    pub fn file_in(&self, directory: &Path) -> PathBuf {
        let path = directory.join("ca.pem");
        std::fs::write(&path, &self.pem).unwrap();
        path
    }

    /// Writes a good certificate and its key into a directory, for a server that reads files; gives the two.
    pub fn server_files_in(&self, directory: &Path) -> (PathBuf, PathBuf) {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer);
        let paths = (directory.join("server.pem"), directory.join("server.key"));
        std::fs::write(&paths.0, certificate.unwrap().pem()).unwrap();
        std::fs::write(&paths.1, key.serialize_pem()).unwrap();
        paths
    }

    fn certificate(&self, flaw: Flaw) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let names: &[&str] = match flaw {
            Flaw::WrongHost => &["accounts.example"],
            Flaw::NameOnlyInSubject => &[],
            Flaw::Wildcard => &["*.wild.example"],
            Flaw::NoAddress => &["localhost"],
            _ => &["localhost", "127.0.0.1", ACCOUNTS, API],
        };
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        match flaw {
            Flaw::Expired => {
                params.not_before = date_time_ymd(2019, 1, 1);
                params.not_after = date_time_ymd(2020, 1, 1);
            }
            Flaw::NotYetValid => {
                params.not_before = date_time_ymd(2090, 1, 1);
                params.not_after = date_time_ymd(2091, 1, 1);
            }
            Flaw::IsCa => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            Flaw::ForClients => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            Flaw::StrangeExtension => {
                let mut extension = CustomExtension::from_oid_content(&[2, 999, 1], vec![5, 0]);
                extension.set_criticality(true);
                params.custom_extensions.push(extension);
            }
            _ => {}
        }
        let certificate = match flaw {
            Flaw::SelfSigned => params.self_signed(&key),
            Flaw::UnknownCa => params.signed_by(&key, &Ca::named("another CA").issuer),
            Flaw::MissingIntermediate => params.signed_by(&key, &self.below().issuer),
            _ => params.signed_by(&key, &self.issuer),
        };
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        (certificate.unwrap().der().clone(), key.into())
    }

    /// A server that speaks TLS with such a certificate and passes what it hears on to `behind`. Its port; it serves as
    /// long as the test program runs.
    pub fn front(&self, flaw: Flaw, versions: &[&'static SupportedProtocolVersion], behind: SocketAddr) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        self.front_at(listener, flaw, versions, behind);
        port
    }

    /// The same, where this listens.
    pub fn front_at(
        &self,
        listener: TcpListener,
        flaw: Flaw,
        versions: &[&'static SupportedProtocolVersion],
        behind: SocketAddr,
    ) {
        let (certificate, key) = self.certificate(flaw);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)
            .unwrap();
        let builder = match flaw {
            Flaw::WantsOurs => builder.with_client_cert_verifier(self.verifier(provider.clone())),
            _ => builder.with_no_client_auth(),
        };
        // Not with_single_cert(): it refuses some of the certificates that clients have to refuse.
        let key = provider.key_provider.load_private_key(key).unwrap();
        let certified = CertifiedKey::new(vec![certificate], key);
        let config = Arc::new(builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified))));
        serve_at(listener, move |stream| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let _ = pass_on(StreamOwned::new(connection, stream), behind, flaw != Flaw::EndsRudely);
        });
    }

    /// Knows the certificates that this CA has signed.
    fn verifier(&self, provider: Arc<CryptoProvider>) -> Arc<dyn ClientCertVerifier> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap())
            .unwrap();
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap()
    }

    /// A CA that this one has signed.
    fn below(&self) -> Ca {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "spotify-token test CA, below");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Ca {
            issuer: Issuer::new(params, key),
            pem,
        }
    }
}

/// A server that handles each connection in a thread; its port.
pub fn serve(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    serve_at(listener, handle);
    port
}

fn serve_at(listener: TcpListener, handle: impl Fn(TcpStream) + Send + Sync + 'static) {
    let handle = Arc::new(handle);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handle = handle.clone();
            thread::spawn(move || handle(stream));
        }
    });
}

/// One request and its answer, in turn.
fn pass_on(mut front: StreamOwned<ServerConnection, TcpStream>, behind: SocketAddr, politely: bool) -> io::Result<()> {
    let mut behind = TcpStream::connect(behind)?;
    let mut request = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while !is_whole(&request) {
        match front.read(&mut buffer)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&buffer[..read]),
        }
    }
    // The server behind is to hang up, which is how its answer ends here.
    let first_line = request.iter().position(|byte| *byte == b'\n').unwrap_or_default() + 1;
    behind.write_all(&request[..first_line])?;
    behind.write_all(b"connection: close\r\n")?;
    behind.write_all(&request[first_line..])?;
    let mut answer = Vec::new();
    behind.read_to_end(&mut answer)?;
    front.write_all(&answer)?;
    if politely {
        front.conn.send_close_notify();
    }
    front.flush()
}

/// Whether these bytes have a head, and as much body as that says. Chunks are without trailers here.
fn is_whole(request: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(end)) = head.parse(request) else {
        return false;
    };
    let value = |name: &str| {
        let header = head
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| str::from_utf8(header.value).unwrap())
    };
    if value("transfer-encoding").is_some() {
        return request.ends_with(b"0\r\n\r\n");
    }
    let length: usize = value("content-length").map_or(0, |length| length.parse().unwrap());
    request.len() >= end + length
}
