//! What the options take, what they refuse, and which value counts.

use super::*;

fn environment(pairs: &[(&'static str, &'static str)]) -> Environment {
    Environment::from_pairs(pairs.iter().copied())
}

#[test]
fn every_row_of_the_table_can_be_set() {
    let values = [
        ("client_id", "id"),
        ("client_secret", "secret"),
        ("dotenv", "/etc/app.env"),
        ("token_url", "http://127.0.0.1:1/t"),
        ("timeout_ms", "1"),
        ("attempt_timeout_ms", "86400000"),
        ("max_retries", "0"),
        ("refresh_before_s", "0"),
        ("min_ttl_s", "31536000"),
        ("proxy", "proxy.example"),
        ("ca_file", "/ca.pem"),
        ("cache", "file:/tmp/x"),
        ("user_agent", "app/1"),
        ("grant", "user"),
        ("account", "a.b_c@d-E9"),
        ("scope", "  user-read-private   playlist-read-private "),
        ("redirect_uri", "http://[::1]:1/c"),
        ("authorize_url", "http://127.0.0.1:1/a"),
        ("logins", "file:/tmp/y"),
        ("refresh_token", "AQabc"),
    ];
    assert_eq!(values.map(|(name, _)| name), TABLE.each_ref().map(|row| row.name));
    let mut config = Config::new();
    for (name, value) in values {
        config.set(name, value).unwrap();
    }
    let settings = Settings::resolve(&config, &Environment::default()).unwrap();
    assert_eq!(settings.timeout, Duration::from_millis(1));
    assert_eq!(settings.cache, Cache::Directory("/tmp/x".into()));
    assert_eq!(settings.dotenv, Dotenv::Named("/etc/app.env".into()));
    assert_eq!(settings.grant, Grant::User);
    assert_eq!(settings.scope, "user-read-private playlist-read-private");
    assert_eq!(settings.logins, Logins::Directory("/tmp/y".into()));
    assert_eq!(settings.refresh_token.unwrap().expose(), "AQabc");
}

#[test]
fn a_bad_value_says_what_was_expected_and_changes_nothing() {
    for (name, value, expected) in [
        ("timeout_ms", "0", "from 1 to 86400000"),
        ("timeout_ms", "9223372036854775808", "from 1 to"),
        ("timeout_ms", "99999999999999999999999", "from 1 to"),
        ("timeout_ms", "-1", "whole number"),
        ("timeout_ms", "+5", "whole number"),
        ("timeout_ms", " 5", "whole number"),
        ("timeout_ms", "5.0", "whole number"),
        ("timeout_ms", "", "whole number"),
        ("max_retries", "101", "from 0 to 100"),
        ("refresh_before_s", "soon", "seconds"),
        ("token_url", "http://example.org/", "https"),
        ("proxy", "ftp://proxy.example", "proxy URL"),
        ("proxy", "http://", "proxy URL"),
        ("proxy", "http://proxy:99999", "proxy URL"),
        ("ca_file", "", "path"),
        ("cache", "disk", "memory"),
        ("cache", "file:", "DIRECTORY"),
        ("cache", "file:~/tokens", "is not expanded here"),
        ("cache", "file:~", "is not expanded here"),
        ("cache", "file:~other/tokens", "is not expanded here"),
        ("cache", "file:$HOME/tokens", "is not expanded here"),
        ("cache", "file:${XDG_CACHE_HOME}", "is not expanded here"),
        #[cfg(not(feature = "redis"))]
        ("cache", "redis://:canary@host", "cargo feature \"redis\""),
        #[cfg(feature = "redis")]
        ("cache", "redis://:canary@host/x", "Redis URL"),
        ("user_agent", "a\r\nX: y", "ASCII"),
        ("user_agent", "", "ASCII"),
        ("grant", "client_credentials", "app or user"),
        ("account", "", "1 to 64"),
        ("account", "../x", "1 to 64"),
        ("account", "a b", "1 to 64"),
        (
            "account",
            "a123456789012345678901234567890123456789012345678901234567890123x",
            "1 to 64",
        ),
        (
            "scope",
            "user-read-private,playlist-read-private",
            "separated by spaces",
        ),
        (
            "scope",
            "user-read-private\nplaylist-read-private",
            "separated by spaces",
        ),
        ("scope", "\"", "separated by spaces"),
        ("redirect_uri", "http://localhost/callback", "127.0.0.1"),
        ("authorize_url", "http://example.org/", "https"),
        ("logins", "memory", "file"),
        ("logins", "file:~/x", "is not expanded here"),
        #[cfg(not(feature = "keyring"))]
        ("logins", "keyring", "cargo feature \"keyring\""),
        #[cfg(not(feature = "redis"))]
        ("logins", "redis://:canary@host", "cargo feature \"redis\""),
        ("refresh_token", "AQ abc", "without spaces"),
        ("refresh_token", "AQ\n", "without spaces"),
    ] {
        let mut config = Config::new();
        let error = config.set(name, value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let message = error.message();
        assert!(message.contains(name) && message.contains(expected), "{message}");
        assert_eq!(format!("{config:?}"), "{}");
        let unchanged = format!("{:?}", Settings::resolve(&config, &Environment::default()).unwrap());
        assert_eq!(unchanged, format!("{:?}", Settings::defaults()));
    }
}

#[test]
fn an_unknown_option_lists_the_known_ones() {
    let error = Config::new().set("time_out", "5").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("'time_out'") && error.message().contains("timeout_ms"));
}

