//! The time of a call that returns a cached token, in a C program, compared with what the machine can do at best and with
//! what people write by hand. `cached.c` measures; this file runs it with different numbers of threads.

use std::path::Path;
use std::process::Command;

use super::peers::folder;
use super::support::installed::{command, compile, release_prefix, run};
use super::support::{SECRET, server, told};
use super::table::{Table, short};

/// The numbers of threads.
pub const THREADS: [usize; 3] = [1, 2, 8];
/// The operation that the others are compared with.
const BY_HAND: &str = "rwlock+strdup";
/// The largest acceptable ratios to that, for each number of threads.
const GOALS: [(&str, [f64; 3]); 2] = [("authorization", [0.5, 0.2, 0.2]), ("token+clear", [1.0; 3])];

/// An operation and its nanoseconds for each number of threads.
pub type Timed = (String, [f64; 3]);

/// Measures.
pub fn measure(scratch: &Path) -> Vec<Timed> {
    let prefix = release_prefix().expect("make and cc are needed");
    let flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"];
    let source = folder().join("cached.c");
    let program = compile("cc", &source, prefix, &flags, scratch);
    let server = server();
    let columns = THREADS.map(|threads| {
        let mut measuring: Command = command(&program, prefix);
        told(&mut measuring, &server.token_url(), SECRET).arg(threads.to_string());
        let output = String::from_utf8(run(&mut measuring).stdout).unwrap();
        let lines = output.lines().map(|line| line.split_once('\t').unwrap());
        let timed = lines.map(|(name, value)| (name.to_owned(), value.parse().unwrap()));
        timed.collect::<Vec<(String, f64)>>()
    });
    let row = |at: usize| (columns[0][at].0.clone(), columns.each_ref().map(|column| column[at].1));
    (0..columns[0].len()).map(row).collect()
}

/// Each operation's time, and its ratio to what people write by hand.
pub fn table(timed: &[Timed]) -> Table {
    let mut table = Table::new(&[
        "one call from memory",
        "1 thread",
        "2 threads",
        "8 threads",
        "ratio, 1",
        "ratio, 2",
        "ratio, 8",
    ]);
    for (name, times) in timed {
        let ratios = ratios(timed, name);
        let times = times.iter().map(|time| format!("{time:.1} ns"));
        table.row(name, times.chain(ratios.map(short)));
        if let Some((_, goals)) = GOALS.iter().find(|(of, _)| of == name) {
            for ((threads, ratio), goal) in THREADS.iter().zip(ratios).zip(goals) {
                table.goal(&format!("{name}, {threads} threads"), ratio, *goal);
            }
        }
    }
    table
}

/// An operation's ratios to what people write by hand.
pub fn ratios(timed: &[Timed], name: &str) -> [f64; 3] {
    let of = |name: &str| timed.iter().find(|(candidate, _)| candidate == name).expect(name).1;
    let (times, by_hand) = (of(name), of(BY_HAND));
    [0, 1, 2].map(|at| times[at] / by_hand[at])
}
