//! Runs every recipe of docs/cookbook.md that can be run, as it is there: only the URLs and the directories are the
//! test's.

mod services;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::keeper::of_lifetime;
use crate::support::markdown::{blocks, document};
use crate::support::place::{Place, binary, stdout};
use crate::support::{ID, SECRET, server, tools};
use serde_json::Value;
use spotify_token::stand_in::StandIn;

const WEB_API: &str = "https://api.spotify.com/v1";

/// The recipes of the cookbook, a server, and a place to run them in.
struct Recipes {
    server: StandIn,
    place: Place,
}

impl Recipes {
    fn new() -> Recipes {
        Recipes::with(server())
    }

    fn with(server: StandIn) -> Recipes {
        let place = Place::new().variable("SPOTIFY_TOKEN_URL", &server.token_url());
        Recipes { server, place }
    }

    /// Puts the credentials into the environment.
    fn knowing(mut self) -> Recipes {
        self.place = self.place.variable("CLIENT_ID", ID).variable("CLIENT_SECRET", SECRET);
        self
    }

    /// Puts the credentials into two files of this directory.
    fn with_files(self, directory: &Path, names: [&str; 2]) -> Recipes {
        fs::create_dir_all(directory).unwrap();
        for (name, value) in names.into_iter().zip([ID, SECRET]) {
            fs::write(directory.join(name), format!("{value}\n")).unwrap();
        }
        self
    }

    fn directory(&self) -> &Path {
        self.place.directory.path()
    }

    /// Returns the recipes in this language, with the server's URL for the Web API's.
    fn recipes(&self, language: &str) -> Vec<String> {
        let blocks = blocks(&document("docs/cookbook.md"), language);
        assert!(!blocks.is_empty(), "{language}");
        blocks
            .into_iter()
            .map(|block| block.replace(WEB_API, &self.server.api_url()))
            .collect()
    }

    /// Returns the recipe in this language that has this part.
    fn recipe(&self, language: &str, part: &str) -> String {
        let found = self.recipes(language).into_iter().find(|recipe| recipe.contains(part));
        found.unwrap_or_else(|| panic!("{language}: {part}"))
    }

