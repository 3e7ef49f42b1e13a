//! The kinds of traffic that are measured.

use clap::ValueEnum;

/// An origin of 41 bytes, which the lists of `origins` have too. It is the last of every list, and the last regex's.
pub const ALLOWED: &str = "https://frontend.customer.askedsite00.com";
/// One that no list holds.
pub const REFUSED: &str = "https://frontend.customer.othersite00.com";

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// GET without `Origin`.
    NoOrigin,
    /// GET from an allowed origin.
    Allowed,
    /// GET from an origin that is not listed.
    Refused,
    /// GET from an allowed origin, the filter standing alone in the chain.
    Alone,
    /// A preflight from an allowed origin.
    PreflightAllowed,
    /// A preflight from an origin that is not listed.
    PreflightRefused,
    /// GET from an allowed origin, answered with a body of 1 MiB in pieces.
    Body,
}

impl Kind {
    /// How it is written on the command line, in the JSON and in listeners' names.
    pub fn id(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// How tables call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NoOrigin => "no `Origin`",
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Alone => "allowed, alone",
            Self::PreflightAllowed => "preflight allowed",
            Self::PreflightRefused => "preflight refused",
            Self::Body => "1 MiB body",
        }
    }

    /// Whether the filter answers by itself. The first of a chain then does, and the others never see the request.
    pub const fn is_preflight(self) -> bool {
        matches!(self, Self::PreflightAllowed | Self::PreflightRefused)
    }

    /// How many copies of the filter stand in the chain: a request costs microseconds, and nothing smaller than some tens
    /// of them can be told from the noise of a machine.
    pub const fn copies(self) -> usize {
        if self.is_preflight() || matches!(self, Self::Alone) { 1 } else { 20 }
    }

    pub const fn method(self) -> &'static str {
        if self.is_preflight() { "OPTIONS" } else { "GET" }
    }

    pub fn headers(self) -> Vec<(&'static str, String)> {
        let origin = match self {
            Self::NoOrigin => return Vec::new(),
            Self::Allowed | Self::Alone | Self::PreflightAllowed | Self::Body => ALLOWED,
            Self::Refused | Self::PreflightRefused => REFUSED,
        };
        let mut headers = vec![("origin", origin.to_owned())];
        if self.is_preflight() {
            headers.push(("access-control-request-method", "PUT".to_owned()));
            headers.push(("access-control-request-headers", "content-type".to_owned()));
        }
        headers
    }
}
