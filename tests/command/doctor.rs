//! The verb `doctor`: for each common mistake, whether it finds it, says what to do, and exits with its status.

use std::fs;
use std::path::PathBuf;

use crate::support::place::{Place, failed};
use crate::support::proxy::{Manner, Proxy};
use crate::support::tls::{Ca, Flaw};
use crate::support::{ID, NOWHERE, SECRET, server, shows_a_token};
use rustls::version::TLS13;
use serde_json::Value;
use spotify_token::stand_in::{Accounts, Reply, StandIn};

/// What `doctor` found.
pub(super) struct Diagnosis {
    pub(super) report: Value,
    pub(super) status: i32,
}

impl Diagnosis {
    /// Runs it with and without --json, and checks that both say the same.
    pub(super) fn of(place: &Place, flags: &[&str]) -> Diagnosis {
        let arguments = [&["doctor"], flags].concat();
        let run = |arguments: &[&str]| {
            let output = place.run(arguments);
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(!text.contains(SECRET) && !shows_a_token(&text), "{text}");
            (text, output.status.code().unwrap())
        };
        let (json, status) = run(&[&arguments[..], &["--json"]].concat());
        assert_eq!(json.matches('\n').count(), 1);
        let report: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(report["exit_status"], status);

        let (text, same_status) = run(&arguments);
        assert_eq!(same_status, status, "{text}");
        let checks = report["checks"].as_array().unwrap();
        assert_eq!(text.lines().count(), checks.len() + 1, "{text}");
        for (line, check) in text.lines().zip(checks) {
            let mark = match check["mark"].as_str().unwrap() {
                "good" => "✓",
                "warning" => "!",
                "failed" => "✗",
                _ => "-",
            };
            let start = format!("{mark} {}", check["check"].as_str().unwrap());
            assert!(line.starts_with(&start), "{line}");
        }
        let next = report["next"].as_str().unwrap();
        assert_eq!(text.lines().last(), Some(&*format!("Next: {next}")));
        Diagnosis { report, status }
    }

    pub(super) fn check(&self, name: &str) -> (&str, &str) {
        let checks = self.report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == name);
        let check = check.unwrap_or_else(|| panic!("no check {name}: {}", self.report));
        (check["mark"].as_str().unwrap(), check["message"].as_str().unwrap())
    }

    pub(super) fn marks(&self) -> Vec<(&str, &str)> {
        let checks = self.report["checks"].as_array().unwrap();
        let text = |check: &'_ Value, member| check[member].as_str().unwrap().to_owned().leak() as &str;
        checks
            .iter()
            .map(|check| (text(check, "check"), text(check, "mark")))
            .collect()
    }

    /// Checks the finding that failed: its hint, what to do next, and the status.
    pub(super) fn fails(&self, name: &str, hint: &str, next: &str, status: i32) {
        let (mark, message) = self.check(name);
        assert_eq!(mark, "failed", "{message}");
        assert!(message.contains(hint), "{message}");
        let advice = self.report["next"].as_str().unwrap().to_lowercase();
        assert!(advice.contains(&next.to_lowercase()), "{}", self.report);
        // Said once.
        assert!(!message.contains(self.report["next"].as_str().unwrap()), "{message}");
        assert_eq!(self.status, status, "{}", self.report);
    }
}

#[test]
fn without_a_problem_every_check_is_good_and_one_request_is_made() {
    let server = server();
    let place = Place::knowing(&server).variable("SPOTIFY_CACHE", "");
    let diagnosis = Diagnosis::of(&place, &[]);
    assert_eq!(
        diagnosis.marks(),
        [
            ("options", "good"),
            ("credentials", "good"),
            ("shape", "good"),
            ("proxy", "good"),
            ("name", "good"),
            ("connection", "good"),
            ("tls", "skipped"),
            ("clock", "good"),
            ("token", "good"),
            ("cache", "good"),
        ]
    );
    assert_eq!(diagnosis.status, 0);
    assert_eq!(server.requests().len(), 2, "one a run");
    assert!(diagnosis.check("cache").1.contains("3600 s left"));
    place.run(&["token"]);
    assert_eq!(server.requests().len(), 2, "the token was kept");
}

#[test]
fn credentials_that_are_missing_or_odd() {
    let server = server();
    let nothing = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    Diagnosis::of(&nothing, &[]).fails("credentials", "no Spotify credentials", "dashboard", 78);
    fs::write(nothing.directory.path().join(".env.txt"), "").unwrap();
    Diagnosis::of(&nothing, &[]).fails("credentials", ".env.txt", "Rename", 78);
    let other_name = Place::new().variable("SPOTIPY_CLIENT_ID", "x");
    Diagnosis::of(&other_name, &[]).fails("credentials", "SPOTIPY_CLIENT_ID", "Use SPOTIFY_CLIENT_ID", 78);
    let half = Place::knowing(&server).variable("CLIENT_SECRET", "");
    Diagnosis::of(&half, &[]).fails("credentials", "CLIENT_SECRET is not set", "same source", 78);
    let placeholder = Place::knowing(&server).variable("CLIENT_SECRET", "<your secret>");
    Diagnosis::of(&placeholder, &[]).fails("credentials", "placeholder", "own value", 78);
    assert_eq!(server.requests().len(), 0);

    let account = Place::knowing(&server)
        .variable("CLIENT_ID", "me")
        .variable("CLIENT_SECRET", "canary");
    let diagnosis = Diagnosis::of(&account, &[]);
    assert_eq!(diagnosis.check("shape").0, "warning");
    diagnosis.fails("token", "Invalid client", "dashboard", 77);
    let twice = Place::knowing(&server).variable("CLIENT_SECRET", ID);
    assert!(Diagnosis::of(&twice, &[]).check("shape").1.contains("are the same"));
}

