//! What to write instead of an entry, proved before it is said.
//!
//! [`affix`] and [`regex`] make texts that an author may have meant, the likeliest first. The first
//! one is suggested that compiles without an error of its own and that lets in nobody but those
//! whom the entry lets in. Where the entry lets in nobody, or is no pattern at all, its words are
//! all that there is: then the texts only leave out, or write in Corsac's syntax, what the entry
//! spells.

mod affix;
mod regex;

use super::risks::NOTHING;
use super::{Building, Parsed, parse_pattern};
use crate::config::OriginEntry;
use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::origin::diagnose::{self, Diagnosed};
use crate::origin::pattern::{Pattern, is_local};
use crate::placeholder;
use crate::risk::Accepted;
use crate::text::joined;
use regular_language::{Language, syntax};

const STAR: &str = "This matches no origin that a browser sends, but Envoy takes it for every origin.";

/// An entry that may be suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Candidate {
    Text(String),
    Prefix(String),
    Suffix(String),
    Regex(String),
}

/// Entries to write in place of one.
struct Proposal {
    entries: Vec<Candidate>,
    ground: Ground,
}

/// Why a proposal lets in nobody who was not meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// It accepts nothing that the entry does not accept. Where the entry accepts nothing: it is
    /// the entry's words.
    Narrower,
    /// The same, and the words alone are not enough.
    ProvedNarrower,
    /// The author wrote these words in the syntax of another system, in which they mean something
    /// else.
    Words,
}

impl Candidate {
    fn entry(&self) -> OriginEntry<'_> {
        match self {
            Self::Text(text) => OriginEntry::Text(text),
            Self::Prefix(text) => OriginEntry::Prefix(text),
            Self::Suffix(text) => OriginEntry::Suffix(text),
            Self::Regex(text) => OriginEntry::Regex(text),
        }
    }
}

impl Proposal {
    fn of_all(entries: Vec<Candidate>) -> Self {
        Self { entries, ground: Ground::Narrower }
    }
}

/// Entries as a suggestion for the place of one.
fn written(entries: &[Candidate]) -> Suggestion {
    let mut json: Vec<String> = entries.iter().map(|entry| entry.entry().json()).collect();
    match json.pop() {
        Some(only) if json.is_empty() => Suggestion::Value(only),
        last => {
            json.extend(last);
            Suggestion::Entries(json)
        }
    }
}

impl Building<'_, '_> {
    /// What to write instead of a matcher that accepts `language` and is risky.
    #[cold]
    #[inline(never)]
    pub(super) fn narrower(&mut self, entry: OriginEntry<'_>, language: &Language) -> Option<Suggestion> {
        let found = self.first_sound(proposals(entry, self.credentials), Some(language));
        match entry {
            // Without a scheme it may begin with one, `app.example.com://`, and no page has that.
            OriginEntry::Regex(text) => found.or_else(|| self.rewritten(regex::with_scheme(text)?)),
            _ => found,
        }
    }

    /// What to write instead of a matcher that accepts nothing.
    #[cold]
    #[inline(never)]
    fn as_it_was_meant(&mut self, entry: OriginEntry<'_>) -> Option<Suggestion> {
        if is_star(entry.parts().1) {
            return Some(Suggestion::Value(quoted("*")));
        }
        let found = self.first_sound(proposals(entry, self.credentials), None);
        match entry {
            OriginEntry::Regex(text) => found
                .or_else(|| self.rewritten(regex::undressed(text)?))
                .or_else(|| self.rewritten(regex::with_scheme(text)?)),
            _ => found,
        }
    }

    /// What to write instead of a regex that means this one.
    fn rewritten(&mut self, text: String) -> Option<Suggestion> {
        let language = syntax::parse(&text).ok().map(|parsed| parsed.language);
        let within = language.filter(|language| self.examiner.accepts_something(language));
        let mut all = regex::proposals(&text, self.credentials);
        let position = usize::from(!all.is_empty());
        all.insert(position, Proposal::of_all(vec![Candidate::Regex(text)]));
        self.first_sound(all, within.as_ref())
    }

