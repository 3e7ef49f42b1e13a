//! Derivatives of languages, kept in a normal form.
//!
//! Every expression lives once in an [`Arena`] and is known by its number, so that equal means the same number. The smart constructors
//! keep the laws that make derivatives few: union and intersection are flat, sorted and without duplicates (with this alone there are
//! finitely many), a union of classes is one class, and what the members of a union begin with is written once:
//! `ab|ac|d` is `a(b|c)|d`. The last is what makes a thousand literals a trie and its automaton nearly minimal.

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

/// Beyond this depth common heads of a union stay unfactored: right all the same, and the stack is bounded.
const FACTOR_DEPTH: u32 = 160;
/// Beyond this depth the work counts as exhausted.
const DEPTH: u32 = 480;

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
    numbers: HashTable<Id>,
    /// What was derived of composite nodes: node, byte, derivative.
    derived: Vec<(Id, u8, Id)>,
    derived_index: HashTable<u32>,
    /// The distinct classes of what was imported; no operation makes finer ones.
    classes: Vec<ByteClass>,
    budget: usize,
    depth: u32,
}

impl Arena {
    pub(super) fn new(budget: usize) -> Self {
        let mut arena = Self {
            nodes: Vec::new(),
            numbers: HashTable::new(),
            derived: Vec::new(),
            derived_index: HashTable::new(),
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
                if class.contains(byte) { tail } else { EMPTY }
            }
            _ => self.derive_composite(id, byte),
        }
    }

    fn derive_composite(&mut self, id: Id, byte: u8) -> Id {
        let hash = mix(mix(0, u64::from(id)), u64::from(byte));
        let is_it = |entry: &(Id, u8, Id)| entry.0 == id && entry.1 == byte;
        let known = self.derived_index.find(hash, |at| self.derived.get(index(*at)).is_some_and(is_it));
        if let Some((.., derivative)) = known.and_then(|at| self.derived.get(index(*at))) {
            return *derivative;
        }
        if self.depth >= DEPTH {
            self.budget = 0;
            return EMPTY;
        }
        self.depth += 1;
        let derivative = self.derive_anew(id, byte);
        self.depth -= 1;

        let at = number(self.derived.len());
        self.derived.push((id, byte, derivative));
        let derived = &self.derived;
        let rehash = |at: &u32| {
            derived.get(index(*at)).map_or(0, |entry| mix(mix(0, u64::from(entry.0)), u64::from(entry.1)))
        };
        self.derived_index.insert_unique(hash, at, rehash);
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
        let blocks = self.byte_classes();
        let is_best = |byte: &u8| blocks.iter().any(|block| block.best() == Some(*byte));
        let bytes: Vec<u8> = ByteClass::ALL.best_first().filter(is_best).collect();
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

    /// Without the empty string where it is a member of a union; anything else as it is.
    fn without_epsilon(&mut self, id: Id) -> Id {
        match self.node(id).clone() {
            Node::Or(members) if members.contains(&EPSILON) => {
                self.or(members.iter().copied().filter(|member| *member != EPSILON).collect())
            }
            _ => id,
        }
    }

    fn concat(&mut self, head: Id, mut tail: Id) -> Id {
        // Almost always the head is one node; a longer one is taken apart to keep the form `a(b(c…))`.
        let mut spine = Vec::new();
        let mut rest = head;
        while let Node::Concat(first, others) = *self.node(rest) {
            spine.push(first);
            rest = others;
        }
        tail = self.concat_one(rest, tail);
        while let Some(first) = spine.pop() {
            tail = self.concat_one(first, tail);
        }
        tail
    }

    fn concat_one(&mut self, head: Id, tail: Id) -> Id {
        self.spend(1);
        match (head, tail) {
            _ if self.is_exhausted() => EMPTY,
            (EMPTY, _) | (_, EMPTY) => EMPTY,
            (EPSILON, other) | (other, EPSILON) => other,
            _ if matches!(self.node(head), Node::Star(_)) && self.head(tail) == head => tail,
            _ => {
                let nullable = self.is_nullable(head) && self.is_nullable(tail);
                self.intern(Node::Concat(head, tail), nullable)
            }
        }
    }

    /// What the expression begins with, itself if it is no concatenation.
    fn head(&self, id: Id) -> Id {
        if let Node::Concat(head, _) = self.node(id) { *head } else { id }
    }

    fn or(&mut self, mut members: Vec<Id>) -> Id {
        members.retain(|member| *member != EMPTY);
        if let [] | [_] = members.as_slice() {
            return members.first().copied().unwrap_or(EMPTY);
        }
        self.spend(members.len());
        let mut class = ByteClass::EMPTY;
        let mut sorted = Vec::with_capacity(members.len());
        self.flatten(&members, |node| if let Node::Or(inner) = node { Some(inner) } else { None }, &mut sorted);
        // Sorted by head, so that what has a head in common stands together.
        sorted.retain(|key| match self.node(low(*key)) {
            Node::Class(one) => {
                class = class.union(*one);
                false
            }
            _ => true,
        });
        let mut members = if self.depth < FACTOR_DEPTH { self.factor(&sorted) } else { sorted.into_iter().map(low).collect() };
        if members.contains(&ALL) {
            return ALL;
        }
        if !class.is_empty() {
            members.push(self.intern(Node::Class(class), false));
        }
        if members.iter().any(|member| *member != EPSILON && self.is_nullable(*member)) {
            members.retain(|member| *member != EPSILON);
        }
        if let [only] = members.as_slice() {
            return *only;
        }
        let nullable = members.iter().any(|member| self.is_nullable(*member));
        self.intern(Node::Or(members.into()), nullable)
    }

    /// `ab`, `ac` as `a(b|c)`, for keys that are sorted by head.
    fn factor(&mut self, sorted: &[u64]) -> Vec<Id> {
        let mut members = Vec::with_capacity(sorted.len());
        for group in sorted.chunk_by(|one, other| one >> 32 == other >> 32 && one >> 32 != 0) {
            if let [only] = group {
                members.push(low(*only));
                continue;
            }
            let head = group.first().map_or(EMPTY, |key| low(key >> 32));
            let tail_of = |key: &u64| if let Node::Concat(_, tail) = self.node(low(*key)) { *tail } else { EPSILON };
            let tails = group.iter().map(tail_of).collect();
            self.depth += 1;
            let tail = self.or(tails);
            self.depth -= 1;
            members.push(self.concat_one(head, tail));
        }
        members
    }

    fn and(&mut self, members: &[Id]) -> Id {
        self.spend(members.len());
        let mut sorted = Vec::with_capacity(members.len());
        self.flatten(members, |node| if let Node::And(inner) = node { Some(inner) } else { None }, &mut sorted);
        let members: Vec<Id> = sorted.into_iter().map(low).filter(|member| *member != ALL).collect();
        let nullable = members.iter().all(|member| self.is_nullable(*member));
        if members.contains(&EMPTY) || (members.contains(&EPSILON) && !nullable) {
            return EMPTY;
        }
        match members.as_slice() {
            [] => ALL,
            [only] => *only,
            _ if members.contains(&EPSILON) => EPSILON,
            _ => self.intern(Node::And(members.into()), nullable),
        }
    }

    /// The members, and in place of a member of the same kind its own members; sorted, each once. A key is the head and the member.
    fn flatten(&self, members: &[Id], same_kind: fn(&Node) -> Option<&Rc<[Id]>>, keys: &mut Vec<u64>) {
        for member in members {
            let inner = same_kind(self.node(*member)).map_or(std::slice::from_ref(member), |inner| inner);
            keys.extend(inner.iter().map(|id| {
                let head = if let Node::Concat(head, _) = self.node(*id) { *head } else { 0 };
                u64::from(head) << 32 | u64::from(*id)
            }));
        }
        keys.sort_unstable();
        keys.dedup();
    }

    fn not(&mut self, inner: Id) -> Id {
        match (inner, self.node(inner)) {
            (EMPTY, _) => ALL,
            (ALL, _) => EMPTY,
            (_, Node::Not(twice)) => *twice,
            _ => {
                let nullable = !self.is_nullable(inner);
                self.intern(Node::Not(inner), nullable)
            }
        }
    }

    fn star(&mut self, inner: Id) -> Id {
        match self.node(inner) {
            Node::Epsilon => EPSILON,
            Node::Star(_) => inner,
            _ if inner == EMPTY => EPSILON,
            _ => {
                let inner = self.without_epsilon(inner);
                self.intern(Node::Star(inner), true)
            }
        }
    }

    fn intern(&mut self, node: Node, nullable: bool) -> Id {
        let hash = hash(&node);
        let nodes = &self.nodes;
        let same = |id: &Id| nodes.get(index(*id)).is_some_and(|(known, _)| *known == node);
        if let Some(id) = self.numbers.find(hash, same) {
            return *id;
        }
        let id = number(self.nodes.len());
        self.nodes.push((node, nullable));
        let nodes = &self.nodes;
        let rehash = |id: &Id| nodes.get(index(*id)).map_or(0, |(node, _)| super::derive::hash(node));
        self.numbers.insert_unique(hash, id, rehash);
        id
    }

    fn node(&self, id: Id) -> &Node {
        // Every number comes from `intern`; were one not, it would stand for the empty language.
        self.nodes.get(index(id)).map_or(&Node::Class(ByteClass::EMPTY), |(node, _)| node)
    }

    fn spend(&mut self, steps: usize) {
        self.budget = self.budget.saturating_sub(steps);
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

fn hash(node: &Node) -> u64 {
    let many = |kind, members: &[Id]| members.iter().fold(kind, |hash, id| mix(hash, u64::from(*id)));
    match node {
        Node::Epsilon => mix(0, 1),
        Node::Class(class) => {
            let [high, low] = class.halves();
            mix(mix(2, high), low)
        }
        Node::Concat(head, tail) => mix(mix(3, u64::from(*head)), u64::from(*tail)),
        Node::Or(members) => many(4, members),
        Node::And(members) => many(5, members),
        Node::Not(inner) => mix(6, u64::from(*inner)),
        Node::Star(inner) => mix(7, u64::from(*inner)),
    }
}

/// One step of a multiplicative hash. Nobody gains by making an operator's own pattern collide: the budget counts the steps, and
/// configuration is not a client's.
fn mix(hash: u64, value: u64) -> u64 {
    let product = (hash.rotate_left(5) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 29
}

fn low(key: u64) -> Id {
    Id::try_from(key & u64::from(Id::MAX)).unwrap_or(EMPTY)
}

fn index(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(EMPTY)
}
