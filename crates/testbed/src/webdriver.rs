//! A headless Chromium, controlled by the `WebDriver` protocol.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    DEADLINE, Error, Result,
    browser::Driver,
    client::{Request, http1},
    poll,
};

/// One browser with a new profile. It ends with its driver.
pub struct BrowserSession {
    driver: SocketAddr,
    path: String,
}

impl BrowserSession {
    /// Starts the browser.
    ///
    /// # Errors
    /// If it does not start.
    pub fn open(driver: &Driver) -> Result<Self> {
        let address = driver.url().trim_start_matches("http://").parse();
        let address = address.map_err(|error| format!("chromedriver has no address: {error}."))?;
        let options = json!({ "binary": driver.chromium(), "args": Driver::ARGUMENTS });
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options } } });
        let mut session = Self { driver: address, path: "/session".to_owned() };
        let opened = session.post("", &wanted)?;
        let id = opened["sessionId"].as_str().ok_or("chromedriver has opened no session.")?;
        session.path = format!("/session/{id}");
        Ok(session)
    }

    /// Opens a page and waits until it has loaded.
    ///
    /// # Errors
    /// With the sentence of Chromium or of its driver.
    pub fn visit(&self, url: &str) -> Result<()> {
        self.post("/url", &json!({ "url": url })).map(drop)
    }

    /// Runs a script in the page and returns its result.
    ///
    /// # Errors
    /// With the sentence of Chromium or of its driver.
    pub fn script(&self, script: &str) -> Result<Value> {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression of the page is true. `what` describes it.
    ///
    /// # Errors
    /// With the sentence of Chromium or of its driver.
    pub fn until(&self, what: &str, expression: &str) -> Result<()> {
        let script = format!("return Boolean({expression})");
        let is_true = || self.script(&script).ok().filter(|value| value == true);
        poll(DEADLINE, what, is_true).map(drop)
    }

    /// Runs a command of the browser's developer tools.
    ///
    /// # Errors
    /// With the sentence of Chromium or of its driver.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Result<Value> {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Shows pages in `light` or `dark`, and without motion.
    ///
    /// # Errors
    /// As [`BrowserSession::devtools`].
    pub fn emulate(&self, scheme: &str) -> Result<()> {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features })).map(drop)
    }

    /// Gives the window that many CSS pixels, each of two by two.
    ///
    /// # Errors
    /// As [`BrowserSession::devtools`].
    pub fn resize(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics).map(drop)
    }

    fn post(&self, command: &str, body: &Value) -> Result<Value> {
        let mut request = Request::new("POST", format!("{}{command}", self.path)).host(self.driver.to_string());
        request = request.header("content-type", "application/json");
        request.body = body.to_string().into_bytes();
        let answer = http1::send(self.driver, &request);
        let answer = answer.map_err(|error| format!("chromedriver does not answer: {error}."))?;
        let mut answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer["value"]["error"].is_string() {
            let message = answer["value"]["message"].as_str().unwrap_or("an unknown error.");
            return Err(Error::new(format!("Chromium: {message}")));
        }
        Ok(answer["value"].take())
    }
}
