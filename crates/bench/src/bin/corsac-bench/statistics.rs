//! Medians and quartiles.

use serde_json::{Value, json};

/// A median and its quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    /// The median and the quartiles of some measurements. `None` without measurements.
    pub fn of(measurements: &[f64]) -> Option<Self> {
        let mut sorted = measurements.to_vec();
        sorted.sort_by(f64::total_cmp);
        let half = sorted.len().div_ceil(2);
        let (lower, upper) = (sorted.get(..half)?, sorted.get(sorted.len() - half..)?);
        Some(Self { low: median(lower)?, median: median(&sorted)?, high: median(upper)? })
    }

    /// The difference from another one, divided by a number. Its uncertainty is that of both
    /// together.
    pub fn difference(self, other: Self, divisor: f64) -> Self {
        Self {
            low: (self.low - other.high) / divisor,
            median: (self.median - other.median) / divisor,
            high: (self.high - other.low) / divisor,
        }
    }

    /// The median, and half the distance between the quartiles.
    pub fn shown(&self) -> String {
        format!("{:.2} ± {:.2}", self.median, self.around())
    }

    /// Half the distance between the quartiles.
    pub fn around(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    pub fn json(&self) -> Value {
        json!({ "low": self.low, "median": self.median, "high": self.high })
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    Some(f64::midpoint(*sorted.get(last / 2)?, *sorted.get(last.div_ceil(2))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_median_and_the_quartiles_around_it() {
        assert_eq!(Spread::of(&[9.0, 1.0, 7.0, 3.0, 5.0]), Some(Spread { low: 3.0, median: 5.0, high: 7.0 }));
        assert_eq!(Spread::of(&[2.0, 4.0]), Some(Spread { low: 2.0, median: 3.0, high: 4.0 }));
        assert_eq!(Spread::of(&[4.0]), Some(Spread { low: 4.0, median: 4.0, high: 4.0 }));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn the_uncertainty_of_a_difference_is_that_of_both_sides() {
        let with = Spread { low: 30.0, median: 31.0, high: 32.0 };
        let without = Spread { low: 10.0, median: 11.0, high: 12.0 };
        assert_eq!(with.difference(without, 2.0), Spread { low: 9.0, median: 10.0, high: 11.0 });
    }
}
