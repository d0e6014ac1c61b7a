//! Logins in files, and what can be wrong with their directory and their files.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::PathBuf;
use std::sync::mpsc;

use tempfile::TempDir;

use super::super::record::for_tests::{NOW, key, record};
use super::*;

const TIMEOUT: Duration = Duration::from_secs(60);

/// A place in a temporary directory.
struct Fixture {
    _root: TempDir,
    store: FileLogins,
    directory: PathBuf,
}

impl Fixture {
    fn new() -> Fixture {
        let root = TempDir::new().unwrap();
        let directory = root.path().join("state/logins");
        Fixture {
            store: FileLogins::at(&directory, TIMEOUT),
            _root: root,
            directory,
        }
    }

    /// Has a login with this refresh token in it.
    fn with_login(refresh_token: &str) -> Fixture {
        let fixture = Fixture::new();
        fixture.save(refresh_token).unwrap();
        fixture
    }

    fn lock(&self) -> LoginLock {
        self.store.try_lock(&key("bob")).unwrap().expect("nobody has the lock")
    }

    fn save(&self, refresh_token: &str) -> Result<(), StoreError> {
        self.store.save(&self.lock(), &record("bob", refresh_token))
    }

    /// The refresh token that is stored.
    fn load(&self) -> Result<Option<String>, StoreError> {
        let record = self.store.load(&key("bob"), NOW)?;
        Ok(record.map(|record| record.refresh_token.expose().to_owned()))
    }

    fn file(&self) -> PathBuf {
        self.directory.join(record_name(key("bob").digest()))
    }

    fn lock_file(&self) -> PathBuf {
        self.directory.join(lock_name(key("bob").digest()))
    }

    /// Loading and listing are errors with this text and some advice; nothing is removed, and a new login replaces it.
    fn assert_unusable_and_replaced(&self, what: &str, advice: &str) {
        let error = self.load().expect_err(what);
        assert!(error.what.contains(what) && error.advice.contains(advice), "{error:?}");
        assert!(error.what.contains(key("bob").digest()), "says which: {error:?}");
        let rest = format!("{error:?}").replace(self.directory.to_str().unwrap(), "");
        assert!(!rest.contains("AQ"), "{error:?}");
        let listed = self.store.list(NOW).unwrap();
        assert!(
            matches!(&listed[..], [Listed::Unreadable(same)] if *same == error),
            "{error:?}"
        );
        assert!(fs::symlink_metadata(self.file()).is_ok(), "nothing is removed");
        self.save("AQnew").unwrap();
        assert_eq!(self.load(), Ok(Some("AQnew".to_owned())));
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.directory).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_login_is_stored_in_a_file_that_nobody_else_can_read() {
    let fixture = Fixture::new();
    assert_eq!(fixture.load(), Ok(None));
    assert!(fixture.store.list(NOW).unwrap().is_empty());
    assert!(!fixture.directory.exists(), "nothing is created to read it");
    fixture.save("AQone").unwrap();
    assert_eq!(fixture.load(), Ok(Some("AQone".to_owned())));
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&fixture.directory), 0o700);
    assert_eq!((mode(&fixture.file()), mode(&fixture.lock_file())), (0o600, 0o600));
    fixture.save("AQtwo").unwrap();
    assert_eq!(fixture.load(), Ok(Some("AQtwo".to_owned())));
    assert_eq!(fixture.names().len(), 2, "record, lock, and nothing else");
}

#[test]
fn each_account_has_its_own_record_and_lock() {
    let fixture = Fixture::with_login("AQbob");
    let bob = fixture.lock();
    assert!(fixture.store.try_lock(&key("bob")).unwrap().is_none(), "locked");
    let eve = fixture.store.try_lock(&key("eve")).unwrap().unwrap();
    fixture.store.save(&eve, &record("eve", "AQeve")).unwrap();
    let mut listed: Vec<String> = Vec::new();
    for login in fixture.store.list(NOW).unwrap() {
        let Listed::Login(login) = login else {
            panic!("a login cannot be read")
        };
        listed.push(format!("{} {}", login.account, login.refresh_token.expose()));
    }
    listed.sort();
    assert_eq!(listed, ["bob AQbob", "eve AQeve"]);
    assert_eq!(fixture.store.remove(&eve), Ok(true));
    assert_eq!(fixture.store.remove(&eve), Ok(false));
    assert!(fixture.store.load(&key("eve"), NOW).unwrap().is_none());
    assert_eq!(fixture.load(), Ok(Some("AQbob".to_owned())));
    drop(bob);
    assert!(fixture.store.try_lock(&key("bob")).unwrap().is_some());
}

