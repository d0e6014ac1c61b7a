//! Option values: what `spotify_config_set`, the flags and the environment give. An input is an option's name, a newline,
//! and a value; the value is tried with every option there is.

use std::net::IpAddr;

use super::{CANARY, check_error, check_hidden, check_line};
use crate::config::endpoint::Endpoint;
use crate::config::environment::Environment;
use crate::config::{Config, OptionKey, Proxy, ProxyUrl, RedisUrl, Settings, TABLE};
use crate::error::ErrorKind;
use crate::transport::proxy;

/// Every option: what is taken holds for a client, what is refused is not shown.
pub fn options(data: &[u8]) {
    let input = String::from_utf8_lossy(data);
    let (name, value) = input.split_once('\n').unwrap_or((&input, ""));
    if let Err(error) = Config::new().set(name, value) {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        check_error(&error, &[CANARY]); // a secret in the place of a name, too
    }
    for row in &TABLE {
        check_option(row.name, row.key, value);
    }
    check_redis(value);
    check_route(value);
}

fn check_option(name: &str, key: OptionKey, value: &str) {
    let mut config = Config::new();
    if let Err(error) = config.set(name, value) {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        check_error(&error, &[CANARY]);
        return;
    }
    let settings = Settings::resolve(&config, &Environment::default()).expect("what was taken holds");
    check_hidden(&format!("{config:?}"), &[CANARY]);
    if matches!(
        key,
        OptionKey::ClientId | OptionKey::ClientSecret | OptionKey::Proxy | OptionKey::RefreshToken
    ) {
        check_hidden(&format!("{settings:?}"), &[CANARY]);
    }
    let day = 24 * 60 * 60;
    assert!((1..=day * 1000).contains(&settings.timeout.as_millis()));
    assert!((1..=day * 1000).contains(&settings.attempt_timeout.as_millis()));
    assert!(settings.max_retries <= 100);
    assert!(settings.refresh_before.as_secs() <= 365 * 24 * 60 * 60);
    assert!(settings.min_ttl.as_secs() <= 365 * 24 * 60 * 60);
    assert!(settings.user_agent.chars().all(|c| c.is_ascii_graphic() || c == ' '));
    check_token_url(&settings.token_url);
    check_token_url(&settings.authorize_url);
    assert!(settings.redirect_uri.ip.is_loopback() && settings.redirect_uri.path.starts_with('/'));
    if let Proxy::Url(url) = &settings.proxy {
        check_proxy(url);
    }
}

/// The secret goes over TLS or stays on this machine, and the address means the same to who connects.
fn check_token_url(url: &Endpoint) {
    let host = url.host();
    let local = host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|host: IpAddr| host.is_loopback());
    assert!(url.is_tls() || local, "{url}");
    assert!(url.port() != 0 && !host.is_empty() && !host.contains('@'), "{url}");
    let again = Endpoint::parse(&url.to_string()).expect("what is shown can be set");
    assert!(again == *url);
}

/// What passes can be connected to, and shows nothing but that.
fn check_proxy(url: &ProxyUrl) {
    assert!(!url.host().is_empty() && url.port() != 0);
    let again = ProxyUrl::parse(&url.host_and_port()).expect("what is shown can be set");
    assert_eq!((again.host(), again.port()), (url.host(), url.port()));
    assert_eq!(format!("{url:?}"), "[hidden]");
}

fn check_redis(value: &str) {
    match RedisUrl::parse(value) {
        Ok(url) => {
            assert!(!url.nodes().is_empty() && (url.user().is_none() || url.password().is_some()));
            assert!(url.nodes().iter().all(|node| !node.host.is_empty() && node.port != 0));
            assert_eq!(format!("{url:?}"), "[hidden]");
        }
        Err(expected) => {
            check_line(&expected, 300);
            check_hidden(&expected, &[CANARY]);
        }
    }
}

/// The same value in the variables that curl reads.
fn check_route(value: &str) {
    if value.contains('\0') {
        return; // no variable can hold it
    }
    for target in [
        "https://accounts.spotify.com/",
        "https://10.1.2.3:8443/",
        "https://[2001:db8::1]/",
    ] {
        let target = Endpoint::parse(target).expect("a good address");
        let environment = Environment::from_pairs([("no_proxy", value), ("https_proxy", "http://proxy.example:3128")]);
        let proxy = proxy::proxy_for(&target, &Proxy::Environment, &environment).expect("a good proxy");
        assert!(proxy.is_none_or(|proxy| proxy.host_and_port() == "proxy.example:3128"));
        let environment = Environment::from_pairs([("https_proxy", value)]);
        match proxy::proxy_for(&target, &Proxy::Environment, &environment) {
            Ok(proxy) => assert_eq!(proxy.is_none(), value.is_empty()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidArgument);
                check_error(&error, &[CANARY]);
            }
        }
    }
}
