//! `keep --metrics`: the figures for Prometheus.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use spotify_token::stand_in::{Accounts, Failing, StandIn};

use crate::login;
use crate::support::keeper::{Keeper, names};
use crate::support::place::Place;
use crate::support::{eventually, server, tools};

/// The values in the file, by name and labels. The label with the path is left out.
fn values(text: &str, file: &str) -> BTreeMap<String, u64> {
    let label = format!("file=\"{file}\"");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let value = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.contains(&label), "{name}");
        (name.replace(&label, ""), value.parse().unwrap())
    };
    lines.map(value).collect()
}

/// Lets Prometheus' own tool read it.
fn check(text: &str) {
    if !tools::require("promtool") {
        return;
    }
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped());
    let mut promtool = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn the_figures_are_those_of_the_keeper() {
    let server = StandIn::spotify(Accounts {
        fail: Some(Failing {
            status: 503,
            count: Some(2),
        }),
        ..Accounts::default()
    })
    .unwrap();
    let place = Place::knowing(&server);
    let directory = place.directory.path().to_owned();
    let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut keeper = Keeper::start(&place, &["--metrics", "spotify.prom"]);
    keeper.content_after("");
    let path = directory.join("spotify.prom");
    eventually("the figures", || path.exists());
    let text = fs::read_to_string(&path).unwrap();
    check(&text);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    let values = values(&text, keeper.file.to_str().unwrap());
    for (name, expected) in [
        ("requests_total{}", 3),
        ("retries_total{}", 2),
        ("store_hits_total{}", 0),
        ("failures_total{,reason=\"refused\"}", 0),
        ("failures_total{,reason=\"rate_limited\"}", 0),
        ("failures_total{,reason=\"server\"}", 2),
        ("failures_total{,reason=\"network\"}", 0),
        ("failures_total{,reason=\"timeout\"}", 0),
        ("failures_total{,reason=\"other\"}", 0),
    ] {
        assert_eq!(values[&format!("spotify_token_{name}")], expected, "{name}");
    }
    let success = values["spotify_token_last_success_timestamp_seconds{}"];
    assert!((start..start + 30).contains(&success), "{success}");
    let expiry = values["spotify_token_expiry_timestamp_seconds{}"];
    assert!((start + 3600..start + 3630).contains(&expiry), "{expiry}");
    assert_eq!(values.len(), 11, "an app has no login that ends");
    assert!(keeper.end("TERM").status.success());
    assert_eq!(names(&directory), Vec::<String>::new());
}

#[test]
fn the_figures_stay_after_an_error_and_have_no_secret() {
    let server = server();
    let place = Place::knowing(&server).variable("CLIENT_SECRET", "wrong");
    place.fails(&["keep", "--file", "token", "--metrics", "one.prom"], 77);
    assert_eq!(names(place.directory.path()), ["one.prom"]);
    let text = fs::read_to_string(place.directory.path().join("one.prom")).unwrap();
    check(&text);
    assert!(text.contains(",reason=\"refused\"} 1\n"), "{text}");
    assert!(text.contains("expiry_timestamp_seconds{file="), "{text}");
    assert!(!text.contains("wrong") && !text.contains(Accounts::CLIENT_ID), "{text}");
    place.fails(&["keep", "--file", "token", "--metrics", "nowhere/one.prom"], 74);
}

#[test]
fn the_figures_tell_of_the_account_and_of_the_end_of_its_login() {
    let server = server();
    let place = login::place(&server);
    login::log_in(&place, &server, &["--account", "bob"]);
    let file = "a \"b\\c";
    let mut keeper = Keeper::of(&place, file, &["--account", "bob", "--metrics", "bob.prom"]);
    keeper.content_after("");
    let path = place.directory.path().join("bob.prom");
    eventually("the figures", || path.exists());
    let text = fs::read_to_string(path).unwrap();
    check(&text);
    let file = place.directory.path().join("a \\\"b\\\\c");
    let values = values(&text, file.to_str().unwrap());
    let end = values["spotify_token_login_expiry_timestamp_seconds{,account=\"bob\"}"];
    let months = Duration::from_secs(end).saturating_sub(SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
    assert!((180..=185).contains(&(months.as_secs() / 86400)), "six months");
    keeper.end("TERM");
}
