//! Connections over TCP. The addresses of a name are tried as "Happy Eyeballs" says (RFC 8305): its families take
//! turns, the next address is tried when one has not responded for a moment, and the first to respond is used. One
//! thread waits for all.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use zeroize::Zeroizing;

use super::deadline::Deadline;
use crate::platform::socket::begin_connection;

/// How long an address has before the next one is tried as well (RFC 8305, section 8).
const NEXT_AFTER: Duration = Duration::from_millis(250);

/// No name needs more addresses.
const MAX_ADDRESSES: usize = 16;

/// Connects to the first of these addresses that responds.
///
/// # Errors
/// Why the addresses cannot be reached; those of [`Deadline::wait`].
pub(crate) fn connect(addresses: &[SocketAddr], deadline: Deadline) -> io::Result<Socket> {
    let mut waiting = interleaved(addresses).into_iter().peekable();
    let mut pending: Vec<TcpStream> = Vec::new();
    let mut failure: Option<io::Error> = None;
    let mut next_at = Instant::now();
    loop {
        if pending.is_empty() || Instant::now() >= next_at {
            match waiting.next().map(begin_connection) {
                Some(Ok(stream)) => {
                    pending.push(stream);
                    next_at = Instant::now() + NEXT_AFTER;
                }
                Some(Err(error)) => {
                    failure = Some(more_telling(failure, error));
                    next_at = Instant::now();
                    continue;
                }
                None if pending.is_empty() => {
                    return Err(
                        failure.unwrap_or_else(|| io::Error::new(ErrorKind::NotFound, "the name has no address"))
                    );
                }
                None => {}
            }
        }
        let until = waiting.peek().map(|_| next_at);
        let mut fds = pending
            .iter()
            .map(|stream| PollFd::new(stream, PollFlags::OUT))
            .collect();
        deadline.wait(&mut fds, until)?;
        let decided = fds.iter().position(|fd| !fd.revents().is_empty());
        if let Some(at) = decided {
            let stream = pending.remove(at);
            match stream.take_error()? {
                None => return Socket::new(stream, deadline),
                Some(error) => {
                    failure = Some(more_telling(failure, error));
                    next_at = Instant::now();
                }
            }
        }
    }
}

/// The addresses in the order in which they are tried: the resolver's, with the families taking turns.
fn interleaved(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first_family = |address: &&SocketAddr| address.is_ipv4() == addresses[0].is_ipv4();
    let (mut first, mut other) = (
        addresses.iter().filter(is_first_family),
        addresses.iter().filter(|address| !is_first_family(address)),
    );
    let mut order = Vec::with_capacity(addresses.len());
    while order.len() < addresses.len() {
        order.extend(first.next());
        order.extend(other.next());
    }
    order.truncate(MAX_ADDRESSES);
    order
}

/// Of two failures, the later, unless it says only that this machine does not have that family.
fn more_telling(before: Option<io::Error>, now: io::Error) -> io::Error {
    let has_no_family = matches!(
        now.kind(),
        ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable | ErrorKind::Unsupported
    );
    match before {
        Some(before) if has_no_family => before,
        _ => now,
    }
}

/// How much is written before it is sent: more than the end of a handshake and a request with a token of usual length.
const UNSENT: usize = 4 * 1024;

/// A connection that waits for no longer than its deadline. What is written is sent when something is read next, or when it
/// is a lot: so the end of the handshake and the request leave in one packet.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    deadline: Deadline,
    /// It never grows, so no copy is left behind.
    unsent: Zeroizing<Vec<u8>>,
}

impl Socket {
    fn new(stream: TcpStream, deadline: Deadline) -> io::Result<Socket> {
        // What is sent is sent whole, and waits for nothing.
        stream.set_nodelay(true)?;
        Ok(Socket {
            stream,
            deadline,
            unsent: Zeroizing::new(Vec::with_capacity(UNSENT)),
        })
    }

