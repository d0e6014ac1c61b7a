//! The units in packaging/systemd: systemd accepts them, they are hardened, and what they start works as they start it.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::support::place::{Place, binary, send_signal};
use crate::support::{ID, SECRET, server, tools};

const UNITS: [&str; 2] = ["spotify-token-keep.service", "spotify-token-keep@.service"];

fn unit(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packaging/systemd")
        .join(name);
    fs::read_to_string(path).unwrap()
}

/// The values of a setting, with an instance's name in them.
fn values<'u>(unit: &'u str, setting: &'u str) -> impl Iterator<Item = String> + 'u {
    let of = move |line: &'u str| line.strip_prefix(setting)?.strip_prefix('=');
    unit.lines().filter_map(of).map(|value| value.replace("%i", "one"))
}

/// Writes the unit with the path of this build's command.
fn installed(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    let text = unit(name).replace("/usr/local/bin/spotify-token", binary().to_str().unwrap());
    // The manual page is not installed here.
    fs::write(&path, text.replace("Documentation=man:spotify-token(1)\n", "")).unwrap();
    path
}

#[test]
fn systemd_accepts_the_units_and_calls_them_safe() {
    if !tools::require("systemd-analyze") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for name in UNITS {
        let path = installed(directory.path(), name);
        let verify = Command::new("systemd-analyze")
            .arg("verify")
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&verify.stderr);
        assert!(verify.status.success(), "{name}: {said}");
        assert!(!said.contains(name), "{name}: {said}");
        let security = Command::new("systemd-analyze")
            .args(["security", "--offline=yes", "--threshold=20", "--no-pager"])
            .arg(&path)
            .output()
            .unwrap();
        assert!(
            security.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&security.stdout)
        );
    }
}

#[test]
fn the_command_works_as_the_units_start_it() {
    for name in UNITS {
        let unit = unit(name);
        let server = server();
        let mut place = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
        let root = place.directory.path().to_owned();
        let credentials = root.join("credentials");
        fs::create_dir(&credentials).unwrap();
        for credential in values(&unit, "LoadCredential") {
            let (id, source) = credential.split_once(':').unwrap();
            let content = if source.ends_with("secret") { SECRET } else { ID };
            fs::write(credentials.join(id), content).unwrap();
        }
        let runtime = root.join("run").join(values(&unit, "RuntimeDirectory").next().unwrap());
        fs::create_dir_all(&runtime).unwrap();
        let socket = UnixDatagram::bind(root.join("notify")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        place = place.variable("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap());
        place = place.variable("NOTIFY_SOCKET", root.join("notify").to_str().unwrap());
        for variable in values(&unit, "Environment") {
            let (name, value) = variable.split_once('=').unwrap();
            place = place.variable(name, value);
        }
        let start = values(&unit, "ExecStart").next().unwrap();
        let start = start.replace("/run/", &format!("{}/run/", root.display()));
        let arguments: Vec<&str> = start.split(' ').skip(1).collect();
        let mut keeper = place.command(&arguments).spawn().unwrap();
        let mut buffer = [0; 4096];
        loop {
            let length = socket.recv(&mut buffer).unwrap();
            if buffer[..length]
                .split(|&byte| byte == b'\n')
                .any(|line| line == b"READY=1")
            {
                break;
            }
        }
        assert!(!fs::read(runtime.join("token")).unwrap().is_empty(), "{name}");
        send_signal(&keeper, "TERM");
        assert!(keeper.wait().unwrap().success(), "{name}");
        assert!(!runtime.join("token").exists(), "{name}");
    }
}
