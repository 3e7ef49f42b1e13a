//! Which way a request takes.

use url::Url;

use crate::fetch::{Mode, Redirect};
use crate::preflight::Why;
use crate::reason::Reason;
use crate::request::{Current, Tainting};

/// The ways of [main fetch](https://fetch.spec.whatwg.org/#main-fetch), step 12.
pub(crate) enum Route {
    Basic,
    Opaque,
    /// Why a preflight goes first, if one does.
    Cors(Option<Why>),
}

impl Route {
    pub fn tainting(&self) -> Tainting {
        match self {
            Self::Basic => Tainting::Basic,
            Self::Opaque => Tainting::Opaque,
            Self::Cors(_) => Tainting::Cors,
        }
    }
}

/// Main fetch, steps 7 and 12.
pub(crate) fn route(current: &Current) -> Result<Route, Reason> {
    let (fetch, url) = (current.fetch, current.url());
    if let Some(port) = url.port().filter(|port| is_http(url) && BAD_PORTS.contains(port)) {
        return Err(Reason::BadPort(port));
    }
    let is_own = fetch.page.is_same(url) && current.tainting == Tainting::Basic;
    if is_own || url.scheme() == "data" || fetch.mode == Mode::Navigate {
        return Ok(Route::Basic);
    }
    match fetch.mode {
        Mode::SameOrigin => Err(Reason::SameOriginMode),
        Mode::NoCors if fetch.redirect != Redirect::Follow => Err(Reason::NoCorsRedirectMode),
        Mode::NoCors => Ok(Route::Opaque),
        _ if !is_http(url) => Err(Reason::NotHttp(url.scheme().to_owned())),
        _ => Ok(Route::Cors(Why::of(current))),
    }
}

/// [HTTP(S) scheme](https://fetch.spec.whatwg.org/#http-scheme).
pub(crate) fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// [Bad ports](https://fetch.spec.whatwg.org/#bad-port).
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];
