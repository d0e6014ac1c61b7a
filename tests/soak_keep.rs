//! `keep` for long, with tokens of four seconds: a reader in a loop finds a token at every moment that is whole and has not expired, and
//! memory, threads and descriptors of the command stay as they are. `cargo test` runs twenty minutes of it;
//! `cargo test --release --test soak_keep -- full` a day. Time passes by itself whenever the command waits (tests/c/moved_clock.c), so
//! that a day takes minutes.

mod support;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use support::eventually;
use support::keeper::{Keeper, of_lifetime};
use support::moved_clock::MovedClock;
use support::place::Place;

const SHORT: Duration = Duration::from_secs(20 * 60);
const FULL: Duration = Duration::from_secs(24 * 3600);
/// The lifetime of a token, in seconds.
const LIFETIME: i64 = 4;
/// A reader sees so many moments of each second.
const STEP: Duration = Duration::from_millis(100);
/// What memory may grow by, after the first fifth of the time.
const NOISE_KIB: u64 = 128;

fn main() {
    let argument = std::env::args().nth(1);
    match argument.as_deref() {
        Some("full") => soak(FULL),
        // cargo test NAME: the name of another test.
        Some(filter) if !filter.starts_with('-') && !"soak_keep".contains(filter) => {}
        _ => soak(SHORT),
    }
}

fn soak(time: Duration) {
    let directory = TempDir::new().unwrap();
    let Some(clock) = MovedClock::new(directory.path()) else {
        return;
    };
    let server = of_lifetime(LIFETIME);
    // One arena: more of them fill by chance.
    let place = clock
        .in_place(Place::knowing(&server))
        .variable("MALLOC_ARENA_MAX", "1");
    let mut keeper = Keeper::start(&place, &["--form", "json"]);
    keeper.content_after("");
    let start = Instant::now();
    let mut reader = Reader::default();
    reader.read_until(&keeper, &clock, time / 5);
    let before = Held::by(&keeper);
    reader.read_until(&keeper, &clock, time);
    let after = Held::by(&keeper);
    report(&reader, clock.passed(), start.elapsed(), before, after);
    assert_eq!((before.threads, before.descriptors), (after.threads, after.descriptors));
    assert!(
        after.kib <= before.kib + NOISE_KIB,
        "memory grew: {before:?}, then {after:?}"
    );
    // A token lives for half of its time. A reader that the system lets wait misses some.
    let tokens = time.as_secs() / LIFETIME.unsigned_abs() / 2;
    assert!(reader.tokens >= tokens, "{} tokens of {tokens} at least", reader.tokens);
    let output = keeper.end("TERM");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

fn report(reader: &Reader, passed: Duration, took: Duration, before: Held, after: Held) {
    println!(
        "{:.1} hours in {:.0} s: {} tokens seen in {} reads",
        passed.as_secs_f64() / 3600.0,
        took.as_secs_f64(),
        reader.tokens,
        reader.reads
    );
    println!(
        "the least time left to a token that was read: more than {} ms",
        reader.least_left_ms
    );
    println!("held after a fifth: {before:?}; in the end: {after:?}");
}

/// Reads the file again and again.
struct Reader {
    reads: u64,
    tokens: u64,
    last: String,
    least_left_ms: i128,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader {
            reads: 0,
            tokens: 0,
            last: String::new(),
            least_left_ms: i128::MAX,
        }
    }
}

impl Reader {
    /// Reads while time passes, until so much has passed.
    fn read_until(&mut self, keeper: &Keeper, clock: &MovedClock, time: Duration) {
        clock.run(STEP);
        while clock.passed() < time {
            self.read(keeper, clock);
        }
        clock.run(Duration::ZERO);
    }

    fn read(&mut self, keeper: &Keeper, clock: &MovedClock) {
        // Before the file is read: a token that had expired by then was there for too long.
        let now = i128::try_from(clock.now().as_millis()).unwrap();
        let content = fs::read_to_string(&keeper.file).expect("the file is always there");
        let token: Value = serde_json::from_str(&content).expect("the file is always whole");
        // In whole seconds, rounded down: the token has up to a second more.
        let left_ms = i128::from(token["expires_at"].as_i64().unwrap()) * 1000 - now;
        assert!(
            left_ms > 0,
            "a token expired {} ms ago: {:?} passed",
            -left_ms,
            clock.passed()
        );
        self.least_left_ms = self.least_left_ms.min(left_ms);
        self.reads += 1;
        if content != self.last {
            self.last = content;
            self.tokens += 1;
        }
    }
}

/// What the command holds at rest.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code)] // shown
struct Held {
    kib: u64,
    threads: usize,
    descriptors: usize,
}

impl Held {
    /// Waits for the threads of requests to end, which they do a moment after the response.
    fn by(keeper: &Keeper) -> Held {
        let process = format!("/proc/{}", keeper.process.id());
        let entries = |name: &str| fs::read_dir(format!("{process}/{name}")).unwrap().count();
        eventually("rest", || entries("task") == 2);
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        Held {
            kib: resident.trim().trim_end_matches(" kB").parse().unwrap(),
            threads: entries("task"),
            descriptors: entries("fd"),
        }
    }
}
