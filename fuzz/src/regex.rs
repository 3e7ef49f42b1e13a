//! regex-automata as the second opinion on regexes.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

/// A regex that matches whole texts, with no text wrapped around it.
pub struct Whole(dense::DFA<Vec<u32>>);

impl Whole {
    /// `None` where regex-automata does not take it, or needs more than 4 MB for it.
    pub fn new(pattern: &str) -> Option<Self> {
        let limit = Some(4 << 20);
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .dfa_size_limit(limit)
            .determinize_size_limit(limit);
        dense::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(limit))
            .build(pattern)
            .ok()
            .map(Self)
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        let start = start::Config::new().anchored(Anchored::Yes);
        let mut state = self.0.start_state(&start).expect("anchored starts are there");
        for byte in text {
            state = self.0.next_state(state, *byte);
        }
        self.0.is_match_state(self.0.next_eoi_state(state))
    }
}
