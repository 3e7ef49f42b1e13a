//! Derivatives of languages.
//!
//! An [`Arena`] holds every expression once and identifies it by its number. Expressions have a
//! [normal form](normal_form): equal expressions get equal numbers, and there are few derivatives.

mod normal_form;
mod search;

use std::rc::Rc;

use hashbrown::HashTable;

use super::{ByteClass, Language, Tree};
use search::Liveness;

/// The number of an expression in its arena.
pub(super) type Id = u32;

/// The empty language.
pub(super) const EMPTY: Id = 0;
/// The empty string.
pub(super) const EPSILON: Id = 1;
/// Any one byte.
const ANY: Id = 2;
/// Every ASCII string.
pub(super) const ALL: Id = 3;

/// The work counts as exhausted beyond this depth, which bounds the stack.
const DEPTH: u32 = 480;
/// The work also counts as exhausted beyond this many expressions and derivatives, of some 40 bytes
/// each.
const MOST: usize = 1 << 19;

/// The end of a string that is read first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

#[derive(Clone, PartialEq, Eq)]
enum Node {
    Epsilon,
    /// One byte of the class.
    Class,
    /// A concatenation. Its head is not a concatenation.
    Concat(Id, Id),
    Or(Rc<[Id]>),
    And(Rc<[Id]>),
    Not(Id),
    Star(Id),
}

/// An expression, with its most frequently used properties.
struct Entry {
    node: Node,
    nullable: bool,
    /// The bytes with which a string of the language may begin. No string begins with any other
    /// byte. Most of any pattern is literal text, where one byte is left.
    first: ByteClass,
}

/// Expressions, each once, and a budget of work.
///
/// A spent budget poisons the arena, so that not every step can fail: operations go on with
/// [`EMPTY`], and callers ask [`Arena::is_exhausted`] before they believe a conclusion.
pub(super) struct Arena {
    nodes: Vec<Entry>,
    numbers: Index,
    /// The known derivatives of composite nodes: node and byte to derivative.
    derived: Index,
    /// For each expression, whether it contains any string, as far as known.
    liveness: Vec<Liveness>,
    kept: Vec<Kept>,
    /// The distinct classes of the imported languages that are kept. No operation makes finer ones.
    classes: Vec<ByteClass>,
    budget: usize,
    is_exhausted: bool,
    depth: u32,
}

impl Arena {
    pub(super) fn new(budget: usize) -> Self {
        let mut arena = Self {
            nodes: Vec::new(),
            numbers: Index::default(),
            derived: Index::default(),
            liveness: Vec::new(),
            kept: Vec::new(),
            classes: Vec::new(),
            budget,
            is_exhausted: false,
            depth: 0,
        };
        // In the order of the constants above.
        arena.push(Node::Class, false, ByteClass::EMPTY);
        arena.push(Node::Epsilon, true, ByteClass::EMPTY);
        arena.class(ByteClass::ALL);
        arena.intern(Node::Star(ANY));
        arena
    }

    /// Whether the budget is spent. If so, no answer of this arena can be relied on.
    pub(super) fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// The steps that are left.
    pub(super) fn budget(&self) -> usize {
        self.budget
    }

    /// Whether the language contains the empty string.
    pub(super) fn is_nullable(&self, id: Id) -> bool {
        self.nodes.get(index(id)).is_some_and(|entry| entry.nullable)
    }

    /// The strings that may follow `byte` in the language.
    pub(super) fn derive(&mut self, id: Id, byte: u8) -> Id {
        self.spend(1);
        if self.is_exhausted || !self.first(id).contains(byte) {
            return EMPTY;
        }
        match *self.node(id) {
            Node::Class => EPSILON,
            Node::Concat(head, tail) if *self.node(head) == Node::Class => tail,
            _ => self.derive_composite(id, byte),
        }
    }

