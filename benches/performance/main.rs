//! `cargo bench --bench performance`: what this costs beside what people use instead. Prints tables in Markdown and draws
//! plots. Arguments pick groups: cold, addresses, far, header, cached, languages, weight, growth. SPOTIFY_TOKEN_RENEW=1 puts
//! tables and plots into docs/.

mod cached;
mod calls;
mod far;
mod growth;
mod languages;
mod lines;
mod peers;
mod plot;
mod process;
mod report;
mod server;
#[path = "../../tests/support/mod.rs"]
mod support;
mod table;
mod weight;

use std::path::{Path, PathBuf};

use peers::{OURS, compiled, ours, prints_only, prints_only_in_rust};
use process::{Cost, Figure, Program, ROUNDS, take_turns};
use report::Report;
use server::Server;
use support::tools;
use table::{Table, short};

fn main() {
    if far::serves() {
        return;
    }
    let groups: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |group: &str| groups.is_empty() || groups.iter().any(|name| name == group);
    let scratch = tempfile::tempdir().unwrap();
    let scratch = scratch.path();
    let server = server::start(scratch);
    let runner = runner(scratch);
    let mut report = Report::new();

    if wanted("cold") {
        cold(&server, &runner, scratch, &mut report);
    }
    if wanted("addresses") {
        addresses(&server, &runner, scratch, &mut report);
    }
    if wanted("far")
        && let Some(table) = far::measure(&runner, scratch)
    {
        report.table("Cold, 50 ms away", &table);
    }
    if wanted("header") {
        header(&server, &runner, scratch, &mut report);
    }
    if wanted("cached") {
        let timed = cached::measure(scratch);
        report.table("From memory", &cached::table(&timed));
        let of = |name: &str| (name.to_owned(), cached::ratios(&timed, name));
        report.plot_threads(
            [
                "authorization",
                "token+clear",
                "sequence lock",
                "mutex+strdup",
                "rwlock+strdup",
            ]
            .map(of),
        );
    }
    if wanted("languages") {
        report.table("From memory, in other languages", &languages::table(scratch));
    }
    if wanted("weight") {
        weight(scratch, &mut report);
    }
    if wanted("growth") {
        growth::measure(&runner, scratch, &mut report);
    }
    report.finish(groups.is_empty());
}

/// Measures processes. Linked statically where that is possible, to be as small as can be.
fn runner(scratch: &Path) -> PathBuf {
    let has_static_libc = tools::require_that(
        "a static C library",
        "echo 'int main(void){return 0;}' | cc -static -x c -o /dev/null -",
    );
    let flags: &[&str] = if has_static_libc { &["-static"] } else { &[] };
    compiled("run", flags, &[], scratch)
}

/// A whole process that fetches one token and prints it.
fn cold(server: &Server, runner: &Path, scratch: &Path, report: &mut Report) {
    let stores = [
        (
            "Cold, system trust store",
            server.system_and_ours.as_ref(),
            [0.10, 0.08, 0.28],
        ),
        (
            "Cold, one CA certificate",
            Some(&server.one_ca),
            [0.22, f64::MAX, f64::MAX],
        ),
    ];
    for (title, ca_file, goals) in stores {
        let Some(ca_file) = ca_file else {
            println!("skipped: {title}, for there is none on this machine");
            continue;
        };
        let programs = peers::fetching(server, ca_file, scratch);
        peers::check(&programs, &server.stand_in);
        let costs = take_turns(runner, &programs);
        report.table(title, &costs_table(&programs, &costs, goals));
        let is_fetching = title.contains("system");
        if is_fetching {
            report.plot_processes(&programs, &costs);
        }
    }
    if tools::require("strace") {
        let Program { command, .. } = peers::ours_fetching(&server.url, &server.one_ca, scratch);
        report.table(
            "System calls and round trips of a cold fetch",
            &calls_table(&command, scratch),
        );
    }
}

