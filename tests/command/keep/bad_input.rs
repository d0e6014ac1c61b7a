//! What can go wrong while a file is kept: the disk, the directory, the server, other processes, the clock.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use spotify_token::stand_in::{Reply, StandIn};

use crate::support::keeper::{Keeper, names, of_lifetime};
use crate::support::place::{Place, binary};
use crate::support::{eventually, server, tools};

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

#[test]
fn a_file_that_is_replaced_by_a_link_is_written_anew() {
    let server = of_lifetime(2);
    let place = Place::knowing(&server);
    let mut keeper = Keeper::start(&place, &[]);
    let first = keeper.content_after("");
    let precious = place.directory.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    fs::remove_file(&keeper.file).unwrap();
    symlink("precious", &keeper.file).unwrap();
    eventually("the file", || !fs::symlink_metadata(&keeper.file).unwrap().is_symlink());
    assert!(keeper.content_after(&first).starts_with("BQ"));
    assert_eq!(fs::read_to_string(precious).unwrap(), "precious");
    assert!(keeper.end("TERM").status.success());
}

#[test]
fn a_reader_that_holds_the_file_open_reads_the_whole_token_that_was_there() {
    let server = of_lifetime(2);
    let place = Place::knowing(&server);
    let mut keeper = Keeper::start(&place, &[]);
    let first = keeper.content_after("");
    let mut file = File::open(&keeper.file).unwrap();
    let second = keeper.content_after(&first);
    keeper.content_after(&second);
    let mut read = String::new();
    file.read_to_string(&mut read).unwrap();
    assert_eq!(read, first);
    assert!(keeper.end("TERM").status.success());
    assert_eq!(names(place.directory.path()), Vec::<String>::new());
}

#[test]
fn a_full_disk_ends_nothing_and_the_file_comes_back() {
    if !tools::require("unshare") || !tools::can_mount() {
        return;
    }
    let server = of_lifetime(2);
    let place = Place::knowing(&server);
    fs::create_dir(place.directory.path().join("disk")).unwrap();
    // A page for the token, and one for the next before it is renamed.
    let script = "mount -t tmpfs -o size=8k none disk; \"$@\" 2>log & keeper=$!
        until [ -s disk/token ]; do sleep 0.01; done
        cat /dev/zero 2>/dev/null >disk/filler
        until grep -q 'cannot write disk/token: No space left on device' log; do sleep 0.01; done
        until [ ! -e disk/token ]; do sleep 0.01; done
        rm disk/filler
        until [ -s disk/token ]; do sleep 0.01; done
        kill $keeper; wait $keeper; echo ended with $?; ls -A disk
        cat /dev/zero 2>/dev/null >disk/filler
        \"$@\"; echo ended with $?";
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(binary())
        .args(["keep", "--file", "disk/token"]);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(place.variables());
    let output = command.current_dir(place.directory.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "ended with 0\nended with 74\n",
        "{said}"
    );
    assert!(said.contains("cannot write disk/token: No space left"), "{said}");
}
