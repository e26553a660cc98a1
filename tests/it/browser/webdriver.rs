//! A small WebDriver client (W3C), enough to drive Chromium.
//!
//! Ours rather than a crate's: every WebDriver crate turns on features of shared dependencies, so that
//! the tests would build half of the tree a second time, apart from the program.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Key under which WebDriver answers an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A Chromium window of its own, with its driver; both end when it is dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

/// An element of the page.
pub(crate) struct Element<'b> {
    browser: &'b Browser,
    id: String,
}

impl Browser {
    /// Starts chromedriver and a headless window of the given size.
    pub(crate) fn start(width: u32, height: u32) -> Result<Self, String> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .map_err(|e| format!("no free port: {e}"))?
            .port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("chromedriver does not start ({e}): apt-get install chromium chromium-driver"))?;
        let profile = TempDir::new().map_err(|e| e.to_string())?;
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        browser.wait(Duration::from_secs(20), || TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        let args = [
            "--headless=new".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--disable-dev-shm-usage".into(),
            "--hide-scrollbars".into(),
            "--lang=zh-CN".into(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", browser._profile.path().display()),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": args, "prefs": {
                "download.default_directory": browser.downloads().display().to_string(),
                "download.prompt_for_download": false,
            }},
            "goog:loggingPrefs": { "browser": "ALL" },
        }}});
        // The port answers a moment before the driver does.
        let mut tries = 0;
        let answer = loop {
            match browser.call("POST", "/session", Some(&wanted)) {
                Err(error) if tries < 5 && error.contains("os error") => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(300));
                }
                answer => break answer?,
            }
        };
        browser.session = answer["sessionId"].as_str().ok_or("no session id")?.to_owned();
        Ok(browser)
    }

    /// Where files land that the browser downloads.
    pub(crate) fn downloads(&self) -> std::path::PathBuf {
        self._profile.path().join("downloads")
    }

    fn wait(&self, most: Duration, ready: impl Fn() -> bool) -> Result<(), String> {
        let end = Instant::now() + most;
        while !ready() {
            if Instant::now() > end {
                return Err("chromedriver does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// One request; the `value` of the answer.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let fail = |e: std::io::Error| format!("{method} {path}: {e}");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(fail)?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).map_err(fail)?;
        let body = body.map(Value::to_string).unwrap_or_default();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .map_err(fail)?;
        let mut reader = BufReader::new(stream);
        let mut length = None;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).map_err(fail)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse::<usize>().ok();
            }
        }
        let mut bytes = vec![0; length.ok_or("an answer without length")?];
        reader.read_exact(&mut bytes).map_err(fail)?;
        let answer: Value = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
        match answer["value"]["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", answer["value"]["message"].as_str().unwrap_or(""))),
            None => Ok(answer["value"].clone()),
        }
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.call(method, &format!("/session/{}{path}", self.session), body).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Opens a page and waits until it is loaded. Whoever is not logged in enters as the demo's
    /// supervisor, who may open nearly every page.
    pub(crate) fn open(&self, url: &str) {
        self.visit(url);
        if self.script("return location.pathname") == "/login" {
            self.find("button[data-role=supervisor]").click();
            self.until("logged in", "return location.pathname !== '/login' && document.readyState === 'complete'");
        }
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn visit(&self, url: &str) {
        self.ask("POST", "/url", Some(&json!({ "url": url })));
    }

    /// Makes the page so large, as a screen or as a phone.
    pub(crate) fn size(&self, (width, height): (u32, u32), phone: bool) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        let body = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": params });
        self.ask("POST", "/goog/cdp/execute", Some(&body));
    }

    /// Forgets who is logged in.
    pub(crate) fn forget(&self) {
        self.ask("DELETE", "/cookie", None);
    }

    /// The picture of the window, as PNG in base64.
    pub(crate) fn picture(&self) -> String {
        self.ask("GET", "/screenshot", None).as_str().unwrap_or("").to_owned()
    }

    /// Runs a script; what it returns.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.script_with(script, &json!([]))
    }

    /// Runs a script that finds these values as its `arguments`; what it returns.
    pub(crate) fn script_with(&self, script: &str, args: &Value) -> Value {
        self.ask("POST", "/execute/sync", Some(&json!({ "script": script, "args": args })))
    }

    /// The status with which the page was answered.
    pub(crate) fn status(&self) -> u64 {
        self.script("return performance.getEntriesByType('navigation')[0].responseStatus").as_u64().unwrap_or(0)
    }

    /// Waits for a download whose name ends so; its bytes.
    pub(crate) fn downloaded(&self, ending: &str) -> Vec<u8> {
        let end = Instant::now() + Duration::from_secs(15);
        loop {
            // What is still arriving has another ending.
            let mut files = std::fs::read_dir(self.downloads()).into_iter().flatten().flatten().map(|f| f.path());
            let whole = files.find(|path| path.extension().is_some_and(|e| e == ending));
            if let Some(bytes) = whole.and_then(|path| std::fs::read(path).ok()).filter(|bytes| !bytes.is_empty()) {
                return bytes;
            }
            assert!(Instant::now() < end, "no file arrived: {}", self.text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The elements that a CSS selector finds now.
    pub(crate) fn all(&self, css: &str) -> Vec<Element<'_>> {
        let found = self.ask("POST", "/elements", Some(&json!({ "using": "css selector", "value": css })));
        let ids = found.as_array().cloned().unwrap_or_default();
        ids.iter().filter_map(|e| Some(Element { browser: self, id: e[ELEMENT].as_str()?.to_owned() })).collect()
    }

    /// Waits until the selector finds something.
    pub(crate) fn find(&self, css: &str) -> Element<'_> {
        let end = Instant::now() + Duration::from_secs(15);
        loop {
            if let Some(element) = self.all(css).into_iter().next() {
                return element;
            }
            assert!(Instant::now() < end, "nothing on the page matches `{css}`: {}", self.text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until a script's value is true.
    pub(crate) fn until(&self, what: &str, script: &str) {
        let end = Instant::now() + Duration::from_secs(15);
        while self.script(script) != Value::Bool(true) {
            assert!(Instant::now() < end, "waited in vain: {what}; the page says: {}", self.text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The visible text of the page.
    pub(crate) fn text(&self) -> String {
        self.script("return document.body ? document.body.innerText : ''").as_str().unwrap_or("").to_owned()
    }

    /// Presses keys where the focus is; `\u{E009}` is Control, `\u{E00A}` Alt, `\u{E007}` Enter.
    pub(crate) fn keys(&self, keys: &str) {
        let active = self.ask("GET", "/element/active", None);
        let id = active[ELEMENT].as_str().unwrap_or("").to_owned();
        Element { browser: self, id }.type_keys(keys);
    }

    /// Errors that the page wrote to the console.
    pub(crate) fn console_errors(&self) -> Vec<String> {
        let log = self.ask("POST", "/se/log", Some(&json!({ "type": "browser" })));
        log.as_array()
            .into_iter()
            .flatten()
            .filter(|line| line["level"] == "SEVERE")
            .map(|line| line["message"].as_str().unwrap_or("").to_owned())
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.call("DELETE", &format!("/session/{}", self.session), None);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Element<'_> {
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.browser.ask(method, &format!("/element/{}{path}", self.id), body)
    }

    /// Clicks it.
    pub(crate) fn click(&self) {
        self.ask("POST", "/click", Some(&json!({})));
    }

    /// Types into it.
    pub(crate) fn type_keys(&self, text: &str) {
        self.ask("POST", "/value", Some(&json!({ "text": text })));
    }

    /// Its visible text.
    pub(crate) fn text(&self) -> String {
        self.ask("GET", "/text", None).as_str().unwrap_or("").to_owned()
    }

    /// An attribute; empty if it has none.
    pub(crate) fn attribute(&self, name: &str) -> String {
        self.ask("GET", &format!("/attribute/{name}"), None).as_str().unwrap_or("").to_owned()
    }
}