    fn derive_composite(&mut self, id: Id, byte: u8) -> Id {
        let key = u64::from(id) << 8 | u64::from(byte);
        if let Some(derivative) = self.derived.find(mix(0, key), |_| true) {
            return derivative;
        }
        if self.depth >= DEPTH {
            self.is_exhausted = true;
            return EMPTY;
        }
        self.depth += 1;
        let derivative = self.derive_anew(id, byte);
        self.depth -= 1;

        self.derived.insert(mix(0, key), derivative);
        derivative
    }

    fn derive_anew(&mut self, id: Id, byte: u8) -> Id {
        match self.node(id).clone() {
            Node::Epsilon | Node::Class => EMPTY,
            Node::Concat(head, tail) => self.derive_concat(head, tail, byte),
            Node::Or(members) => {
                let derivatives = members.iter().map(|member| self.derive(*member, byte)).collect();
                self.or(derivatives)
            }
            Node::And(members) => {
                let mut derivatives = Vec::with_capacity(members.len());
                for member in members.iter() {
                    match self.derive(*member, byte) {
                        EMPTY => return EMPTY,
                        derivative => derivatives.push(derivative),
                    }
                }
                self.and(&derivatives)
            }
            Node::Not(inner) => {
                let derivative = self.derive(inner, byte);
                self.not(derivative)
            }
            Node::Star(inner) => {
                let derivative = self.derive(inner, byte);
                self.concat(derivative, id)
            }
        }
    }

    /// A loop along the tail, not recursion: the author of `a?b?c?…` chooses its length.
    fn derive_concat(&mut self, mut head: Id, mut tail: Id, byte: u8) -> Id {
        let mut found = Vec::new();
        loop {
            let derivative = self.derive(head, byte);
            found.push(self.concat(derivative, tail));
            if !self.is_nullable(head) {
                break;
            }
            if let Node::Concat(next, rest) = *self.node(tail) {
                (head, tail) = (next, rest);
            } else {
                found.push(self.derive(tail, byte));
                break;
            }
        }
        self.or(found)
    }

    /// The classes of bytes that no imported expression distinguishes. They are disjoint, and their
    /// union is ASCII.
    pub(super) fn byte_classes(&self) -> Vec<ByteClass> {
        let mut blocks = vec![ByteClass::ALL];
        for class in &self.classes {
            for at in 0..blocks.len() {
                let Some(block) = blocks.get_mut(at) else { break };
                let [inside, outside] = [block.intersection(*class), block.intersection(class.complement())];
                if !inside.is_empty() && !outside.is_empty() {
                    *block = inside;
                    blocks.push(outside);
                }
            }
        }
        blocks
    }

    /// Begins a question that may take this many steps. Only the first `kept` of the kept languages
    /// stay, and only they distinguish bytes.
    pub(super) fn begin(&mut self, budget: usize, kept: usize) {
        self.kept.truncate(kept);
        self.classes.truncate(self.kept.last().map_or(0, |kept| kept.classes));
        self.budget = budget;
    }

    /// The number of languages that are kept.
    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Imports a language for several questions, backwards, so that it is imported once.
    pub(super) fn keep(&mut self, language: &Language) {
        let id = self.import(language, Direction::Backward);
        self.kept.push(Kept { language: language.clone(), id, classes: self.classes.len() });
    }

    /// The expression of a language, or of its reversed strings.
    pub(super) fn import(&mut self, language: &Language, direction: Direction) -> Id {
        let is_it = |kept: &&Kept| direction == Direction::Backward && Rc::ptr_eq(&kept.language.0, &language.0);
        if let Some(kept) = self.kept.iter().find(is_it) {
            return kept.id;
        }
        if self.depth >= DEPTH {
            self.is_exhausted = true;
            return EMPTY;
        }
        self.depth += 1;
        let id = self.import_tree(&language.0, direction);
        self.depth -= 1;
        id
    }

    /// The union of many languages.
    pub(super) fn import_union(&mut self, languages: &[Language], direction: Direction) -> Id {
        let members = languages.iter().map(|language| self.import(language, direction)).collect();
        self.or(members)
    }

