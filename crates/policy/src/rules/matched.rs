//! Which rule matches, for those who explain a choice.

use super::{Authority, Facts, PathPattern, Rules, Target, path};
use crate::explain::MatchedRule;

impl Rules {
    /// Whether routes may name policies in their metadata.
    pub(crate) const fn is_from_route_metadata(&self) -> bool {
        self.from_route_metadata
    }

    /// The first rule that matches the path as it was received.
    #[inline]
    pub(crate) fn matched(&self, target: &Target, route: Option<&[u8]>) -> Option<MatchedRule> {
        let authority = Authority::parse(target.authority.as_deref().unwrap_or_default());
        let request = Facts { authority, path: target.path.as_deref().map(path::without_query), route };
        let index = self.list.iter().position(|rule| rule.matches(&request, PathPattern::matches))?;
        let rule = self.list.get(index)?;
        Some(MatchedRule {
            index,
            host: position(rule.hosts.as_deref(), request.authority.as_ref(), super::HostPattern::matches),
            path: position(rule.paths.as_deref(), request.path, PathPattern::matches),
            route: position(rule.routes.as_deref(), request.route, |name, route| **name == *route),
        })
    }
}

/// The place of the first entry that matches.
fn position<E, F: ?Sized>(list: Option<&[E]>, fact: Option<&F>, matches: impl Fn(&E, &F) -> bool) -> Option<usize> {
    let fact = fact?;
    list?.iter().position(|entry| matches(entry, fact))
}
