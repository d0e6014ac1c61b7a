//! A set-uid, set-gid or capability-raised program: whoever starts it chooses its environment and its working directory, so
//! neither may say where its credentials come from and where they go.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustls::version::{TLS12, TLS13};
use tempfile::TempDir;

use crate::support::installed::{compile, prefix, root, run};
use crate::support::proxy::{Manner, Proxy};
use crate::support::tls::{Ca, Flaw};
use crate::support::{ID, SECRET, server, tools};

/// The caller of the program.
const CALLER: u32 = 65534;
/// The owner of the program. It need not be in /etc/passwd.
const OWNER: u32 = 65533;

/// A way for a program to get more rights than its caller.
#[derive(Clone, Copy, Debug)]
enum Raised {
    Not,
    SetUid,
    SetUidRoot,
    SetGid,
    Capability,
}

const EACH: [Raised; 4] = [Raised::SetUid, Raised::SetUidRoot, Raised::SetGid, Raised::Capability];

/// A directory that the caller can read, with a copy of the program for each way.
struct Programs {
    directory: TempDir,
}

impl Programs {
    /// `None` where the machine lacks a tool, or the tests lack the rights.
    fn new() -> Option<Programs> {
        let wanted = ["cc", "setcap"].iter().all(|tool| tools::require(tool));
        if !wanted || !tools::require_that("the right to make set-uid programs", "test $(id -u) = 0") {
            return None;
        }
        let prefix = prefix()?;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        // The loader of a set-uid program does not take LD_LIBRARY_PATH.
        fs::copy(
            prefix.join("lib/libspotify_token.so.0"),
            path.join("libspotify_token.so.0"),
        )
        .unwrap();
        let rpath = format!("-Wl,-rpath,{}", path.display());
        let source = root().join("tests/c/raised_rights.c");
        let program = compile("cc", &source, prefix, &["-Wall", "-Werror", &rpath], path);
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        for raised in EACH {
            let copy = Programs::path(path, raised);
            fs::copy(&program, &copy).unwrap();
            let mode = |mode| fs::set_permissions(&copy, Permissions::from_mode(mode)).unwrap();
            match raised {
                Raised::Not => {}
                Raised::SetUid => {
                    chown(&copy, Some(OWNER), None).unwrap();
                    mode(0o4755);
                }
                Raised::SetUidRoot => mode(0o4755),
                Raised::SetGid => {
                    chown(&copy, None, Some(OWNER)).unwrap();
                    mode(0o2755);
                }
                Raised::Capability => {
                    run(Command::new("setcap").arg("cap_net_bind_service+ep").arg(&copy));
                }
            }
        }
        Some(Programs { directory })
    }

    fn path(directory: &Path, raised: Raised) -> PathBuf {
        match raised {
            Raised::Not => directory.join("raised_rights"),
            _ => directory.join(format!("{raised:?}")),
        }
    }

