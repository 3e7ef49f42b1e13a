//! The chart of the price of a request by the length of the list, with logarithmic axes, as SVG for
//! light and dark pages.

use std::fmt::Write as _;

use super::measure::Measurements;
use super::traffic::Traffic;
use super::variant::{LISTS, LONG_LISTS, List, Variant};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
/// The edges of the plot: left, top, right, bottom.
const PLOT: (f64, f64, f64, f64) = (64.0, 56.0, 616.0, 364.0);
/// The ranges of the axes, as powers of ten.
const ORIGINS: (f64, f64) = (1.0, 5.0);
const PRICE: (f64, f64) = (-1.0, 2.0);

const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #24292f; } .quiet { fill: #57606a; } .grid { stroke: #d0d7de; }\
.native { stroke: #bc4c00; } .corsac { stroke: #0969da; } .floor { stroke: #57606a; stroke-dasharray: 5 4; }\
.line { fill: none; stroke-width: 2.5; } circle.native { fill: #bc4c00; } circle.corsac { fill: #0969da; }\
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .quiet { fill: #8d96a0; } .grid { stroke: #30363d; }\
.native { stroke: #f0883e; } .corsac { stroke: #58a6ff; } .floor { stroke: #8d96a0; }\
circle.native { fill: #f0883e; } circle.corsac { fill: #58a6ff; } }";

/// A line of the chart: its class, its name, and its points of list length and price.
struct Series {
    class: &'static str,
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// The chart; `None` if neither filter was measured.
pub fn svg(measured: &Measurements) -> Option<String> {
    let lines = lines(measured);
    if lines.is_empty() {
        return None;
    }
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"What a request costs by the number of allowed origins\">\n<style>{STYLE}</style>\n\
         <text x=\"{}\" y=\"26\">The price of one filter for a request from an allowed origin, by the number of listed origins</text>\n\
         <text class=\"quiet\" x=\"{}\" y=\"44\">processor time in µs</text>\n",
        PLOT.0, PLOT.0
    );
    grid(&mut svg);
    for line in &lines {
        draw(&mut svg, line);
    }
    names(&mut svg, &lines);
    Some(svg + "</svg>\n")
}

fn lines(measured: &Measurements) -> Vec<Series> {
    let price = |variant: &Variant| Some(measured.price(Traffic::Allowed, variant)?.median);
    let of = |variant: &dyn Fn(List) -> Variant| -> Vec<(f64, f64)> {
        let exact = LISTS.into_iter().chain(LONG_LISTS).filter(|list| matches!(list, List::Exact(_)));
        exact.filter_map(|list| Some((list.count(), price(&variant(list))?))).collect()
    };
    let level = |variant| price(&variant).map_or(Vec::new(), |price| vec![(10.0, price), (100_000.0, price)]);
    let lines = [
        Series { class: "native", name: "native filter", points: of(&Variant::Native) },
        Series { class: "corsac", name: "Corsac", points: of(&|list| Variant::Corsac(list, None)) },
        Series { class: "floor", name: "floor: host calls", points: level(Variant::HostCalls) },
        Series { class: "floor", name: "floor: entry", points: level(Variant::Entry) },
    ];
    lines.into_iter().filter(|line| line.points.len() > 1).collect()
}

fn draw(svg: &mut String, line: &Series) {
    let points: Vec<(f64, f64)> = line.points.iter().map(|point| (x(point.0), y(point.1))).collect();
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(svg, "<polyline class=\"line {}\" points=\"{}\"/>", line.class, path.join(" "));
    for (x, y) in points.iter().filter(|_| line.class != "floor") {
        let _ = writeln!(svg, "<circle class=\"{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>", line.class);
    }
}

/// The name of each line at its end, without overlaps.
fn names(svg: &mut String, lines: &[Series]) {
    let mut ends: Vec<(f64, f64, &str)> =
        lines.iter().filter_map(|line| line.points.last().map(|end| (x(end.0), y(end.1), line.name))).collect();
    ends.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut free = 0.0_f64;
    for (x, y, name) in ends {
        let line = (y + 4.0).max(free);
        free = line + 16.0;
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{line:.1}\">{name}</text>", x + 10.0);
    }
}

fn grid(svg: &mut String) {
    for (power, label) in (1..=5).zip(["10", "100", "1,000", "10,000", "100,000"]) {
        let x = x(10_f64.powi(power));
        let _ = writeln!(svg, "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{}\"/>", PLOT.1, PLOT.3);
        let _ = writeln!(
            svg,
            "<text class=\"quiet\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{}\">{label}</text>",
            PLOT.3 + 20.0
        );
    }
    for (power, label) in (-1..=2).zip(["0.1", "1", "10", "100"]) {
        let y = y(10_f64.powi(power));
        let _ = writeln!(svg, "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>", PLOT.0, PLOT.2);
        let _ = writeln!(
            svg,
            "<text class=\"quiet\" text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{label}</text>",
            PLOT.0 - 8.0,
            y + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<text class=\"quiet\" text-anchor=\"middle\" x=\"{}\" y=\"{}\">origins in the list</text>",
        f64::midpoint(PLOT.0, PLOT.2),
        PLOT.3 + 42.0
    );
}

fn x(origins: f64) -> f64 {
    PLOT.0 + (PLOT.2 - PLOT.0) * share(origins, ORIGINS)
}

fn y(price: f64) -> f64 {
    PLOT.3 - (PLOT.3 - PLOT.1) * share(price, PRICE)
}

/// Where a value lies between two powers of ten, from 0 to 1.
fn share(value: f64, (from, to): (f64, f64)) -> f64 {
    let power = value.max(f64::MIN_POSITIVE).log10();
    ((power - from) / (to - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::measure::Cell;
    use super::*;

    #[test]
    fn a_value_lies_between_powers_of_ten() {
        assert!((share(100.0, ORIGINS) - 0.25).abs() < 1e-9);
        assert!(share(0.0, PRICE).abs() < 1e-9);
        assert!((share(1e9, PRICE) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_chart_shows_only_what_was_measured() {
        let cell = |variant, taken| Cell { traffic: Traffic::Allowed, variant, samples: vec![taken], requests: 1 };
        let nothing = cell(Variant::Nothing, 20.0);
        assert_eq!(svg(&Measurements(vec![nothing])), None);
        let native = |count, taken| cell(Variant::Native(List::Exact(count)), taken);
        let cells = vec![cell(Variant::Nothing, 20.0), native(10, 40.0), native(1000, 220.0)];
        let svg = svg(&Measurements(cells)).expect("a chart");
        assert!(svg.contains("native filter") && !svg.contains("floor:"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 2);
    }
}
