//! `allowOrigins`: entries to a set, with what each of them risks and which of them say nothing
//! new.

mod advice;
mod own;
mod redundant;
mod risks;

use super::Tools;
use crate::config::{OriginEntry, PolicyConfig};
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::origin::overmatch::Examiner;
use crate::origin::pattern::Pattern;
use crate::origin::shape::Shape;
use crate::origin::tenant::TenantOrigin;
use crate::origin::{ListedOrigins, Origins};
use crate::risk::{Accepted, Entry, Risk, Taking};
pub(crate) use own::compile_own;
use regular_language::{Language, Limits, Table, syntax};
use risks::{ANY_ORIGIN, CATCH_ALL, take_null};

const TOO_LARGE: &str = "This pattern is too large: its automaton has too many states. Split it, or list the origins.";
const TOO_MUCH: &str = "The patterns up to this one take too much work together, so later ones were not examined. Simplify them, or list the origins.";

/// How many origins `Timing-Allow-Origin` names at most.
const MOST_TIMING_ORIGINS: usize = 32;

/// A prefix, suffix or regex.
struct Matcher {
    language: Language,
    /// The literal strings that it spells, for the proof that it is not loose.
    literals: Vec<Vec<u8>>,
    /// What finding them took, in bytes copied.
    work: usize,
}

/// An entry that could be parsed.
enum Parsed<'v> {
    Pattern(Pattern<'v>),
    Matcher(Matcher),
}

/// Compiles a policy's origins.
pub(crate) fn compile<'v>(
    config: &'v PolicyConfig<'v>,
    place: &Place<'_>,
    tools: &Tools<'_>,
    accepted: &mut Accepted<'v>,
    examiner: &mut Examiner,
    report: &mut Report,
) -> Origins {
    let fixed_place = place.key("fixedOrigin");
    let place = place.key("allowOrigins");
    let mut building = Building::new(config, tools, examiner);
    building.listed.set.reserve_exact(config.origins.len(), text_bytes(config));
    let mut own = config.accepted_by_entries.iter().peekable();
    for (index, entry) in &config.origins {
        if *building.examiner.work() == 0 && is_matcher(*entry) {
            continue;
        }
        let place = place.index(*index);
        while own.next_if(|(other, _)| other < index).is_some() {}
        let own = own.peek().filter(|(other, _)| other == index).map_or(&[][..], |(_, risks)| risks);
        accepted.begin(Entry { index: *index, written: *entry, own });
        if let Some(parsed) = building.parse(*entry, &place, report) {
            building.add(*index, *entry, parsed, &place, accepted, report);
            accepted.end(&place, report);
        }
    }
    building.compile_matchers(&place, report);
    building.warn_of_covered(config, &place, report);
    if config.fixed_origin {
        return own::compile_fixed(config, &fixed_place, report);
    }
    building.finish()
}

fn is_matcher(entry: OriginEntry<'_>) -> bool {
    matches!(entry, OriginEntry::Prefix(_) | OriginEntry::Suffix(_) | OriginEntry::Regex(_))
}

/// The bytes of all entries that may be exact origins.
fn text_bytes(config: &PolicyConfig<'_>) -> usize {
    let texts = config.origins.iter().map(|(_, entry)| match entry {
        OriginEntry::Text(text) | OriginEntry::Exact(text) => text.len(),
        OriginEntry::Prefix(_) | OriginEntry::Suffix(_) | OriginEntry::Regex(_) => 0,
    });
    texts.sum()
}

/// The exact origins as a value of `Timing-Allow-Origin`, for a response that anyone may get.
#[inline(never)]
pub(crate) fn timing_list(config: &PolicyConfig<'_>) -> Option<Box<[u8]>> {
    let exact = config.origins.iter().filter_map(|(_, entry)| match parse_pattern(*entry) {
        Some(Pattern::Exact(origin)) => Some(origin),
        _ => None,
    });
    let list: Vec<&str> = exact.take(MOST_TIMING_ORIGINS).collect();
    (!list.is_empty()).then(|| list.join(", ").into_bytes().into())
}

/// An entry as a pattern; `None` for matchers, and for what is no pattern.
pub(crate) fn parse_pattern(entry: OriginEntry<'_>) -> Option<Pattern<'_>> {
    match entry {
        OriginEntry::Text(text) => Pattern::parse(text),
        OriginEntry::Exact(text) => Pattern::parse_literal(text),
        OriginEntry::Prefix(_) | OriginEntry::Suffix(_) | OriginEntry::Regex(_) => None,
    }
}

#[inline(never)]
fn parse_affix<'v>(
    entry: OriginEntry<'v>,
    text: &str,
    language: fn(&[u8]) -> Language,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<Parsed<'v>> {
    if text.is_empty() {
        report.error_with_fix(Code::CatchAll, place, CATCH_ALL, Some(quoted("*")));
        return None;
    }
    if !text.is_ascii() {
        let sentence = "This has letters outside ASCII; browsers send A-labels (\"xn--…\").";
        report.error(Code::InvalidOrigin, &place.key(entry.parts().0), sentence);
        return None;
    }
    let literals = vec![text.as_bytes().to_vec()];
    Some(Parsed::Matcher(Matcher { language: language(text.as_bytes()), literals, work: text.len() }))
}

/// A policy's origins while their entries are gone through.
struct Building<'v, 'j> {
    config: &'j PolicyConfig<'j>,
    tools: &'j Tools<'j>,
    listed: ListedOrigins,
    /// Index in the document and language.
    matchers: Vec<(usize, Language)>,
    shapes: Vec<Shape<'v>>,
    /// The name of a placeholder for a label of the host.
    placeholder: Option<&'v str>,
    credentials: bool,
    examiner: &'j mut Examiner,
    /// A suggestion is tried: nothing is suggested for it in turn.
    is_trial: bool,
}