    fn import_tree(&mut self, tree: &Tree, direction: Direction) -> Id {
        match tree {
            Tree::Class(class) => self.import_class(*class),
            Tree::Literal(bytes) => {
                let parts = bytes.iter().map(|byte| self.import_class(ByteClass::byte(*byte))).collect();
                self.sequence(parts, direction)
            }
            Tree::Concat(parts) => {
                let parts = parts.iter().map(|part| self.import(part, direction)).collect();
                self.sequence(parts, direction)
            }
            Tree::Union(members) => self.import_union(members, direction),
            Tree::Intersection(members) => {
                let members: Vec<Id> = members.iter().map(|member| self.import(member, direction)).collect();
                self.and(&members)
            }
            Tree::Complement(inner) => {
                let inner = self.import(inner, direction);
                self.not(inner)
            }
            Tree::Repeat(inner, min, max) => {
                let inner = self.import(inner, direction);
                self.repeat(inner, *min, *max)
            }
        }
    }

    fn import_class(&mut self, class: ByteClass) -> Id {
        if !self.classes.contains(&class) {
            self.classes.push(class);
        }
        self.class(class)
    }

    fn sequence(&mut self, mut parts: Vec<Id>, direction: Direction) -> Id {
        if direction == Direction::Forward {
            parts.reverse();
        }
        parts.into_iter().fold(EPSILON, |tail, part| self.concat(part, tail))
    }

    fn repeat(&mut self, mut inner: Id, mut min: u32, max: Option<u32>) -> Id {
        if self.is_nullable(inner) {
            // Up to n copies of a language that may be empty. There are fewer derivatives if the
            // empty string is added once, outside.
            inner = self.without_epsilon(inner);
            min = if self.is_nullable(inner) { max.unwrap_or(0) } else { 0 };
        }
        let mut tail = if max.is_none() { self.star(inner) } else { EPSILON };
        for _ in min..max.unwrap_or(min) {
            let longer = self.concat(inner, tail);
            tail = self.or(vec![EPSILON, longer]);
        }
        (0..min).fold(tail, |tail, _| self.concat(inner, tail))
    }

    fn node(&self, id: Id) -> &Node {
        // Every number comes from `intern`. A foreign one would mean the empty language.
        self.nodes.get(index(id)).map_or(&Node::Class, |entry| &entry.node)
    }

    /// The bytes with which a string of the language may begin, and perhaps a few more.
    fn first(&self, id: Id) -> ByteClass {
        self.nodes.get(index(id)).map_or(ByteClass::EMPTY, |entry| entry.first)
    }

    /// The expressions and derivatives that are kept.
    pub(super) fn size(&self) -> usize {
        self.nodes.len() + self.derived.0.len()
    }

    fn spend(&mut self, steps: usize) {
        self.budget = self.budget.saturating_sub(steps);
        self.is_exhausted |= self.budget == 0 || self.size() > MOST;
    }
}

/// A language that was imported once for several questions.
struct Kept {
    language: Language,
    id: Id,
    /// The number of classes at the time of the import.
    classes: usize,
}

/// Numbers, by the hashes of their keys.
#[derive(Default)]
struct Index(HashTable<(u64, u32)>);

impl Index {
    fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        self.0.find(hash, |(other, at)| *other == hash && is_it(*at)).map(|(_, at)| *at)
    }

    fn insert(&mut self, hash: u64, at: u32) {
        self.0.insert_unique(hash, (hash, at), |(hash, _)| *hash);
    }
}

/// One step of a multiplicative hash. From 0 it is a bijection: a key of 64 bits is its own hash,
/// and equal hashes mean equal keys. Nobody gains by making an operator's own pattern collide: the
/// budget counts the steps, and the configuration does not come from a client.
fn mix(hash: u64, value: u64) -> u64 {
    let product = (hash.rotate_left(5) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 29
}

fn index(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(EMPTY)
}
