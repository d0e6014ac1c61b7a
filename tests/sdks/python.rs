//! SDKs of Python, and the two HTTP libraries that others are made with.

use std::process::Command;

use spotify_token::stand_in::{Accounts, Reply, StandIn};

use crate::program::Program;
use crate::sdk::{ByItself, Sdk};
use crate::support::installed::{root, run};
use crate::support::tools;
use crate::tested;

const SPOTIPY: Sdk = Sdk {
    name: "spotipy",
    url: "https://pypi.org/project/spotipy/",
    needs: &["python3 -c 'import spotipy'"],
    program: "python3 \"$PROGRAMS/with_spotipy.py\"",
    by_itself: ByItself::Tokens {
        shows_secret: "in the log of `spotipy.oauth2` at the level DEBUG",
    },
    ..COMMON
};

const TEKORE: Sdk = Sdk {
    name: "tekore",
    url: "https://pypi.org/project/tekore/",
    needs: &["python3 -c 'import tekore'"],
    program: "python3 \"$PROGRAMS/with_tekore.py\"",
    by_itself: ByItself::Tokens {
        shows_secret: "in the `repr` of its credentials",
    },
    ..COMMON
};

const TEKORE_ASYNC: Sdk = Sdk {
    name: "tekore in asyncio",
    program: "python3 \"$PROGRAMS/with_tekore.py\" async",
    ..TEKORE
};

const REQUESTS: Sdk = Sdk {
    name: "requests",
    url: "https://pypi.org/project/requests/",
    needs: &["python3 -c 'import requests'"],
    program: "python3 \"$PROGRAMS/with_requests.py\"",
    ..COMMON
};

const HTTPX: Sdk = Sdk {
    name: "httpx",
    url: "https://pypi.org/project/httpx/",
    needs: &["python3 -c 'import httpx'"],
    program: "python3 \"$PROGRAMS/with_httpx.py\"",
    ..COMMON
};

const HTTPX_ASYNC: Sdk = Sdk {
    name: "httpx in asyncio",
    program: "python3 \"$PROGRAMS/with_httpx.py\" async",
    ..HTTPX
};

const COMMON: Sdk = Sdk {
    name: "",
    url: "",
    needs: &[],
    prepare: "",
    program: "",
    lines: ("lines.py", "python3 lines.py"),
    by_itself: ByItself::NoTokens,
};

tested! {
    spotipy: SPOTIPY { serves_an_app, serves_a_user, runs_the_lines_of_the_document, is_measured }
    tekore: TEKORE { serves_an_app, serves_a_user, runs_the_lines_of_the_document, is_measured }
    tekore_async: TEKORE_ASYNC { serves_an_app, serves_a_user, runs_the_lines_of_the_document }
    requests: REQUESTS { serves_an_app, serves_a_user, runs_the_lines_of_the_document, is_measured }
    httpx: HTTPX { serves_an_app, serves_a_user, runs_the_lines_of_the_document, is_measured }
    httpx_async: HTTPX_ASYNC { serves_an_app, serves_a_user, runs_the_lines_of_the_document }
}

/// The session of the adapter does what spotipy's own session does.
#[test]
fn spotipy_tries_again_after_a_429() {
    let Some(internet) = SPOTIPY.internet(Accounts {
        fail_api: Some("429:1".parse().unwrap()),
        ..Accounts::default()
    }) else {
        return;
    };
    let mut program = Program::start(&mut SPOTIPY.line(&internet, "with 1"));
    program.prints("ready");
    program.go_on();
    program.ends();
    assert_eq!(internet.server.api_requests().len(), 2);
}

/// After a redirect to another host, that host gets no token, and no new one for a 401 either.
#[test]
fn another_host_gets_no_token() {
    let programs = [
        (REQUESTS, "import requests as sdk; sdk.get(url, auth=Auth(Client()))"),
        (
            HTTPX,
            "import httpx as sdk; sdk.get(url, auth=Auth(Client()), follow_redirects=True)",
        ),
    ];
    for (sdk, use_it) in programs {
        let Some(internet) = sdk.internet(Accounts::default()) else {
            return;
        };
        let other = StandIn::scripted([Reply::empty(401)]).unwrap();
        let redirect = || Reply::empty(302).header("location", &(other.api_url() + "/x"));
        let token = || Reply::token("BQx", 3600);
        let first = StandIn::scripted([token(), redirect(), token(), redirect()]).unwrap();
        let adapter = format!("from libspotify_token.{} import Auth", sdk.name);
        let program =
            format!("from libspotify_token import Client; {adapter}; import sys; url = sys.argv[1]; {use_it}");
        run(internet
            .line("exec python3 -c \"$PROGRAM\" \"$API\"")
            .env("PROGRAM", program)
            .env("API", first.api_url())
            .env("SPOTIFY_TOKEN_URL", first.token_url()));
        let requests = other.api_requests();
        assert!(!requests.is_empty());
        assert!(
            requests.iter().all(|request| request.header("authorization").is_none()),
            "{}",
            sdk.name
        );
    }
}

#[test]
fn the_adapters_are_typed() {
    let package = root().join("bindings/python/libspotify_token");
    let has_sdks = [SPOTIPY, TEKORE, REQUESTS, HTTPX].iter().all(Sdk::is_there);
    if has_sdks && tools::require("mypy") {
        run(Command::new("mypy")
            .args(["--strict", "--cache-dir=/dev/null"])
            .arg(&package));
    }
    if has_sdks && tools::require("pyright") {
        run(Command::new("pyright").arg(&package));
    }
}
