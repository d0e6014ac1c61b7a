//! Certificates in PEM (RFC 7468, section 5). This reads what the reader of rustls reads, in a fifth of its time: with the system's 145
//! CA certificates, that one takes more time than the handshake.

use std::io::{self, BufRead, BufReader, Read};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// With padding or without, as other readers take it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads all certificates of a file, and passes each to `found`: its DER, or `None` if it is damaged. Skips everything else, such as
/// keys and comments.
///
/// # Errors
/// Those of the file.
pub(super) fn each_certificate(file: impl Read, mut found: impl FnMut(Option<Vec<u8>>)) -> io::Result<()> {
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    // The text of the certificate that is being read.
    let mut certificate: Option<Vec<u8>> = None;
    while reader.read_until(b'\n', &mut line)? > 0 {
        match line.trim_ascii_end() {
            b"-----BEGIN CERTIFICATE-----" => certificate = Some(Vec::new()),
            b"-----END CERTIFICATE-----" => {
                if let Some(text) = certificate.take() {
                    found(decoded(text));
                }
            }
            text => {
                if let Some(certificate) = &mut certificate {
                    certificate.extend_from_slice(text);
                }
            }
        }
        line.clear();
    }
    if certificate.is_some() {
        found(None);
    }
    Ok(())
}

/// Decodes base64. White space inside of a line is rare, so it is looked for only where decoding fails.
fn decoded(mut text: Vec<u8>) -> Option<Vec<u8>> {
    if let Ok(der) = BASE64.decode(&text) {
        return Some(der);
    }
    text.retain(|byte| !byte.is_ascii_whitespace());
    BASE64.decode(&text).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::prelude::BASE64_STANDARD;
    use fastrand::Rng;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;
    use crate::platform::certificates::SYSTEM_BUNDLES;

    fn read(file: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut all = Vec::new();
        each_certificate(file, |certificate| all.push(certificate)).unwrap();
        all
    }

    /// What the reader of rustls reads.
    fn expected(file: &[u8]) -> Vec<Vec<u8>> {
        let certificates = CertificateDer::pem_slice_iter(file).flatten();
        certificates.map(|certificate| certificate.to_vec()).collect()
    }

    fn agrees(file: &str) {
        let read: Vec<_> = read(file.as_bytes()).into_iter().flatten().collect();
        assert_eq!(read, expected(file.as_bytes()), "{file}");
    }

    /// A certificate in PEM, of this many bytes.
    fn pem(random: &mut Rng, bytes: usize) -> String {
        let der: Vec<u8> = (0..bytes).map(|_| random.u8(..)).collect();
        let text = BASE64_STANDARD.encode(der);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        )
    }

    #[test]
    fn the_bundle_of_the_system_is_read_as_rustls_reads_it() {
        let Some(bundle) = SYSTEM_BUNDLES.iter().find_map(|path| fs::read(path).ok()) else {
            println!("skipped: this system has no bundle of CA certificates");
            return;
        };
        let expected = expected(&bundle);
        assert!(!expected.is_empty());
        assert_eq!(read(&bundle), expected.into_iter().map(Some).collect::<Vec<_>>());
    }

    #[test]
    fn files_of_any_form_are_read_as_rustls_reads_them() {
        let mut random = Rng::with_seed(7468);
        for bytes in 0..200 {
            let (one, other) = (pem(&mut random, bytes), pem(&mut random, 199 - bytes));
            let key = one.replace("CERTIFICATE", "PRIVATE KEY");
            for file in [
                format!("{one}{other}"),
                format!("A comment\n{one}# another: caf\u{e9}\n\n{other}\n\n"),
                format!("{key}{one}{}{other}", one.replace("CERTIFICATE", "X509 CRL")),
                one.replace('\n', "\r\n"),
                one.replace('\n', "  \n"),
                one.replace("-\n", "-\n \n\t").replacen("\t-", "-", 1),
                one.replace('=', ""),
                one.trim_end().to_owned(),
                format!(
                    "{}{other}",
                    one.replace(
                        "-----END CERTIFICATE-----",
                        "-----END\n-----BEGIN X-----\n-----END X-----"
                    )
                ),
                format!("{}{other}", one.replacen("-\n", "-\n*", 1)),
                format!("{other}{}", &one[..one.len() / 2]),
                format!("{}\n{other}", one.replace("-----BEGIN", " -----BEGIN")),
            ] {
                agrees(&file);
            }
        }
    }

    #[test]
    fn what_is_damaged_is_no_certificate() {
        let good = pem(&mut Rng::with_seed(7468), 100);
        let [no_end, no_base64] = [good[..90].to_owned(), good.replacen("-\n", "-\n*", 1)];
        assert_eq!(read(no_end.as_bytes()), [None]);
        assert_eq!(read(format!("{no_base64}{good}").as_bytes()).len(), 2);
        assert_eq!(read(no_base64.as_bytes()), [None]);
        assert_eq!(read(b"no certificate\n"), []);
    }
}
