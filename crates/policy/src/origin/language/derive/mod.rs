//! Derivatives of languages.
//!
//! Every expression lives once in an [`Arena`] and is known by its number, in a [normal form](normal_form), so that equal means the same
//! number and derivatives are few.

mod normal_form;

use std::rc::Rc;

use hashbrown::HashTable;

use super::{ByteClass, Language, TooLarge, Tree};

/// The number of an expression in its arena.
pub(super) type Id = u32;

/// The empty language.
pub(super) const EMPTY: Id = 0;
/// The empty string.
pub(super) const EPSILON: Id = 1;
/// One byte, any.
const ANY: Id = 2;
/// Every ASCII string.
pub(super) const ALL: Id = 3;

/// Beyond this depth the work counts as exhausted: the stack is bounded.
const DEPTH: u32 = 480;
/// Beyond this many expressions and derivatives too: some 40 bytes each.
const MOST: usize = 1 << 19;

/// Which end of a string is read first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

#[derive(Clone, PartialEq, Eq)]
enum Node {
    Epsilon,
    Class(ByteClass),
    /// The head is no concatenation.
    Concat(Id, Id),
    Or(Rc<[Id]>),
    And(Rc<[Id]>),
    Not(Id),
    Star(Id),
}

/// Expressions, each once, and a budget of work.
///
/// A spent budget poisons the arena instead of being an error at every step: operations go on with [`EMPTY`], and whoever drew a
/// conclusion asks [`Arena::is_exhausted`] before believing it.
pub(super) struct Arena {
    nodes: Vec<(Node, bool)>,
    numbers: Index,
    /// What was derived of composite nodes: node, byte, derivative.
    derived: Vec<(Id, u8, Id)>,
    derived_index: Index,
    /// The distinct classes of what was imported; no operation makes finer ones.
    classes: Vec<ByteClass>,
    budget: usize,
    depth: u32,
}

impl Arena {
    pub(super) fn new(budget: usize) -> Self {
        let mut arena = Self {
            nodes: Vec::new(),
            numbers: Index::default(),
            derived: Vec::new(),
            derived_index: Index::default(),
            classes: Vec::new(),
            budget,
            depth: 0,
        };
        // In the order of the constants above.
        arena.intern(Node::Class(ByteClass::EMPTY), false);
        arena.intern(Node::Epsilon, true);
        arena.intern(Node::Class(ByteClass::ALL), false);
        arena.intern(Node::Star(ANY), true);
        arena
    }

    /// Whether the budget was spent: then nothing that this arena said is to be relied on.
    pub(super) fn is_exhausted(&self) -> bool {
        self.budget == 0
    }

    /// The steps that are left.
    pub(super) fn budget(&self) -> usize {
        self.budget
    }

    /// Whether the empty string is in.
    pub(super) fn is_nullable(&self, id: Id) -> bool {
        self.nodes.get(index(id)).is_some_and(|(_, nullable)| *nullable)
    }

    /// What may follow `byte` in the language.
    pub(super) fn derive(&mut self, id: Id, byte: u8) -> Id {
        self.spend(1);
        if byte >= 0x80 || self.is_exhausted() {
            return EMPTY;
        }
        match self.node(id) {
            Node::Class(class) if class.contains(byte) => EPSILON,
            Node::Epsilon | Node::Class(_) => EMPTY,
            // Most of any pattern: literal text.
            &Node::Concat(head, tail) if let Node::Class(class) = self.node(head) => {
                if class.contains(byte) {
                    tail
                } else {
                    EMPTY
                }
            }
            _ => self.derive_composite(id, byte),
        }
    }

    fn derive_composite(&mut self, id: Id, byte: u8) -> Id {
        let hash = mix(mix(0, u64::from(id)), u64::from(byte));
        let is_it = |at| self.derived.get(index(at)).is_some_and(|entry| entry.0 == id && entry.1 == byte);
        let known = self.derived_index.find(hash, is_it).and_then(|at| self.derived.get(index(at)));
        if let Some((.., derivative)) = known {
            return *derivative;
        }
        if self.depth >= DEPTH {
            self.budget = 0;
            return EMPTY;
        }
        self.depth += 1;
        let derivative = self.derive_anew(id, byte);
        self.depth -= 1;

        self.derived_index.insert(hash, number(self.derived.len()));
        self.derived.push((id, byte, derivative));
        derivative
    }

