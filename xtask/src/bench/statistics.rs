//! Medians and spreads, on a machine that is not alone.

use serde_json::{Value, json};

/// A median, and what lies around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    /// The quietest tenth of some measurements: their least, their middle, their greatest. What else runs on a machine can
    /// only add to a program's processor time (caches are shared, and so may be the core), so that the quiet turns tell what
    /// the program itself takes; on an idle machine they tell the same as all of them. `None` without measurements.
    pub fn of_quietest(measurements: &[f64]) -> Option<Self> {
        let mut sorted = measurements.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.truncate(sorted.len().div_ceil(10));
        Some(Self { low: *sorted.first()?, median: median(&sorted)?, high: *sorted.last()? })
    }

    /// This above another one, divided by a number. The uncertainty is that of both.
    pub fn above(self, other: Self, divisor: f64) -> Self {
        Self {
            low: (self.low - other.high) / divisor,
            median: (self.median - other.median) / divisor,
            high: (self.high - other.low) / divisor,
        }
    }

    /// The median, and half of the distance around it.
    pub fn shown(&self) -> String {
        format!("{:.2} ± {:.2}", self.median, self.around())
    }

    /// Half of the distance from the least to the greatest.
    pub fn around(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    pub fn json(&self) -> Value {
        json!({ "low": self.low, "median": self.median, "high": self.high })
    }
}

/// The middle of all measurements, however disturbed.
pub fn median_of_all(measurements: &[f64]) -> Option<f64> {
    let mut sorted = measurements.to_vec();
    sorted.sort_by(f64::total_cmp);
    median(&sorted)
}

fn median(sorted: &[f64]) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    Some(f64::midpoint(*sorted.get(last / 2)?, *sorted.get(last.div_ceil(2))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quietest_tenth_is_told_and_the_rest_does_not_matter() {
        let quiet = [3.0, 1.0, 2.0];
        let measurements: Vec<f64> = (1..28).map(|disturbed| f64::from(disturbed) * 10.0).chain(quiet).collect();
        assert_eq!(Spread::of_quietest(&measurements), Some(Spread { low: 1.0, median: 2.0, high: 3.0 }));
        assert_eq!(Spread::of_quietest(&[4.0]), Some(Spread { low: 4.0, median: 4.0, high: 4.0 }));
        assert_eq!(Spread::of_quietest(&[]), None);
        assert_eq!(median_of_all(&[9.0, 1.0, 90.0, 3.0]), Some(6.0));
    }

    #[test]
    fn a_difference_is_as_uncertain_as_both_sides_together() {
        let with = Spread { low: 30.0, median: 31.0, high: 32.0 };
        let without = Spread { low: 10.0, median: 11.0, high: 12.0 };
        assert_eq!(with.above(without, 2.0), Spread { low: 9.0, median: 10.0, high: 11.0 });
    }
}
