//! Lines of this system's shell, PowerShell, for examples.

/// Gets a token, with credentials in the environment.
pub const WITH_CREDENTIALS: &str = "$env:CLIENT_ID='...'; $env:CLIENT_SECRET='...'; spotify-token json";
/// Sets the client id for the lines that follow.
pub const SET_CLIENT_ID: &str = "$env:CLIENT_ID='...'";
/// The name of curl. Without its end it is another command in PowerShell 5.
pub const CURL: &str = "curl.exe";
