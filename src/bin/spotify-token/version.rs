//! `--version`, and what `--verbose` adds to it: facts about this build, for reports of errors.

/// Returns one line with the version; if `verbose`, also lines with the target, the features and the commit.
pub fn text(verbose: bool) -> String {
    let version = concat!("spotify-token ", env!("CARGO_PKG_VERSION"), "\n");
    if !verbose {
        return version.to_owned();
    }
    let (target, commit) = (env!("SPOTIFY_TOKEN_TARGET"), env!("SPOTIFY_TOKEN_COMMIT"));
    let features = features();
    format!("{version}target: {target}\nfeatures: {features}\ncommit: {commit}\n")
}

/// The features that a packager chooses.
fn features() -> String {
    let features = [
        ("redis", cfg!(feature = "redis")),
        ("keyring", cfg!(feature = "keyring")),
    ];
    let names: Vec<&str> = features.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
