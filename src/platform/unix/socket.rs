//! Sockets that never block, and one that wakes who waits for others.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};

/// Begins a connection, which comes about later.
pub(crate) fn begin_connection(address: SocketAddr) -> io::Result<TcpStream> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let stream = new_socket(family)?;
    match rustix::net::connect(&stream, &address) {
        Ok(()) | Err(Errno::INPROGRESS | Errno::INTR) => Ok(stream),
        Err(error) => Err(error.into()),
    }
}

/// Makes a socket that no other program inherits.
#[cfg(not(target_vendor = "apple"))]
fn new_socket(family: AddressFamily) -> io::Result<TcpStream> {
    use rustix::net::SocketFlags;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(rustix::net::socket_with(family, SocketType::STREAM, flags, None)?.into())
}

/// Makes a socket that no other program inherits, unless one is started at this moment, and that sends no SIGPIPE.
#[cfg(target_vendor = "apple")]
fn new_socket(family: AddressFamily) -> io::Result<TcpStream> {
    let socket = rustix::net::socket(family, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::net::sockopt::set_socket_nosigpipe(&socket, true)?;
    let stream = TcpStream::from(socket);
    stream.set_nonblocking(true)?;
    Ok(stream)
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
