//! The listener, its threads, and their end. A `Behaviour` decides what the response is.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::history::History;
use super::http::{self, Received, Unreadable};
use super::reply::{Pace, Reply};

/// What a server allows, so that no client can make it use up the machine.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Connections at the same time. One more closes the one that has been waiting for a request for the longest time.
    pub(super) connections: usize,
    /// How long a connection may wait for a request, and for its client to read.
    pub(super) idle: Duration,
    /// How long a request may take, from its first byte to its last.
    pub(super) request: Duration,
    /// How many requests are kept for a test to look at; the newest are.
    pub(super) kept_requests: usize,
    /// How many bytes they may have.
    pub(super) kept_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1000,
            idle: Duration::from_secs(60),
            request: Duration::from_secs(30),
            kept_requests: 10_000,
            kept_bytes: 8 << 20,
        }
    }
}

/// How long to wait for a connection to close when there is no room for another.
const ROOM_WAIT: Duration = Duration::from_millis(10);

/// How much longer a request that was refused is read.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 1 << 20;

/// Decides what the response to a request is.
pub(super) trait Behaviour: Send + Sync {
    /// The reply to this request of a client, or to one that could not be read.
    fn reply(&self, request: Result<&Received, Unreadable>, client: &Arc<Connection>) -> Reply;
}

/// Gives replies in order, and then the last one again and again.
pub(super) struct Script(Mutex<VecDeque<Reply>>);

impl Script {
    pub(super) fn new(replies: impl IntoIterator<Item = Reply>) -> Script {
        Script(Mutex::new(replies.into_iter().collect()))
    }
}

impl Behaviour for Script {
    fn reply(&self, _request: Result<&Received, Unreadable>, _client: &Arc<Connection>) -> Reply {
        let mut left = lock(&self.0);
        if left.len() > 1 {
            return left.pop_front().expect("there is more than one");
        }
        left.front().cloned().unwrap_or_else(Reply::close)
    }
}

pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    limits: Limits,
    behaviour: Box<dyn Behaviour>,
    history: Mutex<History>,
    accepted: AtomicUsize,
    stopping: AtomicBool,
    /// The open connections, by the order in which they came.
    open: Mutex<BTreeMap<usize, Arc<Connection>>>,
    /// A connection is closed, or the server stops.
    changed: Condvar,
}