    fn derive_anew(&mut self, id: Id, byte: u8) -> Id {
        match self.node(id).clone() {
            Node::Epsilon | Node::Class(_) => EMPTY,
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

    /// Along the tail in a loop, not by recursion: `a?b?c?…` is as long as its author likes.
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

    /// The classes of bytes that no imported expression tells apart: disjoint, and together all of ASCII.
    pub(super) fn byte_classes(&self) -> Vec<ByteClass> {
        let mut blocks = vec![ByteClass::ALL];
        for class in &self.classes {
            let halves = |block: ByteClass| [block.intersection(*class), block.intersection(class.complement())];
            blocks = blocks.into_iter().flat_map(halves).filter(|block| !block.is_empty()).collect();
        }
        blocks
    }

    /// Breadth first over the derivatives: a shortest string, of an arena that reads backwards.
    pub(super) fn shortest(&mut self, start: Id) -> Result<Option<Vec<u8>>, TooLarge> {
        // One byte for each class, the best to read first.
        let mut blocks = self.byte_classes();
        let mut bytes = Vec::with_capacity(blocks.len());
        for byte in ByteClass::best_first() {
            let others = blocks.len();
            blocks.retain(|block| !block.contains(byte));
            if blocks.len() < others {
                bytes.push(byte);
            }
        }
        // Each state with the place in this list that it was reached from, and by which byte.
        let mut reached = vec![(start, 0, 0)];
        let mut seen = Vec::new();
        first_time(&mut seen, start);
        let mut at = 0;
        while let Some(&(state, ..)) = reached.get(at) {
            if self.is_exhausted() {
                return Err(TooLarge);
            }
            if self.is_nullable(state) {
                return Ok(Some(spell(&reached, at)));
            }
            for byte in &bytes {
                let next = self.derive(state, *byte);
                if next != EMPTY && first_time(&mut seen, next) {
                    reached.push((next, at, *byte));
                }
            }
            at += 1;
        }
        if self.is_exhausted() { Err(TooLarge) } else { Ok(None) }
    }

    /// The expression of a language, or of its strings reversed.
    pub(super) fn import(&mut self, language: &Language, direction: Direction) -> Id {
        if self.depth >= DEPTH {
            self.budget = 0;
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
        self.intern(Node::Class(class), false)
    }

    fn sequence(&mut self, mut parts: Vec<Id>, direction: Direction) -> Id {
        if direction == Direction::Forward {
            parts.reverse();
        }
        parts.into_iter().fold(EPSILON, |tail, part| self.concat(part, tail))
    }

    fn repeat(&mut self, mut inner: Id, mut min: u32, max: Option<u32>) -> Id {
        if self.is_nullable(inner) {
            // Up to n of what may be empty: fewer derivatives if the empty string is said once, outside.
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
        // Every number comes from `intern`; were one not, it would stand for the empty language.
        self.nodes.get(index(id)).map_or(&Node::Class(ByteClass::EMPTY), |(node, _)| node)
    }

    fn spend(&mut self, steps: usize) {
        let is_full = self.nodes.len() + self.derived.len() > MOST;
        self.budget = if is_full { 0 } else { self.budget.saturating_sub(steps) };
    }
}

/// Where things are, by their hash.
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

/// Whether `id` comes for the first time; remembers it.
fn first_time(seen: &mut Vec<bool>, id: Id) -> bool {
    if seen.len() <= index(id) {
        seen.resize(index(id) + 1, false);
    }
    seen.get_mut(index(id)).is_some_and(|seen| !std::mem::replace(seen, true))
}

/// The bytes on the way back from a state to the start: read backwards, hence in the order of the string.
fn spell(reached: &[(Id, usize, u8)], mut at: usize) -> Vec<u8> {
    let mut string = Vec::new();
    while let (true, Some((_, from, byte))) = (at != 0, reached.get(at)) {
        string.push(*byte);
        at = *from;
    }
    string
}

/// One step of a multiplicative hash. Nobody gains by making an operator's own pattern collide: the budget counts the steps, and
/// configuration is not a client's.
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
