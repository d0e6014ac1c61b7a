//! The CA certificates of the system.

/// Where systems keep their bundle, the most common first.
pub(crate) const SYSTEM_BUNDLES: [&str; 8] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Alpine, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // openSUSE
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL, newer
    "/etc/pki/tls/cacert.pem",            // OpenELEC
    "/etc/ssl/cert.pem",                  // Alpine, BSDs, macOS
    "/usr/local/share/certs/ca-root-nss.crt", // FreeBSD
    "/opt/homebrew/etc/ca-certificates/cert.pem", // Homebrew
];

/// Passes nothing: the bundles are all there is.
pub(crate) fn each_in_store(_take: impl FnMut(&[u8])) {}
