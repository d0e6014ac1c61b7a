//! Credentials, from the content of a file or of a dotenv file.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::{CANARY, check_error, check_hidden, check_line};
use crate::config::Environment;
use crate::credentials::{self, Credentials, read_credential};
use crate::error::ErrorKind;
use crate::protocol::grant::basic;

/// A file that holds one credential: taken as it is or refused, never changed, and sent so that the server reads the same.
pub fn credential(data: &[u8]) {
    let text = match read_credential(data) {
        Ok(secret) => secret,
        Err(fault) => {
            check_line(&fault, 100);
            assert!(data.len() > 64 * 1024 || text_of(data).is_none());
            return;
        }
    };
    let text = text.expose();
    for (id, secret) in [(text, "secret"), ("id", text)] {
        match Credentials::from_arguments(Some(id), Some(secret)) {
            Ok(pair) => {
                let pair = pair.expect("both halves were given");
                check_shape(&pair);
                let written = text_of(data).expect("it was read");
                let line_end = if written.ends_with("\r\n") { "\r\n" } else { "\n" };
                assert_eq!(text, written.strip_suffix(line_end).unwrap_or(&written), "as it is");
                assert_eq!((pair.client_id.expose(), pair.client_secret.expose()), (id, secret));
                check_hidden(&format!("{pair:?} {:?}", pair.warning()), &[CANARY]);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::MalformedCredentials);
                check_error(&error, &[CANARY]);
            }
        }
    }
}

/// The text in a file, as another reader would read it.
fn text_of(data: &[u8]) -> Option<String> {
    let utf_16 = |units: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Option<Vec<u16>> = units.chunks(2).map(|pair| Some(unit(pair.try_into().ok()?))).collect();
        String::from_utf16(&units?).ok()
    };
    match data {
        [0xff, 0xfe, units @ ..] => utf_16(units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => utf_16(units, u16::from_be_bytes),
        _ => String::from_utf8(data.to_owned()).ok(),
    }
}

/// A dotenv file, with variables of the environment. No message shows a value, or more of the file than a line's number and
/// our own names.
pub fn dotenv(data: &[u8]) {
    let environment = Environment::from_pairs([("SET", "set"), ("EMPTY", "")]);
    match credentials::from_dotenv(Path::new("a.env"), data, &environment) {
        Ok(None) => {}
        Ok(Some(pair)) => {
            assert_eq!(pair.source, "a.env");
            check_shape(&pair);
        }
        Err(error) => {
            let expected = [
                ErrorKind::MissingCredentials,
                ErrorKind::MalformedCredentials,
                ErrorKind::File,
            ];
            assert!(expected.contains(&error.kind()), "{error}");
            check_error(&error, &[CANARY]);
        }
    }
}

/// A pair that was taken has no character that a credential never has, and the header holds it unchanged.
fn check_shape(pair: &Credentials) {
    let (id, secret) = (pair.client_id.expose(), pair.client_secret.expose());
    for value in [id, secret] {
        let bad = |c: char| c.is_whitespace() || c.is_control() || "\"'`\u{feff}".contains(c);
        assert!(!value.is_empty() && !value.contains(bad), "{value:?}");
    }
    assert!(!id.contains(':'));
    let header = basic(pair);
    let encoded = header.expose().strip_prefix("Basic ").expect("the scheme");
    let joined = String::from_utf8(STANDARD.decode(encoded).expect("base64")).expect("ASCII");
    let decoded = |part: &str| percent_decode_str(part).decode_utf8().expect("UTF-8").into_owned();
    let (first, second) = joined.split_once(':').expect("a colon");
    assert_eq!((decoded(first).as_str(), decoded(second).as_str()), (id, secret));
}