    fn first_sound(&mut self, proposals: Vec<Proposal>, within: Option<&Language>) -> Option<Suggestion> {
        if self.is_trial {
            return None;
        }
        self.examiner.turn_to_advice();
        let mut found = None;
        for proposal in proposals {
            if within.is_none() && proposal.ground == Ground::ProvedNarrower {
                continue;
            }
            let within = within.filter(|_| proposal.ground != Ground::Words);
            if !proposal.entries.iter().all(|entry| self.is_sound(entry, within)) {
                continue;
            }
            let mut entries = proposal.entries;
            // With credentials `http` is left out but for the machine itself, and that must not get
            // lost.
            if self.credentials && within.is_some_and(|within| !self.add_local(&mut entries, within)) {
                continue;
            }
            found = Some(written(&entries));
            break;
        }
        self.examiner.turn_to_advice();
        found
    }

    /// Whether an entry compiles without an error and accepts only what `within` does.
    fn is_sound(&mut self, candidate: &Candidate, within: Option<&Language>) -> bool {
        let mut trial = Building { is_trial: true, ..Building::new(self.config, self.tools, self.examiner) };
        let mut report = Report::default();
        let (entry, place) = (candidate.entry(), Place::TOP);
        let Some(parsed) = trial.parse(entry, &place, &mut report) else { return false };
        let language = match &parsed {
            Parsed::Pattern(pattern) => pattern.language(),
            Parsed::Matcher(matcher) => Some(matcher.language.clone()),
        };
        trial.add(0, entry, parsed, &place, &mut Accepted::default(), &mut report);
        report.errors() == 0
            && within.is_none_or(|within| {
                language.is_some_and(|language| self.examiner.accepts_only(&language, within) == Ok(true))
            })
    }

    /// Adds the `http` origins of the machine itself that `within` accepts and no entry does;
    /// `false` where they are more than can be told.
    fn add_local(&mut self, entries: &mut Vec<Candidate>, within: &Language) -> bool {
        const HOSTS: &[&str] = &["localhost", "127.0.0.1", "[::1]", "*.localhost"];
        const MOST: usize = 8;
        let languages = entries.iter().filter_map(|entry| language_of(&entry.entry())).collect();
        let mut covered = Language::union(languages);
        if self.examiner.find_local(within, &covered) == Ok(None) {
            return true;
        }
        for host in HOSTS {
            let any_port = Candidate::Text(joined(&["http://", host, ":*"]));
            let fitting = if self.is_sound(&any_port, Some(within)) {
                vec![any_port]
            } else {
                let plain = Candidate::Text(joined(&["http://", host]));
                let some_port = Candidate::Prefix(joined(&["http://", host, ":"]));
                [plain, some_port].into_iter().filter(|candidate| self.is_sound(candidate, Some(within))).collect()
            };
            for entry in fitting {
                let more = language_of(&entry.entry()).unwrap_or_else(Language::empty);
                covered = Language::union(vec![covered, more]);
                entries.push(entry);
            }
        }
        for _ in 0..MOST {
            match self.examiner.find_local(within, &covered) {
                Ok(None) => return true,
                Ok(Some(origin)) => {
                    covered = Language::union(vec![covered, Language::literal(origin.as_bytes())]);
                    entries.push(Candidate::Text(origin));
                }
                Err(_) => return false,
            }
        }
        false
    }

    /// Reports a string, or an `exact`, that is no pattern.
    #[cold]
    #[inline(never)]
    pub(super) fn report_no_pattern(&mut self, entry: OriginEntry<'_>, place: &Place<'_>, report: &mut Report) {
        let text = entry.parts().1;
        let is_exact = matches!(entry, OriginEntry::Exact(_));
        if let Some(sentence) = placeholder::sentence(text) {
            report.error(Code::UnfilledPlaceholder, place, sentence);
            return;
        }
        if is_exact && Pattern::parse(text).is_some() {
            let sentence = format!("{} is a pattern, and \"exact\" takes none. A plain string does.", quoted(text));
            report.error_with_fix(Code::InvalidOrigin, place, sentence, Some(quoted(text)));
            return;
        }
        if regex::is_likely(text) {
            let sentence =
                format!("{} looks like a regex, and a string is an origin or a pattern with \"*\".", quoted(text));
            let fix = self.regex_in_a_string(text);
            report.error_with_fix(Code::InvalidOrigin, place, sentence, fix);
            return;
        }
        let diagnosed = diagnose::diagnose(text, self.tools.to_ascii);
        let fix = diagnosed.suggestion().or_else(|| {
            let regex = Candidate::Regex(regex::of_glob(text)?);
            self.first_sound(vec![Proposal::of_all(vec![regex])], None)
        });
        let Diagnosed { sentence, origins } = diagnosed;
        // One origin is a value for `exact` too; a pattern or several are not.
        let fits = matches!(origins.as_slice(), [origin] if Pattern::parse_literal(origin).is_some()) || fix.is_none();
        let matcher = place.key("exact");
        report.error_with_fix(Code::InvalidOrigin, if is_exact && fits { &matcher } else { place }, sentence, fix);
    }

