//! The listener, its threads, and their end. What is answered is for a `Behaviour` to say.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::http::{self, Received};
use super::reply::{Pace, Reply};

/// A client that says nothing for this long is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Decides what a request is answered with.
pub(super) trait Behaviour: Send + Sync {
    /// The answer to this request, or to one that could not be read.
    fn reply(&self, request: Result<&Received, http::Unreadable>) -> Reply;
}

/// Replies in order, the last one ever after.
pub(super) struct Script(Mutex<VecDeque<Reply>>);

impl Script {
    pub(super) fn new(replies: impl IntoIterator<Item = Reply>) -> Script {
        Script(Mutex::new(replies.into_iter().collect()))
    }
}

impl Behaviour for Script {
    fn reply(&self, _request: Result<&Received, http::Unreadable>) -> Reply {
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
    behaviour: Box<dyn Behaviour>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    stopping: AtomicBool,
    open: Mutex<HashMap<usize, TcpStream>>,
    idle: Mutex<()>,
    stopped: Condvar,
}

impl Server {
    pub(super) fn start(port: u16, behaviour: Box<dyn Behaviour>) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            behaviour,
            received: Mutex::default(),
            connections: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            open: Mutex::default(),
            idle: Mutex::default(),
            stopped: Condvar::new(),
        });
        let serving = shared.clone();
        let accepting = thread::Builder::new().spawn(move || accept(&listener, &serving))?;
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
        lock(&self.shared.received).clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        let idle = lock(&self.shared.idle);
        self.shared.stopped.notify_all();
        drop(idle);
        for connection in lock(&self.shared.open).values() {
            let _ = connection.shutdown(Shutdown::Both);
        }
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        if let Ok(handle) = stream.try_clone() {
            lock(&shared.open).insert(number, handle);
        }
        let serving = shared.clone();
        // Without a thread the connection is dropped, as a busy server would.
        let _ = thread::Builder::new().spawn(move || {
            serving.serve(&stream);
            let _ = stream.shutdown(Shutdown::Both);
            lock(&serving.open).remove(&number);
        });
    }
}

impl Shared {
    /// Answers requests until one side ends the connection.
    fn serve(&self, stream: &TcpStream) {
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let _ = stream.set_nodelay(true);
        let mut reader = BufReader::new(stream);
        loop {
            let request = match http::read(&mut reader, stream) {
                Ok(Some(request)) => Ok(request),
                Ok(None) | Err(http::Unreadable::Gone) => return,
                Err(fault) => Err(fault),
            };
            let goes_on = request.as_ref().is_ok_and(Received::keeps_alive);
            if let Ok(request) = &request {
                lock(&self.received).push(request.clone());
            }
            let reply = self.behaviour.reply(request.as_ref().map_err(|fault| *fault));
            if self.pause(reply.delay()).is_err() || !self.send(&reply, stream, goes_on) || !goes_on {
                return;
            }
        }
    }

    /// Sends a reply; gives whether the connection can be used again.
    fn send(&self, reply: &Reply, mut stream: &TcpStream, goes_on: bool) -> bool {
        let Some(bytes) = reply.bytes(goes_on) else {
            // Nothing is ever sent: wait until the other side has enough.
            let _ = io::copy(&mut stream, &mut io::sink());
            return false;
        };
        let sent = match reply.pace() {
            Pace::AtOnce => io::Write::write_all(&mut stream, &bytes),
            Pace::Drip(size, pause) => bytes
                .chunks(size)
                .try_for_each(|chunk| io::Write::write_all(&mut stream, chunk).and_then(|()| self.pause(pause))),
        };
        sent.is_ok() && reply.leaves_connection_usable()
    }

    /// Waits, unless the server stops.
    fn pause(&self, duration: Duration) -> io::Result<()> {
        let end = Instant::now() + duration;
        let mut idle = lock(&self.idle);
        while !self.stopping.load(Ordering::SeqCst) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            idle = self
                .stopped
                .wait_timeout(idle, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        Err(io::ErrorKind::Interrupted.into())
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
