//! Which proxy a request takes, if any: the `proxy` option first, then the environment, read as curl reads it (curl(1),
//! "Environment"): lower case wins, `NO_PROXY` exempts hosts. Plain http never takes one: a proxy would see the client
//! secret.

use std::net::IpAddr;

use crate::config::endpoint::{Endpoint, bare_host};
use crate::config::environment::Environment;
use crate::config::{Proxy, ProxyUrl};
use crate::error::{Error, ErrorKind};

/// Returns the proxy for this target, if there is one.
///
/// # Errors
/// `InvalidArgument` when the variable that counts does not hold a proxy URL.
pub(crate) fn proxy_for(
    target: &Endpoint,
    option: &Proxy,
    environment: &Environment,
) -> Result<Option<ProxyUrl>, Error> {
    let exempt = environment
        .first_of(&["no_proxy", "NO_PROXY"])
        .is_some_and(|(_, list)| is_exempt(target, &list.to_string_lossy()));
    match option {
        _ if exempt || !target.is_tls() => Ok(None),
        Proxy::Direct => Ok(None),
        Proxy::Url(url) => Ok(Some(url.clone())),
        Proxy::Environment => from_environment(environment),
    }
}

fn from_environment(environment: &Environment) -> Result<Option<ProxyUrl>, Error> {
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let Some((name, value)) = environment.first_of(&names) else {
        return Ok(None);
    };
    let parsed = value.to_str().and_then(|value| ProxyUrl::parse(value).ok());
    parsed.map(Some).ok_or_else(|| {
        Error::new(ErrorKind::InvalidArgument, format!("{name} is not a valid proxy URL")).advise(
            "Correct it, with special characters of the password as %XX, or set the option proxy to an empty value",
        )
    })
}

/// Whether a `NO_PROXY` list has the target: `*`, a host, a domain for all below it, an address, a network in CIDR
/// notation, any of them with a port.
fn is_exempt(target: &Endpoint, list: &str) -> bool {
    list.split([',', ' ', '\t'])
        .filter(|entry| !entry.is_empty())
        .any(|entry| entry == "*" || matches(target, entry))
}

fn matches(target: &Endpoint, entry: &str) -> bool {
    let (host, port) = split_port(entry);
    if port.is_some_and(|port| port != target.port()) {
        return false;
    }
    match target.host().parse::<IpAddr>() {
        Ok(address) => in_network(address, bare_host(host)),
        Err(_) => in_domain(target.host(), bare_host(host)),
    }
}