    fn wait(&self, ready: PollFlags) -> io::Result<()> {
        self.deadline.wait(&mut vec![PollFd::new(&self.stream, ready)], None)
    }

    fn send(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if is_not_ready(&error) => self.wait(PollFlags::OUT)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn is_not_ready(error: &io::Error) -> bool {
    [ErrorKind::WouldBlock, ErrorKind::Interrupted].contains(&error.kind())
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.send()?;
        loop {
            self.wait(PollFlags::IN)?;
            match self.stream.read(buffer) {
                Err(error) if is_not_ready(&error) => {}
                result => return result,
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.unsent.len() + bytes.len() > UNSENT {
            self.send()?;
        }
        let taken = bytes.len().min(UNSENT);
        self.unsent.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Does nothing: see [`Socket`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Socket {
    /// Ends the connection, not just our hold on it: a forked child may have a copy. Sends what can be sent at once, such as
    /// why TLS failed.
    fn drop(&mut self) {
        let _ = self.stream.write(&self.unsent);
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::sync::Arc;
    use std::thread;

    use super::super::deadline::is_timeout;
    use super::*;
    use crate::cancel::Cancel;

    /// What a busy machine may add to a time.
    const SLACK: Duration = Duration::from_secs(5);

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// An address that never responds: its queue of connections is full.
    fn black_hole() -> (TcpListener, SocketAddr, Vec<TcpStream>) {
        let (listener, address) = listener();
        rustix::net::listen(&listener, 0).unwrap();
        let mut queue = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(50)) {
            queue.push(stream);
        }
        (listener, address, queue)
    }

    /// An address at which nobody listens.
    fn nobody() -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, 9))
    }

    fn within(time: Duration) -> Deadline {
        Deadline::new(Instant::now() + time, None).unwrap()
    }

    /// Connects to these; returns the address that responded, and the time it took.
    fn connected(addresses: &[SocketAddr]) -> (SocketAddr, Duration) {
        let start = Instant::now();
        let socket = connect(addresses, within(Duration::from_secs(60))).unwrap();
        (socket.stream.peer_addr().unwrap(), start.elapsed())
    }

    #[test]
    fn families_take_turns() {
        let v4 = |last| SocketAddr::from(([127, 0, 0, last], 1));
        let v6 = |last| SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, last], 1));
        assert_eq!(
            interleaved(&[v6(1), v6(2), v6(3), v4(1), v4(2)]),
            [v6(1), v4(1), v6(2), v4(2), v6(3)]
        );
        assert_eq!(interleaved(&[v4(1), v6(1), v6(2)]), [v4(1), v6(1), v6(2)]);
        assert_eq!(interleaved(&[v4(1); 20]).len(), MAX_ADDRESSES);
        assert_eq!(interleaved(&[]), []);
    }

    #[test]
    fn an_address_that_never_answers_costs_a_quarter_of_a_second() {
        let (_live, live) = listener();
        let holes = [black_hole(), black_hole(), black_hole()];
        for dead in [1, 3] {
            let addresses: Vec<SocketAddr> = holes[..dead].iter().map(|hole| hole.1).chain([live]).collect();
            let (peer, took) = connected(&addresses);
            let waits = NEXT_AFTER * u32::try_from(dead).unwrap();
            assert_eq!(peer, live);
            assert!(
                (waits..waits + SLACK).contains(&took),
                "{dead} dead addresses: {took:?}"
            );
        }
    }

    #[test]
    fn the_first_address_goes_on_while_others_are_tried() {
        let (hole, first, mut queue) = black_hole();
        let other = black_hole();
        let opening = thread::spawn(move || {
            // The kernel of this machine tries again after a second: the address responds then.
            thread::sleep(NEXT_AFTER * 2);
            queue.clear();
            while hole.accept().is_ok() {}
        });
        let (peer, _) = connected(&[first, other.1]);
        assert_eq!(peer, first);
        drop(opening);
    }

