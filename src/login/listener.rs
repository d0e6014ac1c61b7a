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
use crate::sync::{Mutex, lock};
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
pub(crate) const LINGER: Duration = Duration::from_secs(1);
/// For so long a browser may ask again, once it has the page.
pub(crate) const GRACE: Duration = Duration::from_millis(500);
/// For so long nothing is accepted after that has failed.
const PAUSE: Duration = Duration::from_millis(10);
/// The most connections that the system keeps until they are accepted, if it allows so many.
const BACKLOG: i32 = 4096;
/// Browsers open no address with these ports (<https://fetch.spec.whatwg.org/#port-blocking>; those that the kernel may choose). Some
/// machines let it choose from 1024 on.
const BLOCKED_PORTS: [u16; 19] = [
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];
/// The port that browsers leave out.
const HTTP_PORT: &str = ":80";

/// Listens for the browser until the login ends.
pub(crate) struct Listener {
    uri: RedirectUri,
    /// What browsers send as `Host`. They leave the port out where it is that of http.
    hosts: Vec<String>,
    /// `None` once the login has ended. The thread that serves has it locked.
    open: Mutex<Option<Open>>,
}

/// The listening socket and the connections that it brought.
struct Open {
    socket: TcpListener,
    connections: Vec<Connection>,
    process: ProcessId,
}

/// What becomes of a redirect.
pub(crate) enum Handled {
    /// It was not meant for this login, which goes on.
    GoOn(Page),
    /// The login has ended.
    End(Page),
}

impl Drop for Open {
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
        let bound = bind(uri).and_then(|socket| {
            socket.set_nonblocking(true)?;
            // std asks for 128. In a longer queue, a browser need not try again for others that have come before it.
            rustix::net::listen(&socket, BACKLOG)?;
            let port = socket.local_addr()?.port();
            Ok((socket, port))
        });
        let (socket, port) = bound.map_err(|error| cannot_listen(uri, &error))?;
        let ip = uri.ip.to_string();
        let mut hosts = vec![host_and_port(&ip, port)];
        if let Some(bare) = hosts[0].strip_suffix(HTTP_PORT).map(str::to_owned) {
            hosts.push(bare);
        }
        let listener = Listener {
            uri: uri.with_port(port),
            hosts,
            open: Mutex::default(),
        };
        *lock(&listener.open) = Some(Open {
            socket,
            connections: Vec::new(),
            process: ProcessId::current(),
        });
        Ok(listener)
    }

    /// Returns the redirect URI with its port.
    pub(crate) fn uri(&self) -> &RedirectUri {
        &self.uri
    }

    /// Serves connections until `handle` says that the login has ended. It gets the query of each redirect. What has begun when the
    /// time runs out stays for the next call, or for [`close`](Listener::close).
    ///
    /// # Errors
    /// Those of [`Deadline::wait`].
    pub(crate) fn serve(&self, deadline: &Deadline, handle: &mut dyn FnMut(&str) -> Handled) -> io::Result<()> {
        let mut open = lock(&self.open);
        let Some(open) = &mut *open else { return Ok(()) };
        loop {
            open.turn(deadline, None)?;
            let start = Instant::now();
            let mut has_ended = false;
            for connection in &mut open.connections {
                let handled = match connection.request(self) {
                    None => continue,
                    Some(Request::Redirect(query)) => handle(&query),
                    Some(Request::Other(page)) => Handled::GoOn(page),
                };
                has_ended = matches!(handled, Handled::End(_));
                let (Handled::GoOn(page) | Handled::End(page)) = handled;
                connection.respond(page);
                if has_ended {
                    break;
                }
            }
            // Nobody could be served meanwhile: an exchange takes seconds.
            let held_up = start.elapsed();
            for connection in &mut open.connections {
                connection.end += held_up;
            }
            if has_ended {
                return Ok(());
            }
        }
    }

    /// Stops listening. Before that, sends the pages that are due, for at most `longest`. Where a browser is there, it may ask again
    /// within `grace`: when it opens an address twice, it sends the second request once it has the response to the first. `page` says
    /// what a redirect with this query gets.
    pub(crate) fn close(&self, grace: Duration, longest: Duration, page: &dyn Fn(&str) -> Page) {
        let Some(mut open) = lock(&self.open).take() else {
            return;
        };
        let start = Instant::now();
        let end = start + longest;
        let Ok(deadline) = Deadline::new(end, None) else { return };
        let mut is_asked = false;
        loop {
            for connection in &mut open.connections {
                match connection.request(self) {
                    None => {}
                    Some(Request::Redirect(query)) => connection.respond(page(&query)),
                    Some(Request::Other(other)) => connection.respond(other),
                }
            }
            let is_busy = open.connections.iter().any(Connection::is_busy);
            is_asked |= is_busy;
            let until = match (is_busy, is_asked) {
                (true, _) => end,
                (false, true) => start + grace,
                (false, false) => start,
            };
            let Ok(happened) = open.turn(&deadline, Some(until)) else {
                return;
            };
            if !happened && !is_busy && Instant::now() >= until {
                return;
            }
        }
    }
}

