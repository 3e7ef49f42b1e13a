//! The class of a request, by its headers (Fetch, [CORS
//! request](https://fetch.spec.whatwg.org/#cors-request) and [CORS-preflight
//! request](https://fetch.spec.whatwg.org/#cors-preflight-request)).

use super::proxy::Request;
use super::record::Phase;
use crate::header::name;

/// The class of a request, with the headers that decide it.
pub(super) enum Class {
    Preflight { origin: Vec<u8>, method: Vec<u8> },
    Actual { origin: Vec<u8> },
    NotCors,
}

impl Class {
    pub(super) const fn phase(&self) -> Phase {
        match self {
            Self::Preflight { .. } => Phase::Preflight,
            Self::Actual { .. } => Phase::Actual,
            Self::NotCors => Phase::NotCors,
        }
    }
}

/// Asks for `Access-Control-Request-Method` before `:method`: nearly every request lacks it, and an
/// absent header is cheap.
pub(super) fn classify(request: &mut impl Request) -> Class {
    let Some(origin) = non_empty(request, name::ORIGIN) else { return Class::NotCors };
    match non_empty(request, name::REQUEST_METHOD) {
        Some(method) if request.header(name::METHOD).as_deref() == Some(b"OPTIONS") => {
            Class::Preflight { origin, method }
        }
        _ => Class::Actual { origin },
    }
}

fn non_empty(request: &mut impl Request, name: &'static str) -> Option<Vec<u8>> {
    request.header(name).filter(|value| !value.is_empty())
}
