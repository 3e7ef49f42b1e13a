//! A headless Chromium, spoken to in `WebDriver`'s few words.

use std::net::SocketAddr;

use corsac_testbed::browser::Driver;
use corsac_testbed::client::{Request, http1};
use corsac_testbed::{DEADLINE, poll};
use serde_json::{Value, json};

use crate::Outcome;

/// One browser with a profile of its own; it ends with its driver.
pub struct Session {
    driver: SocketAddr,
    path: String,
}

impl Session {
    pub fn open(driver: &Driver) -> Outcome<Self> {
        let address = driver.url().trim_start_matches("http://").parse();
        let address = address.map_err(|error| format!("chromedriver listens at no address: {error}."))?;
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
    pub fn visit(&self, url: &str) -> Outcome<()> {
        self.post("/url", &json!({ "url": url })).map(drop)
    }

    /// What a script of the page returns.
    pub fn script(&self, script: &str) -> Outcome<Value> {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression of the page is true; `what` names it.
    pub fn until(&self, what: &str, expression: &str) -> Outcome<()> {
        let script = format!("return Boolean({expression})");
        let is_true = || self.script(&script).ok().filter(|value| value == true);
        poll(DEADLINE, what, is_true).map(drop).map_err(|error| error.to_string())
    }

    /// A command of the browser's developer tools.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Outcome<Value> {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn post(&self, command: &str, body: &Value) -> Outcome<Value> {
        let mut request = Request::new("POST", format!("{}{command}", self.path)).host(self.driver.to_string());
        request = request.header("content-type", "application/json");
        request.body = body.to_string().into_bytes();
        let answer = http1::send(self.driver, &request);
        let answer = answer.map_err(|error| format!("chromedriver does not answer: {error}."))?;
        let mut answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer["value"]["error"].as_str() {
            None => Ok(answer["value"].take()),
            Some(_) => Err(format!("Chromium: {}", answer["value"]["message"].as_str().unwrap_or("an unknown error."))),
        }
    }
}
