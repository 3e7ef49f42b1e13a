//! What one block of nginx's configuration says about CORS.

use super::syntax::Directive;
use crate::import::draft::Draft;
use crate::import::notes::Notes;
use crate::import::origins::{self, Match};
use crate::import::values;
use crate::source::cursor::Word;

/// A block's headers, with what it inherits.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    headers: Vec<Header>,
    variables: Vec<Variable>,
    /// Whether a header is set under a condition that is not understood.
    unclear: Option<(String, usize)>,
}

/// `add_header Name value`, under conditions.
#[derive(Clone, Debug)]
struct Header {
    name: String,
    value: String,
    line: usize,
    /// Any of them lets the header be sent; empty: always.
    origins: Vec<Test>,
    /// Variables that have to hold a value.
    needs: Vec<(String, String)>,
    always: bool,
}

/// A test of the request's origin.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exact(String, usize),
    Regex(String, usize),
    /// Every origin passes.
    Any(usize),
}

/// One way for a variable to have a value.
#[derive(Clone, Debug)]
struct Variable {
    name: String,
    value: String,
    test: Test,
}

/// The conditions around a directive.
#[derive(Clone, Debug, Default)]
struct Guards {
    origins: Vec<Test>,
    needs: Vec<(String, String)>,
    unclear: Option<(String, usize)>,
}

impl Scope {
    /// The scope of a block within this one: headers are inherited only where the block sets none.
    pub(super) fn inside(&self, block: &[Directive], maps: &[&Directive]) -> Self {
        let mut scope = Scope { headers: Vec::new(), variables: self.variables.clone(), unclear: None };
        if scope.variables.is_empty() {
            scope.variables = maps.iter().flat_map(|map| of_map(map)).collect();
        }
        scope.read(block, &Guards::default());
        // A block that adds a header of whatever name inherits none.
        let adds = block.iter().any(|directive| directive.name() == "add_header");
        if scope.headers.is_empty() && !adds {
            scope.headers.clone_from(&self.headers);
            scope.unclear = scope.unclear.or_else(|| self.unclear.clone());
        }
        scope
    }

    fn read(&mut self, block: &[Directive], guards: &Guards) {
        for directive in block {
            match directive.name() {
                "add_header" => self.add_header(directive.word(1), directive.word(2), directive, guards),
                "more_set_headers" => {
                    for text in directive.words.iter().skip(1) {
                        if let Some((name, value)) = text.split_once(':') {
                            self.add_header(name.trim(), value.trim(), directive, guards);
                        }
                    }
                }
                "set" if guards.needs.is_empty() => self.set(directive, guards),
                "if" => self.read(&directive.block, &guards.and(directive)),
                "limit_except" => self.read(&directive.block, guards),
                _ => {}
            }
        }
    }

    fn add_header(&mut self, name: &str, value: &str, directive: &Directive, guards: &Guards) {
        if !name.to_ascii_lowercase().starts_with("access-control-") {
            return;
        }
        if let Some(unclear) = &guards.unclear {
            self.unclear.get_or_insert_with(|| unclear.clone());
        }
        self.headers.push(Header {
            name: name.to_ascii_lowercase(),
            value: value.trim().to_owned(),
            line: directive.line,
            origins: guards.origins.clone(),
            needs: guards.needs.clone(),
            always: directive.words.iter().any(|word| word == "always") || directive.name() == "more_set_headers",
        });
    }

    fn set(&mut self, directive: &Directive, guards: &Guards) {
        let name = directive.word(1).to_owned();
        let value = directive.word(2).to_owned();
        if is_off(&value) {
            return;
        }
        let tests = if guards.origins.is_empty() { vec![Test::Any(directive.line)] } else { guards.origins.clone() };
        self.variables.extend(tests.into_iter().map(|test| Variable {
            name: name.clone(),
            value: value.clone(),
            test,
        }));
    }

    /// The policy; `None` where no `Access-Control-Allow-Origin` is set.
    pub(super) fn policy(&self, place: &str, line: usize, notes: &mut Notes) -> Result<Option<Draft>, String> {
        let named = |name: &str| self.headers.iter().filter(move |header| header.name == name).collect::<Vec<_>>();
        let sources = named("access-control-allow-origin");
        if sources.is_empty() {
            return Ok(None);
        }
        if let Some((condition, line)) = &self.unclear {
            return Err(format!(
                "Line {line}: CORS headers are set under the condition {condition}, which no policy can say."
            ));
        }
        let mut draft = Draft { place: place.to_owned(), line: Some(line), ..Draft::default() };
        let credentials = named("access-control-allow-credentials").iter().any(|header| header.value == "true");
        let literal = sources.iter().any(|header| header.value == "*");
        draft.credentials = credentials && !literal;
        if credentials && literal {
            notes.push(place, Some(line), "nginx sends a literal \"*\", and browsers refuse credentials beside it; so credentials are not allowed here.".to_owned());
        }
        for header in &sources {
            self.read_origins(header, place, &mut draft, notes)?;
        }
        if literal && draft.origins.iter().any(|entry| entry.value != "*") {
            return Err(format!("{place}: \"*\" and single origins are both set, so responses carry two values."));
        }
        let words = |name: &str| named(name).first().map(|header| header.words(place)).unwrap_or_default();
        draft.methods = words("access-control-allow-methods");
        draft.headers = words("access-control-allow-headers");
        draft.exposed = words("access-control-expose-headers");
        draft.max_age = named("access-control-max-age").first().and_then(|header| values::seconds_of(&header.value));
        if let Some(header) = sources.iter().find(|header| !header.always) {
            notes.push(
                place,
                Some(header.line),
                "Without \"always\" nginx leaves the header out of errors; here it is on every response.".to_owned(),
            );
        }
        Ok(Some(draft))
    }

