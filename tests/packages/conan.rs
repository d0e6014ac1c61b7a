//! The recipe for Conan, with the archive in a local folder.

use std::fs;
use std::process::Command;

use tempfile::tempdir;

use crate::environment::offline_shell;
use crate::installed::{knowing, prints_the_artist, says_that_the_secret_is_wrong};
use crate::package::install_line;
use crate::release::{archive_name, archives, script};
use crate::support::installed::{prefix, root, run};
use crate::support::{server, tools};

#[test]
fn conan_installs_the_library_from_the_archive() {
    if tools::available(&["conan", "cmake"]).len() < 2 || !tools::require_that("libcurl", "pkg-config --exists libcurl")
    {
        return;
    }
    let Some(archives) = prefix().and_then(archives) else {
        return;
    };
    let version = env!("CARGO_PKG_VERSION");
    let archive = fs::read(archives.path().join(archive_name() + ".tar.xz")).unwrap();
    // The recipes name these as well.
    for other in ["source", "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
        let name = format!("spotify-token-{version}-{other}.tar.xz");
        fs::write(archives.path().join(name), &archive).unwrap();
    }
    let url = format!("file://{}", archives.path().display());
    run(script("dist/recipes.sh").arg(archives.path()).env("RELEASE_URL", url));

    let folder = tempdir().unwrap();
    let prepared = |mut shell: Command, line: &str| {
        shell
            .args(["-euc", line])
            .current_dir(folder.path())
            .env("CONAN_HOME", folder.path().join("home"))
            .env("EXAMPLES", root().join("examples"));
        shell
    };
    let line = |text: &str| prepared(Command::new("sh"), text);
    let recipe = archives.path().join(format!("spotify-token-{version}-conan.tar.xz"));
    run(line("tar xf \"$RECIPE\"; conan profile detect; conan remote remove conancenter").env("RECIPE", recipe));
    let install = install_line("C and C++, Conan").replace("VERSION", version);
    for kind in ["True", "False"] {
        run(&mut prepared(
            offline_shell(),
            &format!("{install} --options='*:shared={kind}'"),
        ));
        run(&mut line(&format!(
            "conan install --requires=spotify-token/{version} --options='*:shared={kind}' --generator=PkgConfigDeps \
             --output-folder={kind}; export PKG_CONFIG_PATH=\"$PWD/{kind}\"; \
             cc \"$EXAMPLES/c/artist.c\" $(pkg-config --cflags --libs spotify_token libcurl) -o {kind}/artist \
             -Wl,-rpath,\"$(pkg-config --variable=libdir spotify_token)\""
        )));
        let server = server();
        let artist = format!("{kind}/artist");
        prints_the_artist(&mut knowing(line(&artist), &server));
        says_that_the_secret_is_wrong(&mut knowing(line(&artist), &server));
    }

    run(&mut line("conan remove --confirm spotify-token"));
    let left = run(&mut line("find home/p -name '*spotify_token*'"));
    assert_eq!(String::from_utf8_lossy(&left.stdout), "");
}
