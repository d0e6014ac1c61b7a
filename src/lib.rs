//! Spotify Web API tokens for every language.
#[cfg(feature = "stand-in")]
pub mod stand_in;
