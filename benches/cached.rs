//! `cargo bench --bench cached`: what a cached token costs a C program, in one run with the machine's own best and with what
//! people write by hand. Medians, nanoseconds per call, and the ratios that matter.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::process::Command;

use support::installed::{command, compile, prefix, root, run};
use support::{SECRET, server, told};

fn main() {
    let prefix = prefix().expect("make and cc are needed");
    let scratch = tempfile::tempdir().unwrap();
    let flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"];
    let program = compile("cc", &root().join("benches/cached.c"), prefix, &flags, scratch.path());
    let server = server();

    let columns = [1, 2, 8].map(|threads: usize| {
        let mut measuring: Command = command(&program, prefix);
        told(&mut measuring, &server.token_url(), SECRET).arg(threads.to_string());
        let output = String::from_utf8(run(&mut measuring).stdout).unwrap();
        let lines = output.lines().map(|line| line.split_once('\t').unwrap());
        lines
            .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
            .collect::<Vec<(String, f64)>>()
    });

    println!("nanoseconds per call and thread, medians of 21 rounds\n");
    println!("| | 1 thread | 2 threads | 8 threads |\n|---|---|---|---|");
    for row in 0..columns[0].len() {
        let values = columns.each_ref().map(|column| format!("{:.1}", column[row].1));
        println!("| {} | {} |", columns[0][row].0, values.join(" | "));
    }
    let of = columns.map(|column| column.into_iter().collect::<HashMap<String, f64>>());
    let ratio = |name: &str, above: &[&str], below: &[&str]| {
        let sum = |column: &HashMap<String, f64>, names: &[&str]| names.iter().map(|name| column[*name]).sum::<f64>();
        let values = of
            .each_ref()
            .map(|column| format!("{:.2}", sum(column, above) / sum(column, below)));
        println!("| {name} | {} |", values.join(" | "));
    };
    println!("\n| ratio | 1 thread | 2 threads | 8 threads |\n|---|---|---|---|");
    ratio(
        "authorization / (memcpy + clock)",
        &["authorization"],
        &["memcpy 150", "coarse clock"],
    );
    ratio(
        "token+clear / (own count + clock)",
        &["token+clear"],
        &["own count up+down", "coarse clock"],
    );
    ratio("authorization / rwlock+strdup", &["authorization"], &["rwlock+strdup"]);
    ratio("token+clear / rwlock+strdup", &["token+clear"], &["rwlock+strdup"]);
}
