//! Waits on loopback for the browser that comes back from a login (RFC 8252, section 7.3). One thread serves a few connections at a time,
//! each of them for a few seconds and one request, so that no page and no program on this machine keeps the browser out.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use zeroize::Zeroizing;

use super::pages::Page;
use crate::config::RedirectUri;
use crate::config::endpoint::host_and_port;
use crate::error::{Error, ErrorKind};
use crate::fork::ProcessId;
use crate::transport::deadline::Deadline;

/// The longest head of a request. A code can be long.
const MAX_HEAD: usize = 16 * 1024;
/// The most headers of a request.
const MAX_HEADERS: usize = 100;
/// The most connections at a time. A new one displaces the oldest that has not sent its request.
const MAX_CONNECTIONS: usize = 64;
/// For so long a connection may take to send its request, and again to take the page.
const TIME: Duration = Duration::from_secs(10);
/// For so long what follows a request is read, so that the browser is not reset before it has the page.
const LINGER: Duration = Duration::from_secs(1);

/// A listening socket.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    uri: RedirectUri,
    host: String,
    process: ProcessId,
}

/// What becomes of a redirect.
pub(crate) enum Handled<T> {
    /// It was not meant for this login, which goes on.
    GoOn(Page),
    /// The login has ended.
    End(Page, T),
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A child of `fork()` has a copy, which would go on taking connections.
        if self.process == ProcessId::current() {
            let _ = rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Both);
        }
    }
}

impl Listener {
    /// Listens on the address of a redirect URI; on a free port where it names none.
    ///
    /// # Errors
    /// `Connect` when the port is in use or may not be used.
    pub(crate) fn bind(uri: &RedirectUri) -> Result<Listener, Error> {
        let bound = TcpListener::bind((uri.ip, uri.port.unwrap_or(0))).and_then(|socket| {
            socket.set_nonblocking(true)?;
            let port = socket.local_addr()?.port();
            Ok((socket, port))
        });
        let (socket, port) = bound.map_err(|error| {
            let address = host_and_port(&uri.ip.to_string(), uri.port.unwrap_or(0));
            let what = format!("cannot listen on {address} for the browser: {}", error.kind());
            Error::new(ErrorKind::Connect, what).advise(match uri.port {
                Some(_) => "End the program that uses the port, or set the option redirect_uri to another one that is registered",
                None => "Check that this machine has a loopback interface",
            })
        })?;
        Ok(Listener {
            host: host_and_port(&uri.ip.to_string(), port),
            uri: uri.with_port(port),
            socket,
            process: ProcessId::current(),
        })
    }

    /// Returns the redirect URI with its port.
    pub(crate) fn uri(&self) -> &RedirectUri {
        &self.uri
    }

    /// Serves connections until `handle` says that the login has ended. It gets the query of each redirect. What has begun when the
    /// time runs out stays in `connections`, for the next call.
    ///
    /// # Errors
    /// Those of [`Deadline::wait`].
    pub(crate) fn serve<T>(
        &self,
        connections: &mut Vec<Connection>,
        deadline: &Deadline,
        handle: &mut dyn FnMut(&str) -> Handled<T>,
    ) -> io::Result<T> {
        loop {
            self.turn(connections, deadline, None)?;
            for connection in connections.iter_mut() {
                let Some(request) = connection.request(&self.host, &self.uri.path) else {
                    continue;
                };
                let handled = match request {
                    Request::Redirect(query) => handle(&query),
                    Request::Other(page) => Handled::GoOn(page),
                };
                match handled {
                    Handled::GoOn(page) => connection.respond(page),
                    Handled::End(page, value) => {
                        connection.respond(page);
                        self.finish(connections, deadline);
                        return Ok(value);
                    }
                }
            }
        }
    }

    /// Sends the pages that are due: a browser may have asked twice.
    fn finish(&self, connections: &mut Vec<Connection>, deadline: &Deadline) {
        let end = Instant::now() + LINGER;
        while connections.iter().any(Connection::is_busy) && Instant::now() < end {
            for connection in connections.iter_mut() {
                match connection.request(&self.host, &self.uri.path) {
                    Some(Request::Redirect(_)) => connection.respond(Page::AlreadyEnded),
                    Some(Request::Other(page)) => connection.respond(page),
                    None => {}
                }
            }
            if self.turn(connections, deadline, Some(end)).is_err() {
                break;
            }
        }
        connections.clear();
    }

    /// Waits until something happens, and moves bytes.
    fn turn(&self, connections: &mut Vec<Connection>, deadline: &Deadline, until: Option<Instant>) -> io::Result<()> {
        let next = connections.iter().map(|connection| connection.end).chain(until).min();
        let mut fds = vec![PollFd::new(&self.socket, PollFlags::IN)];
        fds.extend(
            connections
                .iter()
                .map(|connection| PollFd::new(&connection.stream, connection.awaits())),
        );
        deadline.wait(&mut fds, next)?;
        let happened: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(fds);
        let now = Instant::now();
        let mut happens = happened[1..].iter();
        connections.retain_mut(|connection| {
            let happened = happens.next().is_some_and(|happened| *happened);
            (!happened || connection.go_on().is_ok()) && now < connection.end
        });
        if happened[0] {
            self.accept(connections);
        }
        Ok(())
    }

