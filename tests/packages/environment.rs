//! A fresh environment: a folder of its own, a home directory, and a PATH with few programs.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::package::Package;
use crate::support::installed::{prefix, root, run};
use crate::support::tools;

pub struct Environment {
    folder: TempDir,
    path: String,
    variables: &'static [(&'static str, &'static str)],
}

impl Environment {
    /// Makes one with the programs of a package, and with its folder before them in PATH. `None` where a program is missing.
    pub fn with(package: &Package) -> Option<Environment> {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        for directory in ["bin", "home", "env"] {
            fs::create_dir(folder.path().join(directory)).unwrap();
        }
        for tool in package.tools {
            // Not a link: some programs look for their files beside themselves.
            let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", located(tool)?);
            fs::write(bin.join(tool), script).unwrap();
            fs::set_permissions(bin.join(tool), fs::Permissions::from_mode(0o755)).unwrap();
        }
        for forbidden in ["cargo", "rustc", "cc"] {
            assert!(!package.tools.contains(&forbidden), "{forbidden}");
        }
        let env = folder.path().join("env");
        let path = format!("{}:{}", env.join(package.path).display(), bin.display());
        Some(Environment {
            folder,
            path,
            variables: package.variables,
        })
    }

    /// Returns a line of shell that runs in `env` and knows nothing of the machine's settings.
    pub fn line(&self, line: &str, files: &Path) -> Command {
        self.prepared(Command::new("/bin/sh"), &["-euc", line], files)
    }

    /// Returns a line of shell that has no network. Where the machine forbids a network of its own, the line still names no index.
    pub fn offline_line(&self, line: &str, files: &Path) -> Command {
        self.prepared(offline_shell(), &["-euc", line], files)
    }

    /// Returns a line of shell that can change nothing of what is installed. `None` where the machine forbids to mount.
    pub fn read_only_line(&self, line: &str, files: &Path) -> Option<Command> {
        let mount = tools::can_mount().then(|| located("mount"))??;
        let line = format!("{mount} --bind . .; {mount} -o remount,bind,ro .; cd \"$PWD\"; {line}");
        Some(self.prepared(unshare(), &["-m", "/bin/sh", "-euc", &line], files))
    }

    fn prepared(&self, mut command: Command, arguments: &[&str], files: &Path) -> Command {
        command
            .args(arguments)
            .current_dir(self.folder.path().join("env"))
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.folder.path().join("home"))
            .env("FILES", files)
            .envs(self.variables.iter().copied())
            .env("EXAMPLES", root().join("examples"))
            .env("PREFIX", prefix().expect("it was there just now"));
        command
    }

    /// Returns the path of something that is installed.
    pub fn installed(&self, path: &str) -> PathBuf {
        self.folder.path().join("env").join(path)
    }

    /// Returns the path of everything below `env` or `home`.
    pub fn contents(&self, name: &str) -> BTreeSet<PathBuf> {
        below(&self.folder.path().join(name))
    }
}

/// Returns the path of everything below a folder.
pub fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut left = vec![folder.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            }
            found.insert(entry.path());
        }
    }
    found
}

/// Returns a shell that has no network, where the machine permits that.
pub fn offline_shell() -> Command {
    let Some(flags) = ["-n", "-rn"].into_iter().find(|flags| can_unshare(flags)) else {
        return Command::new("/bin/sh");
    };
    let mut command = unshare();
    command.args([flags, "/bin/sh"]);
    command
}

fn unshare() -> Command {
    Command::new(located("unshare").expect("it was there just now"))
}

fn can_unshare(flags: &str) -> bool {
    tools::succeeds(&format!("unshare {flags} true"))
}

/// Returns the path of a program. That of Python is asked for, since the one in PATH may be a script that needs others.
fn located(tool: &str) -> Option<String> {
    if !tools::require(tool) {
        return None;
    }
    let line = match tool {
        "python3" => "python3 -c 'import sys; print(sys.executable)'".to_owned(),
        // The shell has some of them itself.
        _ => format!("which {tool}"),
    };
    let output = run(Command::new("sh").args(["-c", &line]));
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}
