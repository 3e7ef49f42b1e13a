//! A request as a `curl` command, which shows the same answer to anybody.

use std::fmt::Write as _;

use crate::ask::{Ask, Verb};

/// The command. The user's own headers are not in it: they are secrets, and a report is passed on.
pub(crate) fn command(ask: &Ask) -> String {
    let method = match ask.verb {
        Verb::Get => " -i",
        Verb::Head => " -I",
        Verb::Options => " -i -X OPTIONS",
    };
    let mut command = format!("curl -s{method}");
    for (name, value) in &ask.lines {
        let _ = write!(command, " -H {}", quoted(&[name.as_bytes(), b": ", value].concat()));
    }
    let _ = write!(command, " {}", quoted(ask.url.as_str().as_bytes()));
    command
}

/// One word of a POSIX shell; of bash where it is not printable ASCII.
fn quoted(bytes: &[u8]) -> String {
    if bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        let text = String::from_utf8_lossy(bytes);
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        format!("$'{}'", bytes.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn a_request_is_a_command_for_a_shell() {
        let url = Url::parse("https://api.example/a?b=c'd").unwrap();
        assert_eq!(command(&Ask::get(&url)), r"curl -s -i 'https://api.example/a?b=c%27d'");
        let preflight = Ask::preflight(&url, "https://a`b.example", "PUT", "x-a");
        assert_eq!(
            command(&preflight),
            "curl -s -i -X OPTIONS -H 'origin: https://a`b.example' -H 'access-control-request-method: PUT' \
             -H 'access-control-request-headers: x-a' 'https://api.example/a?b=c%27d'"
        );
        let odd = Ask::get(&url).verb(Verb::Head).with("origin", b"it's");
        assert!(command(&odd).contains(r"-I -H 'origin: it'\''s'"));
        assert!(command(&Ask::get(&url).with("origin", b"\xff")).contains(r"-H $'origin: \xff'"));
    }
}
