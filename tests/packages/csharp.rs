//! The package for NuGet. There is no .NET on Debian: its folders are looked at, and Mono runs it.

use crate::holds;
use crate::installed::Installed;
use crate::package::{NAME, Package};

const CSHARP: Package = Package {
    language: "C#",
    name: NAME,
    binding: "csharp",
    needs: &["command -v mcs", "command -v zip"],
    dependencies: "",
    tools: &["cp", "mcs", "mono", "nuget", "rm"],
    prepare: "cp \"$EXAMPLES/csharp/Artist.cs\" .",
    path: ".",
    variables: &[],
    // Mono looks for assemblies and libraries beside the program.
    local: "libspotify-token -Source \"$FILES\" -OutputDirectory packages -Verbosity quiet && \
            cp packages/*/lib/netstandard2.0/SpotifyToken.dll packages/*/runtimes/linux-[ax]*/native/libspotify_token.so . && \
            mcs -r:SpotifyToken.dll -r:System.Net.Http -r:System.Runtime.Serialization Artist.cs",
    artist: "mono Artist.exe",
    uninstall: "rm -r packages Artist.exe SpotifyToken.dll libspotify_token.so",
};

#[test]
fn csharp() {
    holds(&CSHARP, has_a_library_for_each_platform);
}

fn has_a_library_for_each_platform(installed: &Installed) {
    let (this, other) = match std::env::consts::ARCH {
        "aarch64" => ("linux-arm64", "linux-musl-x64"),
        _ => ("linux-x64", "linux-musl-arm64"),
    };
    for runtime in [this, other] {
        let library = format!("packages/libspotify-token.0.1.0/runtimes/{runtime}/native/libspotify_token.so");
        assert!(installed.environment.installed(&library).is_file(), "{library}");
    }
}
