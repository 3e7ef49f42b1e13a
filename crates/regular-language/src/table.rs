//! A set of languages as one small automaton. It takes one step a byte, allocates nothing, and does
//! not grow with the strings that clients send.

use super::derive::{ALL, Arena, Direction, EMPTY, Id};
use super::{ByteClass, Language};

/// Decides whether a string is in any of many languages.
///
/// It reads strings from the right: the hosts of a set share their ends, and the last bytes of most
/// foreign strings tell them apart.
#[derive(Debug, Default)]
pub struct Table(Vec<Automaton>);

/// The limits on the cost of a set of languages.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The states of one automaton. A pattern that needs more is refused. Patterns that together
    /// need more get several automata.
    pub states: usize,
    /// The bytes of all tables together.
    pub memory: usize,
    /// The steps of derivation for the whole set. A million steps take some tens of milliseconds.
    pub work: usize,
}

/// A pattern needs more than the [`Limits`] allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternTooLarge {
    /// Its index in the compiled list.
    pub index: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { states: 4096, memory: 2 << 20, work: 8_000_000 }
    }
}

impl Table {
    /// Compiles all languages into as few automata as the limits allow, most often one.
    pub fn compile(languages: &[Language], limits: &Limits) -> Result<Self, PatternTooLarge> {
        Self::compile_within(languages, &mut limits.clone())
    }

    /// Like [`Table::compile`], and subtracts the cost from the limits.
    pub fn compile_within(languages: &[Language], left: &mut Limits) -> Result<Self, PatternTooLarge> {
        let mut automata = Vec::new();
        // The groups that are still to be compiled, each with the index of its first language. A
        // group that is too large is halved.
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

    /// Whether one of the languages contains the whole of `bytes`.
    #[inline]
    pub fn matches(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|automaton| automaton.matches(bytes))
    }

    /// Whether there is no automaton. Only an empty set of languages has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
impl Table {
    /// The size of the tables in bytes.
    pub fn memory(&self) -> usize {
        self.0.iter().map(Automaton::memory).sum()
    }

    /// The number of automata.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A state is the offset of its row in the table, so that a step is one addition and one look-up.
/// There are always two final states: 0 refuses and `stride` accepts. States that accept at the end
/// of the string come last.
#[derive(Debug)]
struct Automaton {
    /// Byte to column. Column 0 is for bytes that are not ASCII, and leads to refusal from
    /// everywhere.
    columns: [u8; 256],
    next: Box<[u16]>,
    stride: u16,
    start: u16,
    first_accepting: u16,
}

const REFUSE: u16 = 0;

impl Automaton {
    #[inline]
    fn matches(&self, bytes: &[u8]) -> bool {
        let mut state = self.start;
        for byte in bytes.iter().rev() {
            if state <= self.stride {
                break;
            }
            let column = self.columns.get(usize::from(*byte)).copied().unwrap_or(0);
            // A row ends within the table, and a column is within its row, so `next` always
            // answers.
            let at = usize::from(state) + usize::from(column);
            state = self.next.get(at).copied().unwrap_or(REFUSE);
        }
        // The bytes that were not read may not be ASCII.
        state >= self.first_accepting || (state == self.stride && bytes.is_ascii())
    }

    fn memory(&self) -> usize {
        size_of::<Self>() + size_of_val::<[u16]>(&self.next)
    }

    /// `None` if the limits do not suffice for this group. The cost is subtracted from the limits.
    fn compile(group: &[Language], left: &mut Limits) -> Option<Self> {
        // A group may spend only a part, so that its halves can be tried if it fails.
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

    /// Puts the accepting states last, and turns numbers into offsets. `None` if the offsets do not
    /// fit into 16 bits.
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
