//! The constructors of expressions, which keep the normal form and thus the number of derivatives
//! small.
//!
//! Unions and intersections are flat, sorted and free of duplicates; this alone makes the number of
//! derivatives finite. A union of classes is one class. A concatenation nests to the right. A union
//! writes the common beginnings of its members once: `ab|ac|d` is `a(b|c)|d`. This last law makes a
//! thousand literals a trie, and made their automaton minimal in every case that was tried.

use std::collections::BinaryHeap;
use std::rc::Rc;

use super::{ALL, Arena, ByteClass, EMPTY, EPSILON, Entry, Id, Node, index, mix, number};

/// Beyond this depth, unions keep common heads unfactored. That is still correct, and it bounds the
/// stack.
const FACTOR_DEPTH: u32 = 160;

impl Arena {
    pub(super) fn concat(&mut self, head: Id, mut tail: Id) -> Id {
        // The head is almost always one node. A longer one is taken apart to keep the form
        // `a(b(c…))`.
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
            _ if self.is_exhausted => EMPTY,
            (EMPTY, _) | (_, EMPTY) => EMPTY,
            (EPSILON, other) | (other, EPSILON) => other,
            _ if matches!(self.node(head), Node::Star(_)) && self.head(tail) == head => tail,
            _ => self.intern(Node::Concat(head, tail)),
        }
    }

    /// The head of a concatenation. Any other expression is its own head.
    fn head(&self, id: Id) -> Id {
        if let Node::Concat(head, _) = self.node(id) { *head } else { id }
    }

    pub(super) fn or(&mut self, mut members: Vec<Id>) -> Id {
        members.retain(|member| *member != EMPTY);
        if let [] | [_] = members.as_slice() {
            return members.first().copied().unwrap_or(EMPTY);
        }
        self.spend(members.len());
        let mut class = ByteClass::EMPTY;
        let mut sorted = Vec::with_capacity(members.len());
        self.flatten(&members, |node| if let Node::Or(inner) = node { Some(inner) } else { None }, &mut sorted);
        // Sorted by head, so that members with a common head are neighbours.
        sorted.retain(|key| match self.node(low(*key)) {
            Node::Class => {
                class = class.union(self.first(low(*key)));
                false
            }
            _ => true,
        });
        let mut members =
            if self.depth < FACTOR_DEPTH { self.factor(&sorted) } else { sorted.into_iter().map(low).collect() };
        if members.contains(&ALL) {
            return ALL;
        }
        if !class.is_empty() {
            members.push(self.class(class));
        }
        if members.iter().any(|member| *member != EPSILON && self.is_nullable(*member)) {
            members.retain(|member| *member != EPSILON);
        }
        if let [only] = members.as_slice() {
            return *only;
        }
        self.intern(Node::Or(members.into()))
    }

    /// Turns `ab`, `ac` into `a(b|c)`, for keys that are sorted by head.
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

    pub(super) fn and(&mut self, members: &[Id]) -> Id {
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
            _ => self.intern(Node::And(members.into())),
        }
    }

    /// The members, with members of the same kind replaced by their own members; sorted, without
    /// duplicates. A key is the head and the member.
    fn flatten(&self, members: &[Id], same_kind: fn(&Node) -> Option<&Rc<[Id]>>, keys: &mut Vec<u64>) {
        for member in members {
            let inner = same_kind(self.node(*member)).map_or(std::slice::from_ref(member), |inner| inner);
            keys.extend(inner.iter().map(|id| {
                let head = if let Node::Concat(head, _) = self.node(*id) { *head } else { 0 };
                u64::from(head) << 32 | u64::from(*id)
            }));
        }
        // A heap, because a sort adds three kilobytes of code.
        *keys = BinaryHeap::from(std::mem::take(keys)).into_sorted_vec();
        keys.dedup();
    }

    pub(super) fn not(&mut self, inner: Id) -> Id {
        match (inner, self.node(inner)) {
            (EMPTY, _) => ALL,
            (ALL, _) => EMPTY,
            (_, Node::Not(twice)) => *twice,
            _ => self.intern(Node::Not(inner)),
        }
    }

    pub(super) fn star(&mut self, inner: Id) -> Id {
        match self.node(inner) {
            Node::Epsilon => EPSILON,
            Node::Star(_) => inner,
            _ if inner == EMPTY => EPSILON,
            _ => {
                let inner = self.without_epsilon(inner);
                self.intern(Node::Star(inner))
            }
        }
    }

    /// One byte of the class.
    pub(super) fn class(&mut self, class: ByteClass) -> Id {
        self.number(Node::Class, false, class)
    }

    /// The number of a composite expression.
    pub(super) fn intern(&mut self, node: Node) -> Id {
        let nullable = |id: &Id| self.is_nullable(*id);
        let (nullable, first) = match &node {
            Node::Epsilon => return EPSILON,
            Node::Class => return EMPTY,
            Node::Concat(head, tail) => {
                let after = if nullable(head) { self.first(*tail) } else { ByteClass::EMPTY };
                (nullable(head) && nullable(tail), self.first(*head).union(after))
            }
            Node::Or(members) => {
                let union = |first: ByteClass, member: &Id| first.union(self.first(*member));
                (members.iter().any(nullable), members.iter().fold(ByteClass::EMPTY, union))
            }
            Node::And(members) => {
                let intersection = |first: ByteClass, member: &Id| first.intersection(self.first(*member));
                (members.iter().all(nullable), members.iter().fold(ByteClass::ALL, intersection))
            }
            Node::Not(inner) => (!nullable(inner), ByteClass::ALL),
            Node::Star(inner) => (true, self.first(*inner)),
        };
        self.number(node, nullable, first)
    }

    fn number(&mut self, node: Node, nullable: bool, first: ByteClass) -> Id {
        if first.is_empty() {
            return if nullable { EPSILON } else { EMPTY };
        }
        let hash = hash(&node, first);
        let same = |id| self.nodes.get(index(id)).is_some_and(|known| known.node == node && known.first == first);
        if let Some(id) = self.numbers.find(hash, same) {
            return id;
        }
        let id = self.push(node, nullable, first);
        self.numbers.insert(hash, id);
        id
    }

    pub(super) fn push(&mut self, node: Node, nullable: bool, first: ByteClass) -> Id {
        let id = number(self.nodes.len());
        self.nodes.push(Entry { node, nullable, first });
        id
    }

    /// A union without its empty string. Any other expression is returned as it is.
    pub(super) fn without_epsilon(&mut self, id: Id) -> Id {
        match self.node(id).clone() {
            Node::Or(members) if members.contains(&EPSILON) => {
                self.or(members.iter().copied().filter(|member| *member != EPSILON).collect())
            }
            _ => id,
        }
    }
}

/// The hash of a node and its first bytes. A class has no other content than these bytes.
fn hash(node: &Node, first: ByteClass) -> u64 {
    let many = |kind, members: &[Id]| members.iter().fold(kind, |hash, id| mix(hash, u64::from(*id)));
    match node {
        Node::Epsilon => 1,
        Node::Class => {
            let [high, low] = first.halves();
            mix(mix(2, high), low)
        }
        Node::Concat(head, tail) => mix(mix(3, u64::from(*head)), u64::from(*tail)),
        Node::Or(members) => many(4, members),
        Node::And(members) => many(5, members),
        Node::Not(inner) => mix(6, u64::from(*inner)),
        Node::Star(inner) => mix(7, u64::from(*inner)),
    }
}

/// The member in a key.
fn low(key: u64) -> Id {
    Id::try_from(key & u64::from(Id::MAX)).unwrap_or(EMPTY)
}