fn bind(uri: &RedirectUri) -> io::Result<TcpListener> {
    if let Some(port) = uri.port {
        return TcpListener::bind((uri.ip, port));
    }
    // Those that cannot be used stay open until another one is found.
    let mut passed_over = Vec::new();
    loop {
        let socket = TcpListener::bind((uri.ip, 0))?;
        if !BLOCKED_PORTS.contains(&socket.local_addr()?.port()) {
            return Ok(socket);
        }
        passed_over.push(socket);
    }
}

fn cannot_listen(uri: &RedirectUri, error: &io::Error) -> Error {
    let address = host_and_port(&uri.ip.to_string(), uri.port.unwrap_or(0));
    let advice = match (error.kind(), uri.port) {
        (io::ErrorKind::AddrInUse, Some(_)) => {
            "End the program that uses the port, or set the option redirect_uri to another one that is registered"
        }
        (io::ErrorKind::PermissionDenied, Some(_)) => {
            "Set the option redirect_uri to one with another port above 1023, and register it"
        }
        _ if uri.ip.is_ipv6() => "Check that this machine has IPv6, or set the option redirect_uri to one on 127.0.0.1",
        _ => "Check the limit on open files, and that this machine has a loopback interface",
    };
    let what = format!("cannot listen on {address} for the browser: {error}");
    Error::new(ErrorKind::Connect, what).advise(advice)
}

impl Open {
    /// Waits until something happens, and moves bytes. Returns whether anything happened.
    fn turn(&mut self, deadline: &Deadline, until: Option<Instant>) -> io::Result<bool> {
        let next = self
            .connections
            .iter()
            .map(|connection| connection.end)
            .chain(until)
            .min();
        let mut fds = vec![PollFd::new(&self.socket, PollFlags::IN)];
        fds.extend(
            self.connections
                .iter()
                .map(|connection| PollFd::new(&connection.stream, connection.awaits())),
        );
        deadline.wait(&mut fds, next)?;
        let happened: Vec<bool> = fds[..=self.connections.len()]
            .iter()
            .map(|fd| !fd.revents().is_empty())
            .collect();
        drop(fds);
        let now = Instant::now();
        let mut happens = happened[1..].iter();
        self.connections.retain_mut(|connection| {
            let happened = happens.next().is_some_and(|happened| *happened);
            (!happened || connection.go_on().is_ok()) && now < connection.end
        });
        if happened[0] {
            self.accept();
        }
        Ok(happened.contains(&true))
    }

    fn accept(&mut self) {
        for _ in 0..MAX_CONNECTIONS {
            match self.socket.accept() {
                Ok((stream, _)) => {
                    if self.connections.len() >= MAX_CONNECTIONS {
                        self.displace();
                    }
                    self.connections.extend(Connection::new(stream));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // This one has gone already.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted
                    ) => {}
                // No descriptor is free, perhaps: one of ours may help.
                Err(_) => {
                    self.displace();
                    std::thread::sleep(PAUSE);
                    return;
                }
            }
        }
    }

    /// Closes the oldest connection that is not being sent a page. A head that has begun is worth no more than silence: anybody can
    /// send one.
    fn displace(&mut self) {
        let is_idle = |connection: &Connection| matches!(connection.phase, Phase::Reading(_) | Phase::Lingering);
        if !self.connections.is_empty() {
            let oldest = self.connections.iter().position(is_idle).unwrap_or(0);
            self.connections.remove(oldest);
        }
    }
}

/// What a connection asks for.
pub(crate) enum Request {
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
struct Connection {
    stream: TcpStream,
    phase: Phase,
    /// Whether the request is HEAD, whose response has no body.
    is_head: bool,
    end: Instant,
    process: ProcessId,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A child of `fork()` has a copy, which would keep the browser waiting.
        if self.process == ProcessId::current() {
            let _ = self.stream.shutdown(Shutdown::Both);
        }
    }
}

impl Connection {
    fn new(stream: TcpStream) -> Option<Connection> {
        stream.set_nonblocking(true).ok()?;
        Some(Connection {
            stream,
            phase: Phase::Reading(Zeroizing::new(Vec::with_capacity(MAX_HEAD))),
            is_head: false,
            end: Instant::now() + TIME,
            process: ProcessId::current(),
        })
    }

