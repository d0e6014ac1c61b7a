//! golang.org/x/oauth2, which zmb3/spotify and others get their tokens from, as Debian has it.

use crate::program::Program;
use crate::sdk::{ByItself, Sdk};
use crate::tested;
use spotify_token::stand_in::Accounts;

/// In GOPATH mode, so that nothing is asked of a module proxy.
const PREPARE: &str = "mkdir -p go/src/example.org go/src/program; ln -s \"$BINDINGS/go\" go/src/example.org/libspotify-token; \
                       cp \"$PROGRAMS\"/go/*.go go/src/program; export GO111MODULE=off GOPATH=\"$PWD/go:/usr/share/gocode\"; \
                       export PKG_CONFIG_PATH=\"$LD_LIBRARY_PATH/pkgconfig\"; go build -o program program";

const OAUTH2: Sdk = Sdk {
    name: "golang.org/x/oauth2",
    url: "https://pkg.go.dev/golang.org/x/oauth2",
    needs: &[
        "command -v go",
        "command -v cc",
        "test -d /usr/share/gocode/src/golang.org/x/oauth2",
    ],
    prepare: PREPARE,
    program: "./program",
    lines: (
        "lines.go",
        "export GO111MODULE=off GOPATH=\"$PWD/go:/usr/share/gocode\" PKG_CONFIG_PATH=\"$LD_LIBRARY_PATH/pkgconfig\"; \
         go run lines.go",
    ),
    by_itself: ByItself::Tokens { shows_secret: "" },
};

/// The same with the package that runs the command, which needs no C.
const WITHOUT_CGO: Sdk = Sdk {
    prepare: "export CGO_ENABLED=0; mkdir -p go/src/example.org go/src/program; \
              ln -s \"$BINDINGS/go\" go/src/example.org/libspotify-token; cp \"$PROGRAMS\"/go/*.go go/src/program; \
              export GO111MODULE=off GOPATH=\"$PWD/go:/usr/share/gocode\"; go build -o program program",
    program: "env PATH=\"$LD_LIBRARY_PATH/../bin:$PATH\" ./program",
    ..OAUTH2
};

tested! {
    oauth2: OAUTH2 { serves_an_app, serves_a_user, runs_the_lines_of_the_document, is_measured }
    without_cgo: WITHOUT_CGO { serves_an_app, serves_a_user }
}

/// What wants a TokenSource gets tokens, too. oauth2 itself sends nothing once more after a 401.
#[test]
fn a_token_source_shares_one_request() {
    for sdk in [OAUTH2, WITHOUT_CGO] {
        let Some(internet) = sdk.internet(Accounts::default()) else {
            return;
        };
        let mut program = Program::start(sdk.line(&internet, "with 32").env("ADAPTER", "oauth2"));
        program.prints("ready");
        program.go_on();
        program.ends();
        assert_eq!(internet.server.requests().len(), 1);
    }
}
