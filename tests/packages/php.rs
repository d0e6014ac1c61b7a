//! The package for Composer.

use crate::holds;
use crate::installed::Installed;
use crate::package::Package;
use crate::support::installed::run;
use crate::support::server;

const PHP: Package = Package {
    language: "PHP",
    name: "libspotify-token/libspotify-token",
    binding: "php",
    needs: &["command -v composer", "command -v zip"],
    dependencies: "",
    tools: &["composer", "env", "php", "rm", "unzip"],
    // An index of packages in a folder.
    prepare: "echo '{\"repositories\": [{\"type\": \"artifact\", \"url\": \"'\"$FILES\"'\"}, {\"packagist.org\": false}]}' >composer.json",
    path: "vendor/bin",
    variables: &[("COMPOSER_ALLOW_SUPERUSER", "1")],
    local: "--quiet libspotify-token/libspotify-token",
    artist: "php -d ffi.enable=1 \"$EXAMPLES/php/artist.php\"",
    uninstall: "composer remove --quiet libspotify-token/libspotify-token && composer clear-cache --quiet && rm -r composer.lock vendor",
};

#[test]
fn php() {
    holds(&PHP, |installed| {
        installed.brings_the_command();
        works_without_ffi(installed);
    });
}

fn works_without_ffi(installed: &Installed) {
    let server = server();
    let output = run(&mut installed.line("php -d ffi.enable=0 \"$EXAMPLES/php/artist.php\"", &server));
    assert_eq!(output.stdout, b"Pitbull\n");
}
