//! The recipes for services that read the file which `keep` keeps.

use std::collections::BTreeSet;
use std::fs::{self, File};

use spotify_token::stand_in::{Reply, StandIn};

use super::Recipes;
use crate::support::keeper::of_lifetime;
use crate::support::running::Running;
use crate::support::{eventually, tools};

/// Recipes with tokens for two seconds, and `keep`, which keeps the file `token` with them.
fn keeping() -> (Recipes, Running) {
    let recipes = Recipes::with(of_lifetime(2)).knowing();
    let keeper = Running::start(recipes.command("spotify-token").args(["keep", "--file", "token"]));
    eventually("the token", || recipes.directory().join("token").exists());
    (recipes, keeper)
}

#[test]
fn prometheus() {
    if !tools::require("prometheus") {
        return;
    }
    let (recipes, _keeper) = keeping();
    let target = StandIn::scripted([Reply::text(200, "text/plain; version=0.0.4", "playlists 7\n")]).unwrap();
    let scrape = recipes
        .recipe("yaml", "credentials_file")
        .replace("/run/spotify", recipes.directory().to_str().unwrap())
        .replace("playlists.example:9090", &target.address().to_string());
    let config = format!("global:\n  scrape_interval: 100ms\n{scrape}");
    fs::write(recipes.directory().join("prometheus.yml"), config).unwrap();
    let log = File::create(recipes.directory().join("log")).unwrap();
    let _prometheus = Running::start(recipes.command("prometheus").stderr(log).args([
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--web.listen-address=127.0.0.1:0",
    ]));
    let presented = || -> BTreeSet<String> {
        let requests = target.requests();
        let presented = requests.iter().map(|request| request.header("authorization").unwrap());
        presented.map(str::to_owned).collect()
    };
    eventually("a scrape with the third token", || presented().len() == 3);
    assert!(presented().iter().all(|header| header.starts_with("Bearer BQ")));
}

#[test]
fn nginx() {
    let check = "command -v nginx && test -e /usr/lib/nginx/modules/ngx_http_js_module.so";
    if !tools::require_that("nginx with its JavaScript module", check) || !tools::require("curl") {
        return;
    }
    let (recipes, _keeper) = keeping();
    let directory = recipes.directory().to_str().unwrap();
    let in_directory = |text: String, from: &str| text.replace(from, directory);
    let script = in_directory(recipes.recipe("js", "readFileSync"), "/run/spotify");
    fs::write(recipes.directory().join("spotify.js"), script).unwrap();
    // A socket in the file system is free, which a port may not be.
    let server = in_directory(recipes.recipe("nginx", "js_set"), "/etc/nginx")
        .replace("127.0.0.1:8080", &format!("unix:{directory}/nginx.sock"));
    let config = format!(
        "load_module /usr/lib/nginx/modules/ngx_http_js_module.so;\n\
         user root; daemon off; pid nginx.pid; error_log error.log;\n\
         events {{}}\nhttp {{\naccess_log off;\n{server}}}\n"
    );
    fs::write(recipes.directory().join("nginx.conf"), config).unwrap();
    let nginx = ["-p", directory, "-e", "error.log", "-c", "nginx.conf"];
    let _nginx = Running::start(recipes.command("nginx").args(nginx));
    eventually("nginx", || recipes.directory().join("nginx.sock").exists());
    let artist = "curl -sSf --unix-socket nginx.sock http://localhost/v1/artists/0TnOYISbd1XYRBk9myaseg";
    let mut requests = 0;
    // The server knows a token for two seconds.
    eventually("the third token", || {
        assert!(recipes.sh(artist).contains("Pitbull"));
        requests += 1;
        recipes.server.requests().len() >= 3
    });
    assert!(requests > 3);
}
