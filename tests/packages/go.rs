//! The module for Go, as far as it needs no C: a machine without a C compiler cannot build the rest.

use crate::holds;
use crate::package::{NAME, Package};

const GO: Package = Package {
    language: "Go",
    name: NAME,
    binding: "go",
    needs: &["command -v zip"],
    dependencies: "",
    tools: &["cp", "go", "mkdir", "rm", "unzip"],
    // A proxy in a folder, and a program that asks it for the module. The command is installed as for every other program.
    prepare: "proxy=proxy/example.org/libspotify-token/@v && mkdir -p \"$proxy\" bin go/pkg && \
              cp \"$FILES\"/libspotify-token-go-0.1.0.zip \"$proxy/v0.1.0.zip\" && \
              echo '{\"Version\":\"v0.1.0\"}' >\"$proxy/v0.1.0.info\" && echo v0.1.0 >\"$proxy/list\" && \
              unzip -p \"$proxy/v0.1.0.zip\" '*/go.mod' >\"$proxy/v0.1.0.mod\" && \
              cp \"$PREFIX/bin/spotify-token\" bin && cp -r \"$EXAMPLES/go/webapi\" \"$EXAMPLES/go/without_cgo\" . && \
              go mod init example.org/spotify-token/artist && \
              go env -w \"GOPROXY=file://$PWD/proxy\" GONOSUMDB='*' \"GOPATH=$PWD/go\" CGO_ENABLED=0",
    path: "bin",
    variables: &[],
    local: "libspotify-token && go build -o artist ./without_cgo",
    artist: "./artist",
    uninstall: "go clean -modcache && rm artist go.sum",
};

#[test]
fn go() {
    holds(&GO, |_| ());
}