#[test]
fn invalid_options_and_unreadable_files() {
    let server = server();
    let place = Place::knowing(&server);
    Diagnosis::of(&place, &["--timeout-ms", "soon"]).fails("options", "timeout_ms", "whole number of milliseconds", 64);
    Diagnosis::of(&place, &["--client-secret-file", "/nowhere"]).fails("options", "/nowhere", "correct", 66);
    Diagnosis::of(
        &place,
        &["--ca-file", "/nowhere", "--token-url", "https://127.0.0.1:9/"],
    )
    .fails("network", "/nowhere", "PEM file", 66);
    let variable = Place::knowing(&server).variable("SPOTIFY_MAX_RETRIES", "many");
    Diagnosis::of(&variable, &[]).fails("options", "SPOTIFY_MAX_RETRIES", "whole number", 64);
}

#[test]
fn each_stage_of_a_request_can_fail() {
    let server = server();
    let place = Place::knowing(&server);
    let nowhere = format!("https://{NOWHERE}/");
    let lost = Diagnosis::of(&place, &["--token-url", &nowhere]);
    lost.fails("name", "cannot find the host", "check the network", 69);
    assert_eq!(
        (lost.check("connection").0, lost.check("token").0),
        ("skipped", "skipped")
    );

    let closed = Diagnosis::of(&place, &["--token-url", "http://127.0.0.1:9/"]);
    closed.fails("connection", "refused", "firewall", 69);
    assert_eq!(closed.check("name").0, "good");

    let dead_proxy = Diagnosis::of(
        &place,
        &[
            "--token-url",
            "https://localhost/",
            "--proxy",
            "http://u:canary@127.0.0.1:9",
        ],
    );
    dead_proxy.fails("proxy", "refused", "https_proxy", 69);
    assert!(!dead_proxy.report.to_string().contains("canary"));

    for (reply, hint, next, status) in [
        (
            Reply::json(400, r#"{"error":"unsupported_grant_type"}"#),
            "unsupported",
            "token URL",
            65,
        ),
        (
            Reply::text(200, "text/html", "<html>Sign in"),
            "web page",
            "login page",
            76,
        ),
        (Reply::empty(429).header("retry-after", "7"), "429", "in 7 s", 75),
        (Reply::empty(503), "503", "status.spotify.dev", 75),
        (Reply::close(), "lost", "try again", 75),
    ] {
        let server = StandIn::scripted([reply]).unwrap();
        let diagnosis = Diagnosis::of(&Place::knowing(&server), &[]);
        diagnosis.fails("token", hint, next, status);
        assert_eq!(diagnosis.check("connection").0, "good");
        assert_eq!(server.requests().len(), 2, "one a run, whatever happens");
    }
}

/// Makes a TLS server with such a certificate, and the file of its CA certificate.
fn tls_server(flaw: Flaw) -> (StandIn, String, tempfile::TempDir, PathBuf) {
    let server = server();
    let ca = Ca::new();
    let port = ca.front(flaw, &[&TLS13], server.address());
    let directory = tempfile::tempdir().unwrap();
    let file = ca.file_in(directory.path());
    (server, format!("https://localhost:{port}/api/token"), directory, file)
}

#[test]
fn tls_with_a_valid_an_untrusted_and_an_expired_certificate() {
    let (server, url, _directory, ca) = tls_server(Flaw::None);
    let place = Place::knowing(&server).variable("SPOTIFY_TOKEN_URL", &url);
    let trusting = ["--ca-file", ca.to_str().unwrap()];
    let good = Diagnosis::of(&place, &trusting);
    let (mark, message) = good.check("tls");
    assert!(
        mark == "good" && message.contains("1 CA certificates of") && message.contains("ca.pem"),
        "{message}"
    );
    assert_eq!(good.status, 0);

    Diagnosis::of(&place, &[]).fails("tls", "trusted CA", "company proxy", 69);

    let (server, url, _directory, ca) = tls_server(Flaw::Expired);
    let place = Place::knowing(&server).variable("SPOTIFY_TOKEN_URL", &url);
    let trusting = ["--ca-file", ca.to_str().unwrap()];
    Diagnosis::of(&place, &trusting).fails("tls", "expired", "clock", 69);
}

#[test]
fn with_a_proxy_the_proxy_looks_up_the_name() {
    let (server, url, _directory, ca) = tls_server(Flaw::None);
    let port: u16 = url
        .trim_end_matches("/api/token")
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let proxy = Proxy::new(Manner::Open(port));
    let place = Place::knowing(&server)
        .variable("SPOTIFY_TOKEN_URL", &url)
        .variable("SPOTIFY_CA_FILE", ca.to_str().unwrap())
        .variable("https_proxy", &format!("http://user:canary@127.0.0.1:{}", proxy.port));
    let diagnosis = Diagnosis::of(&place, &[]);
    assert_eq!(
        diagnosis.check("proxy"),
        ("good", &*format!("through 127.0.0.1:{}", proxy.port))
    );
    assert_eq!(
        (diagnosis.check("name").0, diagnosis.check("tls").0),
        ("skipped", "good")
    );
    assert_eq!(diagnosis.status, 0);

    let refusing = Proxy::new(Manner::Password(port, "Basic no"));
    let place = place.variable("https_proxy", &format!("http://127.0.0.1:{}", refusing.port));
    Diagnosis::of(&place, &[]).fails("proxy", "407", "user:password@", 69);
}

#[test]
fn a_wrong_clock_is_a_warning() {
    for (date, mark, hint) in [
        ("Thu, 01 Jan 2026 00:00:00 GMT", "warning", "ahead of"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "warning", "behind"),
        ("yesterday", "skipped", ""),
    ] {
        let reply = Reply::token("BQabc", 3600).header("date", date);
        let server = StandIn::scripted([reply]).unwrap();
        let diagnosis = Diagnosis::of(&Place::knowing(&server), &[]);
        let (found, message) = diagnosis.check("clock");
        assert!(found == mark && message.contains(hint), "{date}: {message}");
        assert_eq!(diagnosis.status, 0);
        let next = diagnosis.report["next"].as_str().unwrap();
        assert_eq!(next.contains("Set this machine's clock"), mark == "warning");
    }
}

#[test]
fn an_unusable_cache_is_a_warning() {
    let server = server();
    let place = Place::knowing(&server);
    assert!(Diagnosis::of(&place, &[]).check("cache").1.contains("memory"));
    let file = place.directory.path().join("a file");
    fs::write(&file, "").unwrap();
    let cache = format!("file:{}", file.display());
    let diagnosis = Diagnosis::of(&place, &["--cache", &cache]);
    assert_eq!(
        (diagnosis.check("cache").0, diagnosis.check("token").0),
        ("warning", "good")
    );
    assert!(
        diagnosis.report["next"]
            .as_str()
            .unwrap()
            .contains("--cache file:DIRECTORY")
    );
    assert_eq!(diagnosis.status, 0);
}

#[test]
fn the_web_api_probe_explains_why_a_valid_token_is_refused() {
    let server = server();
    let api = server.api_url();
    let probing = ["--probe-api", "--api-url", &api];
    let good = Diagnosis::of(&Place::knowing(&server), &probing);
    assert_eq!(good.check("web api"), ("good", "it responds: Pitbull"));
    assert_eq!(server.api_requests().len(), 2);
    assert_eq!(
        Diagnosis::of(&Place::knowing(&server).variable("CLIENT_SECRET", "x"), &probing)
            .check("web api")
            .0,
        "skipped"
    );

    let without_premium = Accounts {
        premium: false,
        ..Accounts::default()
    };
    let server = StandIn::spotify(without_premium).unwrap();
    let api = server.api_url();
    let diagnosis = Diagnosis::of(&Place::knowing(&server), &["--probe-api", "--api-url", &api]);
    diagnosis.fails("web api", "Active premium subscription", "Premium", 76);
    assert_eq!(diagnosis.check("token").0, "good");

    for (reply, hint, next, status) in [
        (
            Reply::json(
                401,
                r#"{"error":{"status":401,"message":"Invalid BQabc\u001b\u202e!"}}"#,
            ),
            "Invalid [hidden]  !",
            "response above",
            76,
        ),
        (
            Reply::json(429, r#"{"error":{"status":429,"message":"slow down"}}"#),
            "slow down",
            "quota",
            75,
        ),
        (Reply::empty(502), "502", "status.spotify.dev", 75),
    ] {
        let accounts = StandIn::scripted([Reply::token("BQabc", 3600)]).unwrap();
        let web_api = StandIn::scripted([reply]).unwrap();
        let api = web_api.api_url();
        let place = Place::knowing(&accounts);
        Diagnosis::of(&place, &["--probe-api", "--api-url", &api]).fails("web api", hint, next, status);
    }
    let place = Place::knowing(&server);
    Diagnosis::of(&place, &["--probe-api", "--api-url", "http://example.org"]).fails("web api", "https", "option", 64);
}

#[test]
fn a_full_disk_ends_the_report() {
    let server = server();
    if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
        let output = Place::knowing(&server)
            .command(&["doctor"])
            .stdout(full)
            .output()
            .unwrap();
        failed(&output, 74);
    }
}
