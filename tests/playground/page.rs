//! The page in a browser, and the server that it came from.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use corsac_testbed::{
    browser::{Browser, Driver},
    server::Server,
    static_files,
    webdriver::BrowserSession,
};
use serde_json::{Value, json};

/// The path of the page on its server: it works under any.
const PATH: &str = "/any/path/";
/// Nothing is being asked, and the page has what it needs to work without its server.
const COMPLETE: &str =
    "document.documentElement.dataset.cached === 'true' && document.documentElement.dataset.asking === '0'";
/// What the page's policy forbids, from the first script on.
const LISTEN: &str = "globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (it) => violations.push(`${it.violatedDirective}: ${it.blockedURI}`));
    addEventListener('error', (it) => violations.push(String(it.message)));
    addEventListener('unhandledrejection', (it) => violations.push(String(it.reason)));";

/// The page, loaded. Dropping it ends the browser.
pub struct Page {
    pub session: BrowserSession,
    server: Option<Server>,
    requests: Arc<Mutex<Vec<String>>>,
    url: String,
    _driver: Driver,
}

impl Page {
    /// Loads the page and waits for its first answer.
    pub fn open() -> Self {
        let page = Self::prepare();
        page.load("");
        page
    }

    /// A browser that has not loaded the page.
    pub fn prepare() -> Self {
        let folder = corsac_testbed::target().join("playground");
        assert!(folder.join("index.html").is_file(), "There is no page; `cargo xtask playground` builds it.");
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&requests);
        let server = Server::start_at((Ipv4Addr::LOCALHOST, 0).into(), move |received| {
            let target = String::from_utf8_lossy(&received.target).into_owned();
            log.lock().unwrap_or_else(PoisonError::into_inner).push(target);
            static_files::serve(&folder, received)
        });
        let server = server.unwrap();
        let driver = Browser::find().unwrap().start().unwrap();
        let session = BrowserSession::open(&driver).unwrap();
        session.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": LISTEN })).unwrap();
        let url = format!("http://{}{PATH}", server.address());
        Self { session, server: Some(server), requests, url, _driver: driver }
    }

    /// Loads the page with that fragment.
    pub fn load(&self, fragment: &str) {
        // A page that differs in its fragment alone would not be loaded anew.
        self.session.visit("about:blank").unwrap();
        self.session.visit(&format!("{}{fragment}", self.url)).unwrap();
        self.settle();
    }

    /// Waits until every question is answered.
    pub fn settle(&self) {
        self.session.until("the page has answered", COMPLETE).unwrap();
    }

    /// Waits until an expression of the page is true.
    pub fn until(&self, expression: &str) {
        let shown = self.session.until(expression, expression);
        assert!(shown.is_ok(), "{expression}\nVerdict: {}", self.text("verdict"));
    }

    /// The result of a function's body.
    pub fn run(&self, body: &str) -> Value {
        self.session.script(body).unwrap_or_else(|error| panic!("{error}\n{body}"))
    }

    pub fn text(&self, id: &str) -> String {
        let text = self.run(&format!("return document.getElementById('{id}').textContent"));
        text.as_str().unwrap_or_default().to_owned()
    }

    pub fn click(&self, selector: &str) {
        self.run(&format!("document.querySelector({}).click()", json!(selector)));
        self.settle();
    }

    /// Gives a field of a form another value, as a person would.
    pub fn fill(&self, id: &str, value: &str) {
        self.run(&format!(
            "const field = document.getElementById('{id}'); field.value = {};
             for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }}));",
            json!(value)
        ));
        self.settle();
    }

    /// Types a text in place of the one in an editor.
    pub fn write(&self, editor: &str, text: &str) {
        self.focus(editor);
        let all = json!({ "type": "keyDown", "commands": ["selectAll"] });
        self.session.devtools("Input.dispatchKeyEvent", &all).unwrap();
        self.type_text(text);
        assert_eq!(self.written(editor), text);
    }

    pub fn focus(&self, editor: &str) {
        self.run(&format!("{}.focus()", content(editor)));
    }

    pub fn type_text(&self, text: &str) {
        self.session.devtools("Input.insertText", &json!({ "text": text })).unwrap();
        self.settle();
    }

    pub fn press(&self, key: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            let code = if key == "Tab" { 9 } else { 0 };
            let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.session.devtools("Input.dispatchKeyEvent", &event).unwrap();
        }
        self.settle();
    }

    /// The text in an editor.
    pub fn written(&self, editor: &str) -> String {
        let lines = format!(
            "return [...{}.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\\n')",
            content(editor)
        );
        self.run(&lines).as_str().unwrap_or_default().to_owned()
    }

    /// What is shown in an editor where a selector fits.
    pub fn in_editor(&self, selector: &str) -> Vec<String> {
        let found = self.run(&format!(
            "return [...document.getElementById('policy-editor').shadowRoot.querySelectorAll({})].map((it) => it.textContent)",
            json!(selector)
        ));
        serde_json::from_value(found).unwrap()
    }

    /// The requests that the server has had.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn violations(&self) -> Value {
        self.run("return globalThis.violations")
    }

    /// Ends the server.
    pub fn go_offline(&mut self) {
        self.server = None;
        let offline = json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 });
        self.session.devtools("Network.enable", &json!({})).unwrap();
        self.session.devtools("Network.emulateNetworkConditions", &offline).unwrap();
    }
}

fn content(editor: &str) -> String {
    format!("document.getElementById('{editor}').shadowRoot.querySelector('.cm-content')")
}
