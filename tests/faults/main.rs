//! The fault matrix: for every stage on the way to a token, what can go wrong, and the code, the words, the requests, the time
//! and the exit status that it must give. Each stage is a file with a table; `docs/faults.md` is what comes of it.

#[path = "../support/mod.rs"]
mod support;

mod document;
mod openssl;
mod place;
mod row;
mod run;

mod body;
mod cancel;
mod connect;
mod credentials;
mod exchange;
mod fork;
mod headers;
mod login;
mod names;
mod options;
mod parse;
mod proxy;
mod redis;
mod status;
mod store;
mod tls;

use std::collections::HashSet;
use std::fs;
use std::sync::OnceLock;

use row::Row;
use run::Shown;
use spotify_token::ErrorKind;
use support::installed::root;
use support::tools;

/// Title, a sentence, rows.
type Stage = (&'static str, &'static str, Vec<Row>);

fn stages() -> Vec<Stage> {
    vec![
        ("Options", options::ABOUT, options::rows()),
        ("Credentials", credentials::ABOUT, credentials::rows()),
        ("Names", names::ABOUT, names::rows()),
        ("Proxies", proxy::ABOUT, proxy::rows()),
        ("Connections", connect::ABOUT, connect::rows()),
        ("TLS", tls::ABOUT, tls::rows()),
        ("Sending", exchange::ABOUT, exchange::rows()),
        ("Status", status::ABOUT, status::rows()),
        ("Headers", headers::ABOUT, headers::rows()),
        ("Body", body::ABOUT, body::rows()),
        ("Content", parse::ABOUT, parse::rows()),
        ("Stores", store::ABOUT, store::rows()),
        ("Redis", redis::ABOUT, redis::rows()),
        ("Logins", login::ABOUT, login::rows()),
        ("Forked children", fork::ABOUT, fork::rows()),
        ("Cancelled calls", cancel::ABOUT, cancel::rows()),
    ]
}

/// The matrix, and what each row gave. It is run once.
fn matrix() -> &'static (Vec<Stage>, Vec<Shown>) {
    static MATRIX: OnceLock<(Vec<Stage>, Vec<Shown>)> = OnceLock::new();
    MATRIX.get_or_init(|| {
        let stages = stages();
        let rows: Vec<&Row> = stages.iter().flat_map(|(_, _, rows)| rows).collect();
        let shown = run::run(&rows);
        (stages, shown)
    })
}

/// Each row with what it gave.
fn each() -> impl Iterator<Item = (&'static Row, &'static Shown)> {
    let (stages, shown) = matrix();
    stages.iter().flat_map(|(_, _, rows)| rows).zip(shown)
}

#[test]
fn every_fault_gives_what_its_row_says() {
    let broken: Vec<String> = each()
        .filter(|(_, shown)| !shown.broken.is_empty())
        .map(|(row, shown)| format!("{}\n    {}", row.fault, shown.broken.join("\n    ")))
        .collect();
    assert!(
        broken.is_empty(),
        "{} rows do not hold:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn every_error_has_advice() {
    let is_a_sentence = |advice: &str| {
        advice.starts_with(|c: char| c.is_ascii_uppercase()) && !advice.ends_with('.') && advice.contains(' ')
    };
    let without: Vec<String> = each()
        .filter_map(|(row, shown)| Some((row, shown.message.as_ref()?, shown.advice.as_ref()?)))
        .filter(|(_, _, advice)| !is_a_sentence(advice))
        .map(|(row, message, advice)| format!("{}\n    {message}\n    advice: {advice:?}", row.fault))
        .collect();
    assert!(without.is_empty(), "{}", without.join("\n"));
}

#[test]
fn the_matrix_is_whole() {
    let rows: Vec<&Row> = each().map(|(row, _)| row).collect();
    assert!(rows.len() >= 150, "{} rows", rows.len());
    let names: HashSet<&str> = rows.iter().map(|row| row.fault).collect();
    assert_eq!(names.len(), rows.len(), "two rows have the same words");
    let kinds: HashSet<Option<ErrorKind>> = rows.iter().map(|row| row.kind()).collect();
    for row in &spotify_token::unstable::ERRORS {
        // What only a program in C can meet: the cache alone, a buffer, a panic.
        let in_c = ["NOT_CACHED", "BUFFER_TOO_SMALL", "INTERNAL"];
        let in_c = in_c
            .map(|name| format!("SPOTIFY_ERROR_{name}"))
            .contains(&row.name().to_owned());
        let is_met = kinds.contains(&row.kind) && (row.kind.is_some() || row.code == 0);
        assert_eq!(is_met, !in_c, "{}", row.name());
    }
}

#[test]
fn the_document_is_what_the_matrix_gives() {
    // A build keeps what the other one, with or without Redis, has written.
    let path = root().join("docs/faults.md");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let (stages, shown) = matrix();
    let text = document::render(stages, shown, &before);
    if std::env::var_os("SPOTIFY_TOKEN_RENEW").is_some() {
        let is_run = |(row, shown): (&Row, &Shown)| shown.message.is_some() || !row.is_of_this_build();
        assert!(each().all(is_run), "a tool is missing: see the lines above");
        fs::write(&path, text).unwrap();
    } else if text != before {
        let other = text.lines().zip(before.lines()).find(|(now, then)| now != then);
        panic!("renew docs/faults.md: SPOTIFY_TOKEN_RENEW=1 cargo test --test faults\n{other:#?}");
    }
}

#[test]
fn curl_goes_the_same_way() {
    if !tools::require("curl") {
        return;
    }
    for row in proxy::rows().into_iter().filter(|row| row.like_curl) {
        let mut place = place::Place::empty();
        (row.arrange)(&mut place);
        let mut curl = std::process::Command::new("curl");
        place.put_into(&mut curl);
        let ca = place.value("SPOTIFY_CA_FILE").unwrap_or("/dev/null");
        let output = curl
            .env("PATH", std::env::var_os("PATH").unwrap())
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "20",
                "--cacert",
                ca,
                "--data",
                "grant_type=client_credentials",
                "--header",
                "Connection: close",
            ])
            .arg(place.value("SPOTIFY_TOKEN_URL").unwrap())
            .output()
            .unwrap();
        let arrived = row.kind().is_none();
        assert_eq!(
            output.status.success(),
            arrived,
            "{}: {}",
            row.fault,
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(place.proxied(), row.proxied, "{}", row.fault);
    }
}
