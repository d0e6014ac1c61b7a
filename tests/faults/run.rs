//! Runs the rows, a few at a time, and compares what comes with what each says: code, hint, requests, time, exit status,
//! and for every message that it is one line without a secret in it.
//!
//! A busy machine makes a call longer, never shorter. So a row that took too long is run again, when nothing else runs, and
//! its shortest time counts. The same is done with a row that is about a timeout: the machine may have used it up.

use std::os::unix::process::ExitStatusExt;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use spotify_token::unstable::Logger;
use spotify_token::{ErrorKind, Level};

use super::fork;
use super::place::Place;
use super::row::{By, Ends, Outcome, Row};
use super::support::clock::Moved;
use super::support::place::send_signal;
use super::support::{ID, SECRET, tools};

/// Rows mostly wait, so there are more of them at once than processors.
const AT_ONCE: usize = 8;
/// What a call may take without a wait. Less than any wait that a row can have.
const SLACK: Duration = Duration::from_millis(900);
/// How often a row is run again.
const TRIES: usize = 4;

/// What a row gave.
#[derive(Default)]
pub struct Shown {
    /// What is said, with names for ports and paths. `None` where a tool is missing, or the row is not of this build.
    pub message: Option<String>,
    /// What the library advises, where it gave an error.
    pub advice: Option<String>,
    /// What did not hold.
    pub broken: Vec<String>,
    /// What took too long.
    pub late: Vec<String>,
}

/// Runs all rows; the results are in their order.
pub fn run(rows: &[&Row]) -> Vec<Shown> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Shown>>> = rows.iter().map(|_| Mutex::default()).collect();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(row) = rows.get(at) else { return };
                    *results[at].lock().unwrap() = Some(shown_or_panicked(row));
                }
            });
        }
    });
    let results = results.into_iter().map(|result| result.into_inner().unwrap().unwrap());
    rows.iter()
        .zip(results)
        .map(|(row, first)| settled(row, first))
        .collect()
}

/// Runs a row again as long as it may be the machine that broke it.
fn settled(row: &Row, mut shown: Shown) -> Shown {
    let is_about_a_timeout = [Ends::AfterAttempts, Ends::WithTheCall].contains(&row.ends);
    for _ in 1..TRIES {
        if shown.late.is_empty() && (shown.broken.is_empty() || !is_about_a_timeout) {
            break;
        }
        eprintln!("once more: {}: {:?} {:?}", row.fault, shown.late, shown.broken);
        shown = shown_or_panicked(row);
    }
    let late = std::mem::take(&mut shown.late);
    shown.broken.extend(late);
    shown
}

fn shown_or_panicked(row: &Row) -> Shown {
    panic::catch_unwind(AssertUnwindSafe(|| shown(row))).unwrap_or_else(|_| Shown {
        broken: vec!["it panicked: see above".to_owned()],
        ..Shown::default()
    })
}

fn shown(row: &Row) -> Shown {
    let mut shown = Shown::default();
    if !row.is_of_this_build() {
        return shown;
    }
    if !row.needs.iter().all(|check| tools::require_that(check, check)) {
        return shown;
    }
    if !tools::succeeds(row.rights) {
        eprintln!("skipped: this user may not do `{}`", row.rights);
        return shown;
    }
    for way in ways(row) {
        let mut place = Place::empty();
        (row.arrange)(&mut place);
        let given = way(row, &place);
        if given.took > *row.ends.limits().end() + SLACK {
            let (by, took) = (given.by, given.took);
            shown.late.push(format!("{by}: it took {took:?}, not {:?}", row.ends));
        }
        shown.broken.extend(broken_promises(row, &place, &given));
        shown.advice = shown.advice.or_else(|| given.advice.clone());
        let said = place.normalised(&given.said);
        match &shown.message {
            None => shown.message = Some(said),
            // The command says nothing when it is interrupted, and has no ear for warnings.
            Some(before) if row.by == By::Both && row.kind().is_some() && *before != said => {
                shown.broken.push(format!("{} says something else: {said}", given.by));
            }
            Some(_) => {}
        }
    }
    shown
}

/// What one way into the fault gave.
pub struct Given {
    /// Who met it, for a failure of the test.
    pub by: &'static str,
    /// The kind of the error, none for a success; where it is known.
    pub kind: Option<Option<ErrorKind>>,
    /// What the process ended with, where it was one.
    pub exit_status: Option<u8>,
    /// The token, where one came.
    pub token: Option<String>,
    /// The error's message; for a token, the warning that the row is about.
    pub said: String,
    /// What the error advises, where the library gave it.
    pub advice: Option<String>,
    /// All else that a person could read.
    pub log: String,
    /// How long the call took; from when it was to end, where somebody ended it. Waits of the library count, although its
    /// clock is only moved by them.
    pub took: Duration,
    /// How often the library waited on purpose, where its clock can tell.
    pub waits: Option<usize>,
}

const COMMAND: &str = "the command";

