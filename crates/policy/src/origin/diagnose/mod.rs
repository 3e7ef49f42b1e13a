//! Why a text is no origin pattern, and which ones were probably meant.
//!
//! Runs at configuration only, on entries that [`Pattern::parse`] refused: one text is taken apart
//! where it means several origins; each is repaired step by step; the first thing that had to be
//! repaired is the reason. What comes out is offered if it is a pattern. It never accepts an origin
//! that the text does not spell.

mod ipv4;
mod repair;

#[cfg(test)]
mod tests;

use super::pattern::{Pattern, is_never_sent};
use crate::diagnostic::{Suggestion, quoted};
use repair::Repair;

/// Turns a Unicode domain into its A-labels (IDNA); `None` for what is no domain.
pub type ToAscii<'t> = &'t dyn Fn(&str) -> Option<String>;

/// What is wrong with a text.
pub(crate) struct Diagnosed {
    /// One or two sentences.
    pub(crate) sentence: String,
    /// The origins and patterns to write instead; none where it is not certain what was meant.
    pub(crate) origins: Vec<String>,
}

impl Diagnosed {
    /// The origins as a suggestion for the place of one.
    pub(crate) fn suggestion(&self) -> Option<Suggestion> {
        let mut quoted: Vec<String> = self.origins.iter().map(|origin| quoted(origin)).collect();
        match quoted.pop()? {
            only if quoted.is_empty() => Some(Suggestion::Value(only)),
            last => {
                quoted.push(last);
                Some(Suggestion::Entries(quoted))
            }
        }
    }
}

/// What other systems write for both schemes.
const BOTH_SCHEMES: &[&str] =
    &["*", "http(s)", "http*", "https?", "http[s]", "(http|https)", "(https|http)", "{http,https}", "[http,https]"];

/// Diagnoses a text that is no pattern. `to_ascii`: the filter has none.
pub(crate) fn diagnose(text: &str, to_ascii: Option<ToAscii<'_>>) -> Diagnosed {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    if is_never_sent(scheme) {
        return repaired(text, to_ascii);
    }
    if let Some(rest) = BOTH_SCHEMES.iter().find_map(|both| text.trim().strip_prefix(both)?.strip_prefix("://")) {
        let each = ["https://", "http://"].map(|scheme| [scheme, rest].concat());
        return several(text, "names two schemes in one entry, and each needs its own.", &each, to_ascii);
    }
    if let Some(each) = ports(text) {
        return several(
            text,
            "has a list for its port. Each port needs an entry, and \":*\" is any port.",
            &each,
            to_ascii,
        );
    }
    let separated = [',', ';', '|', ' '].into_iter().find(|separator| text.trim().contains(*separator));
    if let Some(separator) = separated {
        let parts = text.split(separator).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
        let parts: Vec<String> = parts.collect();
        if separator == ',' || (parts.len() > 1 && parts.iter().all(|part| part.contains("://"))) {
            return several(text, "is several origins in one entry, and each needs its own.", &parts, to_ascii);
        }
    }
    repaired(text, to_ascii)
}

/// One origin.
fn repaired(text: &str, to_ascii: Option<ToAscii<'_>>) -> Diagnosed {
    let mut repair = Repair { problem: None, to_ascii };
    let mut origins = repair.origins(text);
    let problem = repair
        .problem
        .unwrap_or("is not an origin: that is a scheme, \"://\", a host and, where it is not the default, a port.");
    if !origins.iter().all(|origin| origin != text && Pattern::parse(origin).is_some()) {
        origins.clear();
    }
    Diagnosed { sentence: format!("{} {problem}", quoted(text)), origins }
}

/// Several origins in one text: each as it is or repaired, or none of them.
#[inline(never)]
fn several(text: &str, problem: &str, parts: &[String], to_ascii: Option<ToAscii<'_>>) -> Diagnosed {
    let mut origins: Vec<String> = Vec::new();
    for part in parts {
        let each = if Pattern::parse(part).is_some() { vec![part.clone()] } else { diagnose(part, to_ascii).origins };
        if each.is_empty() {
            origins.clear();
            break;
        }
        origins.extend(each);
    }
    let mut distinct: Vec<String> = Vec::new();
    origins.retain(|origin| {
        let is_new = !distinct.contains(origin);
        if is_new {
            distinct.push(origin.clone());
        }
        is_new
    });
    Diagnosed { sentence: format!("{} {problem}", quoted(text)), origins }
}

/// `https://a.example:[8080,8081]` (Spring) as an origin for each port; `[*]` is any port.
fn ports(text: &str) -> Option<Vec<String>> {
    const BRACKETS: &[(&str, char)] = &[(":[", ']'), (":{", '}'), (":(", ')')];
    let (host, list) = BRACKETS.iter().find_map(|(open, close)| text.trim().strip_suffix(*close)?.rsplit_once(open))?;
    let is_port = |port: &str| port == "*" || (!port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let ports: Vec<&str> = list.split([',', '|']).map(str::trim).collect();
    let is_list = host.contains('.') || host.contains("localhost") || ports.len() > 1 || list == "*";
    (is_list && ports.iter().all(|port| is_port(port)))
        .then(|| ports.iter().map(|port| format!("{host}:{port}")).collect())
}
