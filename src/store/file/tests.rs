//! The file store against everything that may lie in its way.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::time::Duration;

use tempfile::TempDir;

use super::super::key;
use super::*;
use crate::protocol::token::TokenResponse;
use crate::secret::Secret;

/// A store in a directory that goes with the test.
struct House {
    _root: TempDir,
    store: FileStore,
    directory: PathBuf,
}

impl House {
    fn new() -> House {
        let root = TempDir::new().unwrap();
        let directory = root.path().join("cache");
        House {
            store: FileStore::at(&directory),
            _root: root,
            directory,
        }
    }

    /// With this token in it.
    fn with(name: &str) -> House {
        let house = House::new();
        house.save(name, NOW);
        house
    }

    fn key() -> CacheKey {
        key::for_tests("secret")
    }

    fn file(&self) -> PathBuf {
        self.directory.join(file_of(&House::key()))
    }

    fn save(&self, name: &str, requested_at: Moment) {
        self.store
            .save(&House::key(), &token(name, requested_at), None, NOW)
            .unwrap();
    }

    fn load(&self) -> Result<Option<String>, String> {
        let loaded = self.store.load(&House::key(), NOW).map_err(|fault| fault.words)?;
        Ok(loaded.map(|token| token.access_token().to_owned()))
    }

    /// What a plain miss or a loaded token is not: a fault with these words.
    fn assert_unusable(&self, words: &str) {
        let fault = self.load().expect_err(words);
        assert!(fault.contains(words), "{fault}");
        assert!(!fault.contains("BQ"), "{fault}");
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
fn a_token_rests_in_a_file_that_nobody_else_can_read() {
    let house = House::new();
    assert_eq!(house.load(), Ok(None), "nothing is made by looking");
    assert!(!house.directory.exists());
    house.save("BQa", NOW);
    assert_eq!(house.load(), Ok(Some("BQa".to_owned())));
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!((mode(&house.directory), mode(&house.file())), (0o700, 0o600));
    house.save("BQb", NOW.plus(Duration::from_secs(1)));
    assert_eq!(house.load(), Ok(Some("BQb".to_owned())));
    assert_eq!(house.names(), [file_of(&House::key())], "and nothing else is left");
}

#[test]
fn another_secret_never_meets_the_token() {
    let house = House::with("BQa");
    assert!(house.store.load(&key::for_tests("rotated"), NOW).unwrap().is_none());
}

#[test]
fn it_is_the_users_cache_directory() {
    let of = |pairs: &[(&str, &str)]| FileStore::of_user(&Environment::from_pairs(pairs.iter().copied())).directory;
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
    let homeless = FileStore::of_user(&Environment::default());
    let fault = homeless.load(&House::key(), NOW).unwrap_err();
    assert!(
        fault.words.contains("neither XDG_CACHE_HOME nor HOME"),
        "{}",
        fault.words
    );
}

#[test]
fn an_open_file_is_not_used() {
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o660, 0o666] {
        let house = House::with("BQa");
        set_mode(&house.file(), mode);
        house.assert_unusable("others may read or write it");
        house.save("BQb", NOW);
        assert_eq!(house.load(), Ok(Some("BQb".to_owned())), "{mode:o} is replaced");
    }
}

#[test]
fn a_directory_that_others_write_to_is_not_used() {
    for mode in [0o720, 0o702, 0o777, 0o1777] {
        let house = House::with("BQa");
        set_mode(&house.directory, mode);
        house.assert_unusable("others may write to the directory");
        assert!(house.store.save(&House::key(), &token("BQb", NOW), None, NOW).is_err());
        assert!(house.store.try_lease(&House::key()).is_err());
    }
    let house = House::with("BQa");
    set_mode(&house.directory, 0o755);
    assert!(house.load().is_ok(), "its files tell nothing");
}

#[test]
fn no_symbolic_link_is_followed() {
    let house = House::with("BQa");
    let elsewhere = house.directory.with_file_name("elsewhere");
    fs::rename(house.file(), &elsewhere).unwrap();
    symlink(&elsewhere, house.file()).unwrap();
    house.assert_unusable("symbolic link");
    house.save("BQb", NOW);
    assert!(
        fs::read_to_string(&elsewhere).unwrap().contains("BQa"),
        "not written through it"
    );
    assert!(fs::symlink_metadata(house.file()).unwrap().is_file());

    symlink(
        &elsewhere,
        house.directory.join(format!("{}.lock", House::key().as_str())),
    )
    .unwrap();
    assert!(house.store.try_lease(&House::key()).is_err());

    let house = House::with("BQa");
    let moved = house.directory.with_file_name("moved");
    fs::rename(&house.directory, &moved).unwrap();
    symlink(&moved, &house.directory).unwrap();
    house.assert_unusable("not a directory of its own");
    for end in ["/", "/.", "//"] {
        let through = format!("{}{end}", house.directory.display());
        let store = FileStore::at(Path::new(&through));
        assert!(store.load(&House::key(), NOW).is_err(), "{through}");
    }
    symlink(&moved, house.directory.with_file_name("parent")).unwrap();
    let below = FileStore::at(&house.directory.with_file_name("parent").join("below"));
    assert!(
        below.try_lease(&House::key()).is_ok(),
        "the way there is the user's business"
    );
}

#[test]
fn what_belongs_to_somebody_else_is_not_used() {
    if !is_root() {
        eprintln!("skipped: giving a file away takes root");
        return;
    }
    let house = House::with("BQa");
    chown(house.file(), Some(65534), None).unwrap();
    house.assert_unusable("it belongs to somebody else");
    let house = House::with("BQa");
    chown(&house.directory, Some(65534), None).unwrap();
    house.assert_unusable("the directory belongs to somebody else");
}

#[test]
fn what_is_no_token_is_not_used_and_is_replaced() {
    let good = fs::read(House::with("BQa").file()).unwrap();
    let cut = good[..good.len() / 2].to_vec();
    let hostile = String::from_utf8(good.clone()).unwrap().replace("BQa", "BQ\\r\\nX: y");
    let contents = [
        (Vec::new(), "damaged"),
        (cut, "damaged"),
        (vec![0; 100], "damaged"),
        (vec![b'['; 60_000], "damaged"),
        (hostile.into_bytes(), "no token has"),
        (vec![b' '; 1 << 20], "larger than any token"),
    ];
    for (content, words) in contents {
        let house = House::with("BQa");
        fs::write(house.file(), content).unwrap();
        house.assert_unusable(words);
        house.save("BQb", NOW);
        assert_eq!(house.load(), Ok(Some("BQb".to_owned())));
    }
}

#[test]
fn what_is_no_file_blocks_nobody() {
    let house = House::with("BQa");
    fs::remove_file(house.file()).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        house.file(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    house.assert_unusable("not a plain file");
    fs::remove_file(house.file()).unwrap();
    fs::create_dir(house.file()).unwrap();
    house.assert_unusable("not a plain file");
    let fault = house
        .store
        .save(&House::key(), &token("BQb", NOW), None, NOW)
        .unwrap_err();
    assert!(fault.words.contains("cannot be written"), "{}", fault.words);
    assert_eq!(house.names().len(), 1, "no temporary file is left");
}

#[test]
fn where_nothing_can_be_written_what_rests_there_is_read() {
    if is_root() {
        eprintln!("skipped: nothing is read-only to root; tests/library/store_file.rs mounts a read-only file system");
        return;
    }
    let house = House::with("BQa");
    set_mode(&house.directory, 0o500);
    assert_eq!(house.load(), Ok(Some("BQa".to_owned())));
    assert!(house.store.save(&House::key(), &token("BQb", NOW), None, NOW).is_err());
    assert!(house.store.try_lease(&House::key()).is_err());
    set_mode(&house.directory, 0o700);
}

#[test]
fn a_late_writer_does_not_replace_a_newer_token() {
    let house = House::with("BQnew");
    house.save("BQold", NOW.minus(Duration::from_secs(60)));
    assert_eq!(house.load(), Ok(Some("BQnew".to_owned())));
}

#[test]
fn only_what_was_rejected_is_forgotten() {
    let house = House::with("BQa");
    house.store.forget(&House::key(), Some("BQother")).unwrap();
    assert_eq!(house.load(), Ok(Some("BQa".to_owned())));
    house.store.forget(&House::key(), Some("BQa")).unwrap();
    assert_eq!(house.load(), Ok(None));
    house.store.forget(&House::key(), None).unwrap();
    house.save("BQb", NOW);
    house.store.forget(&House::key(), None).unwrap();
    assert_eq!(house.load(), Ok(None));
    assert!(house.names().is_empty());
}

#[test]
fn what_is_put_there_while_another_is_forgotten_stays() {
    let house = House::with("BQa");
    let directory = house.store.directory().unwrap().unwrap();
    let name = file_of(&House::key());
    let looks = std::cell::Cell::new(0);
    let exchanged = |content: &[u8]| {
        looks.set(looks.get() + 1);
        let fits = content.windows(3).any(|window| window == b"BQa");
        if looks.get() == 1 {
            house.save("BQb", NOW.plus(Duration::from_secs(1)));
        }
        fits
    };
    directory.remove_if(&name, exchanged).unwrap();
    assert_eq!((looks.get(), house.load()), (2, Ok(Some("BQb".to_owned()))));
    assert_eq!(house.names().len(), 1);
}

#[test]
fn one_at_a_time_has_the_right_to_refresh() {
    let house = House::new();
    let lease = house.store.try_lease(&House::key()).unwrap().unwrap();
    assert!(house.store.try_lease(&House::key()).unwrap().is_none());
    assert!(
        house.store.try_lease(&key::for_tests("rotated")).unwrap().is_some(),
        "each token has its own"
    );
    house.store.release(&House::key(), lease).unwrap();
    assert!(house.store.try_lease(&House::key()).unwrap().is_some());
}

#[test]
fn what_killed_processes_left_behind_goes() {
    let house = House::with("BQa");
    let left = house
        .directory
        .join(format!("{}.77.0123456789abcdef.tmp", file_of(&House::key())));
    let strange = house.directory.join("notes.txt");
    for path in [&left, &strange] {
        fs::write(path, "BQhalf").unwrap();
    }
    let written = fs::metadata(&left).unwrap().mtime() * 1000;
    let sweep_after = |seconds: i64| {
        let now = Moment {
            wall_ms: written + seconds * 1000,
            steady_ms: 0,
        };
        house.store.directory().unwrap().unwrap().sweep(now);
    };
    sweep_after(60);
    assert!(left.exists(), "its writer may be at it");
    sweep_after(61);
    assert!(!left.exists() && strange.exists() && house.file().exists());
}
