//! What holds on every system.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tempfile::TempDir;

use super::directory::Directory;
use super::*;

/// A directory for this user alone, in a temporary one.
fn private_directory() -> (TempDir, PathBuf, Directory) {
    let temporary = TempDir::new().unwrap();
    let path = temporary.path().join("above").join("ü b");
    Directory::create(&path).unwrap();
    let directory = Directory::open(&path).unwrap();
    (temporary, path, directory)
}

fn content(directory: &Directory, name: &str) -> String {
    let (mut file, size) = directory.open_file(name).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text.len() as u64, size);
    text
}

/// Whether the socket becomes readable, or writable, within a time.
fn happens(socket: &PollFd, within: Duration) -> bool {
    poll(&mut [socket.clone()], Some(&Timespec::try_from(within).unwrap())).unwrap() == 1
}

#[test]
fn a_directory_is_created_once_and_what_is_none_is_refused() {
    let (temporary, path, _directory) = private_directory();
    Directory::create(&path).unwrap();
    let refused = |name: &str| Directory::open(&temporary.path().join(name)).err().unwrap();
    assert_eq!(refused("nowhere"), Unfit::Missing);
    File::create(temporary.path().join("file")).unwrap();
    assert_eq!(refused("file"), Unfit::Kind);
    Directory::create(&temporary.path().join("file")).unwrap_err();
}

#[test]
fn files_appear_whole_are_replaced_and_removed() {
    let (_temporary, path, directory) = private_directory();
    assert_eq!(directory.open_file("a").err().unwrap(), Unfit::Missing);
    directory.write_new_file("a", b"one").unwrap();
    assert_eq!(
        directory.write_new_file("a", b"two").unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    assert_eq!(content(&directory, "a"), "one");
    directory.write_new_file("b", b"three").unwrap();
    // While somebody reads it, for a moment.
    let (mut open, _) = directory.open_file("a").unwrap();
    let (go_on, goes_on) = mpsc::channel();
    let reader = thread::spawn(move || {
        goes_on.recv().unwrap();
        let mut text = String::new();
        open.read_to_string(&mut text).map(|_| text)
    });
    go_on.send(()).unwrap();
    directory.rename("b", "a").unwrap();
    assert_eq!(
        (
            reader.join().unwrap().unwrap().as_str(),
            content(&directory, "a").as_str()
        ),
        ("one", "three")
    );
    assert_eq!(directory.rename("b", "a").unwrap_err().kind(), ErrorKind::NotFound);

    directory.link("a", "c").unwrap();
    assert_eq!(directory.link("a", "c").unwrap_err().kind(), ErrorKind::AlreadyExists);
    let mut names = Vec::new();
    directory.each_name(|name| names.push(name.to_owned())).unwrap();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    assert_eq!(names, ["a", "c"]);
    directory.sync().unwrap();
    directory.remove("a").unwrap();
    assert_eq!(directory.remove("a").unwrap_err().kind(), ErrorKind::NotFound);
    fs::create_dir(path.join("d")).unwrap();
    assert_eq!(directory.open_file("d").err().unwrap(), Unfit::Kind);
}

#[test]
fn a_file_says_when_it_was_written() {
    let (_temporary, path, directory) = private_directory();
    assert_eq!(directory.written_at("a"), None);
    directory.write_new_file("a", b"").unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let written_at = directory.written_at("a").unwrap();
    assert!(
        (written_at - i64::try_from(now.as_secs()).unwrap()).abs() <= 60,
        "{written_at}"
    );
    fs::create_dir(path.join("d")).unwrap();
    assert_eq!(directory.written_at("d"), None);
}

#[test]
fn a_lock_has_one_holder_and_knows_its_file() {
    let (_temporary, _path, directory) = private_directory();
    let lock = || directory.open_lock_file("lock").unwrap().try_lock().unwrap();
    let held = lock().unwrap();
    assert!(lock().is_none());
    assert!(directory.is_file("lock", held.file()));
    directory.write_new_file("other", b"").unwrap();
    assert!(!directory.is_file("other", held.file()) && !directory.is_file("nowhere", held.file()));
    drop(held);
    assert!(lock().is_some());
}

#[test]
fn a_file_can_always_be_read_and_a_missing_one_is_named_so() {
    let temporary = TempDir::new().unwrap();
    let path = temporary.path().join("a");
    assert_eq!(
        file::open_without_waiting(&path).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    fs::write(&path, "").unwrap();
    let file = file::open_without_waiting(&path).unwrap();
    assert!(file::wait_until_readable(&file, Duration::ZERO).unwrap());
}

#[test]
fn a_place_of_the_user_is_named_by_two_variables() {
    for candidates in [places::CACHE, places::STATE] {
        assert!(
            candidates
                .iter()
                .all(|(_, below)| below.contains("spotify-token") && Path::new(below).is_relative())
        );
    }
    assert_ne!(places::CACHE, places::STATE);
}

#[test]
fn a_waker_wakes_who_waits_for_its_socket() {
    let (wakeable, waker) = socket::wakeable().unwrap();
    let waits = PollFd::new(&wakeable, PollFlags::IN);
    assert!(!happens(&waits, Duration::ZERO));
    let other = thread::spawn(|| waker.wake());
    assert!(happens(&waits, Duration::from_secs(60)));
    other.join().unwrap();
}

#[test]
fn a_connection_comes_about_or_says_that_it_does_not() {
    let connected = |address| {
        let stream = socket::begin_connection(address)?;
        assert!(happens(&PollFd::new(&stream, PollFlags::OUT), Duration::from_secs(60)));
        stream.take_error()?.map_or(Ok(stream), Err)
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut stream = connected(listener.local_addr().unwrap()).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    let mut buffer = [0];
    assert_eq!(stream.read(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(accepted);
    assert!(happens(&PollFd::new(&stream, PollFlags::IN), Duration::from_secs(60)));
    // Whoever has gone is an error, and no signal that ends the process.
    while stream.write(&[0; 1024]).is_ok() {}
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    assert_eq!(connected(nobody).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn the_clocks_go_on() {
    let (wall, steady, start) = (clock::wall_ms(), clock::steady_ms(), Instant::now());
    while clock::steady_ms() == steady || clock::wall_ms() == wall {
        assert!(start.elapsed() < Duration::from_secs(60));
        thread::yield_now();
    }
    assert!(clock::steady_ms() > steady);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert!((clock::wall_ms() - i64::try_from(now.as_millis()).unwrap()).abs() < 60_000);
}
