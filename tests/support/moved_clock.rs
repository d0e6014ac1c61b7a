//! A clock that a test moves, for a command: tests/c/moved_clock.c, which is loaded before the C library.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::installed::root;
use super::place::Place;
use super::tools;

/// By how much the clocks of the command are ahead of the system's.
#[derive(Clone, Copy, Default)]
struct Ahead {
    wall_ns: i64,
    boot_ns: i64,
    monotonic_ns: i64,
    step_ns: i64,
}

/// The clocks of one command.
pub struct MovedClock {
    library: PathBuf,
    path: PathBuf,
    file: File,
}

impl MovedClock {
    /// Makes clocks that go with the system's; nothing where there is no C compiler. The files are in this directory.
    pub fn new(directory: &Path) -> Option<MovedClock> {
        if !cfg!(target_os = "linux") || !tools::require("cc") {
            return None;
        }
        let (library, path) = (directory.join("moved_clock.so"), directory.join("clock"));
        let mut compiler = Command::new("cc");
        compiler
            .args(["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&library);
        let compiled = compiler.arg(root().join("tests/c/moved_clock.c")).status();
        assert!(compiled.unwrap().success());
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .unwrap();
        let clock = MovedClock { library, path, file };
        clock.set(Ahead::default());
        Some(clock)
    }

    /// A place whose commands have these clocks.
    pub fn in_place(&self, place: Place) -> Place {
        let place = place.variable("LD_PRELOAD", self.library.to_str().unwrap());
        place.variable("MOVED_CLOCK", self.path.to_str().unwrap())
    }

    /// Suspends the machine for this time.
    pub fn suspend(&self, time: Duration) {
        let mut ahead = self.ahead();
        ahead.wall_ns += nanoseconds(time);
        ahead.boot_ns += nanoseconds(time);
        self.set(ahead);
    }

    /// Sets the wall clock forward.
    pub fn set_forward(&self, time: Duration) {
        let mut ahead = self.ahead();
        ahead.wall_ns += nanoseconds(time);
        self.set(ahead);
    }

    /// Sets the wall clock back.
    pub fn set_back(&self, time: Duration) {
        let mut ahead = self.ahead();
        ahead.wall_ns -= nanoseconds(time);
        self.set(ahead);
    }

    /// Lets time pass by itself from now on, in such steps at most, whenever the command has nothing to do.
    pub fn run(&self, step: Duration) {
        let step_ns = nanoseconds(step);
        self.set(Ahead {
            step_ns,
            ..self.ahead()
        });
    }

    /// How much time has passed by itself.
    pub fn passed(&self) -> Duration {
        Duration::from_nanos(self.ahead().monotonic_ns.unsigned_abs())
    }

    /// What the command's wall clock says, as time since 1970.
    pub fn now(&self) -> Duration {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        system + Duration::from_nanos(self.ahead().wall_ns.unsigned_abs())
    }

    fn ahead(&self) -> Ahead {
        let mut bytes = [0; 32];
        self.file.read_exact_at(&mut bytes, 0).unwrap();
        let number = |at: usize| i64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap());
        Ahead {
            wall_ns: number(0),
            boot_ns: number(8),
            monotonic_ns: number(16),
            step_ns: number(24),
        }
    }

    fn set(&self, ahead: Ahead) {
        let numbers = [ahead.wall_ns, ahead.boot_ns, ahead.monotonic_ns, ahead.step_ns];
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        self.file.write_all_at(&bytes, 0).unwrap();
    }
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap()
}
