//! The Debian packages, in a system that knows nothing of this one: installed, used, upgraded and purged.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use spotify_token::stand_in::StandIn;
use tempfile::{TempDir, tempdir};

use crate::installed::{knowing, says_that_the_secret_is_wrong};
use crate::package::{file_with, install_line};
use crate::release::{native, script};
use crate::support::installed::{release_prefix, root, run};
use crate::support::{server, tools};

/// Whether this is a Debian system on which this user may make another.
fn can_bootstrap() -> bool {
    if tools::available(&["debootstrap", "dh", "lintian", "dpkg-deb"]).len() < 4 {
        return false;
    }
    let permitted = tools::succeeds("test \"$(id -u)\" = 0 && unshare -n true");
    if !permitted {
        eprintln!("skipped: this user may not make another system");
    }
    permitted
}

/// Returns a folder with the packages of the release build, made once in each of two folders, which makes no difference.
fn packages() -> Option<TempDir> {
    let (_native, named) = native(release_prefix()?);
    let made = || {
        let out = tempdir().unwrap();
        run(script("debian/build.sh").arg(&named).arg(out.path()));
        out
    };
    let (packages, again) = (made(), made());
    for package in fs::read_dir(packages.path()).unwrap().map(Result::unwrap) {
        let other = fs::read(again.path().join(package.file_name())).unwrap();
        assert!(
            fs::read(package.path()).unwrap() == other,
            "{}",
            package.path().display()
        );
    }
    Some(packages)
}

/// A minimal system below a folder.
struct System {
    folder: TempDir,
}

impl System {
    /// Makes one from the packages that this system's apt knows.
    fn new() -> System {
        let folder = tempdir().unwrap();
        let line = ". /etc/os-release\n\
                    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \"Codename: $VERSION_CODENAME\" | \
                    head -n 1)\n\
                    debootstrap --variant=minbase \"$VERSION_CODENAME\" \"$FOLDER\" \"$mirror\"";
        run(Command::new("sh").args(["-euc", line]).env("FOLDER", folder.path()));
        System { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A program of this system. Its network is that of the machine.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("chroot");
        command
            .arg(self.path())
            .args(["/bin/sh", "-euc", line])
            .env_clear()
            .env("PATH", "/usr/bin:/usr/sbin:/bin:/sbin")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("HOME", "/root");
        command
    }

    /// Runs a line in a folder with packages, without a network.
    fn offline(&self, line: &str) {
        let mut command = Command::new("unshare");
        command.arg("-n");
        let line = self.command(&format!("cd /tmp/packages; {line}"));
        command.arg(line.get_program()).args(line.get_args()).env_clear();
        command.envs(line.get_envs().filter_map(|(name, value)| Some((name, value?))));
        run(&mut command);
    }

    /// Every path but those of what happened and what is known of it.
    fn listing(&self) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        let mut left = vec![self.path().to_owned()];
        while let Some(directory) = left.pop() {
            for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
                let path = entry.path();
                let name = path.strip_prefix(self.path()).unwrap().to_owned();
                if entry.file_type().unwrap().is_dir()
                    && !["proc", "sys", "dev", "tmp"]
                        .iter()
                        .any(|skipped| name == Path::new(skipped))
                {
                    left.push(path);
                }
                found.insert(name);
            }
        }
        found
    }
}

#[test]
fn the_packages_are_installed_used_upgraded_and_purged() {
    if !can_bootstrap() {
        return;
    }
    let Some(packages) = packages() else { return };
    run(Command::new("sh")
        .args(["-c", "lintian --allow-root --fail-on error,warning ./*.deb"])
        .current_dir(packages.path()));
    let system = System::new();
    let folder = system.path().join("tmp/packages");
    run(Command::new("cp").arg("-R").arg(packages.path()).arg(&folder));
    older_ones(&folder);
    let before = system.listing();

    for subject in ["C and C++, Debian", "the command, Debian"] {
        let line = install_line(subject).replace("apt-get install", "apt-get install --yes --no-install-recommends");
        system.offline(&format!("cd older; {line}"));
        assert!(versions(&system).ends_with("older\n"), "{}", versions(&system));
        system.offline(&line);
        assert!(versions(&system).ends_with("-0upstream1\n"), "{}", versions(&system));
    }
    let server = server();
    the_command_works(&system, &server);
    a_program_in_c_works(&system, &server);

    system.offline("apt-get purge --yes spotify-token libspotify-token0 libspotify-token-dev");
    let after = system.listing();
    let left: Vec<_> = after
        .difference(&before)
        .filter(|path| path.to_str().unwrap().contains("spotify"))
        .collect();
    assert!(left.is_empty(), "{left:#?}");
    let missing: Vec<_> = before.difference(&after).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Makes packages of an older version, in the folder `older`.
fn older_ones(folder: &Path) {
    let line = "mkdir older\n\
                for package in ./*.deb; do\n\
                dpkg-deb -R \"$package\" content\n\
                sed -i 's/-0upstream1/-0older/' content/DEBIAN/control\n\
                dpkg-deb -b content older >/dev/null\n\
                rm -r content\n\
                done";
    run(Command::new("sh").args(["-euc", line]).current_dir(folder));
}

/// The version of the package that was installed last.
fn versions(system: &System) -> String {
    let query = "dpkg-query --show --showformat '${Version}\\n' '*spotify-token*'";
    String::from_utf8(run(&mut system.command(query)).stdout).unwrap()
}

fn the_command_works(system: &System, server: &StandIn) {
    let output = run(&mut knowing(system.command("spotify-token token"), server));
    assert!(output.stdout.starts_with(b"BQ"));
    says_that_the_secret_is_wrong(&mut knowing(system.command("spotify-token token"), server));
    let units = system.path().join("usr/lib/systemd/system");
    for unit in ["spotify-token-keep.service", "spotify-token-keep@.service"] {
        let text = fs::read_to_string(units.join(unit)).unwrap();
        assert!(text.contains("ExecStart=/usr/bin/spotify-token keep "), "{unit}");
    }
}

/// Compiled with this system's compiler against the other's packages, run in the other.
fn a_program_in_c_works(system: &System, server: &StandIn) {
    let pkgconfig = file_with(&system.path().join("usr/lib"), &["-linux-gnu"]).join("pkgconfig");
    let line = "cc \"$SOURCE\" $(pkg-config --cflags --libs spotify_token) -o \"$FOLDER/header\"";
    run(Command::new("sh")
        .args(["-euc", line])
        .env("PKG_CONFIG_PATH", pkgconfig)
        .env("SOURCE", root().join("examples/c/header.c"))
        .env("FOLDER", system.path().join("tmp/packages")));
    let output = run(&mut knowing(system.command("/tmp/packages/header"), server));
    assert!(output.stdout.starts_with(b"Authorization: Bearer BQ"));
    says_that_the_secret_is_wrong(&mut knowing(system.command("/tmp/packages/header"), server));
}
