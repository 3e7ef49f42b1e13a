//! Other systems' CORS configurations as policies.
//!
//! An importer reads what the source evidently means and never lets in more: where the source
//! lets in look-alikes by
//! mistake, the policy does not, and a note says so. What cannot be right is refused with the
//! reason.

mod apisix;
mod draft;
mod envoy;
mod envoy_gateway;
mod gateway_api;
mod groups;
mod higress;
mod ingress_nginx;
mod istio;
mod kong;
mod nginx;
mod notes;
mod origins;
mod paths;
mod site;
mod spring;
mod traefik;
mod values;

use std::fmt;
use std::str::FromStr;

use serde_json::Value as Json;

use self::notes::Notes;
use self::site::Route;
use crate::source::{At, Node, documents};

/// A system whose configuration can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Istio's `VirtualService` with `corsPolicy`.
    Istio,
    /// Gateway API's `HTTPRoute` with a CORS filter.
    GatewayApi,
    /// Envoy Gateway's `SecurityPolicy`, with the routes that it targets.
    EnvoyGateway,
    /// Envoy's own configuration: a bootstrap, routes, or one policy of its CORS filter.
    Envoy,
    /// `Ingress` resources with the annotations of ingress-nginx.
    IngressNginx,
    /// Kong's declarative configuration, or its resources in Kubernetes.
    Kong,
    /// Traefik's file, its resources in Kubernetes, or labels of Docker Compose.
    Traefik,
    /// APISIX's plugin `cors`, in its files, its API's objects or its resources in Kubernetes.
    Apisix,
    /// Spring's `application.yml` or `application.properties`.
    Spring,
    /// Higress's plugin `cors`.
    Higress,
    /// nginx's own configuration, where it is plain.
    Nginx,
}

impl Format {
    /// Every format, in the order of the documentation.
    pub const ALL: &[Format] = &[
        Self::Istio,
        Self::GatewayApi,
        Self::EnvoyGateway,
        Self::Envoy,
        Self::IngressNginx,
        Self::Kong,
        Self::Traefik,
        Self::Apisix,
        Self::Spring,
        Self::Higress,
        Self::Nginx,
    ];

    /// The format's word on a command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Istio => "istio",
            Self::GatewayApi => "gateway-api",
            Self::EnvoyGateway => "envoy-gateway",
            Self::Envoy => "envoy",
            Self::IngressNginx => "ingress-nginx",
            Self::Kong => "kong",
            Self::Traefik => "traefik",
            Self::Apisix => "apisix",
            Self::Spring => "spring",
            Self::Higress => "higress",
            Self::Nginx => "nginx",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    /// A sentence.
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|format| format.as_str() == word).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|format| format.as_str()).collect();
            format!("\"{word}\" is not a format; the formats are {}.", known.join(", "))
        })
    }
}

/// What came out of an import.
#[derive(Clone, Debug)]
pub struct Import {
    /// What the text was read as.
    pub format: Format,
    /// The policy, or policies and rules; `corsac_policy` compiles it without an error.
    pub document: Json,
    /// Every difference between the source and the document.
    pub notes: Vec<Note>,
}

/// A difference between the source and what came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where in the source: `VirtualService shop/api, spec.http[0].corsPolicy`.
    pub place: String,
    /// The line in the source, from 1, where it is known.
    pub line: Option<usize>,
    /// One or two sentences.
    pub sentence: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.sentence)
    }
}

/// Why there is no policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub sentence: String,
    /// What was noted up to there.
    pub notes: Vec<Note>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Refusal {}

