//! `cargo xtask dashboard`: the shipped dashboard with live data, as a picture for the docs.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use corsac_observability::{Dashboard, Kind, Panel, Prometheus, Series, Watched, page};
use corsac_testbed::screenshots::{self, Page, Screenshot};
use corsac_testbed::server::{Answer, Server};
use corsac_testbed::{Result, root};

/// How long there is traffic.
const WATCHED: Duration = Duration::from_secs(90);
/// Of that, how long as usual. Then a page asks that no policy allows.
const USUAL: Duration = Duration::from_secs(55);
const PICTURE: Screenshot = ("dashboard.png", "light", 1280);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut watched = Watched::start()?;
    let prometheus = Prometheus::start(watched.metrics())?;
    let from = now();
    println!("Envoy answers for {} seconds.", WATCHED.as_secs());
    have_traffic(&mut watched)?;
    let to = now();
    let dashboard = Dashboard::shipped()?;
    let panels: Result<Vec<_>> =
        dashboard.panels.iter().map(|panel| Ok((panel, answers(&prometheus, panel, from, to)?))).collect();
    let html = page(&panels?, from, to - from);
    let serve = move |_: &_| Answer::new(200).header("content-type", "text/html; charset=utf-8").body(html.clone());
    let server = Server::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), serve)?;
    let url = format!("http://{}/", server.address());
    screenshots::take(
        Page { url: &url, complete: "document.readyState === 'complete'" },
        &[PICTURE],
        &root().join("docs/images"),
    )
}

fn have_traffic(watched: &mut Watched) -> Result<()> {
    let begin = Instant::now();
    let mut is_refused = false;
    while begin.elapsed() < WATCHED {
        let round = Instant::now();
        let refused = if begin.elapsed() < USUAL { 1 } else { 4 };
        watched.send(6, refused)?;
        if !is_refused && begin.elapsed() > USUAL {
            watched.refuse()?;
            is_refused = true;
        }
        // Some ten rounds a second.
        std::thread::sleep(Duration::from_millis(100).saturating_sub(round.elapsed()));
    }
    Ok(())
}

fn answers(prometheus: &Prometheus, panel: &Panel, from: f64, to: f64) -> Result<Vec<(String, Series)>> {
    let mut answers = Vec::new();
    for query in &panel.queries {
        let expression = query.expression("10s");
        let series = match panel.kind {
            Kind::Value => prometheus.query(&expression)?,
            Kind::Lines => prometheus.query_range(&expression, from, to)?,
        };
        let is_drawn =
            |series: &Series| panel.kind == Kind::Value || series.points.iter().any(|(_, value)| *value > 0.0);
        let named = series.into_iter().filter(is_drawn).map(|series| (query.name(&series.labels), series));
        answers.extend(named);
    }
    Ok(answers)
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
