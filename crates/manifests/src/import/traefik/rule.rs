//! A router's rule: ``Host(`api.example.com`) && PathPrefix(`/v1`)``.

use crate::import::paths::PathMatch;
use crate::import::site::Route;

/// The longest rule that is read. Bytes.
const MOST_TEXT: usize = 4096;

/// The routes of a rule: one for each alternative.
pub(super) fn routes(rule: &str, template: &Route) -> Vec<Route> {
    if rule.trim().is_empty() {
        return vec![template.clone()];
    }
    if let Some(alternatives) = alternatives(rule) {
        alternatives.iter().map(|calls| route(calls, template)).collect()
    } else {
        let mut route = template.clone();
        route.add_condition(&format!("the rule \"{rule}\""));
        vec![route]
    }
}

/// A matcher with its arguments.
#[derive(Clone)]
struct Call {
    name: String,
    arguments: Vec<String>,
}

fn route(calls: &[Call], template: &Route) -> Route {
    let mut route = template.clone();
    for Call { name, arguments } in calls {
        let texts = || arguments.iter().map(String::as_str);
        match name.as_str() {
            "Host" => route.set_hosts(texts()),
            "Path" => route.paths = texts().map(PathMatch::exact).collect(),
            "PathPrefix" => route.paths = texts().map(PathMatch::text_prefix).collect(),
            "PathRegexp" => route.paths = texts().flat_map(|text| PathMatch::regex(text, false)).collect(),
            "HostRegexp" => match texts().next().and_then(subdomains) {
                Some(host) => route.set_hosts([host.as_str()]),
                None => route.add_condition(&format!("the match on \"{name}\"")),
            },
            _ => route.add_condition(&format!("the match on \"{name}\"")),
        }
    }
    if route.paths.is_empty() {
        route.paths = vec![PathMatch::All];
    }
    route
}

/// `^.+\.example\.com$` and `{subdomain:.+}.example.com`: what is below a host.
fn subdomains(text: &str) -> Option<String> {
    let old = text
        .strip_prefix('{')
        .and_then(|text| text.split_once('}'))
        .filter(|(inner, _)| inner.ends_with(":.+") || inner.ends_with(":.*"));
    if let Some((_, base)) = old {
        return Some(format!("*{base}"));
    }
    let base = text.strip_prefix('^')?.strip_suffix('$')?;
    let base = base.strip_prefix(r".+\.").or_else(|| base.strip_prefix(r".*\."))?;
    Some(format!("*.{}", base.replace(r"\.", ".")))
}

/// The rule as a choice of conjunctions; `None` where it negates or nests otherwise.
fn alternatives(rule: &str) -> Option<Vec<Vec<Call>>> {
    if rule.len() > MOST_TEXT {
        return None;
    }
    let mut reader = Reader { rest: rule };
    let alternatives = reader.or(0)?;
    reader.rest.trim().is_empty().then_some(alternatives)
}

struct Reader<'r> {
    rest: &'r str,
}

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(token);
        self.rest = found.unwrap_or(rest);
        found.is_some()
    }

    fn or(&mut self, depth: usize) -> Option<Vec<Vec<Call>>> {
        let mut all = self.and(depth)?;
        while self.eat("||") {
            all.extend(self.and(depth)?);
        }
        (all.len() <= 64).then_some(all)
    }

    fn and(&mut self, depth: usize) -> Option<Vec<Vec<Call>>> {
        let mut all = self.term(depth)?;
        while self.eat("&&") {
            let next = self.term(depth)?;
            if all.len() * next.len() > 64 {
                return None;
            }
            let join =
                |before: &Vec<Call>| next.iter().map(|after| [before.as_slice(), after].concat()).collect::<Vec<_>>();
            all = all.iter().flat_map(join).collect();
        }
        Some(all)
    }

    fn term(&mut self, depth: usize) -> Option<Vec<Vec<Call>>> {
        if depth > 8 {
            return None;
        }
        if self.eat("(") {
            let inner = self.or(depth + 1)?;
            return self.eat(")").then_some(inner);
        }
        let rest = self.rest.trim_start();
        let (name, arguments) = rest.split_once('(')?;
        let name = name.trim().to_owned();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        self.rest = arguments;
        let mut texts = Vec::new();
        loop {
            let rest = self.rest.trim_start();
            let quote = rest.chars().next().filter(|quote| matches!(quote, '`' | '"' | '\''))?;
            let (text, after) = rest.get(1..)?.split_once(quote)?;
            texts.push(text.to_owned());
            self.rest = after;
            if self.eat(")") {
                return Some(vec![vec![Call { name, arguments: texts }]]);
            }
            if !self.eat(",") {
                return None;
            }
        }
    }
}
