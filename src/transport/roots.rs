//! Which authorities are trusted: those of `ca_file` alone, else the system's (`SSL_CERT_FILE` first), else the
//! bundled ones. One file is read and no directory is walked.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

use crate::config::environment::Environment;
use crate::error::{Code, Error};

/// Where systems keep their bundle, the most common first.
const SYSTEM_BUNDLES: [&str; 8] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Alpine, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // openSUSE
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL, newer
    "/etc/pki/tls/cacert.pem",            // OpenELEC
    "/etc/ssl/cert.pem",                  // Alpine, BSDs, macOS
    "/usr/local/share/certs/ca-root-nss.crt", // FreeBSD
    "/opt/homebrew/etc/ca-certificates/cert.pem", // Homebrew
];

/// Whom to trust.
#[derive(Debug)]
pub(crate) struct Trusted {
    pub(crate) roots: RootCertStore,
    /// How many authorities, and where they came from.
    pub(super) description: String,
}

/// The authorities to trust.
///
/// # Errors
/// `File` when a file that an option or a variable names cannot be read or has no certificate in it.
pub(crate) fn roots(ca_file: Option<&Path>, environment: &Environment) -> Result<Trusted, Error> {
    if let Some(path) = ca_file {
        return named(path, "the option ca_file");
    }
    if let Some(path) = environment.get("SSL_CERT_FILE") {
        return named(&PathBuf::from(path), "SSL_CERT_FILE");
    }
    let system = SYSTEM_BUNDLES.iter().find_map(|path| authorities(Path::new(path)).ok());
    Ok(system.unwrap_or_else(|| Trusted {
        roots: webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
        description: "the bundled authorities; this system has none".to_owned(),
    }))
}

fn named(path: &Path, named_by: &str) -> Result<Trusted, Error> {
    authorities(path).map_err(|fault| {
        Error::new(
            Code::File,
            format!(
                "cannot use {}, which {named_by} names: {fault}. Name a readable PEM file with certificates",
                path.display()
            ),
        )
    })
}

/// Those in a PEM file. What cannot be understood is passed over, as everybody does; it trusts nobody. But a file with
/// nothing else is at fault, or it would seem later as if the server were.
fn authorities(path: &Path) -> Result<Trusted, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    let mut has_damaged = false;
    for certificate in CertificateDer::pem_reader_iter(BufReader::new(file)) {
        match certificate {
            Ok(certificate) => has_damaged |= roots.add(certificate).is_err(),
            Err(pem::Error::Io(error)) => return Err(error.to_string()),
            Err(_) => {}
        }
    }
    if roots.is_empty() && has_damaged {
        return Err("the certificate in it is damaged".to_owned());
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(Trusted {
        description: format!("{} authorities of {}", roots.len(), path.display()),
        roots,
    })
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
        for (path, fault) in [(&empty, "no certificate"), (&nowhere, "No such file")] {
            let error = roots(Some(path), &none).unwrap_err();
            assert_eq!(error.code(), Code::File);
            assert!(error.message().contains(fault), "{error}");
            let environment = Environment::from_pairs([("SSL_CERT_FILE", path.clone().into_os_string())]);
            let error = roots(None, &environment).unwrap_err();
            assert!(error.message().contains("SSL_CERT_FILE"), "{error}");
        }
    }
}
