//! Envoy's access log: one JSON line for each request, found by the request's id.

use std::{collections::HashMap, fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{DEADLINE, Error, Result, poll};

/// The access log of all listeners of an Envoy.
#[derive(Clone, Debug)]
pub struct AccessLog {
    path: PathBuf,
}

/// The line of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLine {
    /// The request's [`crate::upstream::ID`].
    pub id: String,
    /// The method.
    pub method: String,
    /// The path with its query, as received.
    pub path: String,
    /// The listener's name.
    pub listener: String,
    /// The status code that the client got.
    pub status: u64,
    /// Response code details: which part of Envoy answered, and why. The native filter cannot set
    /// them for its replies, so its filter state `corsac.details` takes their place.
    pub details: String,
    /// Filter state `corsac`: `policy;phase;outcome;reason`, set on refusals.
    pub refusal: Option<String>,
    /// The route's name.
    pub route: Option<String>,
}

impl AccessLog {
    /// The access log at that path.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// All lines so far, in order. A request that Envoy itself redirects has one for each run: the
    /// last is its own.
    pub fn lines(&self) -> Vec<LogLine> {
        let text = fs::read(&self.path).unwrap_or_default();
        let lines = String::from_utf8_lossy(&text).lines().filter_map(LogLine::parse).collect::<Vec<_>>();
        lines.into_iter().filter(|line| line.details != "internal_redirect").collect()
    }

    /// Waits for the line of the request with that id.
    ///
    /// # Errors
    /// If none is written in time.
    pub fn wait_for(&self, id: &str) -> Result<LogLine> {
        Ok(self.wait_for_all(&[id])?.remove(id).unwrap_or_default())
    }

    /// Waits for the lines of the requests with those ids. Returns the lines by id.
    ///
    /// # Errors
    /// If a line is missing in time.
    pub fn wait_for_all(&self, ids: &[&str]) -> Result<HashMap<String, LogLine>> {
        let mut missing = String::new();
        let all = poll(DEADLINE, "the access log is complete", || {
            let lines: HashMap<String, LogLine> =
                self.lines().into_iter().map(|line| (line.id.clone(), line)).collect();
            missing = ids.iter().filter(|id| !lines.contains_key(**id)).copied().collect::<Vec<_>>().join(", ");
            missing.is_empty().then_some(lines)
        });
        all.map_err(|error| Error::new(format!("{error}; it has no line for {missing}")))
    }
}

impl LogLine {
    fn parse(line: &str) -> Option<LogLine> {
        let line: Value = serde_json::from_str(line).ok()?;
        let text = |key: &str| line[key].as_str().map(str::to_owned);
        Some(LogLine {
            id: text("id").unwrap_or_default(),
            method: text("method").unwrap_or_default(),
            path: text("path").unwrap_or_default(),
            listener: text("listener").unwrap_or_default(),
            status: line["status"].as_u64()?,
            details: text("reply_details").or_else(|| text("details")).unwrap_or_default(),
            refusal: text("refusal"),
            route: text("route").filter(|name| !name.is_empty()),
        })
    }
}

/// The format of [`LogLine`], for a listener of that name.
pub(crate) fn format(listener: &str) -> Value {
    json!({
        "id": "%REQ(X-VECTOR)%",
        "method": "%REQ(:METHOD)%",
        "path": "%REQ(:PATH)%",
        "listener": listener,
        "status": "%RESPONSE_CODE%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "reply_details": "%FILTER_STATE(corsac.details:PLAIN)%",
        "refusal": "%FILTER_STATE(wasm.corsac:PLAIN)%",
        "route": "%ROUTE_NAME%",
    })
}