    #[test]
    fn a_refusal_is_no_reason_to_wait() {
        let (_live, live) = listener();
        let (peer, took) = connected(&[nobody(), nobody(), nobody(), nobody(), live]);
        assert_eq!(peer, live);
        assert!(took < NEXT_AFTER * 3, "{took:?}");
    }

    #[test]
    fn when_nobody_answers_the_error_says_why() {
        let error = |addresses: &[SocketAddr], time| connect(addresses, within(time)).unwrap_err();
        assert_eq!(error(&[nobody()], SLACK).kind(), ErrorKind::ConnectionRefused);
        let of = |kind: ErrorKind| io::Error::from(kind);
        let telling = more_telling(
            Some(of(ErrorKind::ConnectionRefused)),
            of(ErrorKind::NetworkUnreachable),
        );
        assert_eq!(
            telling.kind(),
            ErrorKind::ConnectionRefused,
            "this machine may have no IPv6"
        );
        let telling = more_telling(Some(of(ErrorKind::ConnectionRefused)), of(ErrorKind::HostUnreachable));
        assert_eq!(telling.kind(), ErrorKind::HostUnreachable);
        assert_eq!(error(&[], SLACK).kind(), ErrorKind::NotFound);
        let hole = black_hole();
        let start = Instant::now();
        assert!(is_timeout(&error(&[hole.1, nobody()], Duration::from_millis(100))));
        assert!(start.elapsed() < SLACK);
    }

    #[test]
    fn cancelling_ends_a_connect_and_a_read_at_once() {
        let hole = black_hole();
        let (_live, live) = listener();
        for address in [hole.1, live] {
            let cancel = Arc::new(Cancel::new());
            let deadline = Deadline::new(Instant::now() + Duration::from_secs(60), Some(&cancel)).unwrap();
            let call = thread::spawn(move || connect(&[address], deadline)?.read(&mut [0; 10]));
            cancel.cancel();
            assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::ConnectionAborted);
        }
        let cancelled = Cancel::new();
        cancelled.cancel();
        let deadline = Deadline::new(Instant::now() + SLACK, Some(&cancelled)).unwrap();
        assert!(connect(&[live], deadline).is_err());
    }

    #[test]
    fn what_is_written_is_sent_at_once_when_something_is_read() {
        let (live, address) = listener();
        let mut socket = connect(&[address], within(SLACK)).unwrap();
        let (mut peer, _) = live.accept().unwrap();
        socket.write_all(b"the end of a handshake, ").unwrap();
        socket.write_all(b"a request").unwrap();
        peer.set_nonblocking(true).unwrap();
        let mut received = [0; 100];
        assert_eq!(peer.read(&mut received).unwrap_err().kind(), ErrorKind::WouldBlock);
        peer.write_all(b"a response").unwrap();
        assert_eq!(socket.read(&mut received).unwrap(), 10);
        assert_eq!(peer.read(&mut received).unwrap(), 33);
        assert_eq!(&received[..33], b"the end of a handshake, a request");
    }

    #[test]
    fn a_peer_that_does_not_read_gets_no_more_time() {
        let (live, address) = listener();
        let mut socket = connect(&[address], within(Duration::from_millis(100))).unwrap();
        let (_peer, _) = live.accept().unwrap();
        let end = loop {
            if let Err(error) = socket.write_all(&[0; 3000]) {
                break error;
            }
        };
        assert!(is_timeout(&end), "{end}");
    }

    #[test]
    fn a_peer_that_sends_without_a_pause_gets_no_more_time() {
        let (live, address) = listener();
        thread::spawn(move || {
            let (mut stream, _) = live.accept().unwrap();
            while stream.write_all(&[0; 1024]).is_ok() {}
        });
        let mut socket = connect(&[address], within(Duration::from_millis(100))).unwrap();
        let end = loop {
            if let Err(error) = socket.read(&mut [0; 10]) {
                break error;
            }
        };
        assert!(is_timeout(&end), "{end}");
    }
}
