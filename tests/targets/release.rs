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
        let folder = if Release::is_quick() { "quick" } else { "native" };
        let prefix = self::target().join(folder).join(target);
        if prefix.exists() {
            return Some(Release { target, prefix });
        }
        let wanted = env::var("SPOTIFY_TOKEN_TEST_TARGETS").unwrap_or_default();
        assert!(
            wanted.split(' ').all(|name| name != target),
            "{target} has not been built, and SPOTIFY_TOKEN_TEST_TARGETS wants it"
        );
        eprintln!("skipped: no build of {target}, which `packaging/targets/build.sh {target}` makes");
        None
    }

    /// Whether quick builds are tested, which are not optimised as a whole.
    pub fn is_quick() -> bool {
        env::var_os("SPOTIFY_TOKEN_QUICK").is_some_and(|value| value == "1")
    }

    /// The command.
    pub fn command(&self) -> PathBuf {
        self.prefix.join("bin").join(self.program("spotify-token"))
    }

    /// The shared library.
    pub fn library(&self) -> PathBuf {
        self.prefix.join(match self.target {
            target if target.contains("-windows-") => "bin/spotify_token.dll",
            target if target.contains("-apple-") => "lib/libspotify_token.0.dylib",
            _ => "lib/libspotify_token.so.0",
        })
    }

    /// Compiles a C program of the source tree against the shared library.
    pub fn compile(&self, source: &str, into: &Path) -> PathBuf {
        let threads: &[&str] = if self.is_windows() {
            // Only the system's DLLs are wherever the program runs.
            &["-lspotify_token", "-Wl,-Bstatic", "-lpthread"]
        } else {
            &["-lspotify_token", "-lpthread"]
        };
        self.compile_with(source, threads, into)
    }

    /// Compiles a C program of the source tree, with these libraries.
    pub fn compile_with(&self, source: &str, libraries: &[&str], into: &Path) -> PathBuf {
        let source = root().join(source);
        let program = into.join(self.program(source.file_stem().unwrap().to_str().unwrap()));
        run(self.compiler().arg(source).args(libraries).arg("-o").arg(&program));
        program
    }

    /// The C compiler, told where the library is.
    pub fn compiler(&self) -> Command {
        let (architecture, system) = self.target.split_once('-').unwrap();
        let mut compiler = match system {
            "unknown-linux-gnu" => zig(architecture, "linux-gnu.2.17"),
            "unknown-linux-musl" => zig(architecture, "linux-musl"),
            "apple-darwin" => zig(architecture, "macos"),
            "pc-windows-gnu" => mingw("gcc-win32"),
            _ => panic!("no compiler for {}", self.target),
        };
        compiler
            // Not optimised, zig adds a runtime of its own that checks the program.
            .arg("-O2")
            .arg("-I")
            .arg(self.prefix.join("include"))
            .arg("-L")
            .arg(self.prefix.join("lib"));
        compiler
    }

    fn program(&self, name: &str) -> String {
        name.to_owned() + if self.is_windows() { ".exe" } else { "" }
    }

    fn is_windows(&self) -> bool {
        self.target.contains("-windows-")
    }
}

fn zig(architecture: &str, system: &str) -> Command {
    let mut zig = Command::new(toolchains().join("zig/bin/python-zig"));
    zig.env("ZIG_GLOBAL_CACHE_DIR", toolchains().join("cache")).args([
        "cc",
        "-target",
        &format!("{architecture}-{system}"),
    ]);
    zig
}

/// A tool of the toolchain for Windows.
pub fn mingw(tool: &str) -> Command {
    Command::new(
        toolchains()
            .join("mingw/usr/bin")
            .join(format!("x86_64-w64-mingw32-{tool}")),
    )
}

/// Where build.sh puts its toolchains.
fn toolchains() -> PathBuf {
    let named = env::var_os("SPOTIFY_TOKEN_TOOLCHAINS");
    named.map_or_else(|| target().join("targets"), PathBuf::from)
}
