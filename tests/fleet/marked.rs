//! Policies whose every answer tells which of them has made it.

use std::collections::BTreeSet;

use corsac_testbed::client::{Request, Response};

pub const ORIGIN: &str = "https://app.example";
const EVIL: &str = "https://evil.example";
/// The maximum age of policy 0.
const MAX_AGE: u64 = 1000;

/// Policy `number`. It leaves its number in every header that it sets.
pub fn policy(number: u64) -> String {
    format!(
        r#"{{ "policies": {{ "v{number}": {{
            "allowOrigins": ["{ORIGIN}"], "allowMethods": ["PUT", "V{number}"], "allowHeaders": ["x-v{number}"],
            "exposeHeaders": ["x-v{number}"], "maxAge": {max_age} }} }},
            "rules": [{{ "policy": "v{number}" }}], "debug": true }}"#,
        max_age = MAX_AGE + number
    )
}

/// A request of the load, and how many headers of its answer bear a number.
pub struct Marked {
    pub request: Request,
    pub status: u16,
    marks: usize,
}

/// A preflight, an allowed and a refused request, and one without `Origin`.
pub fn requests() -> [Marked; 4] {
    let get = || Request::new("GET", "/");
    [
        Marked { request: Request::preflight("/", ORIGIN, "PUT"), status: 204, marks: 5 },
        Marked { request: get().header("origin", ORIGIN), status: 200, marks: 2 },
        Marked { request: get().header("origin", EVIL), status: 200, marks: 1 },
        Marked { request: get(), status: 200, marks: 1 },
    ]
}

impl Marked {
    /// The number of the policy that has made the answer.
    ///
    /// # Panics
    /// If two have, if one is missing in a header, or if the status is another.
    pub fn number_in(&self, response: &Response) -> u64 {
        let mut numbers = Vec::new();
        for (name, value) in &response.headers.0 {
            numbers.extend(number(&String::from_utf8_lossy(name), &String::from_utf8_lossy(value)));
        }
        let distinct: BTreeSet<&u64> = numbers.iter().collect();
        let is_whole = response.status == self.status && numbers.len() == self.marks && distinct.len() == 1;
        assert!(is_whole, "{:?} got {response:?}", self.request);
        let may_read = response.headers.has("access-control-allow-origin");
        assert_eq!(may_read, self.marks > 1, "{:?} got {response:?}", self.request);
        numbers[0]
    }
}

/// The number in a header that a policy has set.
fn number(name: &str, value: &str) -> Option<u64> {
    let after = |mark: &str| {
        let (_, rest) = value.split_once(mark)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    match name {
        "access-control-allow-methods" => after("V"),
        "access-control-allow-headers" | "access-control-expose-headers" => after("x-v"),
        "access-control-max-age" => Some(value.parse::<u64>().ok()? - MAX_AGE),
        "corsac-decision" => after("v"),
        _ => None,
    }
}
