//! What can go wrong while a file is kept: the disk, the directory, the server, other processes, the clock.

use std::fs;
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Reply, StandIn};

use crate::support::keeper::{Keeper, names};
use crate::support::place::Place;
use crate::support::{eventually, server};

#[test]
fn a_server_that_does_not_respond_leaves_no_expired_token() {
    let server = StandIn::scripted([Reply::token("BQgood", 2), Reply::hang()]).unwrap();
    let place = Place::knowing(&server);
    let mut keeper = Keeper::start(&place, &[]);
    keeper.content_after("");
    let start = Instant::now();
    eventually("the end of the file", || !keeper.file.exists());
    assert!(start.elapsed() < Duration::from_millis(2500), "{:?}", start.elapsed());
    let stop = Instant::now();
    assert!(keeper.end("TERM").status.success());
    assert!(stop.elapsed() < Duration::from_secs(5), "it waits for no response");
}

#[test]
fn what_a_killed_keeper_has_left_is_replaced_or_removed() {
    let server = server();
    let place = Place::knowing(&server);
    let directory = place.directory.path().to_owned();
    let leave = |place: &Place| {
        let mut keeper = Keeper::start(place, &[]);
        let token = keeper.content_after("");
        fs::write(directory.join(".token.99.tmp"), "half").unwrap();
        keeper.end("KILL");
        assert_eq!(names(&directory), [".token.99.tmp", ".token.lock", "token"]);
        token
    };
    let left = leave(&place);
    let mut keeper = Keeper::start(&place, &[]);
    assert_ne!(keeper.content_after(&left), left);
    keeper.end("TERM");
    assert_eq!(names(&directory), Vec::<String>::new());

    leave(&place);
    let refused = place.variable("CLIENT_SECRET", "wrong");
    refused.fails(&["keep", "--file", "token"], 77);
    assert_eq!(names(&directory), Vec::<String>::new());
    fs::write(directory.join("token"), "of nobody that was killed").unwrap();
    refused.fails(&["keep", "--file", "token"], 77);
    assert_eq!(names(&directory), ["token"]);
}