    /// What the program says when the caller starts it, in a working directory with this `.env`.
    fn say(&self, raised: Raised, dotenv: &str, variables: &[(&str, &str)], options: &[String]) -> String {
        let working = tempfile::tempdir_in(self.directory.path()).unwrap();
        fs::set_permissions(working.path(), Permissions::from_mode(0o755)).unwrap();
        fs::write(working.path().join(".env"), dotenv).unwrap();
        let output = run(Command::new(Programs::path(self.directory.path(), raised))
            .args(options)
            .env_clear()
            .envs(variables.iter().copied())
            .current_dir(working.path())
            .uid(CALLER)
            .gid(CALLER));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A file with this content that only these rights can read.
    fn secret_file(&self, raised: Raised) -> PathBuf {
        let path = self.directory.path().join(format!("secret of {raised:?}"));
        fs::write(&path, SECRET).unwrap();
        let (owner, mode) = match raised {
            Raised::SetUid => (OWNER, 0o400),
            Raised::SetUidRoot => (0, 0o400),
            Raised::SetGid => (0, 0o040),
            Raised::Not | Raised::Capability => (CALLER, 0o400),
        };
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        chown(&path, Some(owner), Some(OWNER)).unwrap();
        path
    }
}

#[test]
fn neither_the_environment_nor_a_dotenv_file_says_where_the_secret_goes() {
    let Some(programs) = Programs::new() else { return };
    let attacker = server();
    let url = attacker.token_url();
    let in_variables = |raised| {
        let file = programs.secret_file(raised).display().to_string();
        let variables = [
            ("SPOTIFY_TOKEN_URL", url.as_str()),
            ("CLIENT_ID", ID),
            ("CLIENT_SECRET_FILE", &file),
        ];
        programs.say(raised, "", &variables, &[])
    };
    let in_dotenv = |raised| {
        let dotenv = format!("CLIENT_ID={ID}\nCLIENT_SECRET={SECRET}\n");
        programs.say(raised, &dotenv, &[("SPOTIFY_TOKEN_URL", &url)], &[])
    };
    // What the caller may do as well, the program does.
    for said in [in_variables(Raised::Not), in_dotenv(Raised::Not)] {
        assert_eq!(said, "SPOTIFY_OK \n");
    }
    assert_eq!(attacker.requests().len(), 2);
    for raised in EACH {
        for said in [in_variables(raised), in_dotenv(raised)] {
            assert!(
                said.starts_with("SPOTIFY_ERROR_MISSING_CREDENTIALS"),
                "{raised:?}: {said}"
            );
            assert!(said.contains("more rights than its caller"), "{raised:?}: {said}");
        }
    }
    assert_eq!(attacker.requests().len(), 2);
}

#[test]
fn the_options_of_a_client_are_its_own() {
    let Some(programs) = Programs::new() else { return };
    let server = server();
    let ca = Ca::new();
    let port = ca.front(Flaw::None, &[&TLS13, &TLS12], server.address());
    let proxy = Proxy::new(Manner::Open(port));
    let certificate = ca.file_in(programs.directory.path()).display().to_string();
    let proxy_url = format!("http://127.0.0.1:{}", proxy.port);
    let options = |scheme: &str, port: u16| {
        let url = format!("token_url={scheme}://localhost:{port}/api/token");
        [
            format!("client_id={ID}"),
            format!("client_secret={SECRET}"),
            url,
            "cache=file".to_owned(),
            "max_retries=0".to_owned(),
        ]
    };
    let say = |raised, scheme, port, home: &Path| {
        let home = home.display().to_string();
        let variables = [
            ("SPOTIFY_TIMEOUT_MS", "bad"),
            ("SSL_CERT_FILE", certificate.as_str()),
            ("https_proxy", &proxy_url),
            ("http_proxy", &proxy_url),
            ("HOME", &home),
            ("XDG_CACHE_HOME", &home),
        ];
        let from = if matches!(raised, Raised::Not) { 1 } else { 0 };
        programs.say(raised, "", &variables[from..], &options(scheme, port))
    };
    let home = tempfile::tempdir_in(programs.directory.path()).unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o777)).unwrap();
    let cached = || fs::read_dir(home.path()).unwrap().count();

    assert_eq!(say(Raised::Not, "https", port, home.path()), "SPOTIFY_OK \n");
    assert_eq!((proxy.asked().len(), cached()), (1, 1), "the variables count");
    fs::remove_dir_all(home.path().join("spotify-token")).unwrap();
    for raised in EACH {
        let plain = say(raised, "http", server.address().port(), home.path());
        assert_eq!(plain, "SPOTIFY_OK \n", "{raised:?}");
        let said = say(raised, "https", port, home.path());
        assert!(said.starts_with("SPOTIFY_ERROR_TLS"), "{raised:?}: {said}");
        assert_eq!((proxy.asked().len(), cached()), (1, 0), "{raised:?}");
    }
}
