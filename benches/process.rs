//! `cargo bench --bench process`: what a whole process costs that prints a cached header, beside one that only starts and
//! beside `curl --version`. The commands take turns; medians and ratios.

#[path = "../tests/support/mod.rs"]
mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::installed::prefix;
use support::{SECRET, server, told};

const ROUNDS: usize = 101;

fn main() {
    let prefix = prefix().expect("make and cc are needed");
    let home = tempfile::tempdir().unwrap();
    let server = server();
    let header = || {
        let mut command = Command::new(prefix.join("bin/spotify-token"));
        command.arg("header").env_clear().env("HOME", home.path());
        told(&mut command, &server.token_url(), SECRET);
        command
    };
    let curl = || {
        let mut command = Command::new("curl");
        command.arg("--version");
        command
    };
    let commands: [(&str, &dyn Fn() -> Command); 3] = [
        ("spotify-token header, cached", &header),
        ("/bin/true", &|| Command::new("/bin/true")),
        ("curl --version", &curl),
    ];
    let mut times = commands.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (command, times) in commands.iter().zip(&mut times) {
            times.push(taken(command.1()));
        }
    }
    assert_eq!(server.requests().len(), 1, "one request, then the file");
    let medians = times.map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2]
    });
    println!("| whole process, median of {ROUNDS} | milliseconds | of /bin/true |\n|---|---|---|");
    for ((name, _), median) in commands.iter().zip(medians) {
        let ratio = median.as_secs_f64() / medians[1].as_secs_f64();
        println!("| {name} | {:.2} | {ratio:.2} |", median.as_secs_f64() * 1000.0);
    }
}

fn taken(mut command: Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success());
    start.elapsed()
}