    fn read_origins(&self, header: &Header, place: &str, draft: &mut Draft, notes: &mut Notes) -> Result<(), String> {
        let tests = self.tests(header)?;
        let context = draft.context();
        for test in tests {
            let word =
                |text: &str, line: usize| Word { text: text.to_owned(), place: place.to_owned(), line: Some(line) };
            draft.origins.extend(match &test {
                Test::Any(line) => vec![origins::any(&word("*", *line))],
                Test::Exact(text, line) => origins::exact(&word(text, *line), context, notes),
                Test::Regex(text, line) => origins::regex(&word(text, *line), Match::Search, context, notes),
            });
        }
        Ok(())
    }

    /// The tests that an origin has to pass one of.
    fn tests(&self, header: &Header) -> Result<Vec<Test>, String> {
        let mut guards = header.origins.clone();
        for (name, value) in &header.needs {
            let found: Vec<Test> = self
                .variables
                .iter()
                .filter(|variable| variable.name == *name && (variable.value == *value || value.is_empty()))
                .map(|variable| variable.test.clone())
                .collect();
            if found.is_empty() || !guards.is_empty() {
                return Err(format!("Line {}: the condition on {name} is not one that can be followed.", header.line));
            }
            guards = found;
        }
        let value = header.value.as_str();
        let unknown = || format!("Line {}: the value \"{value}\" is not one that can be followed.", header.line);
        match value {
            "*" | "$http_origin" | "${http_origin}" if guards.is_empty() => Ok(vec![Test::Any(header.line)]),
            "*" | "$http_origin" | "${http_origin}" => Ok(guards),
            variable if variable.starts_with('$') && guards.is_empty() => {
                let found: Vec<Test> = self
                    .variables
                    .iter()
                    .filter(|known| known.name == variable)
                    .filter_map(Variable::allowed)
                    .collect();
                if found.is_empty() { Err(unknown()) } else { Ok(found) }
            }
            origin if !origin.contains('$') => Ok(vec![Test::Exact(origin.to_owned(), header.line)]),
            _ => Err(unknown()),
        }
    }
}

impl Variable {
    /// What the variable allows as the header's value.
    fn allowed(&self) -> Option<Test> {
        match self.value.as_str() {
            "$http_origin" | "${http_origin}" | "$0" | "*" => Some(self.test.clone()),
            // A literal origin is sent to everyone, and lets in itself.
            value if value.contains("://") => match &self.test {
                Test::Any(line) | Test::Exact(_, line) | Test::Regex(_, line) => {
                    Some(Test::Exact(value.to_owned(), *line))
                }
            },
            _ => None,
        }
    }
}

impl Header {
    fn words(&self, place: &str) -> Vec<Word> {
        let word = |text: &str| Word { text: text.trim().to_owned(), place: place.to_owned(), line: Some(self.line) };
        let words: Vec<Word> = self.value.split(',').map(word).filter(|word| !word.text.is_empty()).collect();
        // `$http_access_control_request_headers` echoes what is asked for.
        if words.iter().any(|word| word.text.starts_with('$')) { vec![word("*")] } else { words }
    }
}

impl Guards {
    /// These and the condition of an `if`.
    fn and(&self, directive: &Directive) -> Self {
        let mut guards = self.clone();
        let words: Vec<&str> = directive.words.iter().skip(1).map(String::as_str).collect();
        let condition = words.join(" ");
        let inner = condition.trim();
        let inner = inner.strip_prefix('(').unwrap_or(inner);
        let inner = inner.strip_suffix(')').unwrap_or(inner).trim();
        let mut parts = inner.splitn(3, char::is_whitespace);
        let variable = parts.next().unwrap_or_default();
        let operator = parts.next().unwrap_or_default();
        let value = parts.next().unwrap_or_default().trim().trim_matches(['"', '\'']).trim();
        match (variable, operator) {
            ("$request_method", _) | ("$http_origin", "") => {}
            ("$http_origin", "=") => guards.origins.push(Test::Exact(value.to_owned(), directive.line)),
            ("$http_origin", "~" | "~*") => guards.origins.push(Test::Regex(value.to_owned(), directive.line)),
            (variable, "=") if variable.starts_with('$') && !variable.starts_with("$http_") => {
                guards.needs.push((variable.to_owned(), value.to_owned()));
            }
            (variable, "") if variable.starts_with('$') => guards.needs.push((variable.to_owned(), String::new())),
            _ => guards.unclear = Some((format!("({inner})"), directive.line)),
        }
        if guards.origins.len() > 1 {
            guards.unclear = Some((format!("({inner})"), directive.line));
        }
        guards
    }
}

fn is_off(value: &str) -> bool {
    matches!(value, "" | "0" | "off" | "no" | "false" | "null" | "none")
}

/// A `map` of the request's origin: each line that does not say "no".
fn of_map(map: &Directive) -> Vec<Variable> {
    if map.word(1) != "$http_origin" {
        return Vec::new();
    }
    let entry = |line: &Directive| {
        let (pattern, value) = (line.word(0), line.word(1));
        let test = match pattern {
            "default" => Test::Any(line.line),
            "hostnames" | "volatile" | "include" | "" => return None,
            pattern => match pattern.strip_prefix('~') {
                Some(regex) => Test::Regex(regex.trim_start_matches('*').to_owned(), line.line),
                None => Test::Exact(pattern.to_owned(), line.line),
            },
        };
        (!is_off(value)).then(|| Variable { name: map.word(2).to_owned(), value: value.to_owned(), test })
    };
    map.block.iter().filter_map(entry).collect()
}
