//! The options of curl, as far as they say something about the request.

/// What an option says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Url(String),
    Method(String),
    Header(String),
    Data(String),
    Json(String),
    Form,
    /// The value of `Authorization`.
    Authorization(String),
    Referer(String),
    Range(String),
    Cookie,
    Get,
    Head,
    Upload,
}

/// Short options with a value.
const SHORT_WITH_VALUE: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";

/// Long options with a value. What is not here has none: were it otherwise, an unknown flag would
/// swallow the URL.
const LONG_WITH_VALUE: &[&str] = &[
    "abstract-unix-socket",
    "alt-svc",
    "aws-sigv4",
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "ciphers",
    "config",
    "connect-timeout",
    "connect-to",
    "continue-at",
    "cookie",
    "cookie-jar",
    "create-file-mode",
    "crlfile",
    "curves",
    "data",
    "data-ascii",
    "data-binary",
    "data-raw",
    "data-urlencode",
    "dns-interface",
    "dns-ipv4-addr",
    "dns-ipv6-addr",
    "dns-servers",
    "doh-url",
    "dump-header",
    "egd-file",
    "engine",
    "etag-compare",
    "etag-save",
    "expect100-timeout",
    "form",
    "form-string",
    "happy-eyeballs-timeout-ms",
    "haproxy-clientip",
    "header",
    "hsts",
    "interface",
    "ipfs-gateway",
    "json",
    "keepalive-time",
    "key",
    "key-type",
    "limit-rate",
    "local-port",
    "max-filesize",
    "max-redirs",
    "max-time",
    "netrc-file",
    "noproxy",
    "oauth2-bearer",
    "output",
    "output-dir",
    "parallel-max",
    "pass",
    "pinnedpubkey",
    "preproxy",
    "proto",
    "proto-default",
    "proto-redir",
    "proxy",
    "proxy-header",
    "proxy-user",
    "range",
    "rate",
    "referer",
    "request",
    "request-target",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "speed-limit",
    "speed-time",
    "stderr",
    "time-cond",
    "tls-max",
    "tls13-ciphers",
    "trace",
    "trace-ascii",
    "unix-socket",
    "upload-file",
    "url",
    "url-query",
    "user",
    "user-agent",
    "variable",
    "vlan-priority",
    "write-out",
];

/// The options of a command line, in order, up to `--next`.
pub(super) struct Options<W> {
    words: W,
    /// Short options of one word that are left: `sS` of `-LsS`.
    rest: String,
    /// After `--` there are URLs alone.
    only_urls: bool,
}

impl<W: Iterator<Item = String>> Options<W> {
    pub fn new(words: W) -> Self {
        Self { words, rest: String::new(), only_urls: false }
    }

    /// A word's options that say something; `None` for one that says nothing.
    fn read(&mut self, word: &str) -> Result<Option<Said>, String> {
        if self.only_urls || word == "-" || !word.starts_with('-') {
            return Ok(Some(Said::Url(word.to_owned())));
        }
        if word == "--" {
            self.only_urls = true;
            return Ok(None);
        }
        if let Some(long) = word.strip_prefix("--") {
            return self.long(long);
        }
        word.strip_prefix('-').unwrap_or_default().clone_into(&mut self.rest);
        Ok(None)
    }

    fn long(&mut self, long: &str) -> Result<Option<Said>, String> {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        if !LONG_WITH_VALUE.contains(&name) {
            return Ok(of_flag(name));
        }
        let value = value.or_else(|| self.words.next()).ok_or_else(|| format!("--{name} has no value."))?;
        Ok(of_value(name, value))
    }

    fn short(&mut self) -> Result<Option<Said>, String> {
        let mut letters = self.rest.chars();
        let Some(letter) = letters.next() else { return Ok(None) };
        let rest = letters.as_str().to_owned();
        if !SHORT_WITH_VALUE.contains(letter) {
            self.rest = rest;
            return Ok(of_flag(long_name(letter)));
        }
        self.rest.clear();
        let value = Some(rest).filter(|rest| !rest.is_empty()).or_else(|| self.words.next());
        let value = value.ok_or_else(|| format!("-{letter} has no value."))?;
        Ok(of_value(long_name(letter), value))
    }
}

impl<W: Iterator<Item = String>> Iterator for Options<W> {
    type Item = Result<Said, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let read = if self.rest.is_empty() {
                let word = self.words.next()?;
                if word == "--next" || word == "-:" {
                    return None;
                }
                self.read(&word)
            } else {
                self.short()
            };
            if let Some(said) = read.transpose() {
                return Some(said);
            }
        }
    }
}

fn long_name(letter: char) -> &'static str {
    match letter {
        'X' => "request",
        'H' => "header",
        'd' => "data",
        'F' => "form",
        'u' => "user",
        'b' => "cookie",
        'e' => "referer",
        'r' => "range",
        'T' => "upload-file",
        'G' => "get",
        'I' => "head",
        _ => "",
    }
}

fn of_flag(name: &str) -> Option<Said> {
    match name {
        "get" => Some(Said::Get),
        "head" => Some(Said::Head),
        _ => None,
    }
}

fn of_value(name: &str, value: String) -> Option<Said> {
    Some(match name {
        "url" => Said::Url(value),
        "request" => Said::Method(value),
        "header" => Said::Header(value),
        "data" | "data-ascii" | "data-binary" | "data-raw" | "data-urlencode" => Said::Data(value),
        "json" => Said::Json(value),
        "form" | "form-string" => Said::Form,
        // The value is a secret, and CORS never looks at it.
        "user" => Said::Authorization("Basic -".to_owned()),
        "oauth2-bearer" => Said::Authorization("Bearer -".to_owned()),
        "referer" => Said::Referer(value),
        "range" => Said::Range(value),
        "cookie" => Said::Cookie,
        "upload-file" => Said::Upload,
        _ => return None,
    })
}
