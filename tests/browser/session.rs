//! One Chromium, driven by WebDriver.

use std::time::Duration;

use corsac_testbed::browser::{Browser, Driver};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thirtyfour::{Capabilities, WebDriver};
use tokio::runtime::Runtime;

/// How long one script may take.
const SCRIPT_TIMEOUT: Duration = Duration::from_secs(60);

/// What every page runs; see there.
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
    /// `cors` or `no-cors`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<&'static str>,
    /// By `XMLHttpRequest` and not by `fetch`.
    pub xhr: bool,
    /// With a listener on the upload, which makes a preflight necessary (XHR only).
    pub upload_listener: bool,
}

/// What the page's script got of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// `basic`, `cors`, `opaque`, `opaqueredirect`; `error` where there is no response.
    pub kind: String,
    pub status: u16,
    pub url: String,
    pub redirected: bool,
    /// The response headers that the script may read.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The exception, where there is no response.
    pub error: String,
}

impl Session {
    /// Starts a Chromium that finds hosts by `resolver_rules` (`--host-resolver-rules`).
    pub fn start(resolver_rules: &str) -> Self {
        let driver = Browser::find().and_then(|browser| browser.start()).unwrap_or_else(|error| panic!("{error}"));
        let mut arguments: Vec<String> = Driver::ARGUMENTS.map(str::to_owned).into();
        arguments.push(format!("--host-resolver-rules={resolver_rules}"));
        arguments.push(format!("--ignore-certificate-errors-spki-list={}", corsac_testbed::config::tls::KEY_HASH));
        let mut capabilities = Capabilities::new();
        capabilities.insert("browserName".into(), "chrome".into());
        capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
        capabilities.insert("goog:chromeOptions".into(), json!({ "binary": driver.chromium(), "args": arguments }));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let window = runtime.block_on(async {
            let window = WebDriver::new(driver.url(), capabilities).await?;
            window.set_script_timeout(SCRIPT_TIMEOUT).await?;
            Ok::<_, thirtyfour::error::WebDriverError>(window)
        });
        let window = window.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        Self { runtime, window, _driver: driver }
    }

    /// Opens a page; the next calls are its.
    pub fn open(&self, url: &str) {
        self.runtime.block_on(self.window.goto(url)).unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// Runs a script in the page: `harness` is what `harness.js` defines; the script's value is awaited.
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

    /// Makes the page's calls, several at a time, and waits for all.
    pub fn call_all(&self, calls: &[Call]) -> Vec<Outcome> {
        let outcomes = self.run("return harness.callAll(argument);", json!(calls));
        serde_json::from_value(outcomes).unwrap()
    }

    /// Makes one call.
    pub fn call(&self, call: &Call) -> Outcome {
        self.call_all(std::slice::from_ref(call)).remove(0)
    }

    /// What the console has said since the last time.
    pub fn console(&self) -> Vec<String> {
        let log = self.runtime.block_on(self.window.browser_log()).unwrap();
        log.into_iter().map(|entry| entry.message).collect()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The driver quits it; left to itself, the window would do so on a thread of its own.
        let _ = self.window.clone().leak();
    }
}
