//! What a service manager offers: the socket on which it listens (`sd_notify(3)`), and the journal.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use rustix::time::{ClockId, clock_gettime};

/// What a service manager is told, for people: a sentence and a space, or nothing.
pub const READY: &str = "Tells systemd when it is ready (Type=notify). ";

/// Where messages go.
pub struct Socket {
    ours: UnixDatagram,
    address: SocketAddr,
}

impl Socket {
    /// Finds the socket of this name: a path, or an abstract name after an `@`.
    pub fn named(name: &OsStr) -> Option<Socket> {
        let address = match name.as_bytes() {
            [b'@', name @ ..] => abstract_address(name)?,
            [b'/', ..] => SocketAddr::from_pathname(name).ok()?,
            _ => return None,
        };
        Some(Socket {
            ours: UnixDatagram::unbound().ok()?,
            address,
        })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The system's; nobody listens.
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        self.ours.send_to_addr(message, &self.address)?;
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> Option<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name).ok()
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_name: &[u8]) -> Option<SocketAddr> {
    None
}

/// Returns the microseconds of the clock that service managers compare.
pub fn monotonic_us() -> i128 {
    let now = clock_gettime(ClockId::Monotonic);
    i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000
}

/// Returns which stream stderr is, as `JOURNAL_STREAM` names the one to the journal (`systemd.exec(5)`): device and inode.
pub fn stderr_stream() -> Option<String> {
    let status = rustix::fs::fstat(io::stderr()).ok()?;
    Some(format!("{}:{}", status.st_dev, status.st_ino))
}
