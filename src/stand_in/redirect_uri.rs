//! Which redirect URIs pass, as Spotify has it since 2025: `https`, or `http` on a loopback address, never `localhost`.

const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Whether the app has registered this URI. A loopback one that is registered without a port passes with any port (RFC 8252,
/// section 7.3).
pub(super) fn is_registered(uri: &str, registered: &[String]) -> bool {
    let without_port = without_loopback_port(uri);
    registered
        .iter()
        .any(|known| known == uri || without_port.as_ref() == Some(known))
}

/// Whether a code may be sent there.
pub(super) fn is_secure(uri: &str) -> bool {
    let host = uri.strip_prefix("https://").map(|rest| {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        authority.split(':').next().unwrap_or_default()
    });
    let is_plain = uri.bytes().all(|byte| byte.is_ascii_graphic()) && !uri.contains('#');
    is_plain
        && match host {
            Some(host) => !host.is_empty() && !host.eq_ignore_ascii_case("localhost"),
            None => LOOPBACK.iter().any(|host| {
                let rest = uri.strip_prefix(host);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/', '?']))
            }),
        }
}

/// The URI without its port, if it is one on a loopback address with a port.
fn without_loopback_port(uri: &str) -> Option<String> {
    LOOPBACK.iter().find_map(|host| {
        let rest = uri.strip_prefix(host)?.strip_prefix(':')?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let (port, rest) = rest.split_at(end);
        let is_port = port.parse::<u16>().is_ok_and(|port| port != 0);
        let is_end = rest.is_empty() || rest.starts_with(['/', '?']);
        (is_port && is_end).then(|| format!("{host}{rest}"))
    })
}