impl Server {
    pub(super) fn start(port: u16, limits: Limits, behaviour: Box<dyn Behaviour>) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            limits,
            behaviour,
            history: Mutex::new(History::new(limits.kept_requests, limits.kept_bytes)),
            accepted: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            open: Mutex::default(),
            changed: Condvar::new(),
        });
        let serving = shared.clone();
        let accepting = thread::Builder::new().spawn(move || serving.accept(&listener))?;
        Ok(Server {
            address,
            shared,
            accepting: Some(accepting),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn received(&self) -> Vec<Received> {
        lock(&self.shared.history).requests()
    }

    pub(super) fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        for connection in lock(&self.shared.open).values() {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        self.shared.changed.notify_all();
        let Some(accepting) = self.accepting.take() else { return };
        // Wakes the thread that accepts. It can fail while no descriptor is free.
        while TcpStream::connect(self.address).is_err() && !accepting.is_finished() {
            thread::sleep(ROOM_WAIT);
        }
        let _ = accepting.join();
    }
}

impl Shared {
    /// Accepts connections until the server stops, whatever else fails.
    fn accept(self: &Arc<Shared>, listener: &TcpListener) {
        while !self.is_stopping() {
            match listener.accept() {
                Ok((stream, _)) => {
                    self.wait_for_room(|open| open < self.limits.connections);
                    self.open(stream);
                }
                // The client has gone already.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                // No descriptor or no memory is free.
                Err(_) => {
                    let before = lock(&self.open).len();
                    self.wait_for_room(|open| open == 0 || open < before);
                    if before == 0 {
                        thread::sleep(ROOM_WAIT);
                    }
                }
            }
        }
    }

    /// Closes connections, as far as that loses no reply, until there is room, or the server stops.
    fn wait_for_room(&self, is_enough: impl Fn(usize) -> bool) {
        let mut open = lock(&self.open);
        while !is_enough(open.len()) && !self.is_stopping() {
            let closable = open
                .values()
                .filter_map(|connection| Some((connection.closable_since()?, connection)));
            if let Some((_, connection)) = closable.min_by_key(|(since, _)| *since) {
                connection.close();
                self.changed.notify_all();
            }
            open = self.wait(open, ROOM_WAIT);
        }
    }

    fn open(self: &Arc<Shared>, stream: TcpStream) {
        let mut open = lock(&self.open);
        // Checked under the lock, under which the connections of a server that stops are closed.
        if self.is_stopping() {
            return;
        }
        let number = self.accepted.fetch_add(1, Ordering::SeqCst);
        let connection = Arc::new(Connection::new(stream));
        open.insert(number, connection.clone());
        drop(open);
        let serving = self.clone();
        let serve = move || {
            // Dropped last, when this thread no longer holds the descriptor.
            let _closing = Closing(&serving, number);
            let connection = connection;
            serving.serve(&connection);
            let _ = connection.stream.shutdown(Shutdown::Both);
        };
        if thread::Builder::new().spawn(serve).is_err() {
            // A busy server would drop it as well.
            drop(Closing(self, number));
        }
    }

    /// Responds to requests until one side ends the connection.
    fn serve(&self, connection: &Arc<Connection>) {
        let stream = &connection.stream;
        let _ = stream.set_nodelay(true);
        let _ = stream.set_write_timeout(Some(self.limits.idle));
        let mut reader = BufReader::new(Timed {
            stream,
            end: Cell::new(Instant::now()),
        });
        loop {
            connection.set_closable(true);
            reader.get_ref().allow(self.limits.idle);
            if !reader.fill_buf().is_ok_and(|bytes| !bytes.is_empty()) {
                return;
            }
            reader.get_ref().allow(self.limits.request);
            let request = match http::read(&mut reader, stream) {
                Ok(Some(request)) => Ok(request),
                Ok(None) | Err(Unreadable::Gone) => return,
                Err(error) => Err(error),
            };
            connection.set_closable(false);
            let goes_on = request.as_ref().is_ok_and(Received::keeps_alive);
            if let Ok(request) = &request {
                lock(&self.history).add(request.clone());
            }
            let request_or_error = request.as_ref().map_err(|error| *error);
            let mut reply = self.behaviour.reply(request_or_error, connection);
            let is_head = request.as_ref().is_ok_and(|request| request.method == "HEAD");
            let delayed = self.delay(reply.delay(), connection);
            // Before the client can have the response.
            reply.release();
            if delayed.is_err() || !self.send(&reply, connection, goes_on, is_head) || !goes_on {
                if request.is_err() {
                    // Closing with bytes unread would reset the connection, and the client might lose the reply.
                    let _ = stream.shutdown(Shutdown::Write);
                    reader.get_ref().allow(LINGER);
                    let _ = io::copy(&mut reader.take(LINGER_BYTES), &mut io::sink());
                }
                return;
            }
        }
    }

    /// Sends a reply, and returns whether the connection can be used again.
    fn send(&self, reply: &Reply, connection: &Connection, goes_on: bool, is_head: bool) -> bool {
        let mut stream = &connection.stream;
        let Some(bytes) = reply.bytes(goes_on, is_head) else {
            // Nothing is ever sent: wait until the client has had enough.
            let _ = stream.set_read_timeout(Some(self.limits.idle));
            let _ = io::copy(&mut stream, &mut io::sink());
            return false;
        };
        let sent = match reply.pace() {
            Pace::AtOnce => stream.write_all(&bytes),
            Pace::Drip(size, pause) => bytes
                .chunks(size)
                .try_for_each(|chunk| stream.write_all(chunk).and_then(|()| self.pause(pause, connection))),
        };
        sent.is_ok() && reply.leaves_connection_usable()
    }

    /// Waits before a reply. Once the client sends no more, it may have gone, and its connection may be closed.
    fn delay(&self, delay: Duration, connection: &Connection) -> io::Result<()> {
        if delay.is_zero() {
            return Ok(());
        }
        let end = Instant::now() + delay;
        connection.stream.set_read_timeout(Some(delay))?;
        if connection.stream.peek(&mut [0]).is_ok_and(|read| read == 0) {
            connection.set_closable(true);
        }
        self.pause(end.saturating_duration_since(Instant::now()), connection)
    }

    /// Waits, unless the connection is closed or the server stops.
    fn pause(&self, duration: Duration, connection: &Connection) -> io::Result<()> {
        let end = Instant::now() + duration;
        let mut open = lock(&self.open);
        while !self.is_stopping() && !connection.is_closed.load(Ordering::SeqCst) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            open = self.wait(open, left);
        }
        Err(ErrorKind::Interrupted.into())
    }

    /// Waits until a connection is closed, or the server stops, or the time has expired.
    fn wait<'l, T>(&self, guard: MutexGuard<'l, T>, time: Duration) -> MutexGuard<'l, T> {
        let waited = self.changed.wait_timeout(guard, time);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
}

/// Closes the connection of this number when it is dropped, and wakes who waits for that.
struct Closing<'s>(&'s Shared, usize);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let closed = lock(&self.0.open).remove(&self.1);
        drop(closed);
        self.0.changed.notify_all();
    }
}

pub(super) struct Connection {
    stream: TcpStream,
    /// Since when closing it would lose no reply.
    closable_since: Mutex<Option<Instant>>,
    is_closed: AtomicBool,
}

impl Connection {
    fn new(stream: TcpStream) -> Connection {
        Connection {
            stream,
            closable_since: Mutex::new(Some(Instant::now())),
            is_closed: AtomicBool::new(false),
        }
    }

    fn set_closable(&self, closable: bool) {
        *lock(&self.closable_since) = closable.then(Instant::now);
    }

    fn closable_since(&self) -> Option<Instant> {
        *lock(&self.closable_since)
    }

    /// Whether the client has closed its side, as the end of its process does. Only for a connection whose request was read.
    pub(super) fn client_has_gone(&self) -> bool {
        let is_set = self.stream.set_read_timeout(Some(Duration::from_millis(1)));
        match self.stream.peek(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => is_set.is_ok() && !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// Ends it. Its thread notices, and gives the descriptor back.
    fn close(&self) {
        self.set_closable(false);
        self.is_closed.store(true, Ordering::SeqCst);
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// A stream that is read until an instant, however slowly the bytes come.
struct Timed<'s> {
    stream: &'s TcpStream,
    end: Cell<Instant>,
}

impl Timed<'_> {
    fn allow(&self, time: Duration) {
        self.end.set(Instant::now() + time);
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.get().saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buffer)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
