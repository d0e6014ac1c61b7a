//! The file store, and what can be wrong with its directory and files.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::super::key;
use super::directory::Directory;
use super::*;
use crate::error::{Error, ErrorKind};
use crate::protocol::token::TokenResponse;
use crate::secret::Secret;

/// A store in a temporary directory.
struct Fixture {
    _root: TempDir,
    store: FileStore,
    directory: PathBuf,
}

impl Fixture {
    fn new() -> Fixture {
        let root = TempDir::new().unwrap();
        let directory = root.path().join("cache");
        Fixture {
            store: FileStore::at(&directory, TIMEOUT),
            _root: root,
            directory,
        }
    }

    /// Has this token in it.
    fn with_token(name: &str) -> Fixture {
        let fixture = Fixture::new();
        fixture.save(name, NOW);
        fixture
    }

    fn key() -> CacheKey {
        key::for_tests("secret")
    }

    fn open(&self) -> Directory {
        Directory::open(&self.directory, &ADVICE).unwrap().unwrap()
    }

    fn file(&self) -> PathBuf {
        self.directory.join(Names::new(&Fixture::key()).token)
    }

    fn save(&self, name: &str, requested_at: Moment) {
        self.store
            .save(&Fixture::key(), &token(name, requested_at), Fence::default(), NOW)
            .unwrap();
    }

    fn load(&self) -> Result<Option<String>, String> {
        let loaded = self.store.load(&Fixture::key(), NOW).map_err(|error| error.what)?;
        Ok(loaded.token.map(|token| token.access_token().to_owned()))
    }

    /// Loading is an error that contains this text; a miss is none.
    fn assert_unusable(&self, words: &str) {
        let error = self.load().expect_err(words);
        assert!(error.contains(words), "{error}");
        let rest = error.replace(self.directory.to_str().unwrap(), "");
        assert!(!rest.contains("BQ"), "{error}");
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

const TIMEOUT: Duration = Duration::from_secs(60);

const NOW: Moment = Moment {
    wall_ms: 1_700_000_000_000,
    steady_ms: 1000,
};

fn token(name: &str, requested_at: Moment) -> Token {
    let token_response = TokenResponse {
        access_token: Secret::new(name),
        scope: String::new(),
        lifetime: Duration::from_secs(3600),
    };
    Token::new(&token_response, requested_at)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_token_is_stored_in_a_file_that_nobody_else_can_read() {
    let fixture = Fixture::new();
    assert_eq!(fixture.load(), Ok(None), "nothing is created by a load");
    assert!(!fixture.directory.exists());
    fixture.save("BQa", NOW);
    assert_eq!(fixture.load(), Ok(Some("BQa".to_owned())));
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!((mode(&fixture.directory), mode(&fixture.file())), (0o700, 0o600));
    fixture.save("BQb", NOW.plus(Duration::from_secs(1)));
    assert_eq!(fixture.load(), Ok(Some("BQb".to_owned())));
    assert_eq!(
        fixture.names(),
        [Names::new(&Fixture::key()).token],
        "and nothing else is left"
    );
}

#[test]
fn another_secret_never_finds_the_token() {
    let fixture = Fixture::with_token("BQa");
    assert!(
        fixture
            .store
            .load(&key::for_tests("rotated"), NOW)
            .unwrap()
            .token
            .is_none()
    );
}

#[test]
fn the_default_is_the_users_cache_directory() {
    let of = |pairs: &[(&str, &str)]| {
        FileStore::of_user(&Environment::from_pairs(pairs.iter().copied()), TIMEOUT)
            .place
            .path()
            .map(PathBuf::from)
    };
    assert_eq!(
        of(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]),
        Some("/x/spotify-token".into())
    );
    assert_eq!(of(&[("HOME", "/h")]), Some("/h/.cache/spotify-token".into()));
    assert_eq!(
        of(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]),
        Some("/h/.cache/spotify-token".into())
    );
    assert_eq!(of(&[]), None);
    let homeless = FileStore::of_user(&Environment::default(), TIMEOUT);
    let error = homeless.load(&Fixture::key(), NOW).unwrap_err();
    assert!(error.what.contains("neither XDG_CACHE_HOME nor HOME"), "{}", error.what);
}

#[test]
fn a_file_that_others_may_use_is_ignored() {
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o660, 0o666] {
        let fixture = Fixture::with_token("BQa");
        set_mode(&fixture.file(), mode);
        fixture.assert_unusable("other users may read or write it");
        fixture.save("BQb", NOW);
        assert_eq!(fixture.load(), Ok(Some("BQb".to_owned())), "{mode:o} is replaced");
    }
}