impl<'j> Building<'_, 'j> {
    fn new(config: &'j PolicyConfig<'j>, tools: &'j Tools<'j>, examiner: &'j mut Examiner) -> Self {
        Self {
            config,
            tools,
            listed: ListedOrigins::new(tools.seed),
            matchers: Vec::new(),
            shapes: Vec::new(),
            placeholder: None,
            credentials: config.credentials,
            examiner,
            is_trial: false,
        }
    }
}

impl<'v> Building<'v, '_> {
    fn parse(&mut self, entry: OriginEntry<'v>, place: &Place<'_>, report: &mut Report) -> Option<Parsed<'v>> {
        match entry {
            OriginEntry::Text(_) | OriginEntry::Exact(_) => {
                let pattern = parse_pattern(entry);
                if pattern.is_none() {
                    self.report_no_pattern(entry, place, report);
                }
                pattern.map(Parsed::Pattern)
            }
            OriginEntry::Prefix(text) => parse_affix(entry, text, Language::prefix, place, report),
            OriginEntry::Suffix(text) => parse_affix(entry, text, Language::suffix, place, report),
            OriginEntry::Regex(text) => self.parse_regex(text, place, report),
        }
    }

    #[inline(never)]
    fn parse_regex(&mut self, text: &str, place: &Place<'_>, report: &mut Report) -> Option<Parsed<'v>> {
        match syntax::parse(text) {
            Ok(syntax::Parsed { language, literals, work }) => {
                Some(Parsed::Matcher(Matcher { language, literals, work }))
            }
            Err(error) => {
                self.report_no_regex(text, &error, place, report);
                None
            }
        }
    }

    fn add(
        &mut self,
        index: usize,
        entry: OriginEntry<'v>,
        parsed: Parsed<'v>,
        place: &Place<'_>,
        accepted: &mut Accepted<'_>,
        report: &mut Report,
    ) {
        let new = match parsed {
            Parsed::Pattern(pattern) => self.add_pattern(pattern, place, accepted, report),
            Parsed::Matcher(matcher) => {
                if self.examine_matcher(entry, &matcher, place, accepted, report) {
                    self.matchers.push((index, matcher.language));
                }
                true
            }
        };
        if !new {
            report.warn(Code::RedundantOrigin, place, "This origin is already in the list.");
        }
    }

    /// Adds a pattern; `false` if it was there already.
    #[inline(never)]
    fn add_pattern(
        &mut self,
        pattern: Pattern<'v>,
        place: &Place<'_>,
        accepted: &mut Accepted<'_>,
        report: &mut Report,
    ) -> bool {
        match pattern {
            Pattern::Any => {
                if self.credentials {
                    let risk = Risk::AnyOriginWithCredentials;
                    accepted.take(Taking { risk, sentence: ANY_ORIGIN, witness: "*", fix: None }, place, report);
                }
                !std::mem::replace(&mut self.listed.any, true)
            }
            Pattern::Null => {
                take_null("null", place, accepted, report);
                !std::mem::replace(&mut self.listed.null, true)
            }
            Pattern::File => {
                take_null("file://", place, accepted, report);
                !std::mem::replace(&mut self.listed.file, true)
            }
            Pattern::Exact(origin) => {
                self.examine_exact(origin, place, accepted, report);
                self.listed.set.insert_exact(origin)
            }
            Pattern::Shape(shape) => {
                self.examine_shape(&shape, place, accepted, report);
                self.shapes.push(shape);
                self.listed.set.insert_shape(&shape)
            }
            Pattern::Tenant(tenant) => {
                let name = *self.placeholder.get_or_insert(tenant.host.name);
                if name != tenant.host.name {
                    let sentence =
                        format!("A policy's origins name one placeholder, and this one has \"{{{name}}}\" already.");
                    report.error(Code::InvalidOrigin, place, sentence);
                    return true;
                }
                self.examine_shape(&tenant.as_wildcard(), place, accepted, report);
                let origin = TenantOrigin::from(&tenant);
                let new = !self.listed.tenants.contains(&origin);
                self.listed.tenants.push(origin);
                new
            }
        }
    }

    #[inline(never)]
    fn compile_matchers(&mut self, place: &Place<'_>, report: &mut Report) {
        if *self.examiner.work() == 0 {
            return; // which is reported
        }
        let languages: Vec<Language> = self.matchers.iter().map(|(_, language)| language.clone()).collect();
        let mut limits = Limits { work: *self.examiner.work(), ..Limits::default() };
        let table = Table::compile_within(&languages, &mut limits);
        *self.examiner.work() = limits.work;
        match table {
            Ok(table) => self.listed.set.set_matchers(table),
            Err(too_large) => {
                let index = self.matchers.get(too_large.index).map_or(0, |(index, _)| *index);
                self.report_too_large(&place.index(index), report);
            }
        }
    }

    fn report_too_large(&mut self, place: &Place<'_>, report: &mut Report) {
        let sentence = if *self.examiner.work() == 0 { TOO_MUCH } else { TOO_LARGE };
        report.error(Code::InvalidRegex, place, sentence);
    }

    fn finish(mut self) -> Origins {
        if self.listed.any && !self.credentials {
            return Origins::Any;
        }
        self.listed.set.shrink();
        Origins::Listed(Box::new(self.listed))
    }
}
