//! Policies whose every answer tells which of them has made it.

use std::collections::BTreeSet;

use crate::{
    Error, Result,
    client::{Request, Response},
};

/// The origin that every marked policy allows.
pub const ORIGIN: &str = "https://app.example";
const EVIL: &str = "https://evil.example";
/// The maximum age of policy 0.
const MAX_AGE: u64 = 1000;

/// Policy `number`. It leaves its number in every header that it sets.
pub fn policy(number: u64) -> String {
    policy_with(number, &[], "")
}

/// The same with more origins and, each after a comma, more fields.
pub fn policy_with(number: u64, origins: &[String], fields: &str) -> String {
    let mut allowed = vec![ORIGIN];
    allowed.extend(origins.iter().map(String::as_str));
    format!(
        r#"{{ "policies": {{ "v{number}": {{
            "allowOrigins": {allowed:?}, "allowMethods": ["PUT", "V{number}"],
            "allowHeaders": ["x-v{number}", "content-type"],
            "exposeHeaders": ["x-v{number}"], "maxAge": {max_age}{fields} }} }},
            "rules": [{{ "policy": "v{number}" }}], "debug": true }}"#,
        max_age = MAX_AGE + number
    )
}

/// A request whose answer tells the policy.
#[derive(Clone, Debug)]
pub struct Marked {
    /// The request.
    pub request: Request,
    /// The status of its answer.
    pub status: u16,
    /// How many headers of the answer bear the number.
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
    /// # Errors
    /// If two have, if a header lacks its number, or if the status is another.
    pub fn number_in(&self, response: &Response) -> Result<u64> {
        let mut numbers = Vec::new();
        for (name, value) in &response.headers.0 {
            numbers.extend(number(&String::from_utf8_lossy(name), &String::from_utf8_lossy(value)));
        }
        let distinct: BTreeSet<&u64> = numbers.iter().collect();
        let is_whole = response.status == self.status && numbers.len() == self.marks && distinct.len() == 1;
        let is_readable = response.headers.has("access-control-allow-origin");
        if is_whole && is_readable == (self.marks > 1) {
            return Ok(numbers[0]);
        }
        Err(Error::new(format!("{:?} was answered wrongly: {response:?}", self.request)))
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
        "access-control-max-age" => value.parse::<u64>().ok()?.checked_sub(MAX_AGE),
        "corsac-decision" => after("v"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Headers;

    fn answer(lines: &[(&str, &str)]) -> Response {
        let mut headers = Headers::default();
        for (name, value) in lines {
            headers.push(name, value);
        }
        Response { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn an_answer_is_of_one_policy_or_wrong() {
        let [_, allowed, ..] = requests();
        let of = |exposed, decided| {
            let origin = ("access-control-allow-origin", ORIGIN);
            allowed.number_in(&answer(&[
                origin,
                ("access-control-expose-headers", exposed),
                ("corsac-decision", decided),
            ]))
        };
        assert_eq!(of("x-v12", "v12;actual;allowed;-"), Ok(12));
        assert!(of("x-v12", "v13;actual;allowed;-").is_err(), "two policies");
        assert!(of("", "v12;actual;allowed;-").is_err(), "a header without a number");
        assert!(allowed.number_in(&answer(&[("corsac-decision", "v12;actual;refused;-")])).is_err());
    }
}
