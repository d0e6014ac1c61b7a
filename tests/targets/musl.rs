//! musl: a static command that needs nothing, and a shared library that needs musl alone.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use rustls::ALL_VERSIONS;

use crate::release::Release;
use crate::support::installed::{root, run};
use crate::support::place::failed;
use crate::support::tls::{Ca, Flaw};
use crate::support::{NOWHERE, SECRET, server, told, tools};
use crate::{chroot, programs};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// musl's loader, which is its library as well.
const LOADER: &str = "lib/ld-musl-x86_64.so.1";

fn built() -> Option<Release> {
    Release::of(TARGET).filter(|_| chroot::is_allowed())
}

/// A folder with the static command and nothing else.
fn alone() -> Option<tempfile::TempDir> {
    let release = built()?;
    let folder = tempfile::tempdir().unwrap();
    fs::copy(release.command(), folder.path().join("spotify-token")).unwrap();
    Some(folder)
}

/// A folder with musl, the shared library and nothing else.
fn with_the_library() -> Option<(Release, tempfile::TempDir)> {
    let release = built()?;
    if !tools::require_that("musl", &format!("test -e /{LOADER}")) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("lib")).unwrap();
    fs::copy(Path::new("/").join(LOADER), folder.path().join(LOADER)).unwrap();
    fs::copy(release.library(), folder.path().join("lib/libspotify_token.so.0")).unwrap();
    Some((release, folder))
}

/// What the command does there, told of this server.
fn output(folder: &Path, token_url: &str, arguments: &[&str]) -> Output {
    let mut command = chroot::command(folder, "spotify-token");
    told(command.args(arguments), token_url, SECRET).output().unwrap()
}

#[test]
fn the_command_runs_where_nothing_else_is() {
    let Some(folder) = alone() else { return };
    let demo = run(chroot::command(folder.path(), "spotify-token").arg("demo"));
    assert!(
        String::from_utf8(demo.stdout)
            .unwrap()
            .contains("\"access_token\":\"BQ")
    );

    let server = server();
    let json = output(folder.path(), &server.token_url(), &["json", "--cache", "memory"]);
    assert_eq!(String::from_utf8_lossy(&json.stderr), "");
    assert!(json.stdout.starts_with(b"{\"access_token\":\"BQ"));
}

#[test]
fn the_command_caches_where_it_is_told_to() {
    let Some(folder) = alone() else { return };
    let server = server();
    let token = || output(folder.path(), &server.token_url(), &["token", "--cache", "file:/cache"]).stdout;
    let first = token();
    assert!(first.starts_with(b"BQ"));
    assert_eq!(token(), first);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_command_needs_neither_certificates_nor_a_name_server_nor_nsswitch() {
    const HOST: &str = "accounts.wild.example";
    let Some(folder) = alone() else { return };
    let (server, ca) = (server(), Ca::new());
    let port = ca.front(Flaw::Wildcard, ALL_VERSIONS, server.address());
    let url = format!("https://{HOST}:{port}/api/token");

    // Without a name server, without the file of names.
    let flags = ["token", "--cache", "memory", "--max-retries", "0"];
    let nowhere = format!("https://{NOWHERE}/api/token");
    failed(&output(folder.path(), &nowhere, &flags), 69);

    // The name is in a file. Its CA is none of those that the command has inside.
    fs::create_dir(folder.path().join("etc")).unwrap();
    fs::write(folder.path().join("etc/hosts"), format!("127.0.0.1 {HOST}\n")).unwrap();
    let unknown = failed(&output(folder.path(), &url, &flags), 69);
    assert!(unknown.contains("certificate"), "{unknown}");

    ca.file_in(folder.path());
    let known = [&flags[..], &["--ca-file", "/ca.pem"]].concat();
    let token = output(folder.path(), &url, &known);
    assert_eq!(String::from_utf8_lossy(&token.stderr), "");
    assert!(token.stdout.starts_with(b"BQ"));
}

#[test]
fn the_command_gets_a_token_with_a_home_that_it_cannot_write_to() {
    let Some(folder) = alone() else { return };
    if !tools::require("unshare") || !tools::can_mount() {
        return;
    }
    let server = server();
    let token = || {
        let script =
            "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec chroot \"$0\" /spotify-token token";
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", script]).arg(folder.path());
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/");
        run(told(&mut command, &server.token_url(), SECRET)).stdout
    };
    let (first, second) = (token(), token());
    assert!(first.starts_with(b"BQ") && second.starts_with(b"BQ"));
    assert_ne!(first, second, "nothing is cached");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn c_programs_run_with_musl_and_the_library_alone() {
    let Some((release, folder)) = with_the_library() else {
        return;
    };
    let inside = |program: &str| chroot::command(folder.path(), program);
    programs::run_all(&release, folder.path(), inside);

    let server = server();
    release.compile("tests/c/fork.c", folder.path());
    let forked = run(told(&mut inside("fork"), &server.token_url(), SECRET).arg("200"));
    assert_eq!(forked.stdout, b"200 of 200\n");
}

#[test]
fn the_wheel_is_one_for_musl() {
    let Some(release) = Release::of(TARGET) else { return };
    if !tools::require_that("hatchling", "python3 -m hatchling --help") || !tools::require("auditwheel") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let native = folder.path().join("native");
    fs::create_dir(&native).unwrap();
    symlink(&release.prefix, native.join(TARGET)).unwrap();
    let wheels = folder.path().join("wheels");
    run(Command::new("sh")
        .arg(root().join("bindings/python/package.sh"))
        .args([&native, &wheels]));
    let mut files = fs::read_dir(&wheels).unwrap().map(|entry| entry.unwrap().path());
    let wheel = files.find(|file| file.extension() == Some("whl".as_ref())).unwrap();
    let shown = run(Command::new("auditwheel").arg("show").arg(wheel));
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("\"musllinux_1_2_x86_64\""), "{shown}");
}

#[test]
fn two_copies_in_one_process_do_not_meet() {
    let Some((release, folder)) = with_the_library() else {
        return;
    };
    let server = server();
    release.compile("tests/c/copies.c", folder.path());
    for copy in ["one.so", "other.so"] {
        fs::copy(release.library(), folder.path().join(copy)).unwrap();
    }
    let mut host = chroot::command(folder.path(), "copies");
    let output = run(told(&mut host, &server.token_url(), SECRET).args(["/one.so", "/other.so"]));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    // Each copy asked, and no child asked again.
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_host_with_another_locale_gets_the_same_messages() {
    let Some((release, folder)) = with_the_library() else {
        return;
    };
    let server = server();
    release.compile("tests/c/locale.c", folder.path());
    let printed = |locale: &str| {
        let mut host = chroot::command(folder.path(), "locale");
        host.env("LC_ALL", locale)
            .env("SPOTIFY_CA_FILE", "/nowhere/ca.pem")
            .env("SPOTIFY_MAX_RETRIES", "0");
        String::from_utf8(run(told(&mut host, &server.token_url(), SECRET)).stdout).unwrap()
    };
    let plain = printed("C");
    assert!(plain.contains("/nowhere/ca.pem"), "{plain}");
    assert_eq!(printed("tr_TR.UTF-8"), plain);
}
