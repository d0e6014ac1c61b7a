//! Sockets that never block, and one that wakes who waits for others.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Once;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// Begins a connection, which comes about later.
pub(crate) fn begin_connection(address: SocketAddr) -> io::Result<TcpStream> {
    static STARTED: Once = Once::new();
    // Windows wants it before the first socket, as the standard library does it for its own.
    STARTED.call_once(|| {
        let _ = rustix::net::wsa_startup();
    });
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let stream = TcpStream::from(rustix::net::socket_with(
        family,
        SocketType::STREAM,
        SocketFlags::empty(),
        None,
    )?);
    stream.set_nonblocking(true)?;
    match rustix::net::connect(&stream, &address) {
        Ok(()) | Err(Errno::WOULDBLOCK | Errno::INPROGRESS) => Ok(stream),
        Err(error) => Err(error.into()),
    }
}

/// A socket that becomes readable when its [`Waker`] is used.
pub(crate) type Wakeable = UdpSocket;

/// Wakes a thread that waits for sockets.
pub(crate) struct Waker(UdpSocket);

/// Makes a socket that becomes readable, and what makes it readable.
pub(crate) fn wakeable() -> io::Result<(Wakeable, Waker)> {
    // Connected to itself, so that it takes nothing from any other.
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(socket.local_addr()?)?;
    let other = socket.try_clone()?;
    Ok((socket, Waker(other)))
}

impl Waker {
    /// Makes the socket readable.
    pub(crate) fn wake(self) {
        let _ = self.0.send(&[0]);
    }
}
