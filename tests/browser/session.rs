//! One Chromium, controlled through `WebDriver`.

use std::{collections::HashMap, time::Duration};

use corsac_fetch::{Credentials, Fetch, Mode, Origin, Redirect, ScriptError};
use corsac_testbed::{
    browser::{Browser, Driver},
    config::tls,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thirtyfour::{Capabilities, WebDriver, error::WebDriverError};
use tokio::runtime::Runtime;

/// The limit on the duration of one script.
const SCRIPT_TIMEOUT: Duration = Duration::from_mins(1);

/// The differences from a user's browser.
const ARGUMENTS: [&str; 2] = [
    // The standard's rule that `*` does not cover Authorization. Chromium does not yet enforce it
    // by default.
    "--enable-features=CorsNonWildcardRequestHeadersSupport",
    // A page over http stays there, although its port also speaks TLS. A sandboxed frame shares its
    // page's process, because the driver does not hear messages from another.
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,IsolateSandboxedIframes",
];

/// The script that every page runs.
const HARNESS: &str = include_str!("harness.js");

/// A browser window. Dropping it ends the browser.
pub struct Session {
    runtime: Runtime,
    window: WebDriver,
    _driver: Driver,
}

/// One request that a page makes. The defaults are those of `fetch(url)`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    pub headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// `omit`, `same-origin` or `include`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<&'static str>,
    /// `cors`, `no-cors` or `same-origin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<&'static str>,
    /// Use `XMLHttpRequest`, not `fetch`.
    pub xhr: bool,
    /// Listen to the upload, which makes a preflight necessary if there is a body (XHR only).
    pub upload_listener: bool,
}

/// A request that Chromium's network service blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsFailure {
    /// The URL that the script requested.
    pub url: String,
    /// The name of its `CorsError`.
    pub name: String,
    /// The method, header or value that the failure concerns.
    pub parameter: String,
}

/// The result in the page's script.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScriptResult {
    /// `basic`, `cors`, `opaque` or `opaqueredirect`; `error` if there is no response.
    pub kind: String,
    pub status: u16,
    pub url: String,
    /// The response headers that the script may read.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Call {
    /// The same call for the judge.
    pub fn fetch(&self, page: &Origin) -> Result<Fetch, ScriptError> {
        let mut fetch = Fetch::new(page.clone(), &self.url)?.method(self.method.as_deref().unwrap_or("GET"))?;
        for (name, value) in &self.headers {
            // A script's string holds bytes here, one a letter.
            let bytes: Vec<u8> = value.chars().map(|letter| u8::try_from(letter).unwrap()).collect();
            fetch = fetch.header(name, bytes)?;
        }
        // The body is a string (Fetch, extract a body).
        if self.body.is_some()
            && !fetch.sent_headers().iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            fetch = fetch.header("Content-Type", "text/plain;charset=UTF-8")?;
        }
        let credentials = match self.credentials {
            Some("include") => Credentials::Include,
            // An XMLHttpRequest cannot choose `omit`.
            Some("omit") if !self.xhr => Credentials::Omit,
            _ => Credentials::SameOrigin,
        };
        let mode = match self.mode {
            Some("no-cors") => Mode::NoCors,
            Some("same-origin") => Mode::SameOrigin,
            _ => Mode::Cors,
        };
        let redirect = match self.redirect {
            Some("manual") => Redirect::Manual,
            Some("error") => Redirect::Error,
            _ => Redirect::Follow,
        };
        let fetch = fetch.credentials(credentials).mode(mode).redirect(redirect);
        Ok(if self.upload_listener { fetch.use_preflight() } else { fetch })
    }
}

