//! Failures of TLS: what rustls found, in words, and what to do about it.

use rustls::{AlertDescription, CertificateError};

use crate::display;
use crate::error::{Code, Error};

/// What is wrong.
pub(super) struct Fault {
    /// In words that follow "no secure connection to somebody:".
    pub(super) what: String,
    /// What a person can do: a sentence without its full stop.
    pub(super) advice: &'static str,
    /// Whether another attempt can help.
    pub(super) passing: bool,
}

const BETWEEN: &str = "Check the token URL, and for a firewall or proxy in between";
const IN_BETWEEN: &str = "Check for a firewall or proxy in between";
const VERSIONS: &str = "Check that it speaks TLS 1.2 or 1.3, and for a firewall or proxy in between";
const RENEW: &str = "Ask whoever runs the server for a better one";
const TRUST: &str =
    "Behind a company proxy, name its CA with ca_file or SSL_CERT_FILE; in a small image, install ca-certificates";

/// The error for what happened with this server.
pub(super) fn failed(error: &ureq::Error, server: &str) -> Error {
    let Fault { what, advice, passing } = fault(error);
    Error::new(Code::Tls, format!("no secure connection to {server}: {what}. {advice}")).retryable(passing)
}

/// What rustls says, if it is that which failed.
pub(super) fn fault_in(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Io(io) => io.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// What happened in a handshake, or in a connection after it.
pub(super) fn fault(error: &ureq::Error) -> Fault {
    let lasting = |what: &str, advice| Fault {
        what: what.to_owned(),
        advice,
        passing: false,
    };
    match fault_in(error) {
        None if matches!(error, ureq::Error::Io(_)) => Fault {
            what: super::words(error),
            advice: IN_BETWEEN,
            passing: true,
        },
        Some(rustls::Error::InvalidCertificate(fault)) => certificate(fault),
        Some(rustls::Error::InvalidMessage(_)) => lasting(
            "the other side does not speak TLS",
            "Check scheme and port of the token URL, and for a firewall or proxy in between",
        ),
        Some(rustls::Error::AlertReceived(alert)) => refused(*alert),
        Some(rustls::Error::PeerIncompatible(_)) => {
            lasting("the other side knows no common TLS version or cipher", VERSIONS)
        }
        Some(rustls::Error::DecryptError) => lasting("what arrives was changed or damaged on the way", IN_BETWEEN),
        _ => lasting(&super::words(error), BETWEEN),
    }
}

/// What an alert of the other side means (RFC 8446, section 6.2).
fn refused(alert: AlertDescription) -> Fault {
    let (why, advice) = match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity => ("it may be too old", VERSIONS),
        AlertDescription::CertificateRequired | AlertDescription::BadCertificate => {
            ("it wants a client certificate, and there is none here", BETWEEN)
        }
        AlertDescription::UnrecognisedName => ("it does not know that name", "Check the host of the token URL"),
        AlertDescription::InternalError => ("it has a fault of its own", "Try again later"),
        _ => ("it does not say more", BETWEEN),
    };
    Fault {
        what: format!("the other side refused ({alert:?}): {why}"),
        advice,
        passing: alert == AlertDescription::InternalError,
    }
}

fn certificate(fault: &CertificateError) -> Fault {
    let (what, advice) = match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "its certificate has expired",
            "Check this machine's clock; if it is right, the server has to renew its certificate",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "its certificate is not valid yet",
            "Check this machine's clock; if it is right, the server's certificate came too early",
        ),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => (
            "its certificate is for another name: it has none but in its subject, which does not count",
            RENEW,
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "its certificate is for another name",
            "Check the host of the token URL; or a network that wants a login has answered",
        ),
        CertificateError::UnknownIssuer => ("its certificate is from an authority that is not trusted here", TRUST),
        // That of the certificate, by an authority with the name of a trusted one; or that of the handshake.
        CertificateError::BadSignature => (
            "its certificate is from an authority that is not trusted here, or its key is too weak (RSA needs 2048 bits)",
            TRUST,
        ),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            "the signature of its certificate is of a kind that is too weak, such as SHA-1, or unknown",
            RENEW,
        ),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            ("its certificate is not for servers", RENEW)
        }
        other => return unusual(other),
    };
    Fault {
        what: what.to_owned(),
        advice,
        passing: false,
    }
}

fn unusual(fault: &CertificateError) -> Fault {
    let words = match fault {
        CertificateError::Other(other) => other.to_string(),
        other => other.to_string(),
    };
    let what = match words.as_str() {
        // Without further flags, `openssl req -x509` makes such.
        "CaUsedAsEndEntity" => "its certificate is that of an authority, and not for servers (CA:TRUE)".to_owned(),
        _ => format!(
            "its certificate is not acceptable ({})",
            display::shortened(&words, 100)
        ),
    };
    Fault {
        what,
        advice: RENEW,
        passing: false,
    }
}
