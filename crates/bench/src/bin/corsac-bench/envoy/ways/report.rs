//! The tables of the five ways.

use super::{FLOORS, WAYS};
use crate::document::table;
use crate::envoy::measure::Measurements;
use crate::envoy::report::{shown, titled};
use crate::envoy::traffic::Traffic;
use crate::envoy::variant::{LISTS, List, Variant};
use crate::statistics::Spread;

/// All tables, and how Envoy's own filter answers otherwise than the four other ways.
pub fn all(measured: &Measurements, differences: &[String]) -> String {
    let tables = titled([
        ("The price of a filter, 10 origins", by_traffic(measured)),
        ("The price of a filter, an allowed origin", by_length(measured)),
        ("The whole request, with one filter of 10 origins", whole(measured)),
    ]);
    let mut text = format!("{tables}\n");
    if !differences.is_empty() {
        text +=
            "### Other answers\n\nFour ways give the same answers to the last header. Envoy's own filter differs:\n\n";
        text.extend(differences.iter().map(|difference| format!("* {difference}\n")));
    }
    text
}

/// A row for each way, and a column for each kind of traffic.
fn by_traffic(measured: &Measurements) -> Option<String> {
    let kinds: Vec<Traffic> =
        [Traffic::NoOrigin, Traffic::Allowed, Traffic::Refused, Traffic::PreflightAllowed, Traffic::PreflightRefused]
            .into_iter()
            .filter(|traffic| measured.has(*traffic))
            .collect();
    let mut rows =
        vec![row("no filter: the whole request", &kinds, |traffic| measured.total(*traffic, &Variant::Nothing))];
    for (name, variant) in shortest().chain(FLOORS.map(|floor| (floor.title(), floor))) {
        rows.push(row(&name, &kinds, |traffic| measured.price(*traffic, &variant)));
    }
    let head = ["µs a request"].into_iter().chain(kinds.iter().map(|traffic| traffic.title()));
    table(&head.map(str::to_owned).collect::<Vec<_>>(), &measured_rows(rows))
}

/// A row for each list, and a column for each way.
fn by_length(measured: &Measurements) -> Option<String> {
    let of = |list: &List| row(&list.title(), &WAYS, |(_, way)| measured.price(Traffic::Allowed, &way(*list)));
    let head = ["µs a request"].into_iter().chain(WAYS.map(|(name, _)| name));
    table(&head.map(str::to_owned).collect::<Vec<_>>(), &measured_rows(LISTS.iter().map(of).collect()))
}

/// Nothing subtracted: a row for each way, and a column for each kind of traffic with one filter.
fn whole(measured: &Measurements) -> Option<String> {
    let kinds = [Traffic::Alone, Traffic::PreflightAllowed, Traffic::PreflightRefused];
    let nothing = ("no filter".to_owned(), Variant::Nothing);
    let rows = std::iter::once(nothing).chain(shortest());
    let rows = rows.map(|(name, variant)| row(&name, &kinds, |traffic| measured.total(*traffic, &variant)));
    let head = ["µs a request", "allowed", "preflight allowed", "preflight refused"];
    table(&head.map(str::to_owned), &measured_rows(rows.collect()))
}

/// Each way with ten origins.
fn shortest() -> impl Iterator<Item = (String, Variant)> {
    WAYS.into_iter().map(|(name, way)| (name.to_owned(), way(LISTS[0])))
}

fn row<C>(name: &str, columns: &[C], cell: impl Fn(&C) -> Option<Spread>) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(columns.iter().map(|column| shown(cell(column)))).collect()
}

fn measured_rows(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    rows.retain(|row| row[1..].iter().any(|cell| !cell.is_empty()));
    rows
}

#[cfg(test)]
mod tests {
    use super::super::cells;
    use super::*;
    use crate::document::tests::{form, section};
    use crate::envoy::measure::Cell;

    #[test]
    fn the_document_has_the_form_of_the_tables() {
        let cell = |(traffic, variant)| Cell { traffic, variant, samples: vec![1.0], requests: 1 };
        let measured = Measurements(cells().into_iter().map(cell).collect());
        let section = section("ways");
        let (_, text) = section.split_once("\n\n").expect("tables after the setting");
        let (tables, _) = text.split_once("### Other answers").expect("how Envoy's own filter answers");
        assert_eq!(form(tables.trim()), form(all(&measured, &[]).trim()));
    }
}
