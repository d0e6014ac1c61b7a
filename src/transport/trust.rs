//! Which authorities are trusted: those of `ca_file` alone, else the system's (`SSL_CERT_FILE` first), else the
//! bundled ones. One file is read and no directory is walked.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::environment::Environment;
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
pub(super) struct Trusted {
    pub(super) roots: RootCerts,
    /// How many authorities, and where they came from.
    pub(super) description: String,
}

/// The authorities to trust.
///
/// # Errors
/// `File` when a file that an option or a variable names cannot be read or has no certificate in it.
pub(super) fn roots(ca_file: Option<&Path>, environment: &Environment) -> Result<Trusted, Error> {
    if let Some(path) = ca_file {
        return named(path, "the option ca_file");
    }
    if let Some(path) = environment.get("SSL_CERT_FILE") {
        return named(&PathBuf::from(path), "SSL_CERT_FILE");
    }
    let system = SYSTEM_BUNDLES.iter().map(Path::new).find_map(|path| in_file(path).ok());
    Ok(system.unwrap_or_else(|| Trusted {
        roots: RootCerts::WebPki,
        description: "the bundled authorities; this system has none".to_owned(),
    }))
}

/// The same authorities, for TLS that is not ureq's.
///
/// # Errors
/// As for [`roots`].
#[cfg(feature = "redis")]
pub(crate) fn root_store(ca_file: Option<&Path>, environment: &Environment) -> Result<rustls::RootCertStore, Error> {
    let mut store = rustls::RootCertStore::empty();
    match roots(ca_file, environment)?.roots {
        RootCerts::Specific(certificates) => {
            let ders = certificates.iter().map(|certificate| certificate.der().to_vec().into());
            store.add_parsable_certificates(ders);
        }
        _ => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    Ok(store)
}

fn named(path: &Path, named_by: &str) -> Result<Trusted, Error> {
    in_file(path).map_err(|fault| {
        Error::new(
            Code::File,
            format!(
                "cannot use {}, which {named_by} names: {fault}. It has to be a readable PEM file with certificates",
                path.display()
            ),
        )
    })
}

fn in_file(path: &Path) -> Result<Trusted, String> {
    let certificates = certificates(path)?;
    Ok(Trusted {
        description: format!("{} authorities of {}", certificates.len(), path.display()),
        roots: RootCerts::Specific(Arc::new(certificates)),
    })
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let pem = fs::read(path).map_err(|error| error.to_string())?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
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
