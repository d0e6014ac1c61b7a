//! Lines of this system's shell, for examples.

/// Gets a token, with credentials in the environment.
pub const WITH_CREDENTIALS: &str = "CLIENT_ID=... CLIENT_SECRET=... spotify-token json";
/// Sets the client id for the lines that follow.
pub const SET_CLIENT_ID: &str = "export CLIENT_ID=...";
/// The name of curl.
pub const CURL: &str = "curl";