/// `host:port` taken apart; an IPv6 address without brackets has no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn in_domain(host: &str, domain: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let domain = domain
        .trim_start_matches('.')
        .trim_end_matches('.')
        .to_ascii_lowercase();
    !domain.is_empty()
        && host
            .strip_suffix(&domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn in_network(address: IpAddr, network: &str) -> bool {
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, length.parse::<u32>().ok()),
        None => (network, Some(128)),
    };
    match (address, base.parse(), length) {
        (IpAddr::V4(address), Ok(IpAddr::V4(base)), Some(length)) => {
            let unused = 32 - length.min(32);
            (u64::from(u32::from(address) ^ u32::from(base)) >> unused) == 0
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(base)), Some(length)) => {
            let difference = u128::from(address) ^ u128::from(base);
            difference.checked_shr(128 - length.min(128)).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPOTIFY: &str = "https://accounts.spotify.com/api/token";

    fn route(target: &str, variables: &[(&'static str, &'static str)]) -> Option<String> {
        let target = Endpoint::parse(target).unwrap();
        let environment = Environment::from_pairs(variables.iter().copied());
        let proxy = proxy_for(&target, &Proxy::Environment, &environment).unwrap();
        proxy.map(|url| url.host_and_port())
    }

    #[test]
    fn variables_are_read_in_curls_order() {
        let all = [
            ("https_proxy", "http://a:1"),
            ("HTTPS_PROXY", "http://b:1"),
            ("all_proxy", "http://c:1"),
            ("ALL_PROXY", "http://d:1"),
        ];
        for (first, expected) in ["a:1", "b:1", "c:1", "d:1"].into_iter().enumerate() {
            assert_eq!(route(SPOTIFY, &all[first..]).as_deref(), Some(expected));
        }
        assert_eq!(route(SPOTIFY, &[("http_proxy", "a:1"), ("HTTP_PROXY", "b:1")]), None);
        assert_eq!(
            route(SPOTIFY, &[("https_proxy", ""), ("ALL_PROXY", "d:1")]).as_deref(),
            Some("d:1")
        );
    }

    #[test]
    fn plain_http_takes_no_proxy_whoever_names_it() {
        let environment =
            Environment::from_pairs(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, "p:1")));
        for target in ["http://localhost:9/", "http://127.0.0.1/", "http://[::1]/"] {
            let target = Endpoint::parse(target).unwrap();
            for option in [
                Proxy::Environment,
                Proxy::Url(ProxyUrl::parse("http://mine:1").unwrap()),
            ] {
                assert_eq!(proxy_for(&target, &option, &environment).unwrap(), None);
            }
        }
    }

    #[test]
    fn no_proxy_exempts_hosts_domains_networks_and_ports() {
        for (target, list, direct) in [
            (SPOTIFY, "*", true),
            (SPOTIFY, "spotify.com", true),
            (SPOTIFY, ".spotify.com", true),
            (SPOTIFY, "a.example, ACCOUNTS.Spotify.com", true),
            (SPOTIFY, "a.example b.example spotify.com.", true),
            (SPOTIFY, "spotify.com:443", true),
            (SPOTIFY, "spotify.com:8443", false),
            (SPOTIFY, "potify.com", false),
            (SPOTIFY, "s.spotify.com", false),
            (SPOTIFY, "*.spotify.com", false),
            (SPOTIFY, ",,", false),
            ("https://10.1.2.3/", "10.0.0.0/8", true),
            ("https://10.1.2.3/", "10.1.2.3", true),
            ("https://10.1.2.3:8443/", "10.1.2.3:8443", true),
            ("https://10.1.2.3/", "10.1.2.0/25", true),
            ("https://10.1.2.3/", "10.1.2.128/25", false),
            ("https://10.1.2.3/", "0.0.0.0/0", true),
            ("https://10.1.2.3/", "10.0.0.0/x", false),
            ("https://10.1.2.3/", "2.3", false),
            ("https://[2001:db8::1]/", "2001:db8::/32", true),
            ("https://[2001:db8::1]/", "[2001:db8::1]", true),
            ("https://[2001:db8::1]:9/", "[2001:db8::1]:9", true),
            ("https://[2001:db8::1]/", "::/0", true),
            ("https://[2001:db8::1]/", "2001:db9::/32", false),
        ] {
            let target_url = Endpoint::parse(target).unwrap();
            let environment = Environment::from_pairs([("NO_PROXY", list), ("https_proxy", "p:1")]);
            let proxy = proxy_for(&target_url, &Proxy::Environment, &environment).unwrap();
            assert_eq!(proxy.is_none(), direct, "{target} {list}");
        }
    }

    #[test]
    fn the_option_comes_before_the_environment() {
        let target = Endpoint::parse(SPOTIFY).unwrap();
        let environment = Environment::from_pairs([("https_proxy", "http://env:1")]);
        let of = |option: &Proxy| proxy_for(&target, option, &environment).unwrap();
        assert_eq!(of(&Proxy::Direct), None);
        let url = ProxyUrl::parse("http://mine:1").unwrap();
        assert_eq!(of(&Proxy::Url(url.clone())), Some(url));
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named_and_not_shown() {
        let target = Endpoint::parse(SPOTIFY).unwrap();
        let environment = Environment::from_pairs([("https_proxy", "nonsense://canary")]);
        let error = proxy_for(&target, &Proxy::Environment, &environment).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("https_proxy") && !error.message().contains("canary"));
    }
}
