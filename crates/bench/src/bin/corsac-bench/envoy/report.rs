//! The results: tables for a person, JSON for a program.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use corsac_testbed::{Error, Result};
use serde_json::{Value, json};

use super::host_call_price::TIMES;
use super::measure::{Cell, Measurements};
use super::targets;
use super::traffic::Traffic;
use super::variant::{LISTS, LONG_LISTS, List, Variant};
use crate::document::table;
use crate::statistics::Spread;

/// All tables, as Markdown.
pub fn all(measured: &Measurements) -> String {
    titled([
        ("Targets", targets::table(measured)),
        ("By kind of traffic", by_traffic(measured)),
        ("Above the floor", floors(measured)),
        ("By the length of the list", lists(measured)),
        ("Preflights", preflights(measured)),
        ("Bodies", body(measured)),
        ("Host calls", calls(measured)),
    ])
}

/// The tables for the document.
pub fn for_the_document(measured: &Measurements) -> String {
    titled([("By kind of traffic", by_traffic(measured)), ("By the length of the list", lists(measured))])
}

/// A table with its title.
type TitledTable = (&'static str, Option<String>);

pub fn titled<const N: usize>(parts: [TitledTable; N]) -> String {
    let part = |(title, table): (&str, Option<String>)| Some(format!("### {title}\n\n{}", table?));
    parts.into_iter().filter_map(part).collect::<Vec<_>>().join("\n")
}

/// A row for each filter with ten origins, and a column for each kind of traffic.
fn by_traffic(measured: &Measurements) -> Option<String> {
    let traffic: Vec<Traffic> = Traffic::value_variants()
        .iter()
        .copied()
        .filter(|traffic| *traffic != Traffic::Body && measured.has(*traffic))
        .collect();
    let shortest = |variant: &&Variant| match variant {
        Variant::Native(list) | Variant::Corsac(list, _) => *list == List::Exact(10),
        Variant::EntryAndBodies | Variant::HostCall(_) => false,
        _ => true,
    };
    let rows = measured.variants().into_iter().filter(shortest).map(|variant| {
        let cells = traffic.iter().map(|traffic| match variant {
            Variant::Nothing => measured.total(*traffic, variant),
            _ => measured.price(*traffic, variant),
        });
        std::iter::once(variant.title()).chain(cells.map(shown)).collect()
    });
    let head =
        std::iter::once("µs a request".to_owned()).chain(traffic.iter().map(|traffic| traffic.title().to_owned()));
    table(&head.collect::<Vec<_>>(), &rows.collect::<Vec<_>>())
}

/// Corsac with ten origins, compared with the floor of each kind of traffic.
fn floors(measured: &Measurements) -> Option<String> {
    let mut rows = Vec::new();
    for (traffic, variant) in measured.0.iter().map(|cell| (cell.traffic, &cell.variant)) {
        let median = |variant| measured.price(traffic, variant).map(|price| price.median);
        let (Variant::Corsac(List::Exact(10), _), Some(floor)) = (variant, median(&Variant::HostCalls)) else {
            continue;
        };
        let Some(ours) = median(variant) else { continue };
        let contexts = measured.contexts(traffic);
        let title = if measured.labels().len() > 1 {
            format!("{}, {}", traffic.title(), variant.title())
        } else {
            traffic.title().into()
        };
        rows.push(vec![
            title,
            format!("{floor:.2}"),
            format!("{ours:.2}"),
            format!("{:.2}", ours / floor),
            contexts.map_or(String::new(), |price| format!("{price:.2}")),
            contexts.map_or(String::new(), |price| format!("{:.2}", (ours - price) / floor)),
        ]);
    }
    let head = ["µs a request", "floor: host calls", "Corsac", "ratio", "create and delete", "ratio without these"];
    table(&head.map(str::to_owned), &rows)
}

/// A row for each list, and a column for each filter with allowed and with refused origins.
fn lists(measured: &Measurements) -> Option<String> {
    let corsacs = measured.labels();
    let named = |name: &str, traffic: Traffic| format!("{name}, {}", traffic.title());
    let mut head = vec!["µs a request".to_owned()];
    for traffic in [Traffic::Allowed, Traffic::Refused] {
        head.push(named("native", traffic));
        let title =
            |label: &Option<String>| label.as_ref().map_or("Corsac".to_owned(), |label| format!("Corsac ({label})"));
        head.extend(corsacs.iter().map(|label| named(&title(label), traffic)));
    }
    let row = |list: List| {
        let mut row = vec![list.title()];
        for traffic in [Traffic::Allowed, Traffic::Refused] {
            row.push(shown(measured.price(traffic, &Variant::Native(list))));
            row.extend(
                corsacs.iter().map(|label| shown(measured.price(traffic, &Variant::Corsac(list, label.clone())))),
            );
        }
        row
    };
    let rows = LISTS.into_iter().chain(LONG_LISTS).map(row).filter(|row| row[1..].iter().any(|cell| !cell.is_empty()));
    table(&head, &rows.collect::<Vec<_>>())
}

/// The time of whole preflights, and how many a second of processor time answers.
fn preflights(measured: &Measurements) -> Option<String> {
    let kinds = [Traffic::PreflightAllowed, Traffic::PreflightRefused];
    let rows = measured.variants().into_iter().filter_map(|variant| {
        let row = kinds.map(|traffic| measured.total(traffic, variant));
        row.iter().any(Option::is_some).then(|| {
            let cells = row.into_iter().flat_map(|total| [shown(total), rate(total)]);
            std::iter::once(variant.title()).chain(cells).collect()
        })
    });
    let head = ["preflights, the whole request", "allowed: µs", "a second", "refused: µs", "a second"];
    table(&head.map(str::to_owned), &rows.collect::<Vec<_>>())
}

/// How many fit into a second of processor time, rounded to the hundred.
fn rate(total: Option<Spread>) -> String {
    total.map_or(String::new(), |total| format!("{:.0}00", 1e4 / total.median))
}

/// The price of each host call: the difference between a module that repeats it and one that makes
/// none.
fn calls(measured: &Measurements) -> Option<String> {
    let none = measured.total(Traffic::Allowed, &Variant::Entry)?;
    let divisor = f64::from(u32::try_from(Traffic::Allowed.copies() * TIMES).ok()?);
    let row = |variant: &Variant| {
        let total = measured.total(Traffic::Allowed, variant)?;
        matches!(variant, Variant::HostCall(_)).then(|| vec![variant.title(), total.difference(none, divisor).shown()])
    };
    let rows: Vec<Vec<String>> = measured.variants().into_iter().filter_map(row).collect();
    table(&["a host call".to_owned(), "µs".to_owned()], &rows)
}

/// The price with a body of 1 MiB, which a filter without a callback for bodies does not see.
fn body(measured: &Measurements) -> Option<String> {
    let row = |cell: &Cell| {
        let variant = &cell.variant;
        let (with, without) = (measured.price(Traffic::Body, variant), measured.price(Traffic::Allowed, variant));
        (cell.traffic == Traffic::Body && *variant != Variant::Nothing)
            .then(|| vec![variant.title(), shown(without), shown(with)])
    };
    let head = ["µs a request", "headers only", "with a body of 1 MiB"];
    table(&head.map(str::to_owned), &measured.0.iter().filter_map(row).collect::<Vec<_>>())
}

pub fn shown(spread: Option<Spread>) -> String {
    spread.map_or(String::new(), |spread| spread.shown())
}

/// Writes every sample.
pub fn write_json(measured: &Measurements, path: &Path) -> Result<()> {
    let cell = |cell: &Cell| {
        json!({
            "traffic": cell.traffic.id(),
            "variant": cell.variant.id(),
            "copies": cell.variant.copies(cell.traffic),
            "requests": cell.requests,
            "microseconds": cell.samples,
            "price": measured.price(cell.traffic, &cell.variant).map(|price| price.json()),
        })
    };
    let text = Value::from(measured.0.iter().map(cell).collect::<Vec<_>>()).to_string();
    fs::write(path, text).map_err(|error| Error::new(format!("{} cannot be written: {error}.", path.display())))?;
    eprintln!("Every sample is in {}.", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::tests::{form, section};

    #[test]
    fn the_document_has_the_form_of_the_tables() {
        let mut cells = Vec::new();
        for &traffic in Traffic::value_variants() {
            for variant in Variant::all(&[]).into_iter().filter(|variant| variant.is_measured_under(traffic)) {
                cells.push(Cell { traffic, variant, samples: vec![1.0], requests: 1 });
            }
        }
        let section = section("envoy");
        let (_, tables) = section.split_once("\n\n").expect("tables after the setting");
        assert_eq!(form(tables), form(for_the_document(&Measurements(cells)).trim()));
    }
}
