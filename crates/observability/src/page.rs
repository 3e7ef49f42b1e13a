//! The dashboard as a page: the answers of Prometheus, drawn as SVG.

use std::fmt::Write as _;

use crate::dashboard::{Kind, Panel};
use crate::prometheus::Series;

/// Colours that stay apart for people who see few of them (Okabe and Ito).
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555"];

const STYLE: &str = "\
html { overflow: hidden; } body { margin: 0; padding: 20px; background: #f6f7f9; color: #1d2330; font: 13px/1.4 system-ui, sans-serif; }
main { display: grid; grid-template-columns: repeat(24, 1fr); gap: 12px; }
section { background: #fff; border: 1px solid #dfe3ea; border-radius: 6px; padding: 10px 12px; min-width: 0; }
h1 { margin: 0 0 14px; font-size: 18px; font-weight: 600; }
h2 { margin: 0 0 6px; font-size: 12px; font-weight: 600; }
.value { display: flex; gap: 18px; } .value b { display: block; font-size: 24px; font-weight: 600; line-height: 1.2; }
svg { display: block; width: 100%; height: auto; overflow: visible; } svg text { font-size: 10px; fill: #687080; }
ul { display: flex; flex-wrap: wrap; gap: 2px 14px; list-style: none; margin: 6px 0 0; padding: 0; font-size: 11px; }
li::before { content: ''; display: inline-block; width: 10px; height: 3px; margin-right: 5px; vertical-align: 3px; background: var(--c); }";

/// A named series.
type Named = (String, Series);

/// The whole page; `panels` come with their series. It begins at `from`, in seconds since 1970, and
/// shows so many `seconds`.
pub fn page(panels: &[(&Panel, Vec<Named>)], from: f64, seconds: f64) -> String {
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Corsac</title><style>{STYLE}</style><h1>Corsac</h1><main>"
    );
    for (panel, series) in panels {
        let body = match panel.kind {
            Kind::Value => values(series),
            Kind::Lines => lines(series, &panel.unit, panel_width(panel), from, seconds),
        };
        let (width, title) = (panel.width, escaped(&panel.title));
        let _ = write!(page, "<section style='grid-column: span {width}'><h2>{title}</h2>{body}</section>");
    }
    page + "</main></html>"
}

fn values(series: &[Named]) -> String {
    let last = |series: &Series| series.points.last().map_or(0.0, |(_, value)| *value);
    let value = |(name, series): &Named| format!("<span><b>{:.0}</b>{}</span>", last(series), escaped(name));
    format!("<div class=value>{}</div>", series.iter().map(value).collect::<String>())
}

/// The width of a column, so that letters are as large in every panel.
const COLUMN: f64 = 46.0;
const HEIGHT: f64 = 150.0;

#[allow(clippy::cast_precision_loss, reason = "at most 24 columns")]
fn panel_width(panel: &Panel) -> f64 {
    // The frame and the numbers take the rest.
    panel.width as f64 * COLUMN - 40.0
}

fn lines(series: &[Named], unit: &str, width: f64, from: f64, seconds: f64) -> String {
    let most = series.iter().flat_map(|(_, series)| &series.points).map(|(_, value)| *value).fold(0.0, f64::max);
    let top = round_up(most);
    let mut svg = format!("<svg viewBox='-34 -6 {} {}' role=img>", width + 40.0, HEIGHT + 24.0);
    for share in [0.0, 0.5, 1.0] {
        let y = HEIGHT * (1.0 - share);
        let _ = write!(
            svg,
            "<line x2={width} y1={y} y2={y} stroke='#e6e9ef'/><text x=-6 y={} text-anchor=end>{}</text>",
            y + 3.0,
            top * share
        );
    }
    let unit = match unit {
        "reqps" => "requests a second",
        "s" => "seconds",
        _ => "",
    };
    let _ = write!(
        svg,
        "<text x=0 y={}>{unit}</text><text x={width} y={} text-anchor=end>{seconds:.0} s</text>",
        HEIGHT + 14.0,
        HEIGHT + 14.0
    );
    let mut legend = String::new();
    for ((name, series), colour) in series.iter().zip(COLOURS.iter().cycle()) {
        let points = series.points.iter().fold(String::new(), |mut points, (time, value)| {
            let _ = write!(points, "{:.1},{:.1} ", (time - from) / seconds * width, HEIGHT * (1.0 - value / top));
            points
        });
        let _ = write!(svg, "<polyline points='{points}' fill=none stroke='{colour}' stroke-width=1.6 />");
        let _ = write!(legend, "<li style='--c: {colour}'>{}", escaped(name));
    }
    format!("{svg}</svg><ul>{legend}</ul>")
}

/// The next of 1, 2, 5, 10, 20 and so on; 1 for nothing.
fn round_up(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|top| *top >= most).unwrap_or(most)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_round_number() {
        let tops = [(0.0, 1.0), (0.3, 0.5), (1.0, 1.0), (7.0, 10.0), (11.0, 20.0), (300.0, 500.0)];
        for (most, top) in tops {
            assert!((round_up(most) - top).abs() < 1e-9, "{most}: {}", round_up(most));
        }
    }
}
