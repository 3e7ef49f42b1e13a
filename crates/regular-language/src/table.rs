//! A set of languages as one small automaton: one step a byte, nothing allocated, nothing grown by what clients send.

use super::derive::{ALL, Arena, Direction, EMPTY, Id};
use super::{ByteClass, Language};

/// Whether a string is in any of many languages.
///
/// Strings are read from the right. Sets of hosts share their ends, and their last bytes tell most
/// foreign strings.
#[derive(Debug, Default)]
pub struct Table(Vec<Automaton>);

/// What a set of languages may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// States of one automaton. A pattern that alone needs more is refused; patterns that need more together get several automata.
    pub states: usize,
    /// Bytes of all tables together.
    pub memory: usize,
    /// Steps of derivation for the whole set; a million are some tens of milliseconds.
    pub work: usize,
}

/// A pattern needs more than the [`Limits`] allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternTooLarge {
    /// Its place in the list that was compiled.
    pub index: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { states: 4096, memory: 2 << 20, work: 8_000_000 }
    }
}

impl Table {
    /// All languages in as few automata as the limits allow, most often one.
    pub fn compile(languages: &[Language], limits: &Limits) -> Result<Self, PatternTooLarge> {
        Self::compile_within(languages, &mut limits.clone())
    }

    /// The same, and takes off the limits what it took.
    pub fn compile_within(languages: &[Language], left: &mut Limits) -> Result<Self, PatternTooLarge> {
        let mut automata = Vec::new();
        // Groups still to be compiled, each with the place of its first language. What is too large together is halved.
        let mut groups = vec![(0, languages)];
        while let Some((first, group)) = groups.pop() {
            if group.is_empty() {
                continue;
            }
            if let Some(automaton) = Automaton::compile(group, left) {
                automata.push(automaton);
                continue;
            }
            let (front, back) = group.split_at_checked(group.len().div_euclid(2)).unwrap_or_default();
            if front.is_empty() || left.work == 0 || left.memory == 0 {
                return Err(PatternTooLarge { index: first });
            }
            groups.push((first + front.len(), back));
            groups.push((first, front));
        }
        Ok(Self(automata))
    }

    /// Whether the whole of `bytes` is in one of the languages.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|automaton| automaton.matches(bytes))
    }

    /// Whether there is no automaton: of an empty set of languages.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
impl Table {
    /// The bytes that the tables take.
    pub fn memory(&self) -> usize {
        self.0.iter().map(Automaton::memory).sum()
    }

    /// The number of automata.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A state is the place of its row in the table, so that a step is one addition and one look-up. There are always two states from which
/// nothing more can change: 0 refuses and `stride` accepts; those that accept at the end of the string come last.
#[derive(Debug)]
struct Automaton {
    /// Byte to column. Column 0 leads to refusal from everywhere: bytes that are not ASCII.
    columns: [u8; 256],
    next: Box<[u16]>,
    stride: u16,
    start: u16,
    first_accepting: u16,
}

const REFUSE: u16 = 0;

impl Automaton {
    fn matches(&self, bytes: &[u8]) -> bool {
        let mut state = self.start;
        for byte in bytes.iter().rev() {
            if state <= self.stride {
                break;
            }
            let column = self.columns.get(usize::from(*byte)).copied().unwrap_or(0);
            // A row ends within the table and a column within its row: `next` answers always.
            let at = usize::from(state) + usize::from(column);
            state = self.next.get(at).copied().unwrap_or(REFUSE);
        }
        // Bytes that were not read any more may be no ASCII.
        state >= self.first_accepting || (state == self.stride && bytes.is_ascii())
    }

    fn memory(&self) -> usize {
        size_of::<Self>() + size_of_val::<[u16]>(&self.next)
    }

    /// `None` where the limits do not suffice for this group. What it took is taken off the limits.
    fn compile(group: &[Language], left: &mut Limits) -> Option<Self> {
        // A group that fails may spend a part only, so that its halves have their chance.
        let allowed = if group.len() == 1 { left.work } else { left.work.div_euclid(8) };
        let mut arena = Arena::new(allowed);
        let start = arena.import_union(group, Direction::Backward);
        let built = Self::explore(&mut arena, start, left);
        left.work -= allowed - arena.budget();
        let automaton = built.filter(|_| !arena.is_exhausted())?;
        left.memory = left.memory.saturating_sub(automaton.memory());
        (left.memory > 0).then_some(automaton)
    }

    fn explore(arena: &mut Arena, start: Id, limits: &Limits) -> Option<Self> {
        let blocks = arena.byte_classes();
        let mut states = States::default();
        states.number(EMPTY);
        states.number(ALL);
        let start = states.number(start);
        // Rows of state numbers, in the order of the states.
        let mut rows = Vec::new();
        let mut at = 0;
        while let Some(state) = states.found.get(at).copied() {
            rows.push(0);
            for byte in blocks.iter().filter_map(|block| block.first()) {
                rows.push(states.number(arena.derive(state, byte)));
            }
            if states.found.len() > limits.states || arena.is_exhausted() {
                return None;
            }
            at += 1;
        }
        let accepting: Vec<bool> = states.found.iter().map(|state| arena.is_nullable(*state)).collect();
        Self::lay_out(&blocks, &rows, &accepting, start)
    }

    /// Puts the accepting states last and turns numbers into places. `None` if the places are too many for 16 bits.
    fn lay_out(blocks: &[ByteClass], rows: &[u32], accepting: &[bool], start: u32) -> Option<Self> {
        let stride = blocks.len() + 1;
        let stays = |number: &usize| *number < 2 || accepting.get(*number) == Some(&false);
        let order: Vec<usize> =
            (0..accepting.len()).filter(stays).chain((0..accepting.len()).filter(|number| !stays(number))).collect();
        let mut places = vec![REFUSE; order.len()];
        for (place, number) in order.iter().enumerate() {
            *places.get_mut(*number)? = u16::try_from(place * stride).ok()?;
        }
        let place_of = |number: &u32| usize::try_from(*number).ok().and_then(|number| places.get(number)).copied();
        let mut next = Vec::with_capacity(rows.len());
        for number in &order {
            let row = rows.get(number * stride..)?.get(..stride)?;
            for number in row {
                next.push(place_of(number)?);
            }
        }
        let first_accepting = order.iter().position(|number| !stays(number)).unwrap_or(order.len());
        let mut columns = [0; 256];
        for (byte, column) in (0_u8..0x80).zip(&mut columns) {
            let block = blocks.iter().position(|block| block.contains(byte))?;
            *column = u8::try_from(block + 1).ok()?;
        }
        Some(Self {
            columns,
            next: next.into(),
            stride: u16::try_from(stride).ok()?,
            start: place_of(&start)?,
            first_accepting: u16::try_from(first_accepting * stride).ok()?,
        })
    }
}

/// The expressions that were reached, in the order of their discovery.
#[derive(Default)]
struct States {
    found: Vec<Id>,
    numbers: Vec<u32>,
}

impl States {
    fn number(&mut self, id: Id) -> u32 {
        const NEW: u32 = u32::MAX;
        let at = usize::try_from(id).unwrap_or(0);
        if self.numbers.len() <= at {
            self.numbers.resize(at + 1, NEW);
        }
        let next = u32::try_from(self.found.len()).unwrap_or(NEW);
        match self.numbers.get_mut(at) {
            Some(number) if *number == NEW => {
                *number = next;
                self.found.push(id);
                next
            }
            Some(number) => *number,
            None => 0,
        }
    }
}
