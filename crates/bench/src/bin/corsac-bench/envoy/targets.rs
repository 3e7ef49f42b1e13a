//! The targets and the results: ratios of medians.

use super::measure::Measurements;
use super::traffic::Traffic;
use super::variant::{List, Variant};
use crate::document;

/// A row for each target whose variants were measured.
fn rows(measured: &Measurements) -> Vec<Vec<String>> {
    let price = |traffic, variant: &Variant| Some(measured.price(traffic, variant)?.median);
    let native = |list| price(Traffic::Allowed, &Variant::Native(list));
    let corsac = |list| price(Traffic::Allowed, &Variant::Corsac(list, None));
    let ratio = |ours: Option<f64>, theirs: Option<f64>| Some(ours? / theirs?);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut target = |what: String, most: f64, reached: Option<f64>| {
        if let Some(reached) = reached {
            let met = if reached <= most { "yes" } else { "no" };
            rows.push(vec![what, format!("{most}"), format!("{reached:.2}"), met.to_owned()]);
        }
    };
    for traffic in
        [Traffic::NoOrigin, Traffic::Allowed, Traffic::Refused, Traffic::PreflightAllowed, Traffic::PreflightRefused]
    {
        let ours = price(traffic, &Variant::Corsac(List::Exact(10), None));
        let floor = price(traffic, &Variant::HostCalls);
        target(format!("Corsac : host calls, {}", traffic.title()), 1.2, ratio(ours, floor));
        let apart = measured.contexts(traffic).zip(ours).map(|(contexts, ours)| ours - contexts);
        target(format!("… create and delete apart, {}", traffic.title()), 1.2, ratio(apart, floor));
    }
    for (list, most) in [(List::Exact(1000), 0.55), (List::Exact(5000), 0.12), (List::Regexes(100), 0.4)] {
        target(format!("Corsac : native, {}", list.title()), most, ratio(corsac(list), native(list)));
    }
    for list in [List::Exact(10_000), List::Exact(100_000)] {
        let of_ten = corsac(List::Exact(10));
        target(format!("Corsac with {} : with 10", list.title()), 1.15, ratio(corsac(list), of_ten));
    }
    let exact = [10, 100, 1000, 5000].map(List::Exact);
    target("origins from which Corsac is cheaper".to_owned(), 500.0, crossover(&exact, &native, &corsac));
    let regexes = [10, 100].map(List::Regexes);
    target("regexes from which Corsac is cheaper".to_owned(), 40.0, crossover(&regexes, &native, &corsac));
    for traffic in [Traffic::PreflightAllowed, Traffic::PreflightRefused] {
        let total = |variant: &Variant| Some(measured.total(traffic, variant)?.median);
        for list in [List::Exact(10), List::Exact(1000)] {
            let reached = ratio(total(&Variant::Corsac(list, None)), total(&Variant::Native(list)));
            target(format!("Corsac : native, {}, {}, the whole request", traffic.title(), list.title()), 1.0, reached);
        }
    }
    rows
}

/// The table of targets.
pub fn table(measured: &Measurements) -> Option<String> {
    let head = ["target", "at most", "reached", "met"];
    document::table(&head.map(str::to_owned), &rows(measured))
}

/// The number of entries at which the prices of both filters are equal, by linear interpolation
/// between the measurements. The smallest measured number if Corsac is always cheaper.
fn crossover(
    lists: &[List],
    native: &impl Fn(List) -> Option<f64>,
    corsac: &impl Fn(List) -> Option<f64>,
) -> Option<f64> {
    let points: Vec<(f64, f64)> =
        lists.iter().map(|list| Some((list.count(), native(*list)? - corsac(*list)?))).collect::<Option<_>>()?;
    let (first, advantage) = *points.first()?;
    if advantage >= 0.0 {
        return Some(first);
    }
    let crossing = points.windows(2).find(|pair| pair[0].1 < 0.0 && pair[1].1 >= 0.0)?;
    let ((from, below), (to, above)) = (crossing[0], crossing[1]);
    Some(from + (to - from) * -below / (above - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crossover_is_interpolated_between_two_measurements() {
        let lists = [10, 100, 1000].map(List::Exact);
        let native = |list: List| Some(list.count() / 100.0);
        assert_eq!(crossover(&lists, &native, &|_| Some(5.5)), Some(550.0));
        assert_eq!(crossover(&lists, &native, &|_| Some(0.05)), Some(10.0));
        assert_eq!(crossover(&lists, &native, &|_| Some(20.0)), None);
        assert_eq!(crossover(&lists, &|_| None, &|_| Some(20.0)), None);
    }
}