#[test]
fn a_directory_that_others_write_to_is_not_used() {
    for mode in [0o720, 0o702, 0o777, 0o1777] {
        let fixture = Fixture::with_token("BQa");
        set_mode(&fixture.directory, mode);
        fixture.assert_unusable("other users may write to the directory");
        assert!(
            fixture
                .store
                .save(&Fixture::key(), &token("BQb", NOW), Fence::default(), NOW)
                .is_err()
        );
        assert!(fixture.store.try_lease(&Fixture::key()).is_err());
    }
    let fixture = Fixture::with_token("BQa");
    set_mode(&fixture.directory, 0o755);
    assert!(fixture.load().is_ok(), "the names of its files tell nothing");
}

#[test]
fn no_symbolic_link_is_followed() {
    let fixture = Fixture::with_token("BQa");
    let elsewhere = fixture.directory.with_file_name("elsewhere");
    fs::rename(fixture.file(), &elsewhere).unwrap();
    symlink(&elsewhere, fixture.file()).unwrap();
    fixture.assert_unusable("symbolic link");
    fixture.save("BQb", NOW);
    assert!(
        fs::read_to_string(&elsewhere).unwrap().contains("BQa"),
        "not written through it"
    );
    assert!(fs::symlink_metadata(fixture.file()).unwrap().is_file());

    symlink(
        &elsewhere,
        fixture.directory.join(format!("{}.lock", Fixture::key().as_str())),
    )
    .unwrap();
    assert!(fixture.store.try_lease(&Fixture::key()).is_err());

    let fixture = Fixture::with_token("BQa");
    let moved = fixture.directory.with_file_name("moved");
    fs::rename(&fixture.directory, &moved).unwrap();
    symlink(&moved, &fixture.directory).unwrap();
    fixture.assert_unusable("not a directory, or a symbolic link");
    for end in ["/", "/.", "//"] {
        let through = format!("{}{end}", fixture.directory.display());
        let store = FileStore::at(Path::new(&through), TIMEOUT);
        assert!(store.load(&Fixture::key(), NOW).is_err(), "{through}");
    }
    symlink(&moved, fixture.directory.with_file_name("parent")).unwrap();
    let below = FileStore::at(&fixture.directory.with_file_name("parent").join("below"), TIMEOUT);
    assert!(
        below.try_lease(&Fixture::key()).is_ok(),
        "symbolic links above the directory are followed"
    );
}

#[test]
fn what_belongs_to_another_user_is_not_used() {
    if !is_root() {
        eprintln!("skipped: giving a file away takes root");
        return;
    }
    let fixture = Fixture::with_token("BQa");
    chown(fixture.file(), Some(65534), None).unwrap();
    fixture.assert_unusable("it belongs to another user");
    let fixture = Fixture::with_token("BQa");
    chown(&fixture.directory, Some(65534), None).unwrap();
    fixture.assert_unusable("the directory belongs to another user");
}

#[test]
fn damaged_content_is_ignored_and_replaced() {
    let good = fs::read(Fixture::with_token("BQa").file()).unwrap();
    let cut = good[..good.len() / 2].to_vec();
    let hostile = String::from_utf8(good.clone()).unwrap().replace("BQa", "BQ\\r\\nX: y");
    let contents = [
        (Vec::new(), "damaged"),
        (cut, "damaged"),
        (vec![0; 100], "damaged"),
        (vec![b'['; 60_000], "damaged"),
        (hostile.into_bytes(), "a token cannot have"),
        (vec![b' '; 1 << 20], "larger than any record"),
    ];
    for (content, words) in contents {
        let fixture = Fixture::with_token("BQa");
        fs::write(fixture.file(), content).unwrap();
        fixture.assert_unusable(words);
        fixture.save("BQb", NOW);
        assert_eq!(fixture.load(), Ok(Some("BQb".to_owned())));
    }
}