type Way = fn(&Row, &Place) -> Given;

fn ways(row: &Row) -> Vec<Way> {
    match row.by {
        By::Both | By::Interrupted => vec![by_library, by_command],
        By::Command => vec![by_command],
        By::Child(_) => vec![fork::by_child],
    }
}

fn by_library(row: &Row, place: &Place) -> Given {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let logger = Logger::new(move |level, line: &str| log.lock().unwrap().push((level, line.to_owned())));
    // Waits move this clock. A wait that somebody ends is a real one.
    let clock = (row.by != By::Interrupted).then(Moved::new);
    let mut start = Instant::now();
    let result = place.client(logger, clock.clone()).and_then(|client| {
        let asking = client.clone();
        let call = thread::spawn(move || asking.token().map(|token| token.access_token().to_owned()));
        if row.by == By::Interrupted {
            until_reached(place);
            start = Instant::now();
            client.cancel();
        }
        call.join().unwrap()
    });
    let took = start.elapsed() + clock.as_ref().map(Moved::waited).unwrap_or_default();
    let lines = lines.lock().unwrap();
    let log: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
    let is_the_warning = |(level, line): &&(Level, String)| matches!(row.outcome, Outcome::Warns(words) if *level == Level::Warning && line.contains(words));
    let warning = lines.iter().find(is_the_warning).map(|(_, line)| line.clone());
    Given {
        by: "the library",
        kind: Some(result.as_ref().err().map(spotify_token::Error::kind)),
        exit_status: None,
        said: match &result {
            Ok(_) => warning.unwrap_or_default(),
            Err(error) => error.message().to_owned(),
        },
        advice: result.as_ref().err().map(|error| error.advice().to_owned()),
        token: result.ok(),
        log: log.join("\n"),
        took,
        waits: clock.map(|clock| clock.waits()),
    }
}

fn by_command(row: &Row, place: &Place) -> Given {
    let mut command = place.command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut start = Instant::now();
    let child = command.spawn().unwrap();
    if row.by == By::Interrupted {
        until_reached(place);
        start = Instant::now();
        send_signal(&child, "INT");
    }
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let took = start.elapsed();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    let said = stderr.strip_prefix("spotify-token: ").unwrap_or(&stderr);
    Given {
        by: COMMAND,
        kind: None,
        // A shell shows a signal as 128 and its number.
        exit_status: status
            .code()
            .or(status.signal().map(|signal| 128 + signal))
            .map(|code| u8::try_from(code).unwrap()),
        token: Some(stdout.trim_end().to_owned()).filter(|token| !token.is_empty()),
        said: said.strip_suffix('\n').unwrap_or(said).to_owned(),
        advice: None,
        log: String::new(),
        took,
        waits: None,
    }
}

/// Waits until the call is where the row wants to end it.
fn until_reached(place: &Place) {
    for _ in 0..10_000 {
        if place.is_reached() {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("the call never got there");
}

fn broken_promises(row: &Row, place: &Place, given: &Given) -> Vec<String> {
    let mut broken = Vec::new();
    let mut expect = |holds: bool, what: String| {
        if !holds {
            broken.push(format!("{}: {what}", given.by));
        }
    };
    let kind = row.kind();
    let exit_status = row.error().exit_status;
    let said = &given.said;
    expect(
        given.kind.is_none_or(|given| given == kind),
        format!("it gives {:?}: {said}", given.kind),
    );
    expect(
        given.exit_status.is_none_or(|status| status == exit_status),
        format!("it ends with {:?}: {said}", given.exit_status),
    );
    expect(
        given.token.is_some() == kind.is_none(),
        format!("the token is {:?}", given.token.is_some()),
    );
    let (least, took) = (*row.ends.limits().start(), given.took);
    expect(took >= least, format!("it took {took:?}, not {:?}: {said}", row.ends));
    let waits = given.waits.unwrap_or(*row.ends.waits().start());
    expect(
        row.ends.waits().contains(&waits),
        format!("it waited {waits} times, not {:?}: {said}", row.ends),
    );
    let silent = given.by == COMMAND && (row.by == By::Interrupted || kind.is_none());
    expect(silent || said.contains(row.hint()), format!("it says: {said}"));
    let (requests, proxied) = (place.requests(), place.proxied());
    expect(requests == row.requests, format!("it made {requests} requests: {said}"));
    expect(
        proxied == row.proxied,
        format!("it asked the proxies {proxied} times: {said}"),
    );
    expect(
        !said.contains(['\n', '\r', '\u{1b}']) && said.trim() == said,
        format!("not one clean line: {said:?}"),
    );
    let text = format!("{said}\n{}\n{}", given.log, place.heard_by_proxies());
    let basic = STANDARD.encode(format!("{ID}:{SECRET}"));
    for secret in ["canary", SECRET, &basic] {
        expect(!text.contains(secret), format!("a secret is shown: {text}"));
    }
    broken
}