#[test]
fn a_refused_value_is_not_repeated() {
    let error = Config::new().set("proxy", "http://user:canary@").unwrap_err();
    assert!(!error.message().contains("canary"));
    let mut config = Config::new();
    config.set("proxy", "http://user:canary@proxy.example").unwrap();
    let settings = Settings::resolve(&config, &Environment::default()).unwrap();
    assert!(!format!("{config:?} {settings:?}").contains("canary"));
}

#[test]
fn set_values_come_before_the_environment_and_that_before_the_defaults() {
    let variables = environment(&[
        ("SPOTIFY_TIMEOUT_MS", "7000"),
        ("SPOTIFY_MAX_RETRIES", "1"),
        ("SPOTIFY_CA_FILE", ""),
    ]);
    let mut config = Config::new();
    config.set("timeout_ms", "5000").unwrap();
    let settings = Settings::resolve(&config, &variables).unwrap();
    assert_eq!(settings.timeout, Duration::from_secs(5));
    assert_eq!(settings.max_retries, 1);
    assert_eq!(settings.ca_file, None);
    assert_eq!(settings.attempt_timeout, Duration::from_secs(10));
}

#[test]
fn what_does_not_fit_into_a_request_is_refused() {
    let long = "a".repeat(8193);
    for (name, value) in [
        ("user_agent", long.clone()),
        ("token_url", format!("https://example.org/{long}")),
    ] {
        let error = Config::new().set(name, &value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.advice().contains("at most 8192 characters"), "{error}");
        assert!(!error.message().contains(&long));
    }
    Config::new().set("user_agent", &long[1..]).unwrap();
}

#[test]
fn a_value_that_is_set_again_replaces_the_first() {
    let mut config = Config::new();
    config.set("timeout_ms", "1").unwrap().set("timeout_ms", "2").unwrap();
    config.set("timeout_ms", "never").unwrap_err();
    let settings = Settings::resolve(&config, &environment(&[("SPOTIFY_TIMEOUT_MS", "3")])).unwrap();
    assert_eq!(settings.timeout, Duration::from_millis(2));
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let path = OsStr::from_bytes(b"/tmp/\xff");
    for name in ["SPOTIFY_DOTENV", "SPOTIFY_CA_FILE"] {
        let settings = Settings::resolve(&Config::new(), &Environment::from_pairs([(name, path)])).unwrap();
        let taken = settings.dotenv == Dotenv::Named(path.into()) || settings.ca_file == Some(path.into());
        assert!(taken, "{name}");
    }
    let error = Settings::resolve(&Config::new(), &Environment::from_pairs([("SPOTIFY_CACHE", path)])).unwrap_err();
    assert!(
        error.message().contains("SPOTIFY_CACHE") && error.advice().contains("UTF-8"),
        "{error}"
    );
}

#[test]
fn a_bad_variable_is_named() {
    let error = Settings::resolve(&Config::new(), &environment(&[("SPOTIFY_TIMEOUT_MS", "soon")])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("SPOTIFY_TIMEOUT_MS"));
}

#[test]
fn an_empty_variable_turns_dotenv_and_proxy_off() {
    let variables = environment(&[("SPOTIFY_DOTENV", ""), ("SPOTIFY_PROXY", "")]);
    let settings = Settings::resolve(&Config::new(), &variables).unwrap();
    assert_eq!(settings.dotenv, Dotenv::Off);
    assert_eq!(settings.proxy, Proxy::Direct);
}

#[test]
fn the_defaults_that_the_table_gives_are_the_defaults() {
    let mut settings = Settings::defaults();
    for row in &TABLE {
        let in_words = matches!(
            row.key,
            OptionKey::ClientId
                | OptionKey::ClientSecret
                | OptionKey::Dotenv
                | OptionKey::Proxy
                | OptionKey::CaFile
                | OptionKey::RefreshToken
        );
        if !in_words {
            let value = row.default.replace("VERSION", env!("CARGO_PKG_VERSION"));
            settings.apply(row.key, OsStr::new(&value)).unwrap();
        }
    }
    assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::defaults()));
    assert_eq!(Row::named("dotenv").unwrap().default, ".env");
}

#[test]
fn a_value_in_the_place_of_a_name_is_not_shown() {
    let shown = |name: &str| {
        Config::new()
            .set(name, "client_secret")
            .unwrap_err()
            .message()
            .to_owned()
    };
    assert!(!shown("0123456789abcdef0123456789canary").contains("canary"));
    assert!(shown("timeout").contains("'timeout'"));
}
