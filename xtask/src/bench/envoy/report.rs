//! What the run has shown: tables for a person, JSON for a program.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::kind::Kind;
use super::measure::{Cell, Measured};
use super::priced::TIMES;
use super::targets;
use super::variant::{LISTS, LONG_LISTS, List, Variant};
use crate::Outcome;
use crate::bench::statistics::Spread;
use crate::bench::table::table;

/// The tables, as Markdown.
pub fn markdown(measured: &Measured) -> String {
    let parts = [
        ("What is to be reached", targets::table(measured)),
        ("By kind of traffic", kinds(measured)),
        ("Above the floor", floors(measured)),
        ("By the length of the list", lists(measured)),
        ("Preflights", preflights(measured)),
        ("Bodies", body(measured)),
        ("Host calls", calls(measured)),
    ];
    let part = |(title, table): (&str, Option<String>)| Some(format!("### {title}\n\n{}", table?));
    parts.into_iter().filter_map(part).collect::<Vec<_>>().join("\n")
}

/// A row a filter with ten origins, a column a kind.
fn kinds(measured: &Measured) -> Option<String> {
    let kinds: Vec<Kind> =
        Kind::value_variants().iter().copied().filter(|kind| *kind != Kind::Body && measured.has(*kind)).collect();
    let shortest = |variant: &&Variant| match variant {
        Variant::Native(list) | Variant::Corsac(list, _) => *list == List::Exact(10),
        Variant::EntryAndBodies | Variant::Call(_) => false,
        _ => true,
    };
    let rows = measured.variants().into_iter().filter(shortest).map(|variant| {
        let cells = kinds.iter().map(|kind| match variant {
            Variant::Nothing => measured.total(*kind, variant),
            _ => measured.price(*kind, variant),
        });
        std::iter::once(variant.title()).chain(cells.map(shown)).collect()
    });
    let head = std::iter::once("µs a request".to_owned()).chain(kinds.iter().map(|kind| kind.title().to_owned()));
    table(&head.collect::<Vec<_>>(), &rows.collect::<Vec<_>>())
}

/// Corsac with ten origins against the floor of each kind.
fn floors(measured: &Measured) -> Option<String> {
    let mut rows = Vec::new();
    for (kind, variant) in measured.0.iter().map(|cell| (cell.kind, &cell.variant)) {
        let median = |variant| measured.price(kind, variant).map(|price| price.median);
        let (Variant::Corsac(List::Exact(10), _), Some(floor)) = (variant, median(&Variant::HostCalls)) else {
            continue;
        };
        let Some(ours) = median(variant) else { continue };
        let contexts = measured.contexts(kind);
        let title = if measured.labels().len() > 1 {
            format!("{}, {}", kind.title(), variant.title())
        } else {
            kind.title().into()
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

/// A row a list, a column a filter, for allowed and refused origins.
fn lists(measured: &Measured) -> Option<String> {
    let corsacs = measured.labels();
    let named = |name: &str, kind: Kind| format!("{name}, {}", kind.title());
    let mut head = vec!["µs a request".to_owned()];
    for kind in [Kind::Allowed, Kind::Refused] {
        head.push(named("native", kind));
        let title =
            |label: &Option<String>| label.as_ref().map_or("Corsac".to_owned(), |label| format!("Corsac ({label})"));
        head.extend(corsacs.iter().map(|label| named(&title(label), kind)));
    }
    let row = |list: List| {
        let mut row = vec![list.title()];
        for kind in [Kind::Allowed, Kind::Refused] {
            row.push(shown(measured.price(kind, &Variant::Native(list))));
            row.extend(corsacs.iter().map(|label| shown(measured.price(kind, &Variant::Corsac(list, label.clone())))));
        }
        row
    };
    let rows = LISTS.into_iter().chain(LONG_LISTS).map(row).filter(|row| row[1..].iter().any(|cell| !cell.is_empty()));
    table(&head, &rows.collect::<Vec<_>>())
}

/// Preflights that a second of processor time answers.
fn preflights(measured: &Measured) -> Option<String> {
    let kinds = [Kind::PreflightAllowed, Kind::PreflightRefused];
    let rows = measured.variants().into_iter().filter_map(|variant| {
        let row = kinds.map(|kind| measured.total(kind, variant));
        row.iter().any(Option::is_some).then(|| {
            let cells = row.into_iter().flat_map(|total| [shown(total), rate(total)]);
            std::iter::once(variant.title()).chain(cells).collect()
        })
    });
    let head = ["preflights, the whole request", "allowed: µs", "a second", "refused: µs", "a second"];
    table(&head.map(str::to_owned), &rows.collect::<Vec<_>>())
}

/// How many fit into a second of processor time, to the hundred.
fn rate(total: Option<Spread>) -> String {
    total.map_or(String::new(), |total| format!("{:.0}00", 1e4 / total.median))
}

/// The price of each host call: what a module that makes it often costs above one that makes none.
fn calls(measured: &Measured) -> Option<String> {
    let none = measured.total(Kind::Allowed, &Variant::Entry)?;
    let divisor = f64::from(u32::try_from(Kind::Allowed.copies() * TIMES).ok()?);
    let row = |variant: &Variant| {
        let total = measured.total(Kind::Allowed, variant)?;
        matches!(variant, Variant::Call(_)).then(|| vec![variant.title(), total.above(none, divisor).shown()])
    };
    let rows: Vec<Vec<String>> = measured.variants().into_iter().filter_map(row).collect();
    table(&["a host call".to_owned(), "µs".to_owned()], &rows)
}

/// What a body of 1 MiB adds to a filter's price: nothing, where the filter is not entered for it.
fn body(measured: &Measured) -> Option<String> {
    let row = |cell: &Cell| {
        let variant = &cell.variant;
        let (with, without) = (measured.price(Kind::Body, variant), measured.price(Kind::Allowed, variant));
        (cell.kind == Kind::Body && *variant != Variant::Nothing)
            .then(|| vec![variant.title(), shown(without), shown(with)])
    };
    let head = ["µs a request", "headers only", "with a body of 1 MiB"];
    table(&head.map(str::to_owned), &measured.0.iter().filter_map(row).collect::<Vec<_>>())
}

fn shown(spread: Option<Spread>) -> String {
    spread.map_or(String::new(), |spread| spread.shown())
}

/// Writes every sample.
pub fn write_json(measured: &Measured, path: &Path) -> Outcome<()> {
    let cell = |cell: &Cell| {
        json!({
            "kind": cell.kind.id(),
            "variant": cell.variant.id(),
            "copies": cell.kind.copies(),
            "requests": cell.requests,
            "microseconds": cell.samples,
            "price": measured.price(cell.kind, &cell.variant).map(|price| price.json()),
        })
    };
    let text = Value::from(measured.0.iter().map(cell).collect::<Vec<_>>()).to_string();
    fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    eprintln!("Every sample is in {}.", path.display());
    Ok(())
}
