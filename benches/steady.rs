//! `cargo bench --bench steady`: eight threads ask in a loop for a minute, while tokens live for four seconds and the server
//! takes a second to respond. After the first fetch nobody should wait; what the slowest call took is reported.

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Accounts, StandIn};
use spotify_token::unstable::{self};

const LIFETIME: i64 = 4;
const RUN: Duration = Duration::from_secs(60);

fn main() {
    let server = StandIn::spotify(Accounts {
        expires_in: LIFETIME,
        delay: Duration::from_secs(1),
        ..Accounts::default()
    })
    .unwrap();
    let mut parts = support::parts(&server.token_url(), &[]);
    parts.clock = None; // the real ones
    let client = unstable::client_from(parts);
    client.token().unwrap();

    let (slowest_ns, calls, served_dead) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
    );
    let end = Instant::now() + RUN;
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (client, slowest_ns, calls, served_dead) =
                (client.clone(), slowest_ns.clone(), calls.clone(), served_dead.clone());
            thread::spawn(move || {
                while Instant::now() < end {
                    let start = Instant::now();
                    let token = client.token().unwrap();
                    let took = u64::try_from(start.elapsed().as_nanos()).unwrap();
                    slowest_ns.fetch_max(took, Ordering::Relaxed);
                    calls.fetch_add(1, Ordering::Relaxed);
                    if unstable::expires_in(&client, &token) <= 0 {
                        served_dead.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());

    let slowest_ms = Duration::from_nanos(slowest_ns.load(Ordering::Relaxed)).as_secs_f64() * 1000.0;
    println!("calls                  {}", calls.load(Ordering::Relaxed));
    println!("slowest call           {slowest_ms:.1} ms");
    println!("callers who waited     {}", client.stats().waits);
    println!("tokens past their end  {}", served_dead.load(Ordering::Relaxed));
    println!(
        "requests               {} in {} s, tokens of {LIFETIME} s",
        server.requests().len(),
        RUN.as_secs()
    );
}