#[test]
fn a_pipe_or_a_directory_in_the_files_place_blocks_nobody() {
    let fixture = Fixture::with_token("BQa");
    fs::remove_file(fixture.file()).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        fixture.file(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    fixture.assert_unusable("not a regular file");
    fs::remove_file(fixture.file()).unwrap();
    fs::create_dir(fixture.file()).unwrap();
    fixture.assert_unusable("not a regular file");
    let error = fixture
        .store
        .save(&Fixture::key(), &token("BQb", NOW), Fence::default(), NOW)
        .unwrap_err();
    assert!(error.what.contains("cannot be written"), "{}", error.what);
    assert_eq!(fixture.names().len(), 1, "no temporary file is left");
}

#[test]
fn a_token_is_read_where_nothing_can_be_written() {
    if is_root() {
        eprintln!("skipped: nothing is read-only to root; tests/library/store_file.rs mounts a read-only file system");
        return;
    }
    let fixture = Fixture::with_token("BQa");
    set_mode(&fixture.directory, 0o500);
    assert_eq!(fixture.load(), Ok(Some("BQa".to_owned())));
    assert!(
        fixture
            .store
            .save(&Fixture::key(), &token("BQb", NOW), Fence::default(), NOW)
            .is_err()
    );
    assert!(fixture.store.try_lease(&Fixture::key()).is_err());
    set_mode(&fixture.directory, 0o700);
}

#[test]
fn a_writer_that_stalled_does_not_replace_a_newer_token() {
    let fixture = Fixture::with_token("BQnew");
    fixture.save("BQold", NOW.minus(Duration::from_secs(60)));
    assert_eq!(fixture.load(), Ok(Some("BQnew".to_owned())));
}

#[test]
fn only_the_rejected_token_is_removed() {
    let fixture = Fixture::with_token("BQa");
    fixture.store.remove(&Fixture::key(), Some("BQother")).unwrap();
    assert_eq!(fixture.load(), Ok(Some("BQa".to_owned())));
    fixture.store.remove(&Fixture::key(), Some("BQa")).unwrap();
    assert_eq!(fixture.load(), Ok(None));
    fixture.store.remove(&Fixture::key(), None).unwrap();
    fixture.save("BQb", NOW);
    fixture.store.remove(&Fixture::key(), None).unwrap();
    assert_eq!(fixture.load(), Ok(None));
    assert!(fixture.names().is_empty());
}

#[test]
fn a_token_that_is_stored_during_a_removal_stays() {
    let fixture = Fixture::with_token("BQa");
    let directory = fixture.open();
    let name = Names::new(&Fixture::key()).token;
    let looks = std::cell::Cell::new(0);
    let exchanged = |content: &[u8]| {
        looks.set(looks.get() + 1);
        let fits = content.windows(3).any(|window| window == b"BQa");
        if looks.get() == 1 {
            fixture.save("BQb", NOW.plus(Duration::from_secs(1)));
        }
        fits
    };
    directory.remove_if(&name, record::LIMIT, exchanged).unwrap();
    assert_eq!((looks.get(), fixture.load()), (2, Ok(Some("BQb".to_owned()))));
    assert_eq!(fixture.names().len(), 1);
}

#[test]
fn one_process_at_a_time_has_the_lease() {
    let fixture = Fixture::new();
    let lease = fixture.store.try_lease(&Fixture::key()).unwrap().unwrap();
    assert!(fixture.store.try_lease(&Fixture::key()).unwrap().is_none());
    assert!(
        fixture.store.try_lease(&key::for_tests("rotated")).unwrap().is_some(),
        "each token has its own lease"
    );
    fixture.store.release(&Fixture::key(), lease).unwrap();
    assert!(fixture.store.try_lease(&Fixture::key()).unwrap().is_some());
}

/// Moves the clock this far beyond the last write of this file, and sweeps.
fn sweep_after(fixture: &Fixture, written: &Path, seconds: i64) {
    let now = Moment {
        wall_ms: (fs::symlink_metadata(written).unwrap().mtime() + seconds) * 1000,
        steady_ms: 0,
    };
    fixture.open().sweep(now, Names::are_ours);
}

#[test]
fn temporary_files_of_killed_processes_are_removed() {
    let fixture = Fixture::with_token("BQa");
    let left = fixture
        .directory
        .join(format!("{}.77.0123456789abcdef.tmp", Names::new(&Fixture::key()).token));
    fs::write(&left, "BQhalf").unwrap();
    sweep_after(&fixture, &left, 60);
    assert!(left.exists(), "its writer may not be done");
    sweep_after(&fixture, &left, 61);
    assert!(!left.exists() && fixture.file().exists());
}

#[test]
fn nothing_else_in_the_directory_is_ever_removed() {
    let fixture = Fixture::with_token("BQa");
    let hash = Fixture::key();
    let hash = hash.as_str();
    let foreign = [
        "thesis.tmp".to_owned(),
        ".tmp".to_owned(),
        "notes.json.77.0123456789abcdef.tmp".to_owned(),
        format!("{hash}.tmp"),
        format!("{hash}.json.tmp"),
        format!("{hash}.json.bak.tmp"),
        format!("{hash}.json.77.tmp"),
        format!("{hash}.json.77.0123456789abcde.tmp"),
        format!("{hash}.json.77.0123456789abcdeg.tmp"),
        format!("{hash}.json.77.0123456789ABCDEF.tmp"),
        format!("{hash}.json..0123456789abcdef.tmp"),
        format!("{hash}.json.+7.0123456789abcdef.tmp"),
        format!("{hash}.json.77.0123456789abcdef.tmp.tmp"),
        format!("x{hash}.json.77.0123456789abcdef.tmp"),
        format!("{}.json.77.0123456789abcdef.tmp", &hash[1..]),
        format!("{}.json.77.0123456789abcdef.tmp", "G".repeat(64)),
        format!("{hash}.txt.77.0123456789abcdef.tmp"),
    ];
    for name in &foreign {
        fs::write(fixture.directory.join(name), "not ours").unwrap();
    }
    let ours = |number| format!("{hash}.json.{number}.0123456789abcdef.tmp");
    symlink(fixture.directory.join("thesis.tmp"), fixture.directory.join(ours(1))).unwrap();
    fs::create_dir(fixture.directory.join(ours(2))).unwrap();
    let before = fixture.names();
    sweep_after(&fixture, &fixture.directory.join(ours(2)), 7200);
    fixture.save("BQb", NOW.plus(Duration::from_secs(1)));
    fixture.store.remove(&Fixture::key(), None).unwrap();
    fixture.save("BQc", NOW);
    assert_eq!(fixture.names(), before);
}

#[test]
fn nothing_is_made_in_the_home_of_another_user() {
    if !is_root() {
        eprintln!("skipped: giving a directory away takes root");
        return;
    }
    let root = TempDir::new().unwrap();
    let home = root.path().join("home");
    fs::create_dir(&home).unwrap();
    chown(&home, Some(65534), None).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let cache = home.join(".cache");
    let of_home = vec![("HOME", text(&home))];
    let of_xdg = vec![("XDG_CACHE_HOME", text(&cache)), ("HOME", text(root.path()))];
    let refused = |variables: &[(&str, String)]| {
        let store = FileStore::of_user(&Environment::from_pairs(variables.iter().cloned()), TIMEOUT);
        assert!(store.load(&Fixture::key(), NOW).unwrap().token.is_none());
        let error = store.try_lease(&Fixture::key()).err().expect("a refusal");
        assert!(error.what.contains("another user"), "{}", error.what);
        assert!(
            store
                .save(&Fixture::key(), &token("BQa", NOW), Fence::default(), NOW)
                .is_err()
        );
    };
    for variables in [&of_home, &of_xdg] {
        refused(variables);
        assert_eq!(fs::read_dir(&home).unwrap().count(), 0, "nothing is made");
    }
    // As an earlier version left it.
    fs::create_dir(&cache).unwrap();
    refused(&of_home);
    chown(&cache, Some(65534), None).unwrap();
    for variables in [&of_home, &of_xdg] {
        refused(variables);
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 0, "nothing is made");
    }
    // A directory that is named is the user's decision.
    FileStore::at(&home.join("service"), TIMEOUT)
        .try_lease(&Fixture::key())
        .unwrap()
        .unwrap();
}

