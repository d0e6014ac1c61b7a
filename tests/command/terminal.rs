//! The command on a terminal: it asks for a missing secret without echo, shows that it is waiting, and uses colours. Python
//! makes the terminal.

use std::time::Duration;

use crate::support::place::{Place, stdout};
use crate::support::terminal::on_a_terminal;
use crate::support::{ID, SECRET, server, slow_server};
use spotify_token::stand_in::{Accounts, StandIn};

fn place_without_secret(server: &StandIn) -> Place {
    Place::knowing(server).variable("CLIENT_SECRET", "")
}

#[test]
fn a_missing_secret_is_asked_for_without_echo() {
    let server = server();
    let typed = format!("{SECRET}\n");
    let environment = place_without_secret(&server);
    let flag = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    for (place, arguments) in [(&environment, &["token"][..]), (&flag, &["--client-id", ID])] {
        let Some((shown, ended)) = on_a_terminal(place, arguments, "Client secret of", &typed) else {
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
fn a_prompt_that_is_not_answered_ends_as_it_should() {
    let server = server();
    let place = place_without_secret(&server);
    for (typed, expected) in [
        ("\u{3}", "signal 2 echo True"),
        ("\u{1c}", "signal 3 echo True"),
        ("\u{4}", "status 78 echo True"),
        ("\n", "status 78 echo True"),
        ("two words\n", "status 78 echo True"),
    ] {
        let Some((shown, ended)) = on_a_terminal(&place, &[], "Client secret of", typed) else {
            return;
        };
        assert_eq!(ended, expected, "{typed:?}: {shown}");
        assert!(!shown.contains("two words"), "{shown}");
    }
    let (_, ended) = on_a_terminal(&place, &[], "Client secret of", "hangup").unwrap();
    // Whichever is noticed first: the signal, or that there is no more to read.
    assert!(
        ended.starts_with("signal 1 ") || ended.starts_with("status 78 "),
        "{ended}"
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn nobody_is_asked_who_cannot_answer_or_does_not_want_to() {
    let server = server();
    let place = place_without_secret(&server);
    assert!(place.fails(&[], 78).contains("CLIENT_SECRET"));
    let Some((shown, ended)) = on_a_terminal(&place, &["--no-input"], "", "") else {
        return;
    };
    assert!(
        !shown.contains("Client secret of") && ended.starts_with("status 78"),
        "{shown}"
    );
}

#[test]
fn a_long_wait_shows_that_something_is_happening_and_leaves_no_trace() {
    let server = slow_server(Duration::from_millis(2500));
    let place = Place::knowing(&server);
    let Some((shown, ended)) = on_a_terminal(&place, &[], "", "") else {
        return;
    };
    assert!(
        shown.contains("waiting for a token, 1 s") && shown.contains("waiting for a token, 2 s"),
        "{shown}"
    );
    let (_, after) = shown.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(after.starts_with("BQ"), "{shown}");
    assert_eq!(ended, "status 0 echo True");
    let dumb = Place::knowing(&server).variable("TERM", "dumb");
    let (shown, _) = on_a_terminal(&dumb, &[], "", "").unwrap();
    assert!(
        shown.starts_with("waiting for a token\r\n") && !shown.contains('\u{1b}'),
        "{shown}"
    );
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let server = StandIn::spotify(Accounts::default()).unwrap();
    for verb in ["demo", "doctor"] {
        let coloured = Place::knowing(&server);
        let Some((shown, _)) = on_a_terminal(&coloured, &[verb], "", "") else {
            return;
        };
        assert!(shown.contains("\u{1b}["), "{shown}");
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let plain = Place::knowing(&server).variable(name, value);
            let (shown, _) = on_a_terminal(&plain, &[verb], "", "").unwrap();
            assert!(!shown.contains('\u{1b}'), "{name}: {shown}");
        }
        assert!(!stdout(&coloured.run(&[verb])).contains('\u{1b}'));
    }
}
