//! What the programs ask: the stand-in behind TLS 1.3, and files with the CA certificates that they trust.

use std::fs;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use rustls::version::TLS13;
use spotify_token::stand_in::StandIn;

use super::support;
use super::support::network::BlackHole;
use super::support::tls::{Ca, Flaw};

/// A running server.
pub struct Server {
    /// What it heard.
    pub stand_in: StandIn,
    /// Its address over TLS 1.3.
    pub url: String,
    /// Its address at a port where the first address of the name, that of IPv6, never responds; none where there is no IPv6.
    pub behind_black_hole: Option<(BlackHole, String)>,
    /// A file with its CA alone.
    pub one_ca: PathBuf,
    /// The system's trust store with its CA added; none where the system has no store.
    pub system_and_ours: Option<PathBuf>,
}

/// Starts one; its files go into this directory.
pub fn start(scratch: &Path) -> Server {
    let (stand_in, ca) = (support::server(), Ca::new());
    let port = ca.front(Flaw::None, &[&TLS13], stand_in.address());
    let one_ca = ca.file_in(scratch);
    let other = ca.front(Flaw::None, &[&TLS13], stand_in.address());
    let first = SocketAddr::from((Ipv6Addr::LOCALHOST, other));
    let has_ipv6 = TcpListener::bind(first).is_ok();
    let behind_black_hole = has_ipv6.then(|| (BlackHole::at(first).0, format!("https://localhost:{other}/api/token")));
    let system = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt");
    let system_and_ours = system.ok().map(|bundle| {
        let path = scratch.join("system-and-ours.pem");
        fs::write(&path, bundle + &fs::read_to_string(&one_ca).unwrap()).unwrap();
        path
    });
    Server {
        stand_in,
        url: format!("https://localhost:{port}/api/token"),
        behind_black_hole,
        one_ca,
        system_and_ours,
    }
}
