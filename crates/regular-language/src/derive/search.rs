//! Searches for strings, and for the shortest one, in an arena that reads backwards.

use super::{Arena, ByteClass, EMPTY, Id, Index, index, mix};

/// Whether an expression contains any string.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Liveness {
    Unknown,
    /// The current search has reached it.
    Met,
    Dead,
    Alive,
}

/// An expression of each language, with the index of the pair before it and the byte that leads
/// here.
struct Reached {
    one: Id,
    other: Id,
    from: usize,
    byte: u8,
}

impl Arena {
    /// A string in both languages.
    ///
    /// The two are derived side by side, and never become one expression. So if many questions
    /// share `other`, it is derived once for all of them, and each of its empty derivatives is
    /// recognized once. The language of all origins except the good ones is like that: usually
    /// nothing of it is left after a pattern's domain.
    pub(in super::super) fn find(&mut self, one: Id, other: Id) -> Option<Vec<u8>> {
        let bytes = self.representatives();
        let mut reached = vec![Reached { one, other, from: 0, byte: 0 }];
        let mut seen = Index::default();
        let mut at = 0;
        loop {
            self.spend(1);
            let &Reached { one, other, .. } = reached.get(at)?;
            if self.is_exhausted {
                return None;
            }
            if self.is_nullable(one) && self.is_nullable(other) {
                return Some(spell(&reached, at));
            }
            let possible = self.first(one).intersection(self.first(other));
            for byte in bytes.iter().copied().filter(|byte| possible.contains(*byte)) {
                let next = Reached { one: self.derive(one, byte), other: self.derive(other, byte), from: at, byte };
                let key = mix(0, u64::from(next.one) << 32 | u64::from(next.other));
                if next.one != EMPTY && self.is_alive(next.other, &bytes) && seen.find(key, |_| true).is_none() {
                    seen.insert(key, 0);
                    reached.push(next);
                }
            }
            at += 1;
        }
    }

    /// Whether the expression contains any string; `true` if the budget is spent.
    fn is_alive(&mut self, start: Id, bytes: &[u8]) -> bool {
        if start == EMPTY || self.liveness(start) == Liveness::Dead {
            return false;
        }
        if self.is_nullable(start) || self.liveness(start) == Liveness::Alive {
            return true;
        }
        // Each with the index of the one before it.
        let mut met = vec![(start, 0)];
        let mut at = 0;
        let mut alive = None;
        while let (None, Some(&(id, _))) = (alive, met.get(at)) {
            let possible = self.first(id);
            for byte in bytes.iter().copied().filter(|byte| possible.contains(*byte)) {
                let next = self.derive(id, byte);
                let liveness = self.liveness(next);
                if liveness == Liveness::Alive || self.is_nullable(next) || self.is_exhausted {
                    alive = Some(at);
                    break;
                }
                if liveness == Liveness::Unknown && next != EMPTY {
                    self.set_liveness(next, Liveness::Met);
                    met.push((next, at));
                }
            }
            at += 1;
        }
        let others = if alive.is_some() { Liveness::Unknown } else { Liveness::Dead };
        for (id, _) in &met {
            self.set_liveness(*id, others);
        }
        // If an expression contains a string, so does every expression that leads to it.
        let mut way = alive;
        while let Some((id, from)) = way.and_then(|at| met.get(at)) {
            self.set_liveness(*id, Liveness::Alive);
            way = Some(*from).filter(|_| *id != start);
        }
        alive.is_some()
    }

    fn liveness(&self, id: Id) -> Liveness {
        self.liveness.get(index(id)).copied().unwrap_or(Liveness::Unknown)
    }

    fn set_liveness(&mut self, id: Id, liveness: Liveness) {
        if self.liveness.len() <= index(id) {
            self.liveness.resize(self.nodes.len(), Liveness::Unknown);
        }
        if let Some(known) = self.liveness.get_mut(index(id)) {
            *known = liveness;
        }
    }

    /// One byte of each class that no imported language divides; the most legible byte first.
    fn representatives(&self) -> Vec<u8> {
        let blocks = self.byte_classes();
        let mut bytes = Vec::with_capacity(blocks.len());
        let mut done = ByteClass::EMPTY;
        for byte in ByteClass::best_first() {
            if let Some(block) = blocks.iter().find(|block| !done.contains(byte) && block.contains(byte)) {
                done = done.union(*block);
                bytes.push(byte);
            }
        }
        bytes
    }
}

/// The bytes on the way back to the start. They were read backwards, so this is the order of the
/// string.
fn spell(reached: &[Reached], mut at: usize) -> Vec<u8> {
    let mut string = Vec::new();
    while let (true, Some(Reached { from, byte, .. })) = (at != 0, reached.get(at)) {
        string.push(*byte);
        at = *from;
    }
    string
}
