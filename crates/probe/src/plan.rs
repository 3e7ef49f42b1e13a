//! The plan: which requests are sent, in stages, since some depend on what came before.

use url::Url;

use crate::ask::{Ask, Verb};
use crate::audit::Audit;
use crate::caches;
use crate::intent::Intent;
use crate::lookalike::{Attack, Disguise, lookalikes, stranger_host};
use crate::observations::Observations;

/// What a page of a listed origin is meant to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The method, as a script writes it.
    pub method: String,
    /// The names of the headers that it sets.
    pub headers: Vec<String>,
}

/// Who asks for what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// A page of a listed origin.
    Listed,
    /// A page of an attacker.
    Stranger,
}

/// What is asked of one URL.
#[derive(Debug)]
pub struct Plan {
    /// The URL.
    pub url: Url,
    /// Origins that are meant to be allowed.
    pub listed: Vec<String>,
    /// An origin that has nothing in common with them.
    pub stranger: String,
    /// Another one.
    pub second_stranger: String,
    /// Origins that are not meant to be allowed.
    pub attacks: Vec<Attack>,
    /// What pages of the listed origins are meant to do, beyond reading.
    pub uses: Vec<Use>,
    /// The policy that is meant to be in force.
    pub intent: Option<Intent>,
    /// A word that nobody else uses, for names, paths and queries.
    pub word: String,
    /// The user's own headers are sent: `Authorization`, `Cookie`.
    pub is_authorized: bool,
}

impl Plan {
    /// A plan for a URL, from the origins that are meant to be allowed and from the policy's. Where
    /// there is none, the attackers imitate the URL's own origin.
    pub fn new(url: Url, origins: &[String], intent: Option<Intent>, word: &str) -> Self {
        let mut listed = origins.to_vec();
        for origin in intent.as_ref().map(|intent| intent.origins(&url)).unwrap_or_default() {
            if !listed.contains(&origin) {
                listed.push(origin);
            }
        }
        let own = url.origin().ascii_serialization();
        let models = if listed.is_empty() { vec![own.clone()] } else { listed.clone() };
        // Its own pages are not subject to CORS.
        listed.retain(|origin| *origin != own);
        let evil = stranger_host(word, &hosts(&models, &url));
        let mut attacks = attacks(&models, &evil);
        attacks.retain(|attack| {
            let is_meant = intent.as_ref().is_some_and(|intent| intent.allows(&url, &attack.origin));
            !is_meant && !listed.contains(&attack.origin)
        });
        let [stranger, second_stranger] = ["", "second-"].map(|prefix| format!("https://{prefix}{evil}"));
        Self {
            url,
            listed,
            stranger,
            second_stranger,
            attacks,
            uses: Vec::new(),
            intent,
            word: word.to_owned(),
            is_authorized: false,
        }
    }

    /// Every request that is known by now, in order. The caller sends those that are new, and then
    /// calls this again, until none is new.
    pub fn asks(&self, seen: &Observations) -> Vec<Ask> {
        let audit = Audit { plan: self, seen };
        let mut asks = caches::trial(self);
        if asks.iter().any(|ask| !seen.has(ask)) {
            return asks;
        }
        asks.extend(self.reading(&audit));
        asks.extend(self.errors(&audit));
        asks.extend(self.preflights());
        asks.extend(self.oddities());
        if asks.iter().all(|ask| seen.has(ask)) {
            asks.extend(self.pages().filter_map(|page| audit.next_hop(page)));
            asks.extend(caches::all_revalidations(&audit).into_iter().map(|revalidation| revalidation.ask));
        }
        asks
    }

    /// A URL in the same folder with nothing at it. Each visitor gets another one, because a cache
    /// keeps errors too.
    pub fn missing(&self, who: Visitor) -> Url {
        let mut url = self.url.clone();
        url.set_query(None);
        let folder = url.path().rsplit_once('/').map(|(folder, _)| folder.to_owned()).unwrap_or_default();
        let who = match who {
            Visitor::Listed => "",
            Visitor::Stranger => "-stranger",
        };
        url.set_path(&format!("{folder}/corsac-probe-{}{who}", self.word));
        url
    }