#[test]
fn a_cache_directory_below_a_directory_of_the_system_is_made() {
    let root = TempDir::new().unwrap();
    let cache = root.path().join("a/b");
    let variables = [("XDG_CACHE_HOME", cache.to_str().unwrap()), ("HOME", "/nonexistent")];
    let store = FileStore::of_user(&Environment::from_pairs(variables), TIMEOUT);
    store.try_lease(&Fixture::key()).unwrap().unwrap();
    assert!(cache.join("spotify-token").is_dir());
}

#[test]
fn a_token_that_was_requested_later_replaces_one_that_expires_later() {
    let fixture = Fixture::with_token("BQlong");
    let short = TokenResponse {
        access_token: Secret::new("BQshort"),
        scope: String::new(),
        lifetime: Duration::from_secs(600),
    };
    let short = Token::new(&short, NOW.plus(Duration::from_secs(1)));
    let later = NOW.plus(Duration::from_secs(2));
    fixture
        .store
        .save(&Fixture::key(), &short, Fence::default(), later)
        .unwrap();
    assert_eq!(fixture.load(), Ok(Some("BQshort".to_owned())));
}

fn refusal(seconds: u64) -> Refusal {
    let error = Error::new(ErrorKind::InvalidClient, "the server refused it").with_http_status(400);
    Refusal::new(error, Duration::from_secs(seconds), NOW)
}