    fn accept(&self, connections: &mut Vec<Connection>) {
        for _ in 0..MAX_CONNECTIONS {
            let stream = match self.socket.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // No descriptor is free, perhaps: one of ours may help.
                Err(_) => {
                    displace(connections);
                    std::thread::sleep(Duration::from_millis(1));
                    return;
                }
            };
            if connections.len() >= MAX_CONNECTIONS {
                displace(connections);
            }
            connections.extend(Connection::new(stream));
        }
    }
}

/// Closes the oldest connection that has not sent its request, otherwise the oldest.
fn displace(connections: &mut Vec<Connection>) {
    let silent = connections.iter().position(|connection| !connection.is_busy());
    if !connections.is_empty() {
        connections.remove(silent.unwrap_or(0));
    }
}

/// What a connection asks for.
enum Request {
    /// A redirect with this query.
    Redirect(Zeroizing<String>),
    /// Something else, which gets this page.
    Other(Page),
}

enum Phase {
    /// What was read of the head.
    Reading(Zeroizing<Vec<u8>>),
    /// The head is here.
    Read(Zeroizing<Vec<u8>>),
    /// What is left to be written.
    Writing(Vec<u8>),
    /// The page was sent.
    Lingering,
}

/// A connection of a browser, or of somebody else.
pub(crate) struct Connection {
    stream: TcpStream,
    phase: Phase,
    end: Instant,
}

impl Connection {
    fn new(stream: TcpStream) -> Option<Connection> {
        stream.set_nonblocking(true).ok()?;
        Some(Connection {
            stream,
            phase: Phase::Reading(Zeroizing::new(Vec::with_capacity(MAX_HEAD))),
            end: Instant::now() + TIME,
        })
    }

    fn awaits(&self) -> PollFlags {
        match self.phase {
            Phase::Writing(_) => PollFlags::OUT,
            _ => PollFlags::IN,
        }
    }

    /// Whether a page is due.
    fn is_busy(&self) -> bool {
        match &self.phase {
            Phase::Reading(head) => !head.is_empty(),
            _ => true,
        }
    }

    /// Moves bytes as far as that does not block. An error ends the connection.
    fn go_on(&mut self) -> io::Result<()> {
        match self.move_bytes() {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
            result => result,
        }
    }

    fn move_bytes(&mut self) -> io::Result<()> {
        match &mut self.phase {
            Phase::Reading(head) => {
                let mut buffer = Zeroizing::new([0; 4096]);
                let read = self.stream.read(&mut *buffer)?;
                if read == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let room = MAX_HEAD - head.len();
                head.extend_from_slice(&buffer[..read.min(room)]);
                let has_end = head.windows(4).any(|window| window == b"\r\n\r\n");
                if has_end || head.len() == MAX_HEAD {
                    self.phase = Phase::Read(std::mem::take(head));
                }
            }
            Phase::Read(_) => {}
            Phase::Writing(left) => {
                let written = self.stream.write(left)?;
                left.drain(..written);
                if left.is_empty() {
                    self.stream.shutdown(Shutdown::Write)?;
                    self.phase = Phase::Lingering;
                    self.end = Instant::now() + LINGER;
                }
            }
            Phase::Lingering => {
                if self.stream.read(&mut [0; 4096])? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        Ok(())
    }

    /// Returns what was asked for, once it is known.
    fn request(&mut self, host: &str, path: &str) -> Option<Request> {
        let Phase::Read(head) = &self.phase else { return None };
        let request = read(head, host, path);
        Some(request.unwrap_or_else(Request::Other))
    }

    fn respond(&mut self, page: Page) {
        self.phase = Phase::Writing(page.response());
        self.end = Instant::now() + TIME;
    }
}

/// Reads the head of a request. The state in the query is what protects a login; the rest keeps pages of others away from it.
fn read(head: &[u8], host: &str, path: &str) -> Result<Request, Page> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(Page::TooLong),
        Err(_) => return Err(Page::BadRequest),
    }
    let values = |name: &'static str| {
        let named = request
            .headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value)
    };
    // A name that leads here, by DNS rebinding, is not this host.
    if !values("host").eq([host.as_bytes()]) {
        return Err(Page::BadRequest);
    }
    // A browser comes back with a page to show, not with a picture, a script or a frame of another page.
    if values("sec-fetch-dest").any(|destination| destination != b"document") {
        return Err(Page::BadRequest);
    }
    let target = request.path.unwrap_or_default();
    let (target_path, query) = target.split_once('?').unwrap_or((target, ""));
    if target_path != path {
        return Err(Page::NotFound);
    }
    if request.method != Some("GET") {
        return Err(Page::WrongMethod);
    }
    Ok(Request::Redirect(Zeroizing::new(query.to_owned())))
}
