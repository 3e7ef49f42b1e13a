//! A whole decision about one request, as in the filter.

use corsac_policy::{Decision, Policies, Request, Route, RoutePolicy, decide};

/// A cross-origin GET.
struct Get<'a> {
    origin: &'a [u8],
}

impl Route for Get<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        Some(Vec::new())
    }

    fn route_policy(&mut self) -> RoutePolicy {
        RoutePolicy::Absent
    }
}

impl Request for Get<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        match name {
            "origin" => Some(self.origin.to_vec()),
            ":method" => Some(b"GET".to_vec()),
            ":path" => Some(b"/".to_vec()),
            ":authority" => Some(b"api.test".to_vec()),
            _ => None,
        }
    }
}

/// Whether the request is forwarded, which these policies always do.
pub fn is_made(policies: &Policies, origin: &[u8]) -> bool {
    matches!(decide(policies, &mut Get { origin }), Decision::Forward(_))
}
