//! The public Rust API, as rustdoc shows it, compared with `abi/rust-api.txt`: a change of the API is a change of that file.
//! `SPOTIFY_TOKEN_RENEW=1 cargo test --test docs rust_api` writes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::installed::{root, run};

#[test]
fn the_public_rust_api_is_the_listed_one() {
    let api = api(&documentation());
    let path = root().join("abi/rust-api.txt");
    if std::env::var_os("SPOTIFY_TOKEN_RENEW").is_some() {
        fs::write(&path, &api).unwrap();
    } else {
        let listed = fs::read_to_string(&path).unwrap_or_default();
        let other = api.lines().zip(listed.lines()).find(|(now, before)| now != before);
        assert!(
            api == listed,
            "the Rust API has changed: SPOTIFY_TOKEN_RENEW=1 cargo test --test docs rust_api\n{other:#?}"
        );
    }
    for foreign in [
        "ureq",
        "zeroize",
        "Zeroizing",
        "http::",
        "rustls",
        "redis::",
        "rustix",
        "unstable",
    ] {
        assert!(!api.contains(foreign), "{foreign} is no part of the API");
    }
}

/// Makes the documentation of the library and returns its directory.
fn documentation() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    run(Command::new("cargo")
        .current_dir(root())
        .args(["doc", "--quiet", "--no-deps", "--lib", "--no-default-features"])
        .args(["--features", "stand-in", "--target-dir"])
        .arg(directory)
        .env_remove("RUSTDOCFLAGS"));
    directory.join("doc/spotify_token")
}

/// The items of the crate, each with its declaration, its methods and the traits that it implements.
fn api(directory: &Path) -> String {
    let index = fs::read_to_string(directory.join("all.html")).unwrap();
    let (_, list) = index.split_once("<h3 ").expect("the list of items");
    let mut pages: Vec<&str> = list
        .split("href=\"")
        .skip(1)
        .map(|part| part.split('"').next().unwrap())
        .filter(|page| page.ends_with(".html") && !page.contains(".."))
        .collect();
    pages.sort_unstable();
    let items = pages
        .into_iter()
        .map(|page| item(&fs::read_to_string(directory.join(page)).unwrap(), page));
    items.collect::<Vec<_>>().join("\n")
}

fn item(page: &str, name: &str) -> String {
    let mut text = format!("# {}\n", name.trim_end_matches(".html").replace('/', "::"));
    let declaration = page.split_once("item-decl\"><code>").expect(name).1;
    let declaration = declaration.split("</code></pre>").next().unwrap();
    text += &plain(&without_summary(declaration).replace("</div>", "\n"));
    text.push('\n');
    // What the compiler derives by itself follows from the rest.
    let own = page.split("id=\"synthetic-implementations\"").next().unwrap();
    let (inherent, traits) = own.split_once("id=\"trait-implementations\"").unwrap_or((own, ""));
    for method in headers(inherent, "h4") {
        text += &format!("    {method}\n");
    }
    // This one only says that the type may be a constant in a pattern.
    for implemented in headers(traits, "h3").filter(|header| !header.contains("StructuralPartialEq")) {
        text += &format!("    {implemented}\n");
    }
    text
}

/// The signatures in headings of this level.
fn headers<'p>(page: &'p str, level: &'p str) -> impl Iterator<Item = String> + 'p {
    let start = format!("<{level} class=\"code-header\">");
    let end = format!("</{level}>");
    let headers = page.split(&start).skip(1);
    let headers: Vec<String> = headers
        .map(|part| one_line(&plain(part.split(&end).next().unwrap())))
        .collect();
    headers.into_iter()
}

/// Without the heading of a list that can be folded.
fn without_summary(html: &str) -> String {
    let parts = html.split("<summary").enumerate();
    let kept = parts.map(|(at, part)| match part.split_once("</summary>") {
        Some((_, after)) if at > 0 => after,
        _ => part,
    });
    kept.collect()
}

/// Text without tags and entities.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut parts = html.split('<');
    text += parts.next().unwrap_or_default();
    for part in parts {
        text += part.split_once('>').map_or("", |(_, after)| after);
    }
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
        ("&#39;", "'"),
        ("&quot;", "\""),
    ]
    .iter()
    .fold(text, |text, (entity, character)| text.replace(entity, character))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
