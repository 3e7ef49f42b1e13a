//! The common parts of a set's entries.

use super::super::shape::PortPattern;

/// The ports that an entry accepts.
#[derive(Debug, Default)]
pub(super) struct Ports {
    any: bool,
    absent: bool,
    numbers: Vec<u16>,
}

impl Ports {
    pub(super) fn of(port: PortPattern) -> Self {
        let mut ports = Self::default();
        ports.insert(port);
        ports
    }

    pub(super) fn insert(&mut self, port: PortPattern) -> bool {
        let known = match port {
            PortPattern::Any => self.any,
            PortPattern::Absent => self.any || self.absent,
            PortPattern::Number(number) => self.any || self.numbers.binary_search(&number).is_ok(),
        };
        match port {
            PortPattern::Any => self.any = true,
            PortPattern::Absent => self.absent = true,
            PortPattern::Number(number) => {
                if let Err(position) = self.numbers.binary_search(&number) {
                    self.numbers.insert(position, number);
                }
            }
        }
        !known
    }

    pub(super) fn contains(&self, port: Option<u16>) -> bool {
        self.any || port.map_or(self.absent, |number| self.numbers.binary_search(&number).is_ok())
    }

    /// Whether every port of a pattern is accepted; unless `itself`, without that same pattern.
    pub(super) fn covers(&self, port: PortPattern, itself: bool) -> bool {
        match port {
            PortPattern::Any => itself && self.any,
            _ if !itself => self.any,
            PortPattern::Absent => self.contains(None),
            PortPattern::Number(number) => self.contains(Some(number)),
        }
    }
}

/// A set of lengths. It confuses lengths that differ by a multiple of 64; the comparison of the
/// whole entry decides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths(u64);

impl Lengths {
    const fn bit(length: usize) -> u64 {
        1 << (length & 63)
    }

    pub(super) const fn insert(&mut self, length: usize) {
        self.0 |= Self::bit(length);
    }

    pub(super) const fn contains(self, length: usize) -> bool {
        self.0 & Self::bit(length) != 0
    }
}
