//! Random regular expressions of the supported subset, with words that match them.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A regular expression as a tree.
#[derive(Clone, Debug)]
pub enum Regex {
    /// The text of an atom, and words that it matches.
    Atom(&'static str, &'static [&'static str]),
    Sequence(Vec<Regex>),
    Either(Vec<Regex>),
    Repeat(Box<Regex>, &'static str, usize, usize),
}

impl Regex {
    /// The expression's text, with groups where the syntax needs them.
    pub fn text(&self) -> String {
        match self {
            Self::Atom(text, _) => (*text).to_owned(),
            Self::Sequence(parts) => parts.iter().map(Self::grouped).collect(),
            Self::Either(parts) => parts.iter().map(Self::text).collect::<Vec<_>>().join("|"),
            Self::Repeat(part, suffix, ..) => match **part {
                Self::Atom(text, _) => format!("{text}{suffix}"),
                ref part => format!("({}){suffix}", part.text()),
            },
        }
    }

    fn grouped(&self) -> String {
        match self {
            Self::Either(_) => format!("(?:{})", self.text()),
            _ => self.text(),
        }
    }

    /// A word that the expression matches. `choices` are used up from the end.
    pub fn word(&self, choices: &mut Vec<Index>) -> String {
        let mut choose = |count: usize| choices.pop().map_or(0, |choice| choice.index(count));
        match self {
            Self::Atom(_, words) => words[choose(words.len())].to_owned(),
            Self::Sequence(parts) => parts.iter().map(|part| part.word(choices)).collect(),
            Self::Either(parts) => parts[choose(parts.len())].word(choices),
            Self::Repeat(part, _, least, most) => {
                let count = least + choose(most - least + 1);
                (0..count).map(|_| part.word(choices)).collect()
            }
        }
    }
}

/// Atoms that match one character, or exactly their word.
const ATOMS: &[(&str, &[&str])] = &[
    ("a", &["a"]),
    ("evil", &["evil"]),
    ("example", &["example"]),
    (r"\.", &["."]),
    ("-", &["-"]),
    ("1", &["1"]),
    (":", &[":"]),
    (".", &["a", ".", "-", "1", ":"]),
    ("[a-z]", &["a", "m", "z"]),
    ("[^.]", &["a", "-", "7"]),
    ("[^a-z0-9]", &[".", "-", ":"]),
    ("[a-c0-3_-]", &["b", "2", "_", "-"]),
    (r"[\w.]", &["a", "_", "."]),
    (r"[^\d]", &["a", "."]),
    ("[[:alpha:]]", &["a", "q"]),
    ("[[:digit:]x-]", &["-", "x", "3"]),
    (r"\d", &["0", "9"]),
    (r"\D", &["a", "."]),
    (r"\w", &["a", "_", "5"]),
    (r"\W", &[".", "-"]),
    (r"\S", &["a", "."]),
    (r"\x61", &["a"]),
    (r"\x2e", &["."]),
    (r"\/", &["/"]),
    ("(?:com|org)", &["com", "org"]),
    ("(a|ab)", &["a", "ab"]),
    ("(?i:Ab)", &["ab"]),
];

const REPEATS: &[(&str, usize, usize)] = &[
    ("?", 0, 1),
    ("??", 0, 1),
    ("*", 0, 3),
    ("*?", 0, 3),
    ("+", 1, 3),
    ("+?", 1, 3),
    ("{2}", 2, 2),
    ("{1,3}", 1, 3),
    ("{0,2}?", 0, 2),
    ("{2,}", 2, 4),
];

/// A regular expression for the text after `https://`.
pub fn regex() -> impl Strategy<Value = Regex> {
    let atom = select(ATOMS).prop_map(|(text, words)| Regex::Atom(text, words));
    atom.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..5).prop_map(Regex::Sequence),
            1 => prop::collection::vec(inner.clone(), 1..4).prop_map(Regex::Either),
            1 => (inner, select(REPEATS)).prop_map(|(part, (suffix, least, most))| {
                // Two quantifiers in a row would have another meaning.
                let part = match part {
                    Regex::Repeat(..) => Regex::Sequence(vec![part, Regex::Atom("a", &["a"])]),
                    part => part,
                };
                Regex::Repeat(Box::new(part), suffix, least, most)
            }),
        ]
    })
}
