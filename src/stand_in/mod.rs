//! A local accounts service that answers like Spotify.
