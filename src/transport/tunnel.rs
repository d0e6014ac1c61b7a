//! The way through a proxy: HTTP CONNECT (RFC 9110, section 9.3.6), SOCKS 4, 4a and 5 (RFC 1928 and 1929). What comes
//! out is a connection to the server as if there were no proxy.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::TransportError;
use super::message::{Input, joined};
use super::tls::Stream;
use crate::config::endpoint::{Endpoint, host_and_port};
use crate::config::proxy_url::{ProxyLogin, ProxyScheme, ProxyUrl};

/// Asks the proxy at the other end for a connection to the server. `looked_up` are the server's addresses, where the
/// proxy's scheme wants them to be looked up here.
pub(super) fn open(
    mut stream: Box<dyn Stream>,
    proxy: &ProxyUrl,
    server: &Endpoint,
    looked_up: &[SocketAddr],
    user_agent: &str,
) -> Result<Box<dyn Stream>, TransportError> {
    let (host, port) = (server.host(), server.port());
    match proxy.scheme() {
        ProxyScheme::Http | ProxyScheme::Https => {
            return connect(stream, &host_and_port(host, port), proxy.login(), user_agent);
        }
        ProxyScheme::Socks4 | ProxyScheme::Socks4a => {
            let is_v4 = |address: &&SocketAddr| address.is_ipv4();
            let target = Target::new(host, looked_up.iter().find(is_v4).or(looked_up.first()));
            socks4(&mut stream, &target, port, proxy.login())?;
        }
        ProxyScheme::Socks5 | ProxyScheme::Socks5h => {
            socks5(&mut stream, &Target::new(host, looked_up.first()), port, proxy.login())?;
        }
    }
    Ok(stream)
}

fn connect(
    mut stream: Box<dyn Stream>,
    server: &str,
    login: Option<&ProxyLogin>,
    user_agent: &str,
) -> Result<Box<dyn Stream>, TransportError> {
    let (name, basic, end) = match login {
        Some(login) => {
            let pair = joined(&[login.user.expose(), ":", login.password.expose()]);
            (
                "Proxy-Authorization: Basic ",
                Zeroizing::new(STANDARD.encode(&*pair)),
                "\r\n",
            )
        }
        None => Default::default(),
    };
    #[rustfmt::skip]
    let parts = [
        "CONNECT ", server, " HTTP/1.1\r\n",
        "Host: ", server, "\r\n",
        "User-Agent: ", user_agent, "\r\n",
        "Proxy-Connection: Keep-Alive\r\n",
        name, &basic, end,
        "\r\n",
    ];
    stream.write_all(&joined(&parts))?;
    stream.flush()?;
    let mut input = Input::new(&mut stream);
    let head = input.head()?;
    if !(200..300).contains(&head.status) {
        return Err(TransportError::ProxyRefused {
            status: head.status,
            schemes: schemes(&head.proxy_authenticate),
        });
    }
    // A server that speaks TLS waits for the client. Whoever speaks first is none, and TLS will say so.
    let first = io::Cursor::new(input.unread().to_vec());
    Ok(Box::new(Tunnel { first, stream }))
}

/// The names of the authentication schemes in these challenges (RFC 9110, section 11.6.1), each once.
pub(crate) fn schemes(challenges: &[String]) -> Vec<String> {
    let mut schemes = Vec::new();
    for part in challenges.iter().flat_map(|challenges| challenges.split(',')) {
        let mut words = part.split_whitespace();
        let first = words.next().unwrap_or_default();
        // `realm="x"` is a parameter of the scheme before it.
        let is_name = !first.is_empty()
            && first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !words.next().is_some_and(|next| next.starts_with('='));
        if is_name && first.len() <= 20 && !schemes.iter().any(|known: &String| known.eq_ignore_ascii_case(first)) {
            schemes.push(first.to_owned());
        }
    }
    schemes
}

/// A connection through a proxy, and what arrived on it already.
struct Tunnel {
    first: io::Cursor<Vec<u8>>,
    stream: Box<dyn Stream>,
}

impl Read for Tunnel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.first.read(buffer)? {
            0 => self.stream.read(buffer),
            read => Ok(read),
        }
    }
}

impl Write for Tunnel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Where a SOCKS proxy is to connect to.
enum Target<'t> {
    Address(IpAddr),
    Name(&'t str),
}

