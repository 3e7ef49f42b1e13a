//! What was seen: each request with its answer.

use std::collections::HashMap;

use corsac_fetch::Response;

use crate::ask::Ask;

/// One request, and what came of it.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The request.
    pub ask: Ask,
    /// The answer: the status and every header line, in order; or a sentence that says why none
    /// came.
    pub outcome: Result<Response, String>,
}

/// Every request so far. None is sent twice.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    list: Vec<Observation>,
    places: HashMap<Ask, usize>,
}

impl Observations {
    /// Records an answer.
    pub fn record(&mut self, ask: Ask, outcome: Result<Response, String>) {
        self.places.insert(ask.clone(), self.list.len());
        self.list.push(Observation { ask, outcome });
    }

    /// Whether the request was sent.
    pub fn has(&self, ask: &Ask) -> bool {
        self.places.contains_key(ask)
    }

    /// The answer; `None` where the request was not sent, or where no answer came.
    pub fn response(&self, ask: &Ask) -> Option<&Response> {
        self.list.get(*self.places.get(ask)?)?.outcome.as_ref().ok()
    }

    /// Every one, in the order in which they were sent.
    pub fn iter(&self) -> impl Iterator<Item = &Observation> {
        self.list.iter()
    }

    /// Every one that was answered.
    pub fn answered(&self) -> impl Iterator<Item = (&Ask, &Response)> {
        self.list.iter().filter_map(|seen| Some((&seen.ask, seen.outcome.as_ref().ok()?)))
    }

    /// How many requests were sent.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether no request was sent.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
