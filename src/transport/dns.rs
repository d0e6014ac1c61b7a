//! Name lookups that take no longer than allowed, that callers share, and that leave no forked child with a lock that
//! nobody holds.
//!
//! `getaddrinfo` cannot be interrupted, so each lookup runs in a thread of its own, and callers wait for its result.
//! Callers who look for the same name wait for the same lookup: a name server that does not respond costs one thread a
//! name, however many calls give up. Where no thread can be made, the first caller looks the name up by itself.
//!
//! glibc holds a lock of its resolver for an instant at the beginning and at the end of `getaddrinfo`, and when a
//! thread that used it exits, and does not reset it in a child of `fork()`: a child born in such an instant would hang
//! in its first lookup. So a process that is about to fork waits for lookups: see [`before_fork`].

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::config::endpoint::bare_host;
use crate::fork::ProcessId;
use crate::sync::STACK_SIZE;

/// How long after the start of a lookup a fork still waits for it. One that takes longer is waiting for a name server,
/// and holds no lock meanwhile.
const FORK_WAITS: Duration = Duration::from_millis(100);

/// Lookups that run, and those whose thread has not been joined.
static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

thread_local! {
    /// The lock on `RUNNING` while this thread is inside `fork()`.
    static HELD: RefCell<Option<MutexGuard<'static, Vec<Running>>>> = const { RefCell::new(None) };
}

/// A name on its way to addresses.
struct Lookup {
    host: String,
    /// The process it runs in.
    process: ProcessId,
    started: Instant,
    found: Mutex<Option<Result<Vec<IpAddr>, String>>>,
    changed: Condvar,
}

/// A lookup and its thread: none where a caller looks the name up by itself.
struct Running {
    lookup: Arc<Lookup>,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no address.
#[derive(Debug)]
pub(crate) enum LookupError {
    /// The time ran out, or the lookup was cancelled.
    Stopped,
    /// The resolver said so, in these words.
    Failed(String),
}

/// Returns the addresses of a host. Blocks until `end` at most; `cancel` ends it earlier and loses the hook that it
/// had.
///
/// `localhost` and all names below it are this machine without asking anybody (RFC 6761, section 6.3).
pub(crate) fn addresses(host: &str, port: u16, end: Instant, cancel: &Cancel) -> Result<Vec<SocketAddr>, LookupError> {
    let host = bare_host(host);
    let found = if let Ok(address) = host.parse() {
        vec![address]
    } else if is_localhost(host) {
        vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]
    } else {
        look_up(host).wait(end, cancel)?
    };
    Ok(found
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .collect())
}

fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// Joins the lookup of this name that runs, or starts one.
fn look_up(host: &str) -> Arc<Lookup> {
    let mut running = running();
    join_finished(&mut running);
    if let Some(same) = running.iter().find(|running| running.lookup.is_for(host)) {
        return same.lookup.clone();
    }
    let lookup = Arc::new(Lookup::new(host));
    let in_thread = lookup.clone();
    let thread = thread::Builder::new()
        .name("spotify-lookup".to_owned())
        .stack_size(STACK_SIZE)
        .spawn(move || in_thread.run())
        .ok();
    let has_thread = thread.is_some();
    running.push(Running {
        lookup: lookup.clone(),
        thread,
    });
    drop(running);
    if !has_thread {
        lookup.run();
    }
    lookup
}

