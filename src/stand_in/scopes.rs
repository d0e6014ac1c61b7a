//! The scopes that Spotify documents for its Web API, and what its consent page calls them, roughly.

const SCOPES: [(&str, &str); 19] = [
    ("ugc-image-upload", "Upload images for your playlists"),
    ("user-read-playback-state", "See what is playing, and on which device"),
    ("user-modify-playback-state", "Control playback on your devices"),
    ("user-read-currently-playing", "See what is playing"),
    ("app-remote-control", "Control Spotify on this device"),
    ("streaming", "Play music in other programs"),
    ("playlist-read-private", "See your private playlists"),
    ("playlist-read-collaborative", "See your collaborative playlists"),
    ("playlist-modify-private", "Change your private playlists"),
    ("playlist-modify-public", "Change your public playlists"),
    ("user-follow-modify", "Change who you follow"),
    ("user-follow-read", "See who you follow"),
    ("user-read-playback-position", "See how far you have listened"),
    ("user-top-read", "See your favourite artists and tracks"),
    ("user-read-recently-played", "See what you have played"),
    ("user-library-modify", "Change what you have saved"),
    ("user-library-read", "See what you have saved"),
    ("user-read-email", "See your email address"),
    ("user-read-private", "See your subscription and your country"),
];

/// Splits what was asked for, each once; `None` when one is unknown.
pub(super) fn parse(text: &str) -> Option<Vec<String>> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        meaning(scope)?;
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Some(scopes)
}

/// What a scope allows, for people.
pub(super) fn meaning(scope: &str) -> Option<&'static str> {
    SCOPES
        .iter()
        .find(|(known, _)| *known == scope)
        .map(|(_, meaning)| *meaning)
}
