//! The jar.

use std::process::Command;

use crate::holds;
use crate::installed::{Installed, fails};
use crate::package::{NAME, Package, file_with};
use crate::support::installed::{library_lacking, run};
use crate::support::server;

const JAVA: Package = Package {
    language: "Java",
    name: NAME,
    binding: "java",
    needs: &[
        "command -v javadoc",
        "command -v zip",
        "test -r \"${JNA_JAR:-/usr/share/java/jna.jar}\"",
    ],
    dependencies: "cp \"${JNA_JAR:-/usr/share/java/jna.jar}\" \"$FILES/dependencies/jna.jar\"",
    tools: &["cp", "java", "javac", "rm"],
    prepare: "cp \"$FILES/dependencies/jna.jar\" \"$EXAMPLES/java/Artist.java\" .",
    path: ".",
    variables: &[],
    local: "\"$FILES\"/libspotify-token-0.1.0",
    artist: "java -cp \"$FILES/libspotify-token-0.1.0.jar:jna.jar:.\" Artist",
    uninstall: "rm ./*.class",
};

#[test]
fn java() {
    holds(&JAVA, |installed| {
        has_a_library_for_each_platform(installed);
        refuses_a_library_that_is_not_ours(installed);
    });
}

fn has_a_library_for_each_platform(installed: &Installed) {
    let jar = file_with(installed.files.path(), &["0.1.0.jar"]);
    let listed = run(Command::new("unzip").arg("-l").arg(jar)).stdout;
    let folder = format!("linux-{}/libspotify_token.so", std::env::consts::ARCH.replace('_', "-"));
    assert!(String::from_utf8(listed).unwrap().contains(&folder));
}

fn refuses_a_library_that_is_not_ours(installed: &Installed) {
    let older = tempfile::tempdir().unwrap();
    let library = library_lacking(older.path(), "spotify_abi_version");
    let message = fails(
        installed
            .line(JAVA.artist, &server())
            .env("SPOTIFY_TOKEN_LIBRARY", &library),
    );
    assert!(
        message.contains("no library: ") && message.contains("spotify_abi_version"),
        "{message}"
    );
}
