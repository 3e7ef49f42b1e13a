//! Whole answers as text, to compare with the text in a test.

use corsac_testbed::client::Response;

/// The headers that Envoy adds to every answer, and those that depend on the time.
const LEFT_OUT: [&str; 5] = ["connection", "date", "server", "x-envoy-upstream-service-time", "x-ratelimit-reset"];

/// The origin that every file under `envoy/` allows.
pub const ORIGIN: &str = "https://app.example.com";

/// The status, every header line in alphabetical order, an empty line and the body.
pub fn whole(response: &Response) -> String {
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = response.headers.select(|name| !LEFT_OUT.contains(&name)).0;
    // Only HTTP/1.1 sends the length of an empty body.
    let headers = headers.iter().filter(|(name, value)| name != b"content-length" || value != b"0");
    let lines: Vec<String> = headers.map(|(name, value)| format!("{}: {}", lossy(name), lossy(value))).collect();
    text(response.status, &lines.join("\n"), &lossy(&response.body))
}

/// The same text from its parts. `headers` has one header per line, in any order.
pub fn text(status: u16, headers: &str, body: &str) -> String {
    let mut lines: Vec<&str> = headers.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    format!("{status}\n{}\n\n{body}", lines.join("\n"))
}