    fn awaits(&self) -> PollFlags {
        match self.phase {
            Phase::Writing(_) => PollFlags::OUT,
            _ => PollFlags::IN,
        }
    }

    /// Whether a page is due, or on its way.
    fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::Reading(_))
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
                let known = head.len();
                head.extend_from_slice(&buffer[..read.min(MAX_HEAD - known)]);
                let has_end = head[known.saturating_sub(3)..]
                    .windows(4)
                    .any(|window| window == b"\r\n\r\n");
                // A browser that tries https first waits for a response to what is no text.
                let is_text = head[0].is_ascii_graphic() || matches!(head[0], b'\r' | b'\n');
                if has_end || head.len() == MAX_HEAD || !is_text {
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
    fn request(&mut self, listener: &Listener) -> Option<Request> {
        let Phase::Read(head) = &self.phase else { return None };
        self.is_head = head.starts_with(b"HEAD ");
        let request = read(head, &listener.hosts, &listener.uri.path);
        Some(request.unwrap_or_else(Request::Other))
    }

    fn respond(&mut self, page: Page) {
        let mut response = page.response();
        if self.is_head {
            response.truncate(
                response
                    .windows(4)
                    .position(|window| window == b"\r\n\r\n")
                    .map_or(0, |end| end + 4),
            );
        }
        self.phase = Phase::Writing(response);
        self.end = Instant::now() + TIME;
    }
}

/// Reads the head of a request. The state in the query is what protects a login; the rest keeps pages of others away from it.
pub(crate) fn read(head: &[u8], hosts: &[String], path: &str) -> Result<Request, Page> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => return Err(Page::TooLong),
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
    if !hosts.iter().any(|host| values("host").eq([host.as_bytes()])) {
        return Err(Page::BadRequest);
    }
    // A browser comes back with a page to show, not with a picture, a script or a frame of another page; and not with one that it
    // loads in advance (https://www.w3.org/TR/fetch-metadata/).
    let is_only = |name, allowed: &[u8]| values(name).all(|value| value == allowed);
    let is_in_advance = values("sec-purpose").next().is_some();
    if !is_only("sec-fetch-dest", b"document") || !is_only("sec-fetch-mode", b"navigate") || is_in_advance {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_leaves_the_port_of_http_out() {
        let hosts = ["127.0.0.1:80".to_owned(), "127.0.0.1".to_owned()];
        for (hosts, host, is_taken) in [
            (&hosts[..], "127.0.0.1", true),
            (&hosts[..], "127.0.0.1:80", true),
            (&hosts[..], "127.0.0.1:8080", false),
            (&hosts[..1], "127.0.0.1", false),
        ] {
            let head = format!("GET /x?a=b HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let request = read(head.as_bytes(), hosts, "/x");
            assert_eq!(
                matches!(request, Ok(Request::Redirect(query)) if *query == "a=b"),
                is_taken,
                "{host}"
            );
        }
    }

    /// Opens a connection, which the listener has accepted when this returns.
    fn connect(listener: &Listener) -> TcpStream {
        let port = listener.uri.port.unwrap();
        let stream = TcpStream::connect((listener.uri.ip, port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let known = lock(&listener.open).as_ref().unwrap().connections.len();
        while lock(&listener.open).as_ref().unwrap().connections.len() == known {
            let deadline = Deadline::new(Instant::now() + Duration::from_millis(10), None).unwrap();
            let _ = listener.serve(&deadline, &mut |_| unreachable!("nothing was sent"));
        }
        stream
    }

    fn get(listener: &Listener, stream: &mut TcpStream) {
        let request = format!("GET /callback?a=b HTTP/1.1\r\nHost: {}\r\n\r\n", listener.hosts[0]);
        stream.write_all(request.as_bytes()).unwrap();
    }

    #[test]
    fn a_connection_does_not_time_out_while_a_redirect_is_handled() {
        let listener = Listener::bind(&RedirectUri::default()).unwrap();
        let mut other = connect(&listener);
        // It has been there for most of its time.
        lock(&listener.open).as_mut().unwrap().connections[0].end = Instant::now() + Duration::from_millis(300);
        let mut first = connect(&listener);
        get(&listener, &mut first);
        let deadline = Deadline::new(Instant::now() + Duration::from_secs(20), None).unwrap();
        let handle = &mut |_: &str| {
            get(&listener, &mut other);
            std::thread::sleep(Duration::from_millis(600));
            Handled::End(Page::LoggedIn)
        };
        listener.serve(&deadline, handle).unwrap();
        listener.close(GRACE, LINGER, &|_| Page::LoggedIn);
        let mut page = String::new();
        other.read_to_string(&mut page).unwrap();
        assert!(page.contains("You are logged in"), "{page}");
    }
}
