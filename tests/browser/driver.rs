//! Drives Chromium as WebDriver says (<https://www.w3.org/TR/webdriver2/>), through Debian's `chromedriver`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::tools;

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// One browser is enough for a small machine.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How wide a picture is, and how the user likes it.
#[derive(Clone, Copy)]
pub struct Look {
    pub name: &'static str,
    width: u32,
    height: u32,
    scheme: &'static str,
}

/// How pages are looked at.
pub const LOOKS: [Look; 4] = [
    Look::new("desktop-light", 1280, 800, "light"),
    Look::new("desktop-dark", 1280, 800, "dark"),
    Look::new("phone-light", 360, 740, "light"),
    Look::new("phone-dark", 360, 740, "dark"),
];

impl Look {
    const fn new(name: &'static str, width: u32, height: u32, scheme: &'static str) -> Look {
        Look {
            name,
            width,
            height,
            scheme,
        }
    }
}

/// A browser with an empty profile. It knows no host but this machine, which foreign sites are on, too.
pub struct Browser {
    agent: ureq::Agent,
    driver: Child,
    /// The address of the session.
    session: String,
    _profile: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts one. `None` where it is not installed: the test should return.
    pub fn start() -> Option<Browser> {
        if !tools::require("chromedriver") || !tools::require("chromium") {
            return None;
        }
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", profile.path())
            .env("XDG_CONFIG_HOME", profile.path())
            .env("XDG_CACHE_HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = port_of(&mut driver);
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .proxy(None)
            .build();
        let mut browser = Browser {
            agent: config.new_agent(),
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
            _profile: profile,
            _alone: alone,
        };
        let data = browser._profile.path().join("data");
        let started = browser.call("POST", "", &json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "pageLoadStrategy": "none",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
                // Names of other hosts lead here, as after DNS rebinding.
                "--host-resolver-rules=MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                format!("--user-data-dir={}", data.display()),
            ]},
        }}}));
        let session = started["sessionId"].as_str().unwrap();
        browser.session = format!("{}/{session}", browser.session);
        Some(browser)
    }

    /// Opens an address. Does not wait for the page.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({"url": url}));
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    /// Clicks what this CSS selector finds, once it is there.
    pub fn click(&self, selector: &str) {
        let found = eventually(selector, || {
            self.try_call("POST", "/element", &json!({"using": "css selector", "value": selector}))
                .ok()
        });
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        self.post(&format!("/element/{}/click", id.as_str().unwrap()), &json!({}));
    }

    /// What the page says.
    pub fn text(&self) -> String {
        let script = json!({"script": "return document.body ? document.body.innerText : ''", "args": []});
        // There may be none at this moment.
        let text = self.try_call("POST", "/execute/sync", &script).unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says this.
    pub fn sees(&self, text: &str) {
        eventually(text, || self.text().contains(text).then_some(()));
    }

    /// Runs a script in the page, and returns what it returns.
    pub fn run(&self, script: &str, arguments: &Value) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Opens another window and turns to it. Returns its name.
    pub fn open_window(&self) -> String {
        let made = self.post("/window/new", &json!({"type": "tab"}));
        let name = made["handle"].as_str().unwrap().to_owned();
        self.turn_to(&name);
        name
    }

    /// The name of the window.
    pub fn window(&self) -> String {
        self.call("GET", "/window", &Value::Null).as_str().unwrap().to_owned()
    }

    pub fn turn_to(&self, window: &str) {
        self.post("/window", &json!({"handle": window}));
    }

    /// Closes the window.
    pub fn close_window(&self) {
        self.call("DELETE", "/window", &Value::Null);
    }

    /// What the browser complained of since it was last asked: a policy that forbids something, a file that is not there.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        let messages = log.as_array().unwrap().iter();
        messages
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Shows the page so from now on.
    pub fn look(&self, look: Look) {
        let is_phone = look.width < 600;
        self.develop("Emulation.setDeviceMetricsOverride", &json!({
            "width": look.width, "height": look.height, "deviceScaleFactor": if is_phone { 2 } else { 1 }, "mobile": is_phone,
        }));
        self.develop(
            "Emulation.setEmulatedMedia",
            &json!({
                "features": [{"name": "prefers-color-scheme", "value": look.scheme}],
            }),
        );
    }

    /// Takes pictures of the page, in every look, and checks that it fits.
    pub fn take_pictures(&self, name: &str) {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
        fs::create_dir_all(&directory).unwrap();
        for look in LOOKS {
            self.look(look);
            let width = self.run("return document.documentElement.scrollWidth", &json!([]));
            assert!(
                width.as_u64().unwrap() <= look.width.into(),
                "{name} is {width} wide on {}",
                look.name
            );
            let picture = self.call("GET", "/screenshot", &Value::Null);
            let picture = STANDARD.decode(picture.as_str().unwrap()).unwrap();
            fs::write(directory.join(format!("{name}-{}.png", look.name)), picture).unwrap();
        }
    }

    fn develop(&self, command: &str, parameters: &Value) {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", path, body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_call(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.session);
        let response = match method {
            "POST" => self
                .agent
                .post(&url)
                .header("content-type", "application/json")
                .send(body.to_string()),
            "GET" => self.agent.get(&url).call(),
            _ => self.agent.delete(&url).call(),
        };
        let mut response = response.map_err(|error| error.to_string())?;
        let text = response
            .body_mut()
            .with_config()
            .limit(32 << 20)
            .read_to_string()
            .unwrap();
        let mut answer: Value = serde_json::from_str(&text).map_err(|_| text)?;
        if response.status() != 200 {
            return Err(answer["value"]["message"].to_string());
        }
        Ok(answer["value"].take())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Waits for something in the browser.
fn eventually<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "the browser does not show {what:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The port that the driver says it has chosen.
fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    // It must not write into a closed pipe.
    thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver says on which port it listens")
}
