//! TLS 1.2 and 1.3 by rustls, with the CA certificates of `roots`.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::{ALL_VERSIONS, ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::config::endpoint::bare_host;

/// A connection, whatever it goes over.
pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// Returns how to speak TLS with servers that these CA certificates vouch for, and no others. Sessions are not kept:
/// nobody would take them up.
pub(crate) fn client_config(roots: RootCertStore) -> Arc<ClientConfig> {
    let provider = CryptoProvider {
        key_provider: &NoKeys,
        ..ring::default_provider()
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(ALL_VERSIONS)
        .expect("ring knows both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

/// Secures a connection to this host.
///
/// # Errors
/// rustls's, inside of an I/O error; those of the connection.
pub(crate) fn secure(mut plain: Box<dyn Stream>, host: &str, config: Arc<ClientConfig>) -> io::Result<Box<dyn Stream>> {
    let name = ServerName::try_from(bare_host(host).to_owned()).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
    connection.complete_io(&mut plain)?;
    Ok(Box::new(StreamOwned::new(connection, plain)))
}

/// We show no certificate of ours, so nothing is ever signed, and what signs need not be in the library.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("no keys are used here".to_owned()))
    }
}
