//! What `packaging/targets/build.sh` has laid out for a target, and the C compiler of its toolchain.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::installed::{root, run, target};

/// The build of one target.
pub struct Release {
    target: &'static str,
    /// With `bin`, `include`, `lib` and `share`.
    pub prefix: PathBuf,
}

impl Release {
    /// The build of this target. `None`, with a line that says so, where there is none.
    pub fn of(target: &'static str) -> Option<Release> {
        let prefix = self::target().join("native").join(target);
        if prefix.exists() {
            return Some(Release { target, prefix });
        }
        let wanted = env::var("SPOTIFY_TOKEN_TEST_TARGETS").unwrap_or_default();
        assert!(
            wanted.split(' ').all(|name| name != target),
            "{target} has not been built, and SPOTIFY_TOKEN_TEST_TARGETS wants it"
        );
        eprintln!("skipped: no build of {target}, which `make TARGET={target}` makes");
        None
    }

    /// The command.
    pub fn command(&self) -> PathBuf {
        self.prefix.join("bin/spotify-token")
    }

    /// The shared library.
    pub fn library(&self) -> PathBuf {
        self.prefix.join("lib/libspotify_token.so.0")
    }

    /// Compiles a C program of the source tree against the shared library.
    pub fn compile(&self, source: &str, into: &Path) -> PathBuf {
        let source = root().join(source);
        let program = into.join(source.file_stem().unwrap());
        run(self
            .compiler()
            .arg(source)
            .args(["-lspotify_token", "-lpthread", "-o"])
            .arg(&program));
        program
    }

    /// The C compiler, told where the library is.
    fn compiler(&self) -> Command {
        let (architecture, system) = match self.target.split_once("-unknown-") {
            Some((architecture, "linux-gnu")) => (architecture, "linux-gnu.2.17"),
            Some((architecture, system)) => (architecture, system),
            None => panic!("no compiler for {}", self.target),
        };
        let mut zig = Command::new(toolchains().join("zig/bin/python-zig"));
        zig.env("ZIG_GLOBAL_CACHE_DIR", toolchains().join("cache"))
            // Not optimised, zig adds a runtime of its own that checks the program.
            .args(["cc", "-O2", "-target", &format!("{architecture}-{system}")])
            .arg("-I")
            .arg(self.prefix.join("include"))
            .arg("-L")
            .arg(self.prefix.join("lib"));
        zig
    }
}

/// Where build.sh puts its toolchains.
fn toolchains() -> PathBuf {
    let named = env::var_os("SPOTIFY_TOKEN_TOOLCHAINS");
    named.map_or_else(|| target().join("targets"), PathBuf::from)
}
