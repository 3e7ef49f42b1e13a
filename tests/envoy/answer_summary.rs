//! The outcome of a request, in the words of the tables in the documentation.

use corsac_testbed::client::{Protocol, Request, Response};

use crate::world::World;

/// The client's response, and whether the upstream was asked.
#[derive(PartialEq, Eq)]
pub struct AnswerSummary {
    pub status: u16,
    /// `Access-Control-Allow-Origin`.
    pub origin: Option<String>,
    pub credentials: bool,
    pub vary: bool,
    pub forwarded: bool,
}

impl AnswerSummary {
    /// Sends a request with this id to a listener.
    pub fn of(world: &World, listener: &str, request: &Request, id: &str) -> Self {
        let Response { status, headers, .. } = world.send(listener, Protocol::Http1, &request.clone().id(id));
        let text = |name: &str| headers.joined(name).map(|value| String::from_utf8_lossy(&value).into_owned());
        Self {
            status,
            origin: text("access-control-allow-origin"),
            credentials: headers.has("access-control-allow-credentials"),
            vary: headers.has("vary"),
            forwarded: !world.upstream.received(id).is_empty(),
        }
    }

    /// A cell of a table.
    pub fn describe(&self) -> String {
        let origin = self.origin.as_ref().map_or("no `Access-Control-Allow-Origin`".to_owned(), |origin| {
            format!("`Access-Control-Allow-Origin: {origin}`")
        });
        let credentials = if self.credentials { ", credentials" } else { "" };
        let vary = if self.vary { "`Vary`" } else { "no `Vary`" };
        let forwarded = if self.forwarded { ", forwarded" } else { "" };
        format!("{}, {origin}{credentials}, {vary}{forwarded}", self.status)
    }
}