/// A whole process that fetches one token, and the first address of the server never responds.
fn addresses(server: &Server, runner: &Path, scratch: &Path, report: &mut Report) {
    let Some((_hole, url)) = &server.behind_black_hole else {
        println!("skipped: a first address that never answers, for this machine has no IPv6");
        return;
    };
    // Of the others, curl alone can be told of both addresses: on some machines localhost has one.
    let mut programs = Vec::from_iter(peers::curl(url, &server.one_ca));
    let port = url
        .split([':', '/'])
        .find(|part| part.parse::<u16>().is_ok())
        .unwrap_or_default();
    for curl in &mut programs {
        curl.command
            .args(["--resolve", &format!("localhost:{port}:[::1],127.0.0.1")]);
    }
    programs.push(peers::ours_fetching(url, &server.one_ca, scratch));
    programs.push(prints_only(scratch));
    let costs = take_turns(runner, &programs);
    report.table(
        "Cold, the first address never answers",
        &costs_table(&programs, &costs, [f64::MAX; 3]),
    );
}

/// A whole process that finds the token in the file.
fn header(server: &Server, runner: &Path, scratch: &Path, report: &mut Report) {
    let command = || ours(&["header"], &server.url, &server.one_ca, scratch);
    let asked_before = server.stand_in.requests().len();
    let [in_rust, in_rust_with_threads] = prints_only_in_rust(scratch);
    let programs = [
        prints_only(scratch),
        in_rust,
        in_rust_with_threads,
        Program {
            name: "`spotify-token --version`",
            command: ours(&["--version"], &server.url, &server.one_ca, scratch),
        },
        Program {
            name: HEADER,
            command: command(),
        },
    ];
    let costs = take_turns(runner, &programs);
    assert_eq!(
        server.stand_in.requests().len(),
        asked_before + 1,
        "one request, then the file"
    );
    report.table("From the file", &costs_table(&programs, &costs, [1.5, f64::MAX, 1.5]));
    if tools::require("strace") {
        let mut table = Table::new(&["system calls of a whole process", "count"]);
        for Program { name, command } in &programs {
            let calls = calls::of(command, scratch).count;
            table.row(name, [calls.to_string()]);
            if *name == HEADER {
                table.goal("system calls of header", f64::from(u32::try_from(calls).unwrap()), 79.0);
            }
        }
        report.table("System calls, from the file", &table);
    }
}

const HEADER: &str = "`spotify-token header`, cached in the file";

fn costs_table(programs: &[Program], costs: &[Cost], goals: [f64; 3]) -> Table {
    let head = format!("whole process, medians of {ROUNDS} rounds");
    let mut table = Table::new(&[&head, "wall", "CPU", "peak memory"]);
    for (program, cost) in programs.iter().zip(costs) {
        let is_ours = [OURS, HEADER].contains(&program.name);
        let cell = |figure: Figure, value: String| format!("{} · {value}", short(figure.ratio));
        table.row(
            program.name,
            [
                cell(cost.wall, format!("{:.1} ms", cost.wall.value / 1000.0)),
                cell(cost.cpu, format!("{:.1} ms", cost.cpu.value / 1000.0)),
                cell(cost.memory, format!("{:.1} MB", cost.memory.value * 1024.0 / 1e6)),
            ],
        );
        if is_ours {
            let figures = [("wall", cost.wall), ("CPU", cost.cpu), ("peak memory", cost.memory)];
            for ((name, figure), goal) in figures.into_iter().zip(goals) {
                if goal < f64::MAX {
                    table.goal(&format!("{}, {name}", program.name), figure.ratio, goal);
                }
            }
        }
    }
    table
}

fn calls_table(command: &std::process::Command, scratch: &Path) -> Table {
    let calls = calls::of(command, scratch);
    let mut table = Table::new(&["", "count"]);
    table.row("system calls", [calls.count.to_string()]);
    table.goal("system calls", f64::from(u32::try_from(calls.count).unwrap()), 199.0);
    table.row("connections", [calls.connections.to_string()]);
    table.row("round trips, including the connection", [calls.round_trips.to_string()]);
    table
}

fn weight(scratch: &Path, report: &mut Report) {
    report.table("Size", &weight::sizes(scratch));
    let mut table = Table::new(&["in memory", ""]);
    let load_us = weight::load_us(scratch);
    let name = "`dlopen` to the end of the first call";
    table.row(name, [format!("{load_us:.0} µs")]);
    table.goal(name, load_us, 1000.0);
    for (what, bytes) in weight::idle_clients(scratch) {
        let name = format!("an idle client among 10,000, {what}");
        table.row(&name, [format!("{bytes} bytes")]);
        table.goal(&name, f64::from(u32::try_from(bytes).unwrap()), 4096.0);
    }
    report.table("In memory", &table);
}
