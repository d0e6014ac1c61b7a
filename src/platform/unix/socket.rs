//! Sockets that never block, and one that wakes who waits for others.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// Begins a connection, which comes about later.
pub(crate) fn begin_connection(address: SocketAddr) -> io::Result<TcpStream> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let stream = TcpStream::from(rustix::net::socket_with(family, SocketType::STREAM, flags, None)?);
    match rustix::net::connect(&stream, &address) {
        Ok(()) | Err(Errno::INPROGRESS | Errno::INTR) => Ok(stream),
        Err(error) => Err(error.into()),
    }
}

/// A socket that becomes readable when its [`Waker`] is used.
pub(crate) type Wakeable = UnixStream;

/// Wakes a thread that waits for sockets.
pub(crate) struct Waker(UnixStream);

/// Makes a socket that becomes readable, and what makes it readable.
pub(crate) fn wakeable() -> io::Result<(Wakeable, Waker)> {
    let (ours, theirs) = UnixStream::pair()?;
    Ok((ours, Waker(theirs)))
}

impl Waker {
    /// Makes the socket readable.
    pub(crate) fn wake(self) {
        // Not just closed: a forked child may have a copy of it.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