#[test]
fn the_default_is_the_users_state_directory() {
    let of =
        |pairs: &[(&str, &str)]| FileLogins::of_user(&Environment::from_pairs(pairs.iter().copied()), TIMEOUT).name();
    assert_eq!(
        of(&[("XDG_STATE_HOME", "/x"), ("HOME", "/h")]),
        "the logins in /x/spotify-token"
    );
    let [_, (_, state)] = places::STATE;
    let below_home = format!("the logins in /h/{state}");
    assert_eq!(of(&[("HOME", "/h")]), below_home);
    assert_eq!(of(&[("XDG_STATE_HOME", "x"), ("HOME", "/h")]), below_home);
    let homeless = FileLogins::of_user(&Environment::default(), TIMEOUT);
    for error in [
        homeless.load(&key("bob"), NOW).err(),
        homeless.try_lock(&key("bob")).err(),
        homeless.list(NOW).err(),
    ] {
        let error = error.expect("no directory");
        assert!(error.what.contains("neither XDG_STATE_HOME nor HOME"), "{error:?}");
        assert!(error.advice.contains("logins"), "{error:?}");
    }
}

#[test]
fn a_record_that_others_may_use_is_an_error() {
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666] {
        let fixture = Fixture::with_login("AQone");
        set_mode(&fixture.file(), mode);
        fixture.assert_unusable_and_replaced("other users may read or write it", "chmod 600");
    }
}

#[test]
fn a_directory_that_others_write_to_is_not_used() {
    for mode in [0o720, 0o702, 0o777, 0o1777] {
        let fixture = Fixture::with_login("AQone");
        let lock = fixture.lock();
        set_mode(&fixture.directory, mode);
        for error in [
            fixture.load().err(),
            fixture.store.try_lock(&key("eve")).err(),
            fixture.store.save(&lock, &record("bob", "AQtwo")).err(),
            fixture.store.remove(&lock).err(),
            fixture.store.list(NOW).err(),
        ] {
            let error = error.expect("not used");
            assert!(
                error.what.contains("other users may write to the directory"),
                "{error:?}"
            );
            assert!(error.advice.contains("chmod go-w"), "{error:?}");
        }
        set_mode(&fixture.directory, 0o700);
        assert_eq!(fixture.load(), Ok(Some("AQone".to_owned())));
    }
}

#[test]
fn no_symbolic_link_is_followed() {
    let fixture = Fixture::with_login("AQone");
    let elsewhere = fixture.directory.with_file_name("elsewhere");
    fs::rename(fixture.file(), &elsewhere).unwrap();
    symlink(&elsewhere, fixture.file()).unwrap();
    fixture.assert_unusable_and_replaced("symbolic link", "regular file");
    assert!(
        fs::read_to_string(&elsewhere).unwrap().contains("AQone"),
        "not written through"
    );

    fs::remove_file(fixture.lock_file()).unwrap();
    symlink(&elsewhere, fixture.lock_file()).unwrap();
    assert!(fixture.store.try_lock(&key("bob")).is_err());

    let fixture = Fixture::with_login("AQone");
    let moved = fixture.directory.with_file_name("moved");
    fs::rename(&fixture.directory, &moved).unwrap();
    symlink(&moved, &fixture.directory).unwrap();
    let error = fixture.load().unwrap_err();
    assert!(error.what.contains("a symbolic link"), "{error:?}");
    assert!(error.advice.contains("\"logins\""), "{error:?}");
}

#[test]
fn what_belongs_to_another_user_is_an_error() {
    if !is_root() {
        eprintln!("skipped: giving a file away takes root");
        return;
    }
    let fixture = Fixture::with_login("AQone");
    chown(fixture.file(), Some(65534), None).unwrap();
    fixture.assert_unusable_and_replaced("it belongs to another user", "this user alone");

    let fixture = Fixture::with_login("AQone");
    chown(fixture.lock_file(), Some(65534), None).unwrap();
    let error = fixture.store.try_lock(&key("bob")).err().unwrap();
    assert!(error.what.contains("it belongs to another user"), "{error:?}");

    let fixture = Fixture::with_login("AQone");
    chown(&fixture.directory, Some(65534), None).unwrap();
    let error = fixture.load().unwrap_err();
    assert!(
        error.what.contains("the directory belongs to another user"),
        "{error:?}"
    );

    let home = TempDir::new().unwrap();
    chown(home.path(), Some(65534), None).unwrap();
    let variables = [("HOME", home.path().to_str().unwrap())];
    let store = FileLogins::of_user(&Environment::from_pairs(variables), TIMEOUT);
    let error = store.try_lock(&key("bob")).err().unwrap();
    assert!(error.what.contains("another user"), "{error:?}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing is created");
}

