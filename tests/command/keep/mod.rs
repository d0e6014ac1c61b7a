//! `keep`: a file with a fresh token, for programs that read one from a file.

mod bad_input;
mod clock;
mod metrics;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Accounts, Failing, StandIn};

use crate::support::keeper::{Keeper, names, of_lifetime};
use crate::support::outage::Front;
use crate::support::place::{Place, failed, send_signal};
use crate::support::{eventually, server, shows_a_token};

#[test]
fn a_file_has_a_token_until_the_end() {
    for signal in ["TERM", "INT"] {
        let server = server();
        let place = Place::knowing(&server);
        let mut keeper = Keeper::start(&place, &[]);
        let token = keeper.content_after("");
        assert!(token.starts_with("BQ") && !token.ends_with('\n'), "{token}");
        let status = fs::metadata(&keeper.file).unwrap();
        assert_eq!(status.permissions().mode() & 0o777, 0o600);
        let output = keeper.end(signal);
        assert_eq!(
            (output.status.code(), &*output.stdout, &*output.stderr),
            (Some(0), &b""[..], &b""[..])
        );
        assert_eq!(names(place.directory.path()), Vec::<String>::new());
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn the_file_has_the_form_and_the_mode_that_were_asked_for() {
    let server = server();
    let place = Place::knowing(&server);
    for (form, start) in [
        ("header", "Authorization: Bearer BQ"),
        ("json", "{\"access_token\":\"BQ"),
        ("token", "BQ"),
    ] {
        let mut keeper = Keeper::start(&place, &["--form", form, "--mode", "644", "--leave"]);
        let content = keeper.content_after("");
        assert!(content.starts_with(start), "{content}");
        assert_eq!(fs::metadata(&keeper.file).unwrap().permissions().mode() & 0o777, 0o644);
        let file = keeper.file.clone();
        keeper.end("TERM");
        assert_eq!(fs::read_to_string(&file).unwrap(), content, "it was to be left");
        fs::remove_file(file).unwrap();
    }
    for mode in ["", "0", "888", "1777", "0577", "rw"] {
        place.fails(&["keep", "--file", "token", "--mode", mode], 64);
    }
    place.fails(&["keep"], 64);
}

#[test]
fn a_reader_finds_a_good_token_at_every_moment() {
    let server = of_lifetime(2);
    let place = Place::knowing(&server);
    let mut keeper = Keeper::start(&place, &[]);
    let mut token = keeper.content_after("");
    let (mut changes, mut reads) = (0, 0);
    let mut since = Instant::now();
    while changes < 5 {
        let content = fs::read_to_string(&keeper.file).expect("the file is always there");
        reads += 1;
        if content != token {
            assert!(content.starts_with("BQ") && content.len() == token.len(), "{content}");
            token = content;
            changes += 1;
            since = Instant::now();
        }
        assert!(
            since.elapsed() < Duration::from_secs(2),
            "a token is replaced before it expires"
        );
    }
    assert!(reads > 100);
    let output = keeper.end("TERM");
    assert!(output.status.success());
    assert!(server.requests().len() <= 7, "{}", server.requests().len());
}

#[test]
fn two_keepers_share_the_store_and_not_the_file() {
    let server = server();
    let place = Place::knowing(&server).variable("SPOTIFY_CACHE", "file:cache");
    let mut keeper = Keeper::start(&place, &[]);
    let token = keeper.content_after("");
    let said = place.fails(&["keep", "--file", "token"], 69);
    assert!(said.contains("another process keeps token"), "{said}");
    assert_eq!(fs::read_to_string(&keeper.file).unwrap(), token);
    let mut second = Keeper::of(&place, "other", &[]);
    assert_eq!(second.content_after(""), token);
    assert_eq!(server.requests().len(), 1);
    second.end("TERM");
    keeper.end("TERM");
}

#[test]
fn a_refused_credential_ends_it_and_a_network_error_does_not() {
    let server = server();
    let place = Place::knowing(&server).variable("CLIENT_SECRET", "wrong");
    let said = place.fails(&["keep", "--file", "token"], 77);
    assert!(said.contains("rejected the client id or secret"), "{said}");
    assert_eq!(names(place.directory.path()), Vec::<String>::new());
    Place::new().fails(&["keep", "--file", "token"], 78);

    let failing = StandIn::spotify(Accounts {
        fail: Some(Failing {
            status: 503,
            count: Some(2),
        }),
        ..Accounts::default()
    })
    .unwrap();
    let place = Place::knowing(&failing).variable("SPOTIFY_MAX_RETRIES", "0");
    let mut keeper = Keeper::start(&place, &[]);
    assert!(keeper.content_after("").starts_with("BQ"));
    let output = keeper.end("TERM");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && said.contains("no new token: the server failed"),
        "{said}"
    );
}

#[test]
fn a_file_whose_token_has_expired_is_removed_and_comes_back() {
    let servers = [of_lifetime(2), server()];
    let front = Front::of(&servers[0]);
    let place = Place::knowing(&servers[0])
        .variable("SPOTIFY_TOKEN_URL", &front.token_url())
        .variable("SPOTIFY_MAX_RETRIES", "0");
    let mut keeper = Keeper::start(&place, &[]);
    keeper.content_after("");
    front.begin_outage();
    eventually("the end of the file", || !keeper.file.exists());
    front.lead_to(&servers[1]);
    keeper.content_after("");
    keeper.end("TERM");
}

#[test]
fn a_link_is_replaced_and_a_file_of_others_is_left() {
    let server = server();
    let place = Place::knowing(&server);
    let directory = place.directory.path();
    fs::write(directory.join("precious"), "precious").unwrap();
    symlink("precious", directory.join("token")).unwrap();
    fs::write(directory.join(".token.123.tmp"), "left behind").unwrap();
    let mut keeper = Keeper::start(&place, &[]);
    keeper.content_after("precious");
    assert!(!fs::symlink_metadata(&keeper.file).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(directory.join("precious")).unwrap(), "precious");
    assert_eq!(names(directory), [".token.lock", "precious", "token"]);
    fs::remove_file(&keeper.file).unwrap();
    fs::write(&keeper.file, "of somebody else").unwrap();
    let file = keeper.file.clone();
    keeper.end("TERM");
    assert_eq!(fs::read_to_string(file).unwrap(), "of somebody else");
    fs::create_dir(directory.join("folder")).unwrap();
    let said = place.fails(&["keep", "--file", "folder"], 74);
    assert!(said.contains("is a directory"), "{said}");
    place.fails(&["keep", "--file", "nowhere/token"], 74);
}

#[test]
fn a_directory_that_goes_away_ends_nothing() {
    let server = of_lifetime(2);
    let place = Place::knowing(&server);
    let directory = place.directory.path().join("run");
    fs::create_dir(&directory).unwrap();
    let mut keeper = Keeper::of(&place, "run/token", &[]);
    keeper.content_after("");
    fs::remove_dir_all(&directory).unwrap();
    let requests = server.requests().len();
    eventually("more requests", || server.requests().len() >= requests + 2);
    fs::create_dir(&directory).unwrap();
    keeper.content_after("");
    let output = keeper.end("TERM");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && said.contains("error: cannot write"),
        "{said}"
    );
}