impl Session {
    /// Starts a Chromium that resolves hosts by `resolver_rules` (`--host-resolver-rules`), with
    /// `more` arguments.
    pub fn start(resolver_rules: &str, more: &[&'static str]) -> Self {
        let driver = Browser::find().and_then(|browser| browser.start()).unwrap_or_else(|error| panic!("{error}"));
        let of_this_world = [
            format!("--host-resolver-rules={resolver_rules}"),
            format!("--ignore-certificate-errors-spki-list={}", tls::KEY_HASH),
        ];
        let arguments: Vec<String> = Driver::ARGUMENTS
            .iter()
            .chain(&ARGUMENTS)
            .chain(more)
            .map(|&argument| argument.to_owned())
            .chain(of_this_world)
            .collect();
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": {
                "binary": driver.chromium(),
                "args": arguments,
                // A headless Chromium does not send third-party cookies; one with a window does.
                "prefs": { "profile.cookie_controls_mode": 0, "profile.block_third_party_cookies": false },
            },
        });
        let capabilities = Capabilities::from(capabilities.as_object().cloned().unwrap_or_default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let window = runtime.block_on(async {
            let window = WebDriver::new(driver.url(), capabilities).await?;
            window.set_script_timeout(SCRIPT_TIMEOUT).await?;
            Ok::<_, WebDriverError>(window)
        });
        let window = window.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        Self { runtime, window, _driver: driver }
    }

    /// Opens a page, which makes the following calls.
    pub fn open(&self, url: &str) {
        self.runtime.block_on(self.window.goto(url)).unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// Runs a script in the page. `harness` holds the definitions of `harness.js`. Awaits the
    /// script's value.
    pub fn run(&self, script: &str, argument: Value) -> Value {
        let script = format!(
            "const [argument, done] = arguments; const harness = ({HARNESS})();\n\
             (async () => {{ {script} }})().then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let returned = self.runtime.block_on(self.window.execute_async(script, vec![argument]));
        let returned = returned.unwrap_or_else(|error| panic!("the script fails: {error}"));
        let returned = returned.json();
        assert!(returned.get("error").is_none(), "the script throws: {}", returned["error"]);
        returned["value"].clone()
    }

    /// Makes the page's calls, several at a time, and waits for all of them.
    pub fn call_all(&self, calls: &[Call]) -> Vec<ScriptResult> {
        let outcomes = self.run("return harness.callAll(argument);", json!(calls));
        serde_json::from_value(outcomes).unwrap()
    }

    /// Makes the calls from a page of that origin; `null` is a sandboxed frame.
    pub fn call_from(&self, origin: &str, calls: &[Call]) -> Vec<ScriptResult> {
        if origin == "null" {
            self.open("https://app.example/");
            let outcomes = self.run("return harness.callAllFromSandbox(argument);", json!(calls));
            return serde_json::from_value(outcomes).unwrap();
        }
        self.open(&format!("{origin}/"));
        self.call_all(calls)
    }

    /// Makes one call.
    pub fn call(&self, call: &Call) -> ScriptResult {
        self.call_all(std::slice::from_ref(call)).remove(0)
    }

    /// The requests that were blocked since the last call.
    pub fn cors_failures(&self) -> Vec<CorsFailure> {
        let log = self.runtime.block_on(self.window.get_log("performance")).unwrap();
        let mut urls: HashMap<String, String> = HashMap::new();
        let mut failures = Vec::new();
        for entry in log {
            let event: Value = serde_json::from_str(&entry.message).unwrap();
            let (method, event) = (&event["message"]["method"], &event["message"]["params"]);
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let id = text(&event["requestId"]);
            let status = &event["corsErrorStatus"];
            if method == "Network.requestWillBeSent" {
                // A redirect keeps the id.
                urls.entry(id).or_insert_with(|| text(&event["request"]["url"]));
            } else if method == "Network.loadingFailed" && status.is_object() {
                let url = urls.get(&id).cloned().unwrap_or_default();
                let name = format!("k{}", text(&status["corsError"]));
                failures.push(CorsFailure { url, name, parameter: text(&status["failedParameter"]) });
            }
        }
        failures
    }

    /// The console's lines since the last call.
    pub fn console(&self) -> Vec<String> {
        let log = self.runtime.block_on(self.window.browser_log()).unwrap();
        log.into_iter().map(|entry| entry.message).collect()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The driver quits the window. Otherwise the window would do so on another thread.
        let _ = self.window.clone().leak();
    }
}