/// Reads another system's configuration. `from` may be left out where the text says what it is.
pub fn import(from: Option<Format>, text: &str) -> Result<Import, Refusal> {
    let mut notes = Notes::default();
    let read = |notes: &mut Notes| {
        let is_nginx = from == Some(Format::Nginx) || (from.is_none() && nginx::recognises(text));
        if is_nginx {
            return Ok((Format::Nginx, nginx::routes(text, notes)?));
        }
        let documents = flatten(documents(text)?);
        check_sizes(&documents)?;
        let documents: Vec<At<'_>> = documents.iter().map(|node| document(node)).collect();
        let format = from
            .or_else(|| detect(&documents))
            .ok_or_else(|| "The text does not say which system it configures; name one with \"--from\".".to_owned())?;
        Ok((format, routes(format, &documents, notes)?))
    };
    let result = read(&mut notes).and_then(|(format, routes)| Ok((format, site::assemble(routes, &mut notes)?)));
    match result {
        Ok((format, document)) => Ok(Import { format, document, notes: notes.into_vec() }),
        Err(sentence) => Err(Refusal { sentence, notes: notes.into_vec() }),
    }
}

/// The documents, those of Kubernetes lists too.
fn flatten(documents: Vec<Node>) -> Vec<Node> {
    let mut flat = Vec::with_capacity(documents.len());
    for document in documents {
        let is_list = document.get("kind").and_then(Node::text).is_some_and(|kind| kind.ends_with("List"));
        match document.get("items") {
            Some(items) if is_list => flat.extend(items.items().iter().cloned()),
            _ => flat.push(document),
        }
    }
    flat
}

/// The most documents, routes, plugins and the like: importers look each of them up among the
/// others.
const MOST_ITEMS: usize = 2_000;
/// Lists that may be longer, because they only hold a policy's origins.
const LONG_LISTS: &[&str] = &["allowOrigins", "allow_origin_string_match", "allowOriginStringMatch"];

fn check_sizes(documents: &[Node]) -> Result<(), String> {
    let too_many = |items: usize| {
        if items > MOST_ITEMS { Err(format!("The file holds a list of more than {MOST_ITEMS} items.")) } else { Ok(()) }
    };
    too_many(documents.len())?;
    let mut open: Vec<&Node> = documents.iter().collect();
    while let Some(node) = open.pop() {
        for item in node.items() {
            open.push(item);
        }
        too_many(node.members().len())?;
        for (key, member) in node.members() {
            if !LONG_LISTS.contains(&key.name.as_str()) {
                too_many(member.items().iter().filter(|item| !item.members().is_empty()).count())?;
                open.push(member);
            }
        }
    }
    Ok(())
}

fn document(node: &Node) -> At<'_> {
    let at = At::new(node, "");
    let place = if at.get("kind").is_some() { values::label(&at) } else { String::new() };
    At::new(node, &place)
}

type Recognises = fn(&At<'_>) -> bool;

/// The format that a document is plainly of. The order matters where one document could be of two.
fn detect(documents: &[At<'_>]) -> Option<Format> {
    let any = |recognises: Recognises| documents.iter().any(recognises);
    let kinds: [(Format, Recognises); 10] = [
        (Format::EnvoyGateway, envoy_gateway::recognises),
        (Format::GatewayApi, gateway_api::recognises),
        (Format::Higress, higress::recognises),
        (Format::Kong, kong::recognises),
        (Format::Traefik, traefik::recognises),
        (Format::Apisix, apisix::recognises),
        (Format::IngressNginx, ingress_nginx::recognises),
        (Format::Spring, spring::recognises),
        (Format::Envoy, envoy::recognises),
        (Format::Istio, istio::recognises),
    ];
    kinds.into_iter().find(|(_, recognises)| any(*recognises)).map(|(format, _)| format)
}

fn routes(format: Format, documents: &[At<'_>], notes: &mut Notes) -> Result<Vec<Route>, String> {
    match format {
        Format::Istio => istio::routes(documents, notes),
        Format::GatewayApi => gateway_api::routes(documents, notes),
        Format::EnvoyGateway => envoy_gateway::routes(documents, notes),
        Format::Envoy => envoy::routes(documents, notes),
        Format::IngressNginx => ingress_nginx::routes(documents, notes),
        Format::Kong => kong::routes(documents, notes),
        Format::Traefik => traefik::routes(documents, notes),
        Format::Apisix => apisix::routes(documents, notes),
        Format::Spring => spring::routes(documents, notes),
        Format::Higress => higress::routes(documents, notes),
        Format::Nginx => Err("nginx's configuration is read as text.".to_owned()),
    }
}