    /// Every origin that a browser sends.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &str> {
        let attackers = self.attacks.iter().filter(|attack| attack.disguise.is_sendable());
        self.listed.iter().map(String::as_str).chain(attackers.map(|attack| attack.origin.as_str()))
    }

    fn reading(&self, audit: &Audit) -> Vec<Ask> {
        let mut asks = vec![Ask::get(&self.url)];
        asks.extend(self.pages().map(|page| Ask::get(&audit.reading_url(page)).from(page)));
        asks
    }

    /// What makes a server refuse, without changing anything: a precondition that fails (RFC 9110,
    /// section 13.1.1), no credentials, a method that few handle, and a path with nothing at it.
    /// A range that is not there would do too, but nginx doubles the headers of a 416, whatever
    /// its configuration says.
    fn errors(&self, audit: &Audit) -> Vec<Ask> {
        let Some(page) = audit.reader() else { return self.reflecting_errors() };
        let mut asks = vec![self.precondition(page)];
        asks.extend(self.without_credentials(page));
        asks.extend(self.unusual(page));
        let missing = self.missing(Visitor::Listed);
        asks.push(Ask::preflight(&missing, page, "GET", ""));
        asks.push(Ask::get(&missing).from(page));
        asks.extend(self.reflecting_errors());
        asks
    }

    /// A precondition that fails, at servers that heed it.
    pub(crate) fn precondition(&self, page: &str) -> Ask {
        Ask::get(&self.url).from(page).with("if-match", "\"corsac-probe\"")
    }

    /// The request without the user's own headers, if there are any.
    pub(crate) fn without_credentials(&self, page: &str) -> Option<Ask> {
        self.is_authorized.then(|| Ask::get(&self.url).from(page).anonymous())
    }

    /// Requests by methods that few servers handle.
    pub(crate) fn unusual(&self, page: &str) -> [Ask; 2] {
        let get = || Ask::get(&self.url).from(page);
        [get().verb(Verb::Head), get().verb(Verb::Options).anonymous()]
    }

    /// Error pages that name whoever asks.
    fn reflecting_errors(&self) -> Vec<Ask> {
        vec![Ask::get(&self.missing(Visitor::Stranger)).from(&self.stranger)]
    }

    fn preflights(&self) -> Vec<Ask> {
        let url = &self.url;
        let mut asks = Vec::new();
        for page in &self.listed {
            asks.push(Ask::preflight(url, page, "GET", ""));
            asks.push(Ask::preflight(url, page, "PUT", "authorization,content-type"));
            asks.push(Ask::preflight(url, page, "DELETE", "x-corsac-probe"));
            let audit = |used| Audit { plan: self, seen: &Observations::default() }.preflight_of(page, used);
            asks.extend(self.uses.iter().filter_map(audit));
        }
        let attackers = self.attacks.iter().filter(|attack| attack.disguise.is_sendable());
        asks.extend(attackers.map(|attack| Ask::preflight(url, &attack.origin, "PUT", "")));
        asks
    }

    /// `Origin` twice: a listed one and a stranger's, in both orders.
    pub(crate) fn repeated_origins(&self) -> Vec<Ask> {
        let Some(page) = self.listed.first() else { return Vec::new() };
        let of = |first: &str, second: &str| Ask::get(&self.url).from(first).from(second);
        vec![of(page, &self.stranger), of(&self.stranger, page)]
    }

    /// Requests that no browser sends, or hardly any. A server has to bear them.
    fn oddities(&self) -> Vec<Ask> {
        let url = &self.url;
        let unsendable = self.attacks.iter().filter(|attack| !attack.disguise.is_sendable());
        let mut asks: Vec<Ask> = unsendable.map(|attack| Ask::get(url).from(&attack.origin)).collect();
        let page = self.listed.first().unwrap_or(&self.stranger);
        asks.extend(self.repeated_origins());
        asks.push(Ask::get(url).with("origin", b"https://\xff.example"));
        asks.push(Ask::get(url).with("origin", ""));
        let preflight = |method| Ask::preflight(url, page, method, "");
        asks.push(preflight("PUT").with("access-control-request-method", "DELETE"));
        asks.push(preflight("PUT").with("access-control-request-private-network", "true"));
        asks.push(preflight("*"));
        asks.extend(self.unusual(page));
        asks
    }
}

/// The host names that the stranger's name may not be under.
fn hosts(models: &[String], url: &Url) -> Vec<String> {
    let urls = models.iter().filter_map(|model| Url::parse(model).ok()).chain([url.clone()]);
    urls.filter_map(|url| url.host_str().map(str::to_owned)).collect()
}

/// The attackers: strangers, `null`, and the look-alikes of each model.
fn attacks(models: &[String], evil: &str) -> Vec<Attack> {
    let of_nobody = |disguise, origin| Attack { disguise, origin, of: None };
    let mut attacks = vec![of_nobody(Disguise::Stranger, format!("https://{evil}"))];
    attacks.push(of_nobody(Disguise::Null, "null".to_owned()));
    for attack in models.iter().flat_map(|model| lookalikes(model, evil)) {
        if !attacks.iter().any(|known| known.origin == attack.origin) {
            attacks.push(attack);
        }
    }
    attacks
}
