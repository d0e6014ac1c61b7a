//! The pictures of `demo` and `doctor` in the README: taken from a real terminal, with what differs from run to run replaced.
//! `SPOTIFY_TOKEN_RENEW=1 cargo test --test docs screenshots` takes them anew.

use std::fs;

use crate::support::installed::root;
use crate::support::place::Place;
use crate::support::terminal::on_a_terminal;
use crate::support::{ID, server};
use anstyle_svg::Term;

/// The pictures show a terminal of this width.
const COLUMNS: usize = 100;

/// What a terminal showed, without ports, times and tokens that change.
fn steady(shown: &str, replaced: &[(&str, &str)]) -> String {
    let mut text = shown.replace("\r\n", "\n");
    for (from, to) in replaced {
        text = text.replace(from, to);
    }
    let text = with_number_after(&text, "127.0.0.1:", "8080");
    let text = with_number_after(&text, "open (", "0");
    let text = with_number_after(&text, "\"expires_at\":", "1780000000");
    text.lines().map(|line| with_short_tokens(line) + "\n").collect()
}

fn with_number_after(text: &str, mark: &str, number: &str) -> String {
    let mut parts = text.split(mark);
    let mut steady = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        steady += mark;
        steady += number;
        steady += part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    steady
}

/// Tokens are noise, and long.
fn with_short_tokens(line: &str) -> String {
    let Some((before, rest)) = line.split_once("\"BQ") else {
        return line.to_owned();
    };
    let (_, after) = rest.split_once('"').unwrap();
    format!("{before}\"BQDxY8...\"{after}")
}

/// The lines as a terminal of this width breaks them, escapes not counted.
fn broken(text: &str) -> String {
    let mut broken = String::new();
    for line in text.lines() {
        let (mut column, mut escape) = (0, false);
        for c in line.chars() {
            escape |= c == '\u{1b}';
            if !escape {
                if column == COLUMNS {
                    broken.push('\n');
                    column = 0;
                }
                column += 1;
            }
            broken.push(c);
            escape &= c != 'm';
        }
        broken.push('\n');
    }
    broken
}

/// Compares the picture with what the command shows today, or takes it anew.
fn picture(file: &str, prompt: &str, shown: &str) {
    let text = broken(&format!("\u{1b}[2m$\u{1b}[0m {prompt}\n{shown}"));
    let svg = Term::new().render_svg(&text);
    let path = root().join("docs").join(file);
    if std::env::var_os("SPOTIFY_TOKEN_RENEW").is_some() {
        fs::write(&path, svg).unwrap();
        return;
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == svg,
        "take the pictures anew: SPOTIFY_TOKEN_RENEW=1 cargo test --test docs screenshots"
    );
}

#[test]
fn demo() {
    let Some((shown, ended)) = on_a_terminal(&Place::new(), &["demo"], &[]) else {
        return;
    };
    assert_eq!(ended, "status 0 echo True");
    picture("demo.svg", "spotify-token demo", &steady(&shown, &[]));
}

#[test]
fn doctor() {
    let server = server();
    let wrong = ID.replace('5', "6");
    let place = Place::knowing(&server).variable("CLIENT_SECRET", &wrong);
    let Some((shown, ended)) = on_a_terminal(&place, &["doctor"], &[]) else {
        return;
    };
    assert_eq!(ended, "status 77 echo True");
    let address = server.address().to_string();
    // The stand-in's part is Spotify's.
    let replaced = [
        ("SPOTIFY_TOKEN_URL, ", ""),
        ("SPOTIFY_CACHE", "SPOTIFY_CACHE"),
        (&*address, "127.0.0.1:8080"),
    ];
    picture("doctor.svg", "spotify-token doctor", &steady(&shown, &replaced));
}
