//! The distribution for CPAN.

use crate::holds;
use crate::package::Package;

const PERL: Package = Package {
    language: "Perl",
    name: "SpotifyToken",
    binding: "perl",
    needs: &["perl -MFFI::Platypus=2 -e ''"],
    dependencies: "",
    tools: &[
        "chmod", "cp", "cpanm", "find", "gzip", "make", "mkdir", "mv", "perl", "rm", "tar", "touch", "true", "uname",
    ],
    prepare: "",
    path: "bin",
    variables: &[("PERL5LIB", "lib/perl5")],
    local: "--quiet --notest --local-lib . \"$FILES/SpotifyToken-0.1.0-$(uname -m)-unknown-linux-gnu.tar.gz\"",
    artist: "perl \"$EXAMPLES/perl/artist.pl\"",
    uninstall: "cpanm --quiet --uninstall --force --local-lib . SpotifyToken && rm -r \"$HOME/.cpanm\" && find . -type d -empty -delete",
};

#[test]
fn perl() {
    holds(&PERL, |installed| installed.brings_the_command());
}
