//! Refresh tokens: rotation, the end of a login, revocation, and refreshes at the same time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::FORM;
use super::login::*;
use crate::stand_in::{Accounts, Rotate, StandIn};

#[test]
fn without_rotation_the_refresh_token_stays() {
    let server = start();
    let tokens = log_in(&server);
    let old = text(&tokens, "refresh_token");
    for _ in 0..3 {
        let (status, refreshed) = refresh(&server, old);
        assert_eq!(status, 200);
        assert!(refreshed.get("refresh_token").is_none());
        assert_eq!(text(&refreshed, "scope"), SCOPE);
        assert_ne!(text(&refreshed, "access_token"), text(&tokens, "access_token"));
    }
    assert_eq!((server.refreshes(), server.overlapping_refreshes()), (3, 0));
}

#[test]
fn with_rotation_each_refresh_revokes_the_old_token() {
    let accounts = Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let tokens = log_in(&server);
    let first = text(&tokens, "refresh_token");
    let (_, second) = refresh(&server, first);
    let second = text(&second, "refresh_token");
    assert!(second.starts_with("AQ") && second != first);
    assert_refused(&refresh(&server, first), "invalid_grant", "Refresh token revoked");
    assert_eq!(refresh(&server, second).0, 200, "the new one is still good");
}

#[test]
fn a_login_ends_however_often_it_is_refreshed() {
    let server = start();
    let tokens = log_in(&server);
    let token = text(&tokens, "refresh_token");
    let day = Duration::from_secs(24 * 60 * 60);
    server.advance(Accounts::LOGIN_LIFETIME.saturating_sub(day));
    let (status, refreshed) = refresh(&server, token);
    assert_eq!(status, 200);
    server.advance(day);
    assert_refused(&refresh(&server, token), "invalid_grant", "Refresh token expired");
    let (status, error) = api(&server, "GET", "/v1/me", &refreshed);
    assert_eq!(
        (status, text(&error["error"], "message")),
        (401, "The access token expired")
    );
}

#[test]
fn logins_are_revoked_and_good_refreshes_refused() {
    let server = start();
    let tokens = log_in(&server);
    let token = text(&tokens, "refresh_token");
    server.refuse_refreshes(2);
    for _ in 0..2 {
        assert_refused(&refresh(&server, token), "invalid_grant", "Refresh token revoked");
    }
    assert_eq!(refresh(&server, token).0, 200);
    assert_refused(&refresh(&server, "nonsense"), "invalid_grant", "Invalid refresh token");
    server.revoke_logins();
    assert_refused(&refresh(&server, token), "invalid_grant", "Refresh token revoked");
    assert_eq!(api(&server, "GET", "/v1/me", &tokens).0, 200, "until it expires");
    assert_eq!(server.refreshes(), 5);
    for (revoke_after, statuses) in [(0, [400, 400]), (1, [200, 400])] {
        let accounts = Accounts {
            revoke_after: Some(revoke_after),
            ..Accounts::default()
        };
        let server = StandIn::spotify(accounts).unwrap();
        let tokens = log_in(&server);
        assert_eq!(
            [(); 2].map(|()| refresh(&server, text(&tokens, "refresh_token")).0),
            statuses
        );
    }
    let accounts = Accounts {
        refuse_refreshes: 1,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let tokens = log_in(&server);
    assert_eq!(
        [(); 2].map(|()| refresh(&server, text(&tokens, "refresh_token")).0),
        [400, 200]
    );
}

/// Sends a refresh without waiting for the response.
fn begin_refresh(server: &StandIn, refresh_token: &str) -> TcpStream {
    let before = server.refreshes();
    let body = format!(
        "grant_type=refresh_token&client_id={}&refresh_token={refresh_token}",
        Accounts::CLIENT_ID
    );
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(
        stream,
        "POST /api/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    while server.refreshes() == before {
        std::thread::yield_now();
    }
    stream
}

#[test]
fn refreshes_of_one_login_at_the_same_time_are_counted() {
    let delay = Duration::from_millis(300);
    let accounts = Accounts {
        delay,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let (one, other) = (log_in(&server), log_in(&server));
    let (one, other) = (text(&one, "refresh_token"), text(&other, "refresh_token"));
    let finish = |mut stream: TcpStream| stream.read_to_string(&mut String::new()).unwrap();
    let first = begin_refresh(&server, one);
    let of_other = begin_refresh(&server, other);
    assert_eq!(server.overlapping_refreshes(), 0, "two logins");
    let second = begin_refresh(&server, one);
    assert_eq!(server.overlapping_refreshes(), 1);
    for stream in [first, of_other, second] {
        finish(stream);
    }
    for _ in 0..3 {
        finish(begin_refresh(&server, one));
    }
    assert_eq!(server.overlapping_refreshes(), 1, "one after the other");
    // A process that was killed refreshes no more.
    drop(begin_refresh(&server, one));
    finish(begin_refresh(&server, one));
    assert_eq!((server.refreshes(), server.overlapping_refreshes()), (8, 1));
}

#[test]
fn refreshes_one_after_the_other_never_count_as_overlapping() {
    let accounts = Accounts {
        rotate: Rotate::Always,
        ..Accounts::default()
    };
    let server = StandIn::spotify(accounts).unwrap();
    let mut token = text(&log_in(&server), "refresh_token").to_owned();
    // The connections stay open, as those of other threads and processes may.
    let mut open = Vec::new();
    for _ in 0..100 {
        let body = format!(
            "grant_type=refresh_token&client_id={}&refresh_token={token}",
            Accounts::CLIENT_ID
        );
        let mut stream = TcpStream::connect(server.address()).unwrap();
        write!(
            stream,
            "POST /api/token HTTP/1.1\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut response = Vec::new();
        while !response.ends_with(b"}") {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap();
            response.extend_from_slice(&bytes[..read]);
        }
        let response = String::from_utf8(response).unwrap();
        let tokens: Value = serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap();
        token = text(&tokens, "refresh_token").to_owned();
        open.push(stream);
    }
    assert_eq!((server.refreshes(), server.overlapping_refreshes()), (100, 0));
}
