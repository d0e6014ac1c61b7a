//! Failures of TLS: what rustls found, in words, and what to do about it.

use std::io;

use rustls::pki_types::InvalidDnsNameError;
use rustls::{AlertDescription, CertificateError};

use crate::display;
use crate::error::{Error, ErrorKind};
use crate::platform::advice::TRUST;

/// What is wrong with a connection.
pub(super) struct Diagnosis {
    /// In words that follow "no secure connection to somebody:".
    pub(super) what: String,
    /// What a person can do: a sentence without its full stop.
    pub(super) advice: &'static str,
    /// Whether another attempt can help.
    pub(super) retryable: bool,
}

const CHECK_URL: &str = "Check the token URL, and for a firewall or proxy in between";
const CHECK_PATH: &str = "Check for a firewall or proxy in between";
const CHECK_VERSIONS: &str = "Check that it supports TLS 1.2 or 1.3, and for a firewall or proxy in between";
const REPLACE: &str = "Ask the server's operator to replace the certificate";

/// The error for what happened with this server.
pub(super) fn failed(error: &io::Error, server: &str) -> Error {
    let Diagnosis {
        what,
        advice,
        retryable,
    } = diagnosis(error);
    Error::new(ErrorKind::Tls, format!("no secure connection to {server}: {what}"))
        .advise(advice)
        .retryable(retryable)
}

/// What rustls says, if it is that which failed.
pub(super) fn diagnosis_in(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// What happened in a handshake, or in a connection after it.
pub(super) fn diagnosis(error: &io::Error) -> Diagnosis {
    let lasting = |what: &str, advice| Diagnosis {
        what: what.to_owned(),
        advice,
        retryable: false,
    };
    match diagnosis_in(error) {
        None if error
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + Sync>::is::<InvalidDnsNameError>) =>
        {
            lasting(
                "the host is not a name that a certificate can have",
                "Check the host of the token URL",
            )
        }
        None => Diagnosis {
            what: super::io_words(error),
            advice: CHECK_PATH,
            retryable: true,
        },
        Some(rustls::Error::InvalidCertificate(error)) => certificate(error),
        Some(rustls::Error::InvalidMessage(_)) => lasting(
            "the other side does not speak TLS",
            "Check scheme and port of the token URL, and for a firewall or proxy in between",
        ),
        Some(rustls::Error::AlertReceived(alert)) => refused(*alert),
        Some(rustls::Error::PeerIncompatible(_)) => lasting(
            "the other side supports no common TLS version or cipher",
            CHECK_VERSIONS,
        ),
        Some(rustls::Error::DecryptError) => lasting("what arrived was changed or damaged on the way", CHECK_PATH),
        Some(other) => lasting(&other.to_string(), CHECK_URL),
    }
}

/// What an alert of the other side means (RFC 8446, section 6.2).
fn refused(alert: AlertDescription) -> Diagnosis {
    let (why, advice) = match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity => ("it may be too old", CHECK_VERSIONS),
        AlertDescription::CertificateRequired | AlertDescription::BadCertificate => {
            ("it requires a client certificate, which is not supported", CHECK_URL)
        }
        AlertDescription::UnrecognisedName => ("it does not know this name", "Check the host of the token URL"),
        AlertDescription::InternalError => ("it had an internal error", "Try again later"),
        _ => ("it gave no reason", CHECK_URL),
    };
    Diagnosis {
        what: format!("the other side refused ({alert:?}): {why}"),
        advice,
        retryable: alert == AlertDescription::InternalError,
    }
}

fn certificate(error: &CertificateError) -> Diagnosis {
    let (what, advice) = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "its certificate has expired",
            "Check this machine's clock; if it is right, ask the server's operator to renew the certificate",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "its certificate is not valid yet",
            "Check this machine's clock; if it is right, ask the server's operator to replace the certificate",
        ),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => (
            "its certificate has no subjectAltName; a Common Name alone is not accepted",
            REPLACE,
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "its certificate is for another name",
            "Check the host of the token URL, and whether this network requires a login in a browser first",
        ),
        CertificateError::UnknownIssuer => ("its certificate is not signed by a trusted CA", TRUST),
        // Either of the certificate, by a CA with the name of a trusted one, or of the handshake.
        CertificateError::BadSignature => (
            "its certificate is not signed by a trusted CA, or its key is too weak (RSA needs 2048 bits)",
            TRUST,
        ),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            "the signature of its certificate uses a weak or unknown algorithm, such as SHA-1",
            REPLACE,
        ),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            ("its certificate is not meant for servers", REPLACE)
        }
        other => return unusual(other),
    };
    Diagnosis {
        what: what.to_owned(),
        advice,
        retryable: false,
    }
}

fn unusual(error: &CertificateError) -> Diagnosis {
    let words = match error {
        CertificateError::Other(other) => other.to_string(),
        other => other.to_string(),
    };
    let what = match words.as_str() {
        // What `openssl req -x509` makes without further flags.
        "CaUsedAsEndEntity" => "its certificate is a CA certificate, not a server's (CA:TRUE)".to_owned(),
        _ => format!("its certificate is invalid ({})", display::shortened(&words, 100)),
    };
    Diagnosis {
        what,
        advice: REPLACE,
        retryable: false,
    }
}
