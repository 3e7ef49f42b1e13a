//! The measured kinds of traffic.

use clap::ValueEnum;

/// An origin of 41 bytes, the length of the origins in the lists. It is the last of every list, and
/// the last regex matches it.
pub const ALLOWED: &str = "https://frontend.customer.askedsite00.com";
/// An origin that is in no list.
pub const REFUSED: &str = "https://frontend.customer.othersite00.com";

/// A kind of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Traffic {
    /// GET without `Origin`.
    NoOrigin,
    /// GET from an allowed origin.
    Allowed,
    /// GET from an origin that is not listed.
    Refused,
    /// GET from an allowed origin, with only one filter in the chain.
    Alone,
    /// A preflight from an allowed origin.
    PreflightAllowed,
    /// A preflight from an origin that is not listed.
    PreflightRefused,
    /// GET from an allowed origin, with a body of 1 MiB in the response.
    Body,
}

impl Traffic {
    /// Its name on the command line, in the JSON and in the names of listeners.
    pub fn id(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Its name in tables.
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

    /// Whether the filter itself answers. The first filter of a chain then answers, and the others
    /// never see the request.
    pub const fn is_preflight(self) -> bool {
        matches!(self, Self::PreflightAllowed | Self::PreflightRefused)
    }

    /// The copies of the filter in the chain. The price of a single filter is a few microseconds,
    /// which is less than the noise of a machine.
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
