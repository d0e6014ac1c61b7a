//! wine, which runs programs for Windows, without a display.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::release::Release;
use crate::support::installed::{run, target};
use crate::support::tools;

/// The loader, with the packages of most distributions and with Debian's wine64.
const LOADERS: [&str; 2] = ["wine64", "/usr/lib/wine/wine64"];

/// Rust's standard library takes random numbers from a DLL that wine 8 does not have.
const RANDOM_NUMBERS: &str = "
    int __stdcall SystemFunction036(void *, unsigned long);
    __declspec(dllexport) int __stdcall ProcessPrng(unsigned char *buffer, unsigned long long length)
    {
        return SystemFunction036(buffer, (unsigned long)length) != 0;
    }
";

/// A wine of these tests' own.
pub struct Wine {
    loader: &'static str,
    /// Its C: and its registry.
    prefix: PathBuf,
}

impl Wine {
    /// Makes C: when it is first needed. `None`, with a line that says so, where there is no wine.
    pub fn new(release: &Release) -> Option<Wine> {
        let is_there = |loader: &&str| tools::succeeds(&format!("command -v {loader}"));
        let Some(loader) = LOADERS.into_iter().find(is_there) else {
            tools::missing("wine");
            return None;
        };
        let prefix = target().join("tmp/wine");
        let wine = Wine { loader, prefix };
        wine.make(release);
        Some(wine)
    }

    fn make(&self, release: &Release) {
        fs::create_dir_all(&self.prefix).unwrap();
        let lock = File::create(self.prefix.join("lock")).unwrap();
        lock.lock().unwrap();
        let complete = self.prefix.join("complete");
        if complete.exists() {
            return;
        }
        // Without asking for .NET, a browser and menus.
        run(self
            .command(Path::new("wineboot"))
            .arg("--init")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe=")
            // The processes that stay would keep a pipe open.
            .stdout(Stdio::null())
            .stderr(Stdio::null()));
        let source = self.prefix.join("random_numbers.c");
        fs::write(&source, RANDOM_NUMBERS).unwrap();
        let library = self.prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
        if !library.exists() {
            run(release
                .compiler()
                .arg("-shared")
                .arg(source)
                .args(["-ladvapi32", "-o"])
                .arg(library));
        }
        fs::write(complete, "").unwrap();
    }

    /// A program, with nothing in the environment but what Windows sets. It is ended after two minutes.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("timeout");
        command
            .args(["-k", "5", "120", self.loader])
            .arg(program)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            // What names of files are encoded in.
            .env("LC_ALL", "C.UTF-8")
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            .stdin(Stdio::null());
        command
    }
}

/// The path as a program for Windows has it.
pub fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}
