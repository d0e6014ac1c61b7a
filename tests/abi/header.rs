//! The C header: rendered from `src/ffi` and the tables, and compared with the committed one.
//! `SPOTIFY_TOKEN_RENEW=1 cargo test --test abi header::` writes it anew.

use std::fmt::Write;
use std::fs;

use cbindgen::{Builder, Config, ItemType, Style};
use spotify_token::unstable::{ERRORS, OPTIONS};

use crate::support::installed::root;

/// Headlines of the functions, in the order in which a reader needs them, and the file of `src/ffi` that has them.
const SECTIONS: [(&str, &str); 6] = [
    ("Client: a long-lived source of tokens", "client"),
    ("Token: reading and releasing a result", "token"),
    ("One token, without a client", "fetch"),
    ("Login: tokens that speak for a user", "login"),
    ("Configuration", "config"),
    ("Error names and versions", "errors"),
];

#[test]
fn the_committed_header_is_the_rendered_one() {
    let path = root().join("include/spotify_token.h");
    let rendered = header();
    if std::env::var_os("SPOTIFY_TOKEN_RENEW").is_some() {
        fs::write(&path, &rendered).unwrap();
    } else {
        assert!(
            fs::read_to_string(&path).unwrap() == rendered,
            "renew the header: SPOTIFY_TOKEN_RENEW=1 cargo test --test abi header::"
        );
    }
}

/// The whole file.
fn header() -> String {
    let config = config();
    let parts = [
        config.header.clone().unwrap().trim().to_owned() + "\n\n",
        "#ifndef SPOTIFY_TOKEN_H\n#define SPOTIFY_TOKEN_H\n\n".to_owned(),
        config.autogen_warning.clone().unwrap() + "\n\n#include <stddef.h>\n#include <stdint.h>\n",
        version(),
        error_codes(),
        option_table(),
        "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n".to_owned(),
        banner("Types and constants") + &types(&config),
        SECTIONS
            .map(|(title, source)| banner(title) + &functions(&config, source))
            .concat(),
        "\n#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* SPOTIFY_TOKEN_H */\n".to_owned(),
    ];
    parts.concat()
}

fn config() -> Config {
    Config::from_file(root().join("cbindgen.toml")).unwrap()
}

fn banner(title: &str) -> String {
    let line = "-".repeat(100);
    format!("\n/* {line}\n * {title}\n * {line} */\n\n")
}

fn version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let number = |part: &str| part.parse::<u32>().unwrap();
    let [major, minor, patch] = [
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ]
    .map(number);
    format!(
        "\n/** The version of this header. spotify_version() returns that of the library. */\n\
         #define SPOTIFY_TOKEN_VERSION \"{version}\"\n\
         \n/** The same as a number that can be compared: 0x010203 for \"1.2.3\". */\n\
         #define SPOTIFY_TOKEN_VERSION_NUM 0x{major:02x}{minor:02x}{patch:02x}\n"
    )
}

fn error_codes() -> String {
    let mut text = banner("Error codes. They are never renumbered; later versions may add some");
    text.pop();
    for row in &ERRORS {
        let (name, number, description) = (row.name(), row.code, row.description());
        writeln!(text, "\n/** {description} */\n#define {name} {number}").unwrap();
    }
    text
}

fn option_table() -> String {
    let mut text = banner("Options, for spotify_config_set");
    text += "/*\n * Names and values are strings. An option that is not set is read from the environment variable shown\n \
             * beside it.\n";
    for row in &OPTIONS {
        let (name, variable, default, meaning) = (row.name, row.variable, row.default, row.meaning);
        write!(
            text,
            " *\n * {name} ({variable}), default: {default}\n *     {meaning}\n"
        )
        .unwrap();
    }
    text + " */\n"
}

/// Everything but functions.
fn types(config: &Config) -> String {
    let items = [
        ItemType::Constants,
        ItemType::OpaqueItems,
        ItemType::Structs,
        ItemType::Typedefs,
    ];
    generated(config, Style::Both, &items, &SECTIONS.map(|(_, source)| source))
}

fn functions(config: &Config, source: &str) -> String {
    generated(config, Style::Type, &[ItemType::Functions], &[source])
}

/// What cbindgen makes of these items of these files.
fn generated(config: &Config, style: Style, items: &[ItemType], sources: &[&str]) -> String {
    let mut config = config.clone();
    config.style = style;
    config.header = None;
    config.autogen_warning = None;
    config.export.item_types = items.to_vec();
    let mut builder = Builder::new().with_config(config);
    for source in sources {
        builder = builder.with_src(root().join("src/ffi").join(source).with_extension("rs"));
    }
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    without_safety(String::from_utf8(text).unwrap().trim_start())
}

/// What a caller must promise is for readers of the Rust code; the rules above say the same in words of C.
fn without_safety(text: &str) -> String {
    let mut kept = String::new();
    let mut left = text;
    while let Some((before, after)) = left.split_once(" * # Safety\n") {
        kept += before.strip_suffix(" *\n").unwrap_or(before);
        left = &after[after.find(" */\n").unwrap()..];
    }
    kept + left
}