    fn regex_in_a_string(&mut self, text: &str) -> Option<Suggestion> {
        // The plain text says it better where it says the same.
        let (mut all, rest): (Vec<_>, Vec<_>) = regex::proposals(text, self.credentials)
            .into_iter()
            .partition(|proposal| matches!(proposal.entries.as_slice(), [Candidate::Text(_)]));
        all.push(Proposal::of_all(vec![Candidate::Regex(text.to_owned())]));
        all.extend(rest);
        let within = syntax::parse(text).ok().map(|parsed| parsed.language);
        self.first_sound(all, within.as_ref())
    }

    /// Reports a regex that is not supported.
    #[cold]
    #[inline(never)]
    pub(super) fn report_no_regex(
        &mut self,
        text: &str,
        error: &syntax::SyntaxError,
        place: &Place<'_>,
        report: &mut Report,
    ) {
        if let Some(sentence) = placeholder::sentence_in_regex(text) {
            report.error(Code::UnfilledPlaceholder, place, sentence);
            return;
        }
        let sentence = format!("{} (At byte {} of the regex.)", error.sentence, error.offset);
        if let Some(rewrite) = &error.rewrite {
            report.error_with_fix(Code::InvalidRegex, &place.key("regex"), sentence, Some(quoted(rewrite)));
            return;
        }
        let fix = self.as_it_was_meant(OriginEntry::Regex(text));
        let at = place.key("regex");
        report.error_with_fix(Code::InvalidRegex, if fix.is_some() { place } else { &at }, sentence, fix);
    }

    /// Reports a matcher that accepts nothing.
    #[cold]
    #[inline(never)]
    pub(super) fn report_nothing(&mut self, entry: OriginEntry<'_>, place: &Place<'_>, report: &mut Report) {
        if let Some(sentence) = placeholder::sentence(entry.parts().1) {
            report.error(Code::UnfilledPlaceholder, place, sentence);
            return;
        }
        let fix = self.as_it_was_meant(entry);
        let sentence = if is_star(entry.parts().1) { STAR } else { NOTHING };
        report.error_with_fix(Code::InvalidOrigin, place, sentence, fix);
    }
}

/// Envoy takes a matcher that matches the text `*` for all origins.
fn is_star(text: &str) -> bool {
    text.trim_start_matches(['^', '\\']).trim_end_matches('$') == "*"
}

/// Texts that may be meant by an entry, the likeliest first.
fn proposals(entry: OriginEntry<'_>, credentials: bool) -> Vec<Proposal> {
    match entry {
        OriginEntry::Text(_) | OriginEntry::Exact(_) => Vec::new(),
        OriginEntry::Prefix(text) => affix::of_prefix(text),
        OriginEntry::Suffix(text) => affix::of_suffix(text),
        OriginEntry::Regex(text) => regex::proposals(text, credentials),
    }
}

fn language_of(entry: &OriginEntry<'_>) -> Option<Language> {
    match entry {
        OriginEntry::Text(_) | OriginEntry::Exact(_) => parse_pattern(*entry)?.language(),
        OriginEntry::Prefix(text) => Some(Language::prefix(text.as_bytes())),
        OriginEntry::Suffix(text) => Some(Language::suffix(text.as_bytes())),
        OriginEntry::Regex(text) => syntax::parse(text).ok().map(|parsed| parsed.language),
    }
}

/// Whether an origin or a pattern is about the machine itself.
fn is_about_local(text: &str) -> bool {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.rsplit_once(':').filter(|(host, _)| !host.ends_with(':')).map_or(host, |(host, _)| host);
    is_local(host.trim_start_matches("*."))
}
