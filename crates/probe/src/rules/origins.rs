//! Attackers that are let in.

use corsac_fetch::{Credentials, Response};
use corsac_policy::registrable_domain;
use url::Url;

use crate::ask::Ask;
use crate::audit::{Audit, Read, passes_the_preflight};
use crate::finding::{Code, Finding};
use crate::lookalike::{Attack, Disguise};
use crate::plan::Use;

/// How far an attacker comes.
struct Entry<'a> {
    attack: &'a Attack,
    way: Way,
    read: Read,
    ask: Ask,
    response: Response,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// Reads the answer, as the visitor who is logged in.
    ReadsAsVisitor,
    /// Reads the answer that anybody gets.
    Reads,
    /// Reads an error page, as the visitor.
    ReadsErrors,
    /// Sends such a request as the visitor, and does not read the answer.
    Sends(String),
}

/// The look-alikes that a server lets in, one finding for each kind.
pub(crate) fn let_in(audit: &Audit<'_>) -> Vec<Finding> {
    let entries: Vec<Entry<'_>> = audit.plan.attacks.iter().filter_map(|attack| entry(audit, attack)).collect();
    let mut codes: Vec<Code> = entries.iter().filter_map(|entry| code(entry.attack.disguise)).collect();
    codes.sort_unstable();
    codes.dedup();
    let has = |wanted: Code| codes.contains(&wanted);
    let follows = |wanted: Code| match wanted {
        Code::ReflectedOrigin | Code::NullOrigin => false,
        _ if has(Code::ReflectedOrigin) => true,
        Code::SpecialCharacter => has(Code::PrefixMatch),
        _ => false,
    };
    let told = codes.iter().filter(|code| !follows(**code));
    told.filter_map(|wanted| finding(audit, *wanted, &entries)).collect()
}

fn code(disguise: Disguise) -> Option<Code> {
    Some(match disguise {
        Disguise::Stranger => Code::ReflectedOrigin,
        Disguise::Null => Code::NullOrigin,
        Disguise::Prefix => Code::PrefixMatch,
        Disguise::Suffix => Code::SuffixMatch,
        Disguise::Dot => Code::UnescapedDot,
        Disguise::Special => Code::SpecialCharacter,
        Disguise::PublicSuffix => Code::PublicSuffixOrigin,
        Disguise::Scheme => Code::InsecureOrigin,
        Disguise::Port => Code::AnyPort,
        Disguise::Unsendable => return None,
    })
}

/// The finding of that kind; `None` where every entry of its kind follows from another kind's.
fn finding(audit: &Audit<'_>, wanted: Code, entries: &[Entry<'_>]) -> Option<Finding> {
    let is_of_kind = |entry: &&Entry<'_>| code(entry.attack.disguise) == Some(wanted);
    let mut told: Vec<&Entry<'_>> =
        entries.iter().filter(is_of_kind).filter(|entry| !follows(entry, entries)).collect();
    told.sort_by_key(|entry| entry.way.rank());
    let worst = told.first()?;
    let message = message(audit, wanted, worst, told.len());
    let finding = Finding::new(wanted, &worst.ask, &worst.response, message).judged(&worst.read);
    Some(finding.error_if(worst.way != Way::Reads))
}

/// Whether a wider pattern explains the entry: who allows `*.com` allows `evilexample.com`, and who
/// compares the end with `example.com` allows `appxexample.com`.
fn follows(entry: &Entry<'_>, entries: &[Entry<'_>]) -> bool {
    let attack = entry.attack;
    let is_in =
        |disguise| entries.iter().any(|other| other.attack.disguise == disguise && other.attack.of == attack.of);
    let host = |origin: &str| Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned));
    let of = attack.of.as_deref().and_then(host).unwrap_or_default();
    let (Some(domain), Some(host)) = (registrable_domain(&of), host(&attack.origin)) else { return false };
    let suffix = domain.find('.').and_then(|at| domain.get(at..)).unwrap_or(domain);
    let is_wide = is_in(Disguise::PublicSuffix) && host.ends_with(suffix);
    match attack.disguise {
        Disguise::Suffix => is_wide,
        Disguise::Dot => is_wide || (is_in(Disguise::Suffix) && host.ends_with(domain)),
        _ => false,
    }
}

