//! What holds for every credential helper request. The fuzzer calls this with random input, and a test with every input
//! that was kept.

use url::Url;

use super::request::{HOST, Request};

/// A browser's URL parser agrees that a request which gets a token is for the Web API. No error quotes its input.
pub fn check(data: &[u8]) {
    match Request::parse(data) {
        Ok(request) if request.is_for_web_api() => {
            let url = Url::parse(&request.uri).expect("a URL that gets a token is valid");
            assert_eq!((url.scheme(), url.host_str()), ("https", Some(HOST)), "{url}");
            assert_eq!(url.port_or_known_default(), Some(443), "{url}");
            assert_eq!((url.username(), url.password()), ("", None), "{url}");
        }
        Ok(_) => {}
        Err(error) => assert!(!error.contains("CANARY") && error.len() < 100, "{error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::check;

    #[test]
    fn every_input_that_was_kept_holds() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/get");
        let inputs: Vec<_> = fs::read_dir(corpus)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(inputs.len() > 5);
        for input in inputs {
            println!("{}", input.display()); // shown when it fails
            check(&fs::read(input).unwrap());
        }
    }
}
