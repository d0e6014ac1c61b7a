//! Which CA certificates are trusted: those of `ca_file` alone; otherwise those of `SSL_CERT_FILE` and `SSL_CERT_DIR`,
//! read as OpenSSL reads them; otherwise the system's; otherwise the bundled ones.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use rustls::RootCertStore;

use super::pem;
use crate::config::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::platform;
use crate::platform::certificates::{self, SYSTEM_BUNDLES};

/// Trusted CA certificates.
#[derive(Debug)]
pub(crate) struct Trusted {
    pub(crate) roots: RootCertStore,
    /// How many, and where they came from.
    pub(super) description: String,
}

/// Returns the CA certificates to trust.
///
/// # Errors
/// `File` when a file or directory that an option or a variable names cannot be read or has no certificate in it.
pub(crate) fn roots(ca_file: Option<&Path>, environment: &Environment) -> Result<Trusted, Error> {
    if let Some(path) = ca_file {
        return read_named(path, "the option ca_file", add_file, PEM_FILE);
    }
    let file = environment.get("SSL_CERT_FILE").map(Path::new);
    let directories = environment.get("SSL_CERT_DIR").map(Path::new);
    let file = file
        .map(|path| read_named(path, "SSL_CERT_FILE", add_file, PEM_FILE))
        .transpose()?;
    let directories = directories
        .map(|list| read_named(list, "SSL_CERT_DIR", add_directories, HASHED))
        .transpose()?;
    if let Some(named) = both(file, directories) {
        return Ok(named);
    }
    let bundle = SYSTEM_BUNDLES
        .iter()
        .find_map(|path| read(Path::new(path), add_file).ok());
    Ok(bundle.or_else(in_system_store).unwrap_or_else(|| Trusted {
        roots: webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
        description: "the bundled CA certificates; this system has none".to_owned(),
    }))
}

/// Those in the store of a system that has one, and the bundled ones: such a store has a certificate only once it was needed.
fn in_system_store() -> Option<Trusted> {
    let mut roots = RootCertStore::empty();
    certificates::each_in_store(|certificate| {
        let _ = roots.add(certificate.into());
    });
    if roots.is_empty() {
        return None;
    }
    let description = format!("{} CA certificates of the system, and the bundled ones", roots.len());
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    Some(Trusted { roots, description })
}

fn both(file: Option<Trusted>, directories: Option<Trusted>) -> Option<Trusted> {
    match (file, directories) {
        (Some(mut file), Some(directories)) => {
            file.roots.roots.extend(directories.roots.roots);
            file.description = format!("{} and {}", file.description, directories.description);
            Some(file)
        }
        (file, directories) => file.or(directories),
    }
}

/// Adds what is in a place to the trusted ones.
type Add = fn(&Path, &mut Found) -> io::Result<()>;

/// What was found so far.
struct Found {
    roots: RootCertStore,
    /// Whether there is a certificate that cannot be understood.
    damaged: bool,
}

const PEM_FILE: &str = "a readable PEM file with CA certificates";
const HASHED: &str = "directories that openssl rehash has prepared";

fn read_named(path: &Path, named_by: &str, add: Add, expected: &str) -> Result<Trusted, Error> {
    read(path, add).map_err(|why| {
        Error::new(
            ErrorKind::File,
            format!("cannot use {}, which {named_by} names: {why}", path.display()),
        )
        .advise(format!("Set {named_by} to {expected}"))
    })
}

/// Those in a place. What cannot be understood is skipped, as everybody does: it trusts nobody. But a place with
/// nothing else is an error, or it would seem later as if the server's certificate were wrong.
fn read(path: &Path, add: Add) -> Result<Trusted, String> {
    let mut found = Found {
        roots: RootCertStore::empty(),
        damaged: false,
    };
    add(path, &mut found).map_err(|error| error.to_string())?;
    if !found.roots.is_empty() {
        return Ok(Trusted {
            description: format!("{} CA certificates of {}", found.roots.len(), path.display()),
            roots: found.roots,
        });
    }
    Err(if found.damaged {
        "the certificate in it is damaged".to_owned()
    } else {
        "there is no certificate in it".to_owned()
    })
}