#[test]
fn a_refusal_is_stored_beside_the_token_until_it_ends() {
    let fixture = Fixture::new();
    let (store, key) = (&fixture.store, Fixture::key());
    let stored = |now| store.load(&key, now).unwrap().refusal;
    store.save_refusal(&key, &refusal(60), NOW).unwrap();
    let found = stored(NOW).unwrap();
    assert_eq!(
        (found.error.message(), found.time_left(NOW)),
        ("the server refused it", Duration::from_secs(60))
    );
    assert_eq!(found.error.http_status(), Some(400));
    let mode = fs::metadata(fixture.directory.join(Names::new(&key).refusal))
        .unwrap()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert!(stored(NOW.plus(Duration::from_secs(59))).is_some());
    assert!(stored(NOW.plus(Duration::from_secs(60))).is_none());
    assert!(store.load(&key::for_tests("rotated"), NOW).unwrap().refusal.is_none());

    fixture.save("BQa", NOW);
    assert_eq!(fixture.load(), Ok(Some("BQa".to_owned())));
    assert!(stored(NOW).is_none(), "granted again");
    store.save_refusal(&key, &refusal(60), NOW).unwrap();
    store.remove(&key, Some("BQa")).unwrap();
    assert!(stored(NOW).is_some(), "a rejected token says nothing of a refusal");
    store.remove(&key, None).unwrap();
    assert!(stored(NOW).is_none() && fixture.names().is_empty());
}

#[test]
fn a_damaged_refusal_does_not_hide_the_token() {
    let fixture = Fixture::with_token("BQa");
    let path = fixture.directory.join(Names::new(&Fixture::key()).refusal);
    for spoil in [
        |path: &Path| fs::write(path, "{").unwrap(),
        |path: &Path| set_mode(path, 0o644),
    ] {
        fixture.store.save_refusal(&Fixture::key(), &refusal(60), NOW).unwrap();
        spoil(&path);
        assert_eq!(fixture.load(), Ok(Some("BQa".to_owned())));
    }
    fs::remove_file(fixture.file()).unwrap();
    fixture.assert_unusable("other users may read or write it");
}