impl Lookup {
    fn new(host: &str) -> Lookup {
        Lookup {
            host: host.to_owned(),
            process: ProcessId::current(),
            started: Instant::now(),
            found: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Whether a caller who looks for this name can wait for it.
    fn is_for(&self, host: &str) -> bool {
        self.host == host && self.process == ProcessId::current() && !self.is_done()
    }

    /// Asks the resolver. Blocks.
    fn run(&self) {
        let addresses = (self.host.as_str(), 0).to_socket_addrs();
        let found = addresses.map(|found| found.map(|address| address.ip()).collect());
        *self.found() = Some(found.map_err(|error| error.to_string()));
        self.changed.notify_all();
    }

    fn wait(self: &Arc<Lookup>, end: Instant, cancel: &Cancel) -> Result<Vec<IpAddr>, LookupError> {
        let waiting = self.clone();
        cancel.on_cancel(move || {
            // Under the lock: between a waiter's look at `cancel` and its sleep, this would wake nobody.
            let _locked = waiting.found();
            waiting.changed.notify_all();
        });
        let mut found = self.found();
        loop {
            if let Some(result) = &*found {
                return result.clone().map_err(LookupError::Failed);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || cancel.is_cancelled() {
                return Err(LookupError::Stopped);
            }
            let woken = self.changed.wait_timeout(found, left);
            (found, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn is_done(&self) -> bool {
        self.found().is_some()
    }

    fn found(&self) -> MutexGuard<'_, Option<Result<Vec<IpAddr>, String>>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for lookups that began within the last 100 ms, and lets none begin until [`after_fork_in_parent`] or
/// [`after_fork_in_child`]. For `pthread_atfork`: to be called by the thread that is about to fork.
///
/// A lookup that takes longer ends at some time, and holds the resolver's lock for less than a microsecond then. A
/// child that is born in just that moment gets timeouts for its lookups. No wait could rule that out without a fork
/// that hangs for as long as the name server does.
pub(crate) fn before_fork() {
    let mut running = running();
    loop {
        join_finished(&mut running);
        let youngest = running.iter().map(|running| running.lookup.started).max();
        let left = youngest.map_or(Duration::ZERO, |started| FORK_WAITS.saturating_sub(started.elapsed()));
        if left.is_zero() {
            break;
        }
        thread::sleep(left.min(Duration::from_millis(1)));
    }
    HELD.with_borrow_mut(|held| *held = Some(running));
}

/// Lets lookups begin again.
pub(crate) fn after_fork_in_parent() {
    HELD.with_borrow_mut(Option::take);
}

/// Lets lookups begin again, and forgets the parent's: their threads are not in this process.
pub(crate) fn after_fork_in_child() {
    if let Some(mut running) = HELD.with_borrow_mut(Option::take) {
        // Dropping a handle would detach a thread that does not exist.
        running.drain(..).for_each(std::mem::forget);
    }
}

fn running() -> MutexGuard<'static, Vec<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Forgets lookups that are done. Joins their threads, which takes no longer than their exit does.
fn join_finished(running: &mut Vec<Running>) {
    running.retain_mut(|running| match running.thread.take_if(|thread| thread.is_finished()) {
        Some(thread) => {
            let _ = thread.join();
            false
        }
        None => running.thread.is_some() || !running.lookup.is_done(),
    });
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn in_a_minute() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn found(host: &str) -> Result<Vec<SocketAddr>, LookupError> {
        addresses(host, 7, in_a_minute(), &Cancel::new())
    }

    /// A name that is never found by anybody: its lookup is in the list, and nobody works on it.
    fn hanging(host: &str) -> Arc<Lookup> {
        let lookup = Arc::new(Lookup::new(host));
        running().push(Running {
            lookup: lookup.clone(),
            thread: None,
        });
        lookup
    }

    #[test]
    fn an_address_needs_no_lookup() {
        for (host, address) in [("127.0.0.1", "127.0.0.1:7"), ("[::1]", "[::1]:7"), ("::1", "[::1]:7")] {
            let found = addresses(host, 7, Instant::now(), &Cancel::new()).unwrap();
            assert_eq!(found, [address.parse().unwrap()]);
        }
    }

    #[test]
    fn localhost_is_this_machine_and_nobody_is_asked() {
        let loopback: [SocketAddr; 2] = ["[::1]:7".parse().unwrap(), "127.0.0.1:7".parse().unwrap()];
        for host in ["localhost", "LocalHost", "localhost.", "a.localhost", "a.b.LOCALHOST."] {
            // There is no time to ask anybody.
            let found = addresses(host, 7, Instant::now(), &Cancel::new()).unwrap();
            assert_eq!(found, loopback, "{host}");
        }
        for host in ["notlocalhost", "localhost.example", "localhost.."] {
            assert!(!is_localhost(host), "{host}");
        }
    }

    #[test]
    fn names_are_found_or_not() {
        // A label of 64 characters: refused by the resolver itself, which asks nobody.
        let nowhere = format!("{}.invalid", "x".repeat(64));
        assert!(matches!(found(&nowhere), Err(LookupError::Failed(_))));
        // Read by the resolver alone, and found without asking anybody.
        assert_eq!(found("0x7f000001").unwrap(), ["127.0.0.1:7".parse().unwrap()]);
    }

    #[test]
    fn callers_share_a_lookup_that_hangs_and_each_gives_up_at_its_own_time() {
        let lookup = hanging("shared.test");
        let impatient = addresses("shared.test", 7, Instant::now(), &Cancel::new());
        assert!(matches!(impatient, Err(LookupError::Stopped)));
        let waiting: Vec<_> = (0..8).map(|_| thread::spawn(|| found("shared.test"))).collect();
        // The list, this test, and each caller twice: it waits, and it can be cancelled.
        while Arc::strong_count(&lookup) < 2 + 8 * 2 {
            thread::yield_now();
        }
        *lookup.found() = Some(Ok(vec![Ipv4Addr::LOCALHOST.into()]));
        lookup.changed.notify_all();
        for caller in waiting {
            assert_eq!(caller.join().unwrap().unwrap(), ["127.0.0.1:7".parse().unwrap()]);
        }
    }

    #[test]
    fn a_cancelled_caller_waits_no_longer() {
        let lookup = hanging("cancelled.test");
        let cancel = Arc::new(Cancel::new());
        let caller = {
            let (lookup, cancel) = (lookup.clone(), cancel.clone());
            thread::spawn(move || lookup.wait(in_a_minute(), &cancel))
        };
        cancel.cancel();
        assert!(matches!(caller.join().unwrap(), Err(LookupError::Stopped)));
        *lookup.found() = Some(Ok(Vec::new()));
    }

    #[test]
    fn a_lookup_waits_while_its_process_forks_and_a_fork_does_not_wait_for_one_that_hangs() {
        let lookup = hanging("forking.test");
        before_fork();
        assert!(lookup.started.elapsed() >= FORK_WAITS);
        let (sender, receiver) = mpsc::channel();
        let waiting = thread::spawn(move || sender.send(found("0x7f000001").is_ok()));
        assert!(receiver.try_recv().is_err());
        after_fork_in_parent();
        assert!(receiver.recv().unwrap());
        waiting.join().unwrap().unwrap();
        *lookup.found() = Some(Ok(Vec::new()));
    }
}
