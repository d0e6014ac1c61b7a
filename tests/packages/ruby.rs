//! The gem.

use crate::holds;
use crate::package::{NAME, Package};

const RUBY: Package = Package {
    language: "Ruby",
    name: NAME,
    binding: "ruby",
    needs: &["command -v gem", "ruby -rffi -e ''"],
    dependencies: "",
    tools: &["ruby", "gem", "mkdir", "uname"],
    // The folders that RubyGems makes once and for all. It leaves documentation behind.
    prepare: "echo 'gem: --no-document' >\"$HOME/.gemrc\" && \
              mkdir bin build_info cache doc extensions gems plugins specifications",
    path: "bin",
    variables: &[("GEM_HOME", ".")],
    local: "--local \"$FILES/libspotify-token-0.1.0-$(uname -m)-linux.gem\"",
    artist: "ruby -W \"$EXAMPLES/ruby/artist.rb\"",
    uninstall: "gem uninstall --executables libspotify-token",
};

#[test]
fn ruby() {
    holds(&RUBY, |installed| installed.brings_the_command());
}