impl<'t> Target<'t> {
    fn new(host: &'t str, looked_up: Option<&SocketAddr>) -> Target<'t> {
        match (looked_up, host.parse()) {
            (Some(address), _) => Target::Address(address.ip()),
            (None, Ok(address)) => Target::Address(address),
            (None, Err(_)) => Target::Name(host),
        }
    }
}

fn refused(why: &'static str, retryable: bool) -> TransportError {
    TransportError::SocksRefused { why, retryable }
}

fn socks4(
    stream: &mut dyn Stream,
    target: &Target,
    port: u16,
    login: Option<&ProxyLogin>,
) -> Result<(), TransportError> {
    let address = match target {
        Target::Address(IpAddr::V4(address)) => address.octets(),
        Target::Address(IpAddr::V6(_)) => return Err(refused("SOCKS 4 knows no IPv6 address, use socks5", false)),
        // 4a: the name follows the user.
        Target::Name(_) => [0, 0, 0, 1],
    };
    let mut request = Zeroizing::new(Vec::with_capacity(1024));
    request.extend([4, 1]);
    request.extend(port.to_be_bytes());
    request.extend(address);
    request.extend(login.map_or("", |login| login.user.expose()).bytes());
    request.push(0);
    if let Target::Name(name) = target {
        request.extend(name.bytes());
        request.push(0);
    }
    stream.write_all(&request)?;
    stream.flush()?;
    let mut reply = [0; 8];
    stream.read_exact(&mut reply)?;
    match reply {
        [0, 90, ..] => Ok(()),
        [0, 91, ..] => Err(refused("the request was rejected or failed", true)),
        [0, 92 | 93, ..] => Err(refused("it wants to know the user by identd", false)),
        _ => Err(TransportError::NotSocks),
    }
}

fn socks5(
    stream: &mut dyn Stream,
    target: &Target,
    port: u16,
    login: Option<&ProxyLogin>,
) -> Result<(), TransportError> {
    const NO_LOGIN: u8 = 0;
    const PASSWORD: u8 = 2;
    stream.write_all(match login {
        Some(_) => &[5, 2, NO_LOGIN, PASSWORD],
        None => &[5, 1, NO_LOGIN],
    })?;
    stream.flush()?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen)?;
    match (chosen, login) {
        ([5, NO_LOGIN], _) => {}
        ([5, PASSWORD], Some(login)) => log_in(stream, login)?,
        ([5, 0xff], Some(_)) => return Err(refused("it does not accept a user and password", false)),
        ([5, 0xff], None) => return Err(refused("it requires a user and password", false)),
        _ => return Err(TransportError::NotSocks),
    }
    let mut request = vec![5, 1, 0];
    match target {
        Target::Address(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Target::Address(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Target::Name(name) => {
            let length = u8::try_from(name.len()).map_err(|_| refused("the server's name is too long", false))?;
            request.extend([3, length]);
            request.extend(name.bytes());
        }
    }
    request.extend(port.to_be_bytes());
    stream.write_all(&request)?;
    stream.flush()?;
    let mut reply = [0; 4];
    stream.read_exact(&mut reply)?;
    match reply {
        [5, 0, ..] => {}
        [5, 1, ..] => return Err(refused("it failed", true)),
        [5, 2, ..] => return Err(refused("its rules forbid it", false)),
        [5, 3, ..] => return Err(refused("network unreachable", true)),
        [5, 4, ..] => return Err(refused("host unreachable", true)),
        [5, 5, ..] => return Err(refused("connection refused", true)),
        [5, 6, ..] => return Err(refused("the server does not answer", true)),
        [5, 7, ..] => return Err(refused("it does not make connections", false)),
        [5, 8, ..] => return Err(refused("it does not know this kind of address", false)),
        _ => return Err(TransportError::NotSocks),
    }
    // The address that the proxy uses is nothing to us, but stands before what the server sends.
    let length = match reply[3] {
        1 => 4,
        4 => 16,
        3 => {
            let mut length = [0];
            stream.read_exact(&mut length)?;
            usize::from(length[0])
        }
        _ => return Err(TransportError::NotSocks),
    };
    stream.read_exact(&mut vec![0; length + 2])?;
    Ok(())
}

/// User and password (RFC 1929).
fn log_in(stream: &mut dyn Stream, login: &ProxyLogin) -> Result<(), TransportError> {
    let mut request = Zeroizing::new(Vec::with_capacity(3 + 2 * 255));
    request.push(1);
    for text in [&login.user, &login.password] {
        let text = text.expose();
        let too_long = |_| refused("user and password may have 255 bytes each", false);
        request.push(u8::try_from(text.len()).map_err(too_long)?);
        request.extend(text.bytes());
    }
    stream.write_all(&request)?;
    stream.flush()?;
    let mut reply = [0; 2];
    stream.read_exact(&mut reply)?;
    match reply {
        [_, 0] => Ok(()),
        _ => Err(refused("it rejected the user and password", false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_name_their_schemes() {
        for (challenges, names) in [
            (&["NTLM", "Negotiate"][..], &["NTLM", "Negotiate"][..]),
            (&["Negotiate, NTLM"], &["Negotiate", "NTLM"]),
            (
                &[r#"Digest realm="a, b", nonce="c", qop = "auth""#, "digest x=y"],
                &["Digest"],
            ),
            (&[r#"Basic realm="x""#, "NTLM TlRMTVNTUAAC=="], &["Basic", "NTLM"]),
            (&["", ",", "\u{e4}", "this-is-far-too-long-to-be-a-scheme"], &[]),
        ] {
            let challenges: Vec<String> = challenges.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(schemes(&challenges), names, "{challenges:?}");
        }
    }
}
