//! SDKs of Node, and its `fetch`.

use spotify_token::stand_in::Accounts;

use crate::sdk::{ByItself, Sdk};
use crate::support::installed::run;
use crate::support::tools;
use crate::tested;

/// Where a program looks for packages, beside itself.
const PREPARE: &str = "mkdir node_modules; cp \"$PROGRAMS\"/*.mjs .; ln -s \"$BINDINGS/node\" node_modules/libspotify-token; \
                       ln -s \"$NODE_PATH/@spotify\" node_modules/";

const WEB_API_TS_SDK: Sdk = Sdk {
    name: "@spotify/web-api-ts-sdk",
    url: "https://www.npmjs.com/package/@spotify/web-api-ts-sdk",
    needs: &["node --eval 'require(\"koffi\"); require(\"@spotify/web-api-ts-sdk\")'"],
    prepare: PREPARE,
    program: "node with_web_api_ts_sdk.mjs",
    lines: ("lines.mjs", "node lines.mjs"),
    by_itself: ByItself::Tokens {
        shows_secret: "in `console.log` of the `SpotifyApi`",
    },
};

const FETCH: Sdk = Sdk {
    name: "fetch in Node",
    url: "https://nodejs.org/api/globals.html#fetch",
    needs: &["node --eval 'require(\"koffi\"); fetch'"],
    prepare: PREPARE,
    program: "node with_fetch.mjs",
    lines: ("lines.mjs", "node lines.mjs"),
    by_itself: ByItself::NoTokens,
};

tested! {
    web_api_ts_sdk: WEB_API_TS_SDK { serves_an_app, serves_a_user, runs_the_lines_of_the_document, is_measured }
    fetch: FETCH { serves_an_app, serves_a_user, runs_the_lines_of_the_document, is_measured }
}

/// The SDK can change to another strategy, whose tokens stay what they are.
#[test]
fn another_strategy_keeps_its_tokens() {
    let Some(internet) = WEB_API_TS_SDK.internet(Accounts::default()) else {
        return;
    };
    let program = "import { SpotifyApi } from '@spotify/web-api-ts-sdk'; import { Client } from 'libspotify-token'; \
                   import { AuthStrategy } from 'libspotify-token/web-api-ts-sdk'; \
                   const spotify = new SpotifyApi(new AuthStrategy(new Client())); await spotify.artists.get('x'); \
                   const other = { setConfiguration() {}, getOrCreateAccessToken: async () => ({ access_token: 'BQother' }) }; \
                   spotify.switchAuthenticationStrategy(other); \
                   await spotify.artists.get('x').catch((error) => console.log(error.message.includes('expired')));";
    let output = run(internet
        .line("exec node --input-type=module --eval \"$PROGRAM\"")
        .env("PROGRAM", program));
    assert_eq!(output.stdout, b"true\n");
    let requests = internet.server.api_requests();
    assert_eq!(requests.len(), 2, "the 401 is the other strategy's business");
    assert_eq!(requests[1].header("authorization"), Some("Bearer BQother"));
}

#[test]
fn a_stream_is_not_sent_again() {
    let Some(internet) = FETCH.internet(Accounts::default()) else {
        return;
    };
    let program = "const { Client } = require('libspotify-token'); const { withToken } = require('libspotify-token/fetch'); \
                   const send = withToken({ token: async () => ({ authorization: 'Bearer BQbad' }), invalidate: async () => {} }); \
                   const url = 'https://api.spotify.com/v1/artists/x'; \
                   const bodies = [() => 'text', () => new Blob(['text']), () => new Blob(['text']).stream()]; \
                   (async () => { for (const body of bodies) \
                   console.log((await send(url, { method: 'PUT', body: body(), duplex: 'half' })).status); })();";
    let output = run(internet.line("exec node --eval \"$PROGRAM\"").env("PROGRAM", program));
    assert_eq!(output.stdout, b"401\n401\n401\n");
    assert_eq!(internet.server.api_requests().len(), 5);
}

#[test]
fn the_adapters_are_typed() {
    let Some(internet) = WEB_API_TS_SDK.internet(Accounts::default()) else {
        return;
    };
    if tools::require("tsc") {
        let line = "cp \"$PROGRAMS/typed.ts\" typed.mts; tsc --noEmit --strict --skipLibCheck --module node16 --target es2022 \
                    --types node --typeRoots \"$NODE_PATH/@types\" typed.mts";
        run(&mut internet.line(line));
    }
}