fn add_file(path: &Path, found: &mut Found) -> io::Result<()> {
    let file = platform::file::open_without_waiting(path)?;
    match file.metadata()? {
        found if found.is_dir() => return Err(io::Error::other("it is a directory")),
        found if !found.is_file() => return Err(io::Error::other("it is not a regular file")),
        _ => {}
    }
    pem::each_certificate(file, |certificate| {
        let added = certificate.is_some_and(|der| found.roots.add(der.into()).is_ok());
        found.damaged |= !added;
    })
}

/// Adds the certificates of a list of directories, with colons between them. Only files whose names are hashes count,
/// as `openssl rehash` makes them; what cannot be read is skipped, as OpenSSL does.
#[allow(clippy::unnecessary_wraps)] // an `Add`
fn add_directories(list: &Path, found: &mut Found) -> io::Result<()> {
    for directory in std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()) {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| is_hash_name(&entry.file_name())) {
            let _ = add_file(&entry.path(), found);
        }
    }
    Ok(())
}

/// Whether a name is like `5ed36f99.0`: eight hexadecimal digits of the subject's hash, and a number.
fn is_hash_name(name: &OsStr) -> bool {
    let Some((hash, number)) = name.to_str().and_then(|name| name.split_once('.')) else {
        return false;
    };
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    hash.len() == 8
        && hash.bytes().all(is_hex)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_named_file_must_hold_certificates() {
        let directory = tempfile::tempdir().unwrap();
        let empty = directory.path().join("empty.pem");
        fs::write(&empty, "no certificate\n").unwrap();
        let nowhere = directory.path().join("nowhere.pem");
        let none = Environment::default();
        for (path, fault) in [(&empty, "no certificate"), (&nowhere, "os error 2")] {
            let error = roots(Some(path), &none).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::File);
            assert!(error.message().contains(fault), "{error}");
            let environment = Environment::from_pairs([("SSL_CERT_FILE", path.clone().into_os_string())]);
            let error = roots(None, &environment).unwrap_err();
            assert!(error.message().contains("SSL_CERT_FILE"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let error = roots(Some(&pipe), &Environment::default()).unwrap_err();
        assert!(error.message().contains("not a regular file"), "{error}");
    }

    fn certificate() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.self_signed(&key).unwrap().pem()
    }

    #[test]
    fn directories_are_read_as_openssl_reads_them() {
        let [one, two, empty] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        for path in [
            one.path().join("5ed36f99.0"),
            one.path().join("5ed36f99.1"),
            two.path().join("00000000.12"),
            // Names that OpenSSL does not look for.
            one.path().join("other.pem"),
            one.path().join("5ED36F99.0"),
            one.path().join("5ed36f99.r0"),
            one.path().join("5ed36f99"),
        ] {
            fs::write(path, certificate()).unwrap();
        }
        fs::write(two.path().join("00000001.0"), "no certificate").unwrap();
        let found = |variables: &[(&str, &str)]| roots(None, &Environment::from_pairs(variables.iter().copied()));
        let count = |variables: &[(&str, &str)]| found(variables).unwrap().roots.len();
        let [one, two, empty] = [&one, &two, &empty].map(|directory| directory.path().to_str().unwrap());
        assert_eq!(count(&[("SSL_CERT_DIR", one)]), 2);
        let list = std::env::join_paths([one, "/nowhere", "", two]).unwrap();
        assert_eq!(count(&[("SSL_CERT_DIR", list.to_str().unwrap())]), 3);
        let file = format!("{one}/other.pem");
        assert_eq!(count(&[("SSL_CERT_DIR", two), ("SSL_CERT_FILE", &file)]), 2);
        assert_eq!(
            roots(
                Some(Path::new(&file)),
                &Environment::from_pairs([("SSL_CERT_DIR", one)])
            )
            .unwrap()
            .roots
            .len(),
            1
        );
        for nothing in [empty, "/nowhere"] {
            let error = found(&[("SSL_CERT_DIR", nothing)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::File);
            assert!(error.message().contains("SSL_CERT_DIR"), "{error}");
        }
    }
}
