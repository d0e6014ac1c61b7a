//! The command on a terminal: it asks for a missing secret without echo, shows that it is waiting, and uses colours.
//! Python makes the terminal.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::login;
use crate::support::logins::lock_in;
use crate::support::place::{Place, stdout};
use crate::support::terminal::{at_the_prompt, on_a_terminal};
use crate::support::{ID, SECRET, server, slow_server};
use spotify_token::stand_in::{Accounts, Reply, StandIn};

fn place_without_secret(server: &StandIn) -> Place {
    Place::knowing(server).variable("CLIENT_SECRET", "")
}

#[test]
fn the_prompt_for_a_missing_secret_does_not_echo() {
    let server = server();
    let typed = format!("{SECRET}\n");
    let environment = place_without_secret(&server);
    let flag = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    for (place, arguments) in [(&environment, &["token"][..]), (&flag, &["--client-id", ID])] {
        let Some((shown, ended)) = at_the_prompt(place, arguments, &typed) else {
            return;
        };
        assert!(
            shown.contains(&format!("Client secret of {ID}: ")) && shown.contains("BQ"),
            "{shown}"
        );
        assert!(!shown.contains(SECRET), "{shown}");
        assert_eq!(ended, "status 0 echo True");
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_prompt_without_a_valid_secret_ends_with_its_signal_or_status() {
    let server = server();
    let place = place_without_secret(&server);
    for (typed, expected) in [
        ("\u{3}", "signal 2 echo True"),
        ("\u{1c}", "signal 3 echo True"),
        ("\u{4}", "status 78 echo True"),
        ("\n", "status 78 echo True"),
        ("two words\n", "status 78 echo True"),
    ] {
        let Some((shown, ended)) = at_the_prompt(&place, &[], typed) else {
            return;
        };
        assert_eq!(ended, expected, "{typed:?}: {shown}");
        assert!(!shown.contains("two words"), "{shown}");
    }
    let (_, ended) = on_a_terminal(&place, &[], &["expect:Client secret of", "no-echo", "hangup"]).unwrap();
    // The signal and the end of the input come at the same time.
    assert!(
        ended.starts_with("signal 1 ") || ended.starts_with("status 78 "),
        "{ended}"
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn no_prompt_without_a_terminal_or_with_no_input() {
    let server = server();
    let place = place_without_secret(&server);
    assert!(place.fails(&[], 78).contains("CLIENT_SECRET"));
    let Some((shown, ended)) = on_a_terminal(&place, &["--no-input"], &[]) else {
        return;
    };
    assert!(
        !shown.contains("Client secret of") && ended.starts_with("status 78"),
        "{shown}"
    );
}

#[test]
fn a_long_wait_shows_progress_and_erases_it() {
    // Long enough that a busy machine shows it, too.
    let server = slow_server(Duration::from_millis(3500));
    let place = Place::knowing(&server);
    let Some((shown, ended)) = on_a_terminal(&place, &[], &[]) else {
        return;
    };
    assert!(
        shown.contains("waiting for a token, 1 s") && shown.contains("waiting for a token, 2 s"),
        "{shown}"
    );
    let (_, after) = shown.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(after.starts_with("BQ"), "{shown}");
    assert_eq!(ended, "status 0 echo True");
    let server = slow_server(Duration::from_millis(2000));
    let dumb = Place::knowing(&server).variable("TERM", "dumb");
    let (shown, _) = on_a_terminal(&dumb, &[], &[]).unwrap();
    assert!(
        shown.starts_with("waiting for a token\r\n") && !shown.contains('\u{1b}'),
        "{shown}"
    );
}

#[test]
fn a_wait_for_another_process_says_so() {
    const OTHER: &str = "waiting for another process that requests a token, ";
    let server = server();
    let place = login::place(&server);
    login::log_in(&place, &server, &[]);
    stdout(&place.run(&["reset", "--user"]));
    for arguments in [&["token", "--user"][..], &["token", "--user", "--refresh"]] {
        let lock = lock_in(&login::logins(&place), &server.token_url());
        let shown = thread::scope(|scope| {
            scope.spawn(|| {
                // Long enough that a busy machine shows it, too.
                thread::sleep(Duration::from_millis(3500));
                drop(lock);
            });
            on_a_terminal(&place, arguments, &[])
        });
        let Some((shown, ended)) = shown else { return };
        assert!(shown.contains(OTHER) && shown.contains("BQ"), "{shown}");
        assert_eq!(ended, "status 0 echo True");
    }
    assert_eq!(server.refreshes(), 2);
    let lock = lock_in(&login::logins(&place), &server.token_url());
    let (shown, ended) = on_a_terminal(&place, &["logout", "--timeout-ms", "2500"], &[]).unwrap();
    assert!(shown.contains("waiting for the lock of the login, 1 s"), "{shown}");
    assert_eq!(ended, "status 75 echo True");
    drop(lock);
}

#[test]
fn a_login_without_pasting_says_that_it_waits_for_the_browser() {
    let server = server();
    let steps = ["expect:waiting for the browser, 1 s", "type:\u{3}"];
    let Some((shown, ended)) = on_a_terminal(&login::place(&server), &["login", "--no-input"], &steps) else {
        return;
    };
    assert_eq!(ended, "signal 2 echo True", "{shown}");
    let steps = ["expect:Then paste", "signal:INT"];
    let (shown, _) = on_a_terminal(&login::place(&server), &["login"], &steps).unwrap();
    assert!(!shown.contains("waiting for"), "{shown}");
}

#[test]
fn a_wait_for_another_request_of_an_app_says_so() {
    let server = slow_server(Duration::from_secs(5));
    let place = Place::knowing(&server).variable("SPOTIFY_CACHE", "file");
    let mut other = place.command(&["token"]).stdout(Stdio::null()).spawn().unwrap();
    while server.requests().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    let shown = on_a_terminal(&place, &["token"], &[]);
    assert!(other.wait().unwrap().success());
    let Some((shown, ended)) = shown else { return };
    assert!(
        shown.contains("waiting for another process that requests a token, "),
        "{shown}"
    );
    assert_eq!(ended, "status 0 echo True");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn colours_only_on_terminals_that_have_them_and_without_no_color() {
    let server = StandIn::spotify(Accounts::default()).unwrap();
    for verb in ["demo", "doctor"] {
        let coloured = Place::knowing(&server);
        let Some((shown, _)) = on_a_terminal(&coloured, &[verb], &[]) else {
            return;
        };
        assert!(shown.contains("\u{1b}["), "{shown}");
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let plain = Place::knowing(&server).variable(name, value);
            let (shown, _) = on_a_terminal(&plain, &[verb], &[]).unwrap();
            assert!(!shown.contains('\u{1b}'), "{name}: {shown}");
        }
        assert!(!stdout(&coloured.run(&[verb])).contains('\u{1b}'));
    }
}

const PROMPT: &str = "expect:Client secret of";

#[test]
fn a_stopped_prompt_restores_the_echo_and_is_shown_again() {
    let server = server();
    let place = place_without_secret(&server);
    let typed = format!("type:{SECRET}\n");
    let stop = [
        "shell",
        PROMPT,
        "no-echo",
        "type:\u{1a}",
        "expect:stopped by 20 echo True",
        PROMPT,
        "no-echo",
    ];
    for steps in [
        [&stop[..], &[&typed]].concat(),
        [&stop[..], &stop[3..], &[&typed]].concat(),
    ] {
        let Some((shown, ended)) = on_a_terminal(&place, &[], &steps) else {
            return;
        };
        assert!(shown.contains("BQ") && !shown.contains(SECRET), "{shown}");
        assert_eq!(ended, "status 0 echo True", "{shown}");
    }
    // Interrupted after it was continued.
    let interrupted = [&stop[..], &["type:\u{3}"]].concat();
    assert_eq!(
        on_a_terminal(&place, &[], &interrupted).unwrap().1,
        "signal 2 echo True"
    );
}

#[test]
fn a_prompt_without_job_control_survives_ctrl_z_and_sigcont() {
    let server = server();
    let place = place_without_secret(&server);
    let typed = format!("type:{SECRET}\n");
    for steps in [
        &["type:\u{1a}", "type:\u{1a}"][..],
        &["signal:CONT", PROMPT, "no-echo", "signal:CONT", PROMPT],
    ] {
        let steps = [&[PROMPT, "no-echo"], steps, &["no-echo", &typed]].concat();
        let Some((shown, ended)) = on_a_terminal(&place, &[], &steps) else {
            return;
        };
        assert!(shown.contains("BQ"), "{shown}");
        assert_eq!(ended, "status 0 echo True", "{shown}");
    }
}

#[test]
fn signals_restore_the_echo_at_the_prompt_and_end_the_command_after_it() {
    let server = StandIn::scripted([Reply::hang()]).unwrap();
    let place = place_without_secret(&server);
    let typed = format!("type:{SECRET}\n");
    let after = [PROMPT, "no-echo", &typed, "expect:waiting", "type:\u{3}"];
    let Some((_, ended)) = on_a_terminal(&place, &[], &after) else {
        return;
    };
    assert_eq!(ended, "signal 2 echo True");
    for (name, number) in [("TERM", 15), ("ALRM", 14), ("USR1", 10), ("USR2", 12), ("HUP", 1)] {
        let signal = format!("signal:{name}");
        let (_, ended) = on_a_terminal(&place, &[], &[PROMPT, "no-echo", &signal]).unwrap();
        assert_eq!(ended, format!("signal {number} echo True"), "{name}");
    }
}

#[test]
fn a_signal_that_is_ignored_stays_ignored_at_the_prompt() {
    let server = server();
    let place = place_without_secret(&server);
    let typed = format!("type:{SECRET}\n");
    for steps in [
        ["ignore:INT", PROMPT, "no-echo", "type:\u{3}", &typed],
        ["ignore:HUP", PROMPT, "no-echo", "signal:HUP", &typed],
    ] {
        let Some((shown, ended)) = on_a_terminal(&place, &[], &steps) else {
            return;
        };
        assert!(shown.contains("BQ"), "{shown}");
        assert_eq!(ended, "status 0 echo True");
    }
}

#[test]
fn an_id_in_the_prompt_cannot_control_the_terminal() {
    let server = server();
    let place = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    let dotenv = place.directory.path().join(".env");
    fs::write(&dotenv, format!("CLIENT_ID={}\n", "x".repeat(1000))).unwrap();
    let Some((long, ended)) = at_the_prompt(&place, &[], "\u{4}") else {
        return;
    };
    assert_eq!(ended, "status 78 echo True");
    // There is no prompt for a text that cannot be an id.
    fs::write(&dotenv, "CLIENT_ID=\"a\u{1b}[31m\u{9b}31m\u{202e}\u{7}b\"\n").unwrap();
    let (steering, ended) = on_a_terminal(&place, &[], &[]).unwrap();
    assert_eq!(ended, "status 78 echo True");
    let steers = |c: char| (c.is_control() && !"\r\n".contains(c)) || c == '\u{202e}';
    for shown in [long, steering] {
        assert!(!shown.contains(steers) && shown.len() < 500, "{shown:?}");
    }
}

#[test]
fn a_login_on_a_terminal_goes_on_after_a_wrong_paste_and_ends_with_ctrl_c() {
    let server = server();
    let steps = [
        "expect:Then paste the address",
        "type:http://127.0.0.1/callback\n",
        "expect:has no code in it",
        "type:\u{3}",
    ];
    let Some((shown, ended)) = on_a_terminal(&login::place(&server), &["login", "--no-browser"], &steps) else {
        return;
    };
    assert_eq!(ended, "signal 2 echo True", "{shown}");
    assert!(!shown.contains("waiting for"), "{shown}");
    assert_eq!(server.requests().len(), 0);
}