impl Way {
    fn rank(&self) -> u8 {
        match self {
            Self::ReadsAsVisitor => 0,
            Self::Sends(_) => 1,
            Self::ReadsErrors => 2,
            Self::Reads => 3,
        }
    }
}

fn entry<'a>(audit: &Audit<'_>, attack: &'a Attack) -> Option<Entry<'a>> {
    let made = |way: Way, read: Read| {
        let (ask, response) = read.last.clone()?;
        Some(Entry { attack, way, read, ask, response })
    };
    let origin = attack.origin.as_str();
    let as_visitor = audit.read(origin, Credentials::Include)?;
    if as_visitor.is_named() {
        return made(Way::ReadsAsVisitor, as_visitor);
    }
    if let Some((method, read)) = sends(audit, origin) {
        return made(Way::Sends(method), read);
    }
    let of_an_error = audit.read_at(&audit.plan.missing(), origin, Credentials::Include)?;
    if of_an_error.is_named() {
        return made(Way::ReadsErrors, of_an_error);
    }
    let read = audit.read(origin, Credentials::Omit)?;
    if read.is_named() && !means_everybody(audit) { made(Way::Reads, read) } else { None }
}

/// Whether the server says `*` to whoever sends no `Origin`: then a name in the other answers is
/// another way of saying so.
fn means_everybody(audit: &Audit<'_>) -> bool {
    let plain = audit.seen.response(&Ask::get(&audit.plan.url));
    plain.is_some_and(|plain| plain.headers.get("access-control-allow-origin").as_deref() == Some(b"*"))
}

/// A request that takes a preflight and that the attacker's page may send as the visitor: its
/// method is one that the answer to the preflight allows.
fn sends(audit: &Audit<'_>, origin: &str) -> Option<(String, Read)> {
    let response = audit.seen.response(&Ask::preflight(&audit.plan.url, origin, "PUT", ""))?;
    let listed = response.headers.tokens("access-control-allow-methods").ok().flatten().unwrap_or_default();
    let mut methods = listed.into_iter().filter(|method| method != "*").chain(["PUT".to_owned()]);
    methods.find_map(|method| {
        let used = Use { method, headers: Vec::new() };
        let fetch = audit.fetch(origin, &used, Credentials::Include)?;
        fetch.needs_preflight()?;
        let ask = Ask::preflight(&audit.plan.url, origin, "PUT", "");
        let read = Read {
            verdict: fetch.judge_answers([response.clone()]),
            last: Some((ask, response.clone())),
            credentials: Credentials::Include,
        };
        passes_the_preflight(&read).then_some((used.method, read))
    })
}

fn message(audit: &Audit<'_>, code: Code, worst: &Entry<'_>, entries: usize) -> String {
    let origin = worst.attack.origin.as_str();
    let of = worst.attack.of.as_deref().unwrap_or_default();
    let why = match code {
        Code::ReflectedOrigin => "The server allows whatever origin asks".to_owned(),
        Code::NullOrigin => "The server allows the origin null, which every site can have".to_owned(),
        Code::PrefixMatch => format!("The server compares only the beginning of the origin with {of}"),
        Code::SuffixMatch => format!("The server compares only the end of the origin with the domain of {of}"),
        Code::UnescapedDot => format!("A dot in the server's pattern for {of} means any character"),
        Code::SpecialCharacter => format!("The server's pattern for {of} does not end where the host ends"),
        Code::PublicSuffixOrigin => "The server allows every domain under a public suffix".to_owned(),
        Code::InsecureOrigin => format!("The server allows {of} without TLS, where anybody on the way can be the page"),
        Code::AnyPort => format!("The server allows {of} with every port"),
        _ => String::new(),
    };
    let does = match &worst.way {
        Way::ReadsAsVisitor => "reads the answer to a request with the visitor's credentials".to_owned(),
        Way::Reads => "reads the answer to a request without credentials".to_owned(),
        Way::ReadsErrors => "reads an error page that the visitor gets".to_owned(),
        Way::Sends(method) => {
            format!("sends {method} with the visitor's credentials, though it does not read the answer")
        }
    };
    let others = match entries.saturating_sub(1) {
        0 => String::new(),
        1 => " One more origin is let in in this way.".to_owned(),
        number => format!(" {number} more origins are let in in this way."),
    };
    let of_a_policy = if audit.plan.intent.is_some() { " The policy refuses it." } else { "" };
    format!("{why}: a page of {origin} {does}.{others}{of_a_policy}")
}
