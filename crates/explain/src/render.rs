//! The explanation for a person: the verdict first, then why, then the bytes, then the steps.

use std::fmt::{self, Display, Formatter};

use crate::explanation::{Answerer, Explanation, Header, Preflight, Response, Verdict};

/// Plain text without colours. Requests begin with `>`, and responses with `<`, as curl shows them.
impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} [{}]", self.verdict.word(), self.sentence, self.reason)?;
        writeln!(f)?;
        self.fmt_why(f)?;
        if let Some(preflight) = &self.preflight {
            write!(f, "\n{preflight}")?;
        }
        if let Some(response) = &self.response {
            write!(f, "\nThe response\n{response}")?;
        }
        if !self.steps.is_empty() {
            writeln!(f, "\nWhat a browser does")?;
        }
        for (number, step) in (1..).zip(&self.steps) {
            writeln!(f, "  {number}. {}: {} [{}]", step.section, step.sentence, step.outcome)?;
        }
        Ok(())
    }
}

impl Explanation {
    fn fmt_why(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { method, url, origin, credentials, .. } = self;
        writeln!(f, "  request  {method} {url} from {origin}, credentials mode {credentials}")?;
        let policy = self.policy.as_deref().unwrap_or("none");
        writeln!(f, "  policy   {policy}. {}", self.choice.sentence)?;
        if let Some(entry) = &self.entry {
            writeln!(f, "  entry    {} at {}", entry.entry, entry.pointer)?;
        }
        if let Some(nearest) = &self.nearest {
            writeln!(f, "  nearest  {}", nearest.sentence)?;
        }
        if let Some(trial) = &self.trial {
            writeln!(f, "  trial    {}: {} [{}]", trial.verdict.word(), trial.sentence, trial.reason)?;
        }
        for (browser, name) in [("Chrome ", &self.chrome), ("Firefox", &self.firefox)] {
            if let Some(name) = name {
                writeln!(f, "  {browser}  {name}")?;
            }
        }
        Ok(())
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::Blocked => "Blocked",
        }
    }
}

impl Display for Preflight {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "The preflight. {}", self.why)?;
        writeln!(f, "  > {} {}", self.request.method, self.request.url)?;
        fmt_headers(f, '>', &self.request.headers)?;
        write!(f, "{}", self.answer)
    }
}

impl Display for Response {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            Answerer::Corsac => "by Corsac; the upstream is not reached",
            Answerer::Upstream if self.decision.is_some() => "by the upstream, edited by Corsac",
            Answerer::Upstream => "by the upstream",
        };
        writeln!(f, "  < {} ({by})", self.status)?;
        fmt_headers(f, '<', &self.headers)
    }
}

fn fmt_headers(f: &mut Formatter<'_>, direction: char, headers: &[Header]) -> fmt::Result {
    headers.iter().try_for_each(|Header { name, value }| writeln!(f, "  {direction} {name}: {value}"))
}