#[test]
fn a_damaged_record_is_an_error() {
    let good = fs::read_to_string(Fixture::with_login("AQone").file()).unwrap();
    let other_key = String::from_utf8(record("eve", "AQone").encode(None).unwrap().to_vec()).unwrap();
    for (content, what, advice) in [
        (String::new(), "damaged", "Log in again"),
        (good[..good.len() / 2].to_owned(), "damaged", "Log in again"),
        ("\0".repeat(good.len()), "damaged", "Log in again"),
        ("[".repeat(60_000), "damaged", "Log in again"),
        (
            good.replace("\"version\":1", "\"version\":2"),
            "newer version",
            "Update",
        ),
        (other_key, "another app or account", "Log in again"),
        (
            good.replace("an-id", "another-id"),
            "another app or account",
            "Log in again",
        ),
        (" ".repeat(1 << 20), "larger than any", "log in again"),
    ] {
        let fixture = Fixture::with_login("AQone");
        fs::write(fixture.file(), content).unwrap();
        fixture.assert_unusable_and_replaced(what, advice);
        fs::write(fixture.file(), "half").unwrap();
        assert_eq!(fixture.store.remove(&fixture.lock()), Ok(true), "a logout removes it");
        assert_eq!(fixture.load(), Ok(None));
    }
}

#[test]
fn a_pipe_or_a_directory_in_the_records_place_blocks_nobody() {
    let fixture = Fixture::with_login("AQone");
    fs::remove_file(fixture.file()).unwrap();
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR);
    rustix::fs::mknodat(rustix::fs::CWD, fixture.file(), kind, mode, 0).unwrap();
    fixture.assert_unusable_and_replaced("not a regular file", "regular file");
    fs::remove_file(fixture.file()).unwrap();
    fs::create_dir(fixture.file()).unwrap();
    assert!(fixture.load().unwrap_err().what.contains("not a regular file"));
    assert!(fixture.save("AQtwo").unwrap_err().what.contains("cannot be written"));
    assert!(
        fixture
            .store
            .remove(&fixture.lock())
            .unwrap_err()
            .what
            .contains("cannot be removed")
    );
    assert_eq!(fixture.names().len(), 2, "no temporary file is left");
}

#[test]
fn a_lock_file_that_was_removed_is_locked_again_for_the_write() {
    let fixture = Fixture::with_login("AQone");
    let lock = fixture.lock();
    fs::remove_file(fixture.lock_file()).unwrap();
    fixture.store.save(&lock, &record("bob", "AQtwo")).unwrap();
    assert_eq!(fixture.load(), Ok(Some("AQtwo".to_owned())));

    fs::remove_file(fixture.lock_file()).unwrap();
    let others = fixture.lock();
    let error = fixture.store.save(&lock, &record("bob", "AQthree")).unwrap_err();
    assert!(error.what.contains("another process has locked the login"), "{error:?}");
    assert!(fixture.store.remove(&lock).is_err());
    fixture.store.save(&others, &record("bob", "AQfour")).unwrap();
    drop(others);
    fixture.store.save(&lock, &record("bob", "AQfive")).unwrap();
    assert_eq!(fixture.load(), Ok(Some("AQfive".to_owned())));
}

#[test]
fn a_write_that_hangs_keeps_the_login_locked() {
    let fixture = Fixture::with_login("AQone");
    let store = FileLogins::at(&fixture.directory, Duration::from_millis(200));
    let lock = store.try_lock(&key("bob")).unwrap().unwrap();
    let (go_on, hang) = mpsc::channel::<()>();
    let written = store.run_locked(&lock, move |directory, name| {
        let _ = hang.recv();
        directory.replace(name, &record("bob", "AQlate").encode(None)?)
    });
    assert!(written.unwrap_err().trips);
    drop(lock);
    assert!(fixture.store.try_lock(&key("bob")).unwrap().is_none(), "still locked");
    assert_eq!(fixture.load(), Ok(Some("AQone".to_owned())));
    drop(go_on);
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while fixture.store.try_lock(&key("bob")).unwrap().is_none() {
        assert!(
            std::time::Instant::now() < end,
            "the write has ended, and the lock has not"
        );
        std::thread::yield_now();
    }
    assert_eq!(fixture.load(), Ok(Some("AQlate".to_owned())));
}

#[test]
fn temporary_files_of_killed_writers_are_removed_and_others_are_not() {
    let fixture = Fixture::with_login("AQone");
    let name = record_name(key("bob").digest());
    let old = |name: String| {
        let path = fixture.directory.join(name);
        let file = fs::File::create(&path).unwrap();
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(90);
        file.set_modified(long_ago).unwrap();
        path
    };
    let left = old(format!("{name}.77.0123456789abcdef.tmp"));
    let digest = key("bob").digest().to_owned();
    let others = [
        "thesis.tmp".to_owned(),
        format!("{digest}.json.77.0123456789abcdef.tmp"),
        format!("{name}.77.tmp"),
        format!("x{name}.77.0123456789abcdef.tmp"),
    ]
    .map(old);
    fixture.save("AQtwo").unwrap();
    assert!(!left.exists());
    assert!(others.iter().all(|other| other.exists()));
    assert_eq!(fixture.store.list(NOW).unwrap().len(), 1, "they are no logins");
}
