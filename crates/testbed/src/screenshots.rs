//! Screenshots of a page, taken by headless Chromium after the page is complete.

use std::{fs, path::Path};

use serde_json::json;

use crate::{Error, Result, browser::Browser, compact_png::compact, webdriver::BrowserSession};

/// A picture of a page: its file, the colour scheme, and the width in CSS pixels.
pub type Screenshot = (&'static str, &'static str, u32);

/// A page of which pictures are taken.
#[derive(Clone, Copy, Debug)]
pub struct Page<'p> {
    /// Where it is.
    pub url: &'p str,
    /// An expression that is true in the page after it is complete.
    pub complete: &'p str,
}

/// Writes every screenshot into `folder`, and prints their names.
///
/// # Errors
/// If the browser is missing, or the page is not complete in time.
pub fn take(page: Page<'_>, screenshots: &[Screenshot], folder: &Path) -> Result<()> {
    let unwritten = |error| format!("{} cannot be written: {error}.", folder.display());
    fs::create_dir_all(folder).map_err(unwritten)?;
    let driver = Browser::find()?.start()?;
    for screenshot in screenshots {
        // A new browser, whose preflight cache is empty.
        let png = compact(&taken(&BrowserSession::open(&driver)?, page, screenshot)?)?;
        fs::write(folder.join(screenshot.0), &png).map_err(unwritten)?;
        println!("{} ({} bytes)", folder.join(screenshot.0).display(), png.len());
    }
    Ok(())
}

fn taken(session: &BrowserSession, page: Page<'_>, (_, scheme, width): &Screenshot) -> Result<Vec<u8>> {
    session.emulate(scheme)?;
    session.resize(*width, 900)?;
    session.visit(page.url)?;
    session.until("the page is complete", page.complete)?;
    let height = session.script("return document.documentElement.scrollHeight")?;
    session.resize(*width, u32::try_from(height.as_u64().unwrap_or(900)).unwrap_or(900))?;
    let taken = session.devtools("Page.captureScreenshot", &json!({ "format": "png" }))?;
    let picture = taken["data"].as_str().and_then(from_base64);
    picture.ok_or_else(|| Error::new("chromedriver has sent no screenshot."))
}

/// RFC 4648 §4; `None` if a letter is not in its alphabet.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digit = |letter: u8| match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().try_fold(0_u32, |bits, letter| Some(bits << 6 | u32::from(digit(*letter)?)))?;
        let [_, three @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        bytes.extend(three.iter().take(group.len() - 1));
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_in_the_examples_of_the_standard() {
        // RFC 4648 §10.
        let examples =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in examples {
            assert_eq!(from_base64(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(from_base64("Zm9%"), None);
    }
}
