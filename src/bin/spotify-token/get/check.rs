//! What holds for every credential helper request, whatever is in it. The fuzzer feeds this without end, and a test over
//! every input that is kept.

use url::Url;

use super::request::{HOST, Request};

/// A request that gets a token is one that a browser's parser, too, takes for the Web API's; and no error quotes its input.
pub fn check(data: &[u8]) {
    match Request::parse(data) {
        Ok(request) if request.is_for_web_api() => {
            let url = Url::parse(&request.uri).expect("an address that gets a token is an address");
            assert_eq!((url.scheme(), url.host_str()), ("https", Some(HOST)), "{url}");
            assert_eq!(url.port_or_known_default(), Some(443), "{url}");
            assert_eq!((url.username(), url.password()), ("", None), "{url}");
        }
        Ok(_) => {}
        Err(fault) => assert!(!fault.contains("CANARY") && fault.len() < 100, "{fault}"),
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
