//! Looking up names without blocking for longer than allowed, and without ever leaving a forked child with a lock
//! that nobody holds.
//!
//! glibc keeps a lock of its resolver held for an instant at the beginning and at the end of `getaddrinfo`, and when a
//! thread that used it exits, and does not reset it in a child of `fork()`: a child born in such an instant would hang
//! in its first lookup. So lookups run in threads that are counted until they are joined, and a process that is about
//! to fork waits for them: [`before_fork`] is for `pthread_atfork`.

use std::cell::RefCell;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::config::endpoint::bare_host;

/// How long a fork waits for lookups. One that takes longer is waiting for a name server, with no lock held.
const FORK_PATIENCE: Duration = Duration::from_secs(1);

/// Lookups whose thread has not been joined.
static RUNNING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

thread_local! {
    /// The lock on `RUNNING` while this thread is inside `fork()`.
    static HELD: RefCell<Option<MutexGuard<'static, Vec<JoinHandle<()>>>>> = const { RefCell::new(None) };
}

/// Why a name was not found.
#[derive(Debug)]
pub enum Failure {
    /// The time ran out.
    TimedOut,
    /// The resolver said so, in these words.
    Unknown(String),
}

/// The addresses of a host. Blocks for `allowed` at most.
pub fn addresses(host: &str, port: u16, allowed: Duration) -> Result<Vec<SocketAddr>, Failure> {
    let bare = bare_host(host);
    if let Ok(address) = bare.parse() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    let name = (bare.to_owned(), port);
    let look_up = move || {
        let found = name.to_socket_addrs().map(Iterator::collect);
        let _ = sender.send(found.map_err(|error| error.to_string()));
    };
    {
        let mut running = running();
        join_finished(&mut running);
        let handle = thread::Builder::new().name("spotify-lookup".to_owned()).spawn(look_up);
        running.push(handle.map_err(|error| Failure::Unknown(format!("no thread for the lookup: {error}")))?);
    }
    let found = receiver.recv_timeout(allowed);
    join_finished(&mut running());
    match found {
        Ok(found) => found.map_err(Failure::Unknown),
        Err(RecvTimeoutError::Timeout) => Err(Failure::TimedOut),
        Err(RecvTimeoutError::Disconnected) => Err(Failure::Unknown("the lookup broke off".to_owned())),
    }
}

/// Waits for the lookups that run, and lets none begin until [`after_fork_in_parent`] or [`after_fork_in_child`].
/// To be called by the thread that is about to fork.
pub fn before_fork() {
    let mut running = running();
    let end = Instant::now() + FORK_PATIENCE;
    while !running.is_empty() && Instant::now() < end {
        join_finished(&mut running);
        if !running.is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
    }
    HELD.with_borrow_mut(|held| *held = Some(running));
}

/// Lets lookups begin again.
pub fn after_fork_in_parent() {
    HELD.with_borrow_mut(Option::take);
}

/// Lets lookups begin again, and forgets the parent's: their threads are not in this process.
pub fn after_fork_in_child() {
    if let Some(mut running) = HELD.with_borrow_mut(Option::take) {
        // Dropping a handle would detach a thread that does not exist.
        running.drain(..).for_each(std::mem::forget);
    }
}

fn running() -> MutexGuard<'static, Vec<JoinHandle<()>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Joins the threads that are done, which takes no longer than their exit does.
fn join_finished(running: &mut Vec<JoinHandle<()>>) {
    for at in (0..running.len()).rev() {
        if running[at].is_finished() {
            let _ = running.swap_remove(at).join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_address_needs_no_lookup() {
        for (host, address) in [("127.0.0.1", "127.0.0.1:7"), ("[::1]", "[::1]:7"), ("::1", "[::1]:7")] {
            assert_eq!(addresses(host, 7, Duration::ZERO).unwrap(), [address.parse().unwrap()]);
        }
    }

    #[test]
    fn names_are_found_or_not() {
        let found = addresses("localhost", 7, MINUTE).unwrap();
        assert!(
            found
                .iter()
                .all(|address| address.ip().is_loopback() && address.port() == 7)
        );
        // A label of 64 characters: refused by the resolver itself, which asks nobody.
        let nowhere = format!("{}.invalid", "x".repeat(64));
        assert!(matches!(addresses(&nowhere, 7, MINUTE), Err(Failure::Unknown(_))));
    }

    #[test]
    fn a_lookup_waits_while_its_process_forks() {
        before_fork();
        let (sender, receiver) = mpsc::channel();
        let waiting = thread::spawn(move || sender.send(addresses("localhost", 7, MINUTE).is_ok()));
        assert!(receiver.try_recv().is_err());
        after_fork_in_parent();
        assert!(receiver.recv().unwrap());
        waiting.join().unwrap().unwrap();
    }
}
