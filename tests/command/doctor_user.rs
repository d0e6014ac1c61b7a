//! The verb `doctor` for a user's token: what it says of the login, and that it harms none.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use spotify_token::stand_in::{Accounts, Rotate, StandIn};

use super::doctor::Diagnosis;
use super::login::{SCOPE, log_in, logins, place};
use crate::support::logins::lock_in;
use crate::support::place::{Place, stdout};
use crate::support::server;

fn logged_in(server: &StandIn) -> Place {
    let place = place(server);
    log_in(&place, server, &["--scope", SCOPE]);
    place
}

/// The file of the login.
fn record(place: &Place) -> PathBuf {
    let entries = fs::read_dir(logins(place)).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths
        .find(|path| path.extension().is_some_and(|extension| extension == "json"))
        .unwrap()
}

/// Makes the login so many days old.
fn age(place: &Place, days: u64) {
    let path = record(place);
    let mut login: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let began = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
    let ms = began.duration_since(UNIX_EPOCH).unwrap().as_millis();
    login["logged_in_at_ms"] = u64::try_from(ms).unwrap().into();
    fs::write(&path, login.to_string()).unwrap();
}

#[test]
fn a_good_login_is_refreshed_and_stays_good() {
    for rotate in [Rotate::Never, Rotate::Always] {
        let server = StandIn::spotify(Accounts {
            rotate,
            ..Accounts::default()
        })
        .unwrap();
        let place = logged_in(&server);
        let diagnosis = Diagnosis::of(&place, &["--user"]);
        assert_eq!(
            diagnosis.marks(),
            [
                ("options", "good"),
                ("client id", "good"),
                ("shape", "good"),
                ("logins", "good"),
                ("login", "good"),
                ("proxy", "good"),
                ("name", "good"),
                ("connection", "good"),
                ("tls", "skipped"),
                ("clock", "good"),
                ("token", "good"),
                ("end", "good"),
            ]
        );
        assert_eq!(diagnosis.status, 0);
        assert!(diagnosis.report["next"].as_str().unwrap().contains("/v1/me"));
        let login = diagnosis.check("login").1;
        assert!(
            login.contains("account default, since 20") && login.contains(SCOPE),
            "{login}"
        );
        assert!(diagnosis.check("end").1.starts_with("the login ends on 20"));
        assert_eq!(server.refreshes(), 2, "one a run");
        stdout(&place.run(&["token", "--user", "--refresh"]));
    }
}

#[test]
fn what_is_missing_is_named_and_nothing_is_asked() {
    let server = server();
    let nobody = place(&server);
    Diagnosis::of(&nobody, &["--user"]).fails("login", "account default has not logged in", "spotify-token login", 77);
    let other = logged_in(&server);
    let bob = Diagnosis::of(&other, &["--account", "bob"]);
    bob.fails("login", "account bob", "login --account bob", 77);
    assert_eq!(bob.check("token").0, "skipped");
    let scope = ["--user", "--scope", "user-library-read"];
    Diagnosis::of(&other, &scope).fails("login", "user-library-read", "with that scope", 77);
    Diagnosis::of(&Place::new(), &["--user"]).fails("client id", "client id", "dashboard", 78);
    Diagnosis::of(&other, &["--user", "--scope", "a,b"]).fails("options", "scope", "separated by spaces", 64);
    let odd = place(&server).variable("CLIENT_ID", "me");
    assert_eq!(Diagnosis::of(&odd, &["--user"]).check("shape").0, "warning");
    assert_eq!((server.requests().len(), server.refreshes()), (1, 0), "the login alone");
}

#[test]
fn a_login_that_the_server_refuses() {
    let server = server();
    let place = logged_in(&server);
    server.revoke_logins();
    let diagnosis = Diagnosis::of(&place, &["--user"]);
    diagnosis.fails("token", "Refresh token revoked", "spotify-token login", 77);
    let again = Diagnosis::of(&place, &["--user"]);
    again.fails("token", "revoked", "Log in", 77);
    assert!(again.check("login").1.contains("refused on 20"), "{}", again.report);
    log_in(&place, &server, &[]);
    assert_eq!(Diagnosis::of(&place, &["--user"]).status, 0);
}

#[test]
fn a_place_that_does_not_work_is_found_before_anything_is_refreshed() {
    let server = server();
    let place = logged_in(&server);
    fs::write(place.directory.path().join("in-the-way"), "").unwrap();
    let other = ["--user", "--logins", "file:in-the-way"];
    Diagnosis::of(&place, &other).fails("logins", "in-the-way", "", 66);

    let lock = lock_in(&logins(&place), &server.token_url());
    let locked = Diagnosis::of(&place, &["--user", "--timeout-ms", "3000"]);
    locked.fails("login", "locked for too long", "end the process that hangs", 75);
    assert!(locked.check("logins").1.ends_with("has the login locked"));
    drop(lock);
    assert_eq!(Diagnosis::of(&place, &["--user"]).status, 0);

    let refreshes = server.refreshes();
    fs::write(record(&place), "{\"version\":1").unwrap();
    let damaged = Diagnosis::of(&place, &["--user"]);
    damaged.fails("logins", "", "", 66);
    assert_eq!(damaged.check("token").0, "skipped");
    assert_eq!(server.refreshes(), refreshes);
}

#[test]
fn the_end_of_a_login_is_announced() {
    let server = server();
    let place = logged_in(&server);
    for (days, mark, text) in [
        (100, "good", "ends on"),
        (175, "warning", "ends on"),
        (190, "warning", "should have ended"),
    ] {
        age(&place, days);
        let diagnosis = Diagnosis::of(&place, &["--user"]);
        let (found, message) = diagnosis.check("end");
        assert!(found == mark && message.contains(text), "{days}: {message}");
        assert_eq!(diagnosis.status, 0);
        let next = diagnosis.report["next"].as_str().unwrap();
        assert_eq!(next.contains("does not prolong"), mark == "warning", "{next}");
    }
}

#[test]
fn a_refresh_token_that_the_program_keeps_is_left_alone() {
    let server = server();
    let place = logged_in(&server).variable("SPOTIFY_REFRESH_TOKEN", "AQcanary");
    let diagnosis = Diagnosis::of(&place, &["--user"]);
    assert_eq!((diagnosis.check("token").0, diagnosis.status), ("skipped", 0));
    assert_eq!(server.refreshes(), 0);
}

#[test]
fn the_web_api_says_who_the_user_is() {
    let server = server();
    let place = logged_in(&server);
    let api = server.api_url();
    let diagnosis = Diagnosis::of(&place, &["--user", "--probe-api", "--api-url", &api]);
    assert_eq!(diagnosis.check("web api"), ("good", "it responds: JM Wizzler"));
}
