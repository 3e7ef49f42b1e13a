//! A folder of static files as a website.

use std::{fs, path::Path};

use crate::server::{Answer, Received};

/// The file that a request is for: only names directly in the folder are served.
pub fn serve(folder: &Path, received: &Received) -> Answer {
    let target = String::from_utf8_lossy(&received.target).into_owned();
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let name = match path.rsplit('/').next().unwrap_or_default() {
        "" => "index.html",
        name => name,
    };
    let is_plain = !name.starts_with('.') && !name.contains(['\\', '%', ':']);
    match fs::read(folder.join(name)).ok().filter(|_| is_plain) {
        Some(bytes) => Answer::new(200)
            .header("content-type", content_type(name))
            .header("cache-control", "no-cache")
            .header("x-content-type-options", "nosniff")
            .body(bytes),
        None => Answer::new(404).header("content-type", "text/plain").body("There is no such file.\n"),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