    /// Makes a command that finds `spotify-token` in its path.
    fn command(&self, program: &str) -> Command {
        let path = std::env::var("PATH").unwrap();
        let settings = self.place.command(&[]);
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(settings.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("PATH", format!("{}:{path}", binary().parent().unwrap().display()))
            .current_dir(self.directory());
        command
    }

    fn sh(&self, script: &str) -> String {
        stdout(&self.command("sh").args(["-euc", script]).output().unwrap()).to_owned()
    }

    /// Reads the file that a recipe has written.
    fn artist(&self, file: &str) -> Value {
        let text = fs::read_to_string(self.directory().join(file)).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn curl() {
    if !tools::require("curl") {
        return;
    }
    let recipes = Recipes::new().knowing();
    let lines = &recipes.recipes("sh")[0];
    assert_eq!(recipes.sh(lines).matches("Pitbull").count(), 2);
}

#[test]
fn cron() {
    if !tools::require("curl") {
        return;
    }
    let recipes = Recipes::new();
    let home = recipes.directory().to_owned();
    let recipes = recipes.with_files(&home.join(".config/spotify"), ["client_id", "client_secret"]);
    let table = recipes.recipes("crontab")[0].replace("/home/me", home.to_str().unwrap());
    let (variables, jobs): (Vec<&str>, Vec<&str>) = table.lines().partition(|line| !line.contains(' '));
    assert_eq!((variables.len(), jobs.len()), (2, 1));
    let job = jobs[0].splitn(6, ' ').nth(5).unwrap();
    assert!(!job.contains('%'), "which cron takes for a line end");
    recipes.sh(&format!("export {}\n{job}", variables.join(" ")));
    assert_eq!(recipes.artist("artist.json")["name"], "Pitbull");
}

/// A unit of systemd.
struct Unit(String);

impl Unit {
    fn values(&self, key: &str) -> Vec<&str> {
        self.0.lines().filter_map(|line| line.strip_prefix(key)).collect()
    }

    fn value(&self, key: &str) -> &str {
        self.values(key)[0]
    }

    /// The names of the files that it loads.
    fn credentials(&self) -> [&str; 2] {
        let files = self.values("LoadCredential=");
        [0, 1].map(|index: usize| files[index].split(':').next().unwrap())
    }
}

#[test]
fn systemd() {
    let recipes = Recipes::new();
    let credentials = recipes.directory().join("credentials");
    let unit = Unit(recipes.recipes("ini").remove(0));
    let recipes = recipes.with_files(&credentials, unit.credentials());
    let place = recipes.directory().to_str().unwrap();
    let start = unit
        .value("ExecStart=")
        .replace("/usr/local/bin/fetch-artists", "printenv SPOTIFY_ACCESS_TOKEN");
    let environment = unit.value("Environment=").replace("%C", place);
    let script = format!(
        "export CREDENTIALS_DIRECTORY='{}' {environment}\n{start}",
        credentials.display()
    );
    assert!(recipes.sh(&script).starts_with("BQ"));
    assert!(
        recipes.directory().join("spotify-token").is_dir(),
        "the cache is where the unit wants it"
    );
}

#[test]
fn a_dockerfiles_secrets() {
    if !tools::require("curl") {
        return;
    }
    let recipes = Recipes::new();
    let secrets = recipes.directory().join("secrets");
    let recipes = recipes.with_files(&secrets, ["client_id", "client_secret"]);
    let run = recipes.recipes("dockerfile")[0].replace("/run/secrets", secrets.to_str().unwrap());
    let words = run.strip_prefix("RUN ").unwrap().replace("\\\n", "");
    let words = words.split_whitespace().filter(|word| !word.starts_with("--mount="));
    recipes.sh(&words.collect::<Vec<_>>().join(" "));
    assert_eq!(recipes.artist("artist.json")["name"], "Pitbull");
}

#[test]
fn github_actions() {
    let recipes = Recipes::new().knowing();
    let step = &recipes.recipes("yaml")[0];
    let (_, script) = step.split_once("run: |\n").unwrap();
    let script: Vec<&str> = script.lines().map(str::trim_start).collect();
    let shown = recipes.sh(&format!("GITHUB_ENV=variables\n{}", script.join("\n")));
    let variables = fs::read_to_string(recipes.directory().join("variables")).unwrap();
    let token = variables.strip_prefix("SPOTIFY_ACCESS_TOKEN=").unwrap();
    assert_eq!(
        shown,
        format!("::add-mask::{token}"),
        "the token is shown to the one who masks it"
    );
}

#[test]
fn python() {
    if !tools::require("python3") {
        return;
    }
    let recipes = Recipes::new().knowing();
    let program = &recipes.recipes("python")[0];
    let output = recipes.command("python3").args(["-c", program]).output().unwrap();
    assert_eq!(stdout(&output), "Pitbull\n");
}

#[test]
fn make() {
    if !tools::require("make") || !tools::require("curl") {
        return;
    }
    let recipes = Recipes::new().knowing();
    fs::write(recipes.directory().join("Makefile"), &recipes.recipes("make")[0]).unwrap();
    stdout(&recipes.command("make").args(["-s", "artist.json"]).output().unwrap());
    assert_eq!(recipes.artist("artist.json")["name"], "Pitbull");
}

#[test]
fn your_own_tests() {
    let recipes = Recipes::new();
    let script = &recipes.recipes("sh")[1];
    let json: Value = serde_json::from_str(&recipes.sh(script)).unwrap();
    assert_eq!(json["token_type"], "Bearer");
    let log = fs::read_to_string(recipes.directory().join("requests.log")).unwrap();
    assert_eq!(log.lines().count(), 3, "{log}");
}

#[test]
fn a_file_with_a_fresh_token() {
    let recipes = Recipes::new();
    let credentials = recipes.directory().join("credentials");
    let unit = Unit(recipes.recipes("ini").remove(1));
    let recipes = recipes.with_files(&credentials, unit.credentials());
    let place = recipes.directory().to_str().unwrap();
    let start = unit
        .value("ExecStart=")
        .replace("/usr/local/bin/", "")
        .replace("/run/spotify", place);
    let script = format!(
        "export CREDENTIALS_DIRECTORY='{}' {}\n{start} & keeper=$!\nuntil [ -s '{place}/token' ]; do sleep 0.05; done\n\
         cat '{place}/token'; stat -c ' %a' '{place}/token'\nkill $keeper; wait $keeper; ls '{place}'",
        credentials.display(),
        unit.value("Environment=")
    );
    let said = recipes.sh(&script);
    assert!(said.starts_with("BQ") && said.contains(" 640\n"), "{said}");
    assert!(!said.contains("\ntoken"), "{said}");
}

#[test]
fn a_program_that_runs_longer_than_a_token() {
    if !tools::require("python3") {
        return;
    }
    let server = of_lifetime(2);
    let recipes = Recipes::with(server).knowing();
    let program = recipes.recipes("python").pop().unwrap();
    // A second for an hour: it outlives two tokens.
    let program = program.replace("3600", "1").replace("range(24)", "range(6)");
    fs::write(recipes.directory().join("popularity.py"), program).unwrap();
    let line = recipes.recipe("sh", "exec --file");
    assert_eq!(recipes.sh(&line.replace("/run/spotify/", "")), "82\n".repeat(6));
    assert!(recipes.server.requests().len() >= 3);
    assert!(!recipes.directory().join("token").exists());
}

#[test]
fn figures_for_prometheus() {
    let recipes = Recipes::new().knowing();
    let line = recipes
        .recipe("sh", "--metrics")
        .replace("/run/spotify/", "")
        .replace("/var/lib/prometheus/node-exporter/", "");
    let script = format!(
        "{} & keeper=$!\nuntil [ -s spotify.prom ]; do sleep 0.05; done\ncat spotify.prom\nkill $keeper; wait $keeper",
        line.trim_end()
    );
    let figures = recipes.sh(&script);
    let written: BTreeSet<&str> = figures
        .lines()
        .filter_map(|line| line.split('{').next()?.strip_prefix("spotify_"))
        .collect();
    let cookbook = document("docs/cookbook.md");
    let listed = cookbook
        .lines()
        .filter_map(|line| line.strip_prefix("| `spotify_")?.split('`').next());
    let of_app = listed.filter(|name| !name.contains("login"));
    assert_eq!(of_app.collect::<BTreeSet<_>>(), written, "{figures}");

    if tools::require("promtool") {
        fs::write(recipes.directory().join("rules.yml"), recipes.recipe("yaml", "alert:")).unwrap();
        let checked = recipes
            .command("promtool")
            .args(["check", "rules", "rules.yml"])
            .output()
            .unwrap();
        assert!(stdout(&checked).contains("SUCCESS: 2 rules found"));
    }
}

#[test]
fn a_users_own_data_in_a_script() {
    if !tools::require("curl") {
        return;
    }
    let recipes = Recipes::new().knowing();
    let line = recipes.recipes("sh").pop().unwrap();
    let output = recipes
        .command("sh")
        .args(["-euc", &line.replace(" | ", " && exit 99 | ")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(77), "nobody has logged in");
}