#[test]
fn systemd_is_told_what_goes_on() {
    let server = server();
    let place = Place::knowing(&server);
    let path = place.directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let place = place
        .variable("NOTIFY_SOCKET", path.to_str().unwrap())
        .variable("WATCHDOG_USEC", "100000");
    let keeper = Keeper::start(&place, &["-v"]);
    let received = |wanted: &str| {
        let mut others = Vec::new();
        loop {
            let mut buffer = [0; 1024];
            let length = socket
                .recv(&mut buffer)
                .unwrap_or_else(|_| panic!("{wanted} after {others:?}"));
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if message.starts_with(wanted) {
                return message;
            }
            others.push(message);
        }
    };
    received("STATUS=The token is good for 3600 s");
    received("READY=1");
    received("WATCHDOG=1");
    received("WATCHDOG=1");
    send_signal(&keeper.process, "HUP");
    assert!(received("RELOADING=1").contains("\nMONOTONIC_USEC="));
    received("READY=1");
    send_signal(&keeper.process, "TERM");
    received("STOPPING=1");
    let output = keeper.process.output();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("token has a token for 3600 s") && said.contains("reading the credentials again"),
        "{said}"
    );
    assert!(!shows_a_token(&said), "{said}");
}

#[test]
fn a_hangup_makes_it_read_the_credentials_again() {
    let server = server();
    let place = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
    let dotenv = place.directory.path().join(".env");
    let write = |secret: &str| {
        fs::write(
            &dotenv,
            format!("CLIENT_ID={}\nCLIENT_SECRET={secret}\n", Accounts::CLIENT_ID),
        )
        .unwrap()
    };
    write(Accounts::CLIENT_SECRET);
    let mut keeper = Keeper::start(&place, &[]);
    let first = keeper.content_after("");
    let inode = fs::metadata(&keeper.file).unwrap().ino();
    write("rotated");
    send_signal(&keeper.process, "HUP");
    let output = keeper.process.output();
    failed(&output, 77);
    assert!(!keeper.file.exists() && inode > 0 && !first.is_empty());
}
