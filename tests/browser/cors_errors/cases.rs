//! The requests and the answers. The placeholders `PAGE` (the page's origin), `PORT` (the server's
//! port) and `case=` are filled in.

mod checks;
mod journeys;

use corsac_fetch::CorsError;

use super::{Case, CaseVerdict};
use crate::session::Call;

const API: &str = "http://api.localhost:PORT/items";

fn get() -> Call {
    Call { url: API.to_owned(), ..Call::default() }
}

fn with(call: Call) -> Call {
    Call { credentials: Some("include"), ..call }
}

fn put() -> Call {
    Call { method: Some("PUT".to_owned()), ..get() }
}

fn header(name: &str, value: &str, call: Call) -> Call {
    Call { headers: [call.headers, vec![(name.to_owned(), value.to_owned())]].concat(), ..call }
}

fn xhr(call: Call) -> Call {
    Call { xhr: true, ..call }
}

fn blocked(call: Call, answers: &[&'static str], error: CorsError) -> Case {
    Case { call, answers: answers.to_vec(), outcome: CaseVerdict::Blocked(error) }
}

fn blocked_otherwise(call: Call, answers: &[&'static str]) -> Case {
    Case { call, answers: answers.to_vec(), outcome: CaseVerdict::BlockedOtherwise }
}

fn allowed(call: Call, answers: &[&'static str]) -> Case {
    Case { call, answers: answers.to_vec(), outcome: CaseVerdict::Allowed }
}

/// Every case.
pub fn cases() -> Vec<Case> {
    [
        checks::of_the_cors_check(),
        checks::of_preflights(),
        checks::of_lists(),
        checks::of_exposed(),
        journeys::of_redirects(),
        journeys::of_locations(),
        journeys::of_modes(),
        journeys::of_sites(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
