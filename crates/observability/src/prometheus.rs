//! A Prometheus on this machine.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use corsac_testbed::client::{Protocol, Request};
use corsac_testbed::{DEADLINE, Error, Result, poll, ports, target};
use serde_json::Value;

/// A running Prometheus, which reads one Envoy every second. Dropping it ends it.
pub struct Prometheus {
    process: Child,
    address: SocketAddr,
    folder: PathBuf,
}

/// One series of an answer.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its labels, `__name__` among them where the query keeps it.
    pub labels: Value,
    /// Times (seconds since 1970) and values.
    pub points: Vec<(f64, f64)>,
}

impl Prometheus {
    /// Starts one that reads `envoy`'s metrics and evaluates the shipped rules.
    ///
    /// # Errors
    /// If Prometheus is missing, or does not start.
    pub fn start(envoy: SocketAddr) -> Result<Self> {
        let port = ports::free(1)?[0];
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let folder = target().join(format!("observability/prometheus-{port}"));
        let unwritten = |error| Error::new(format!("{} cannot be written: {error}.", folder.display()));
        fs::create_dir_all(&folder).map_err(unwritten)?;
        let config = folder.join("prometheus.yaml");
        fs::write(&config, configuration(envoy)?).map_err(unwritten)?;
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).map_err(unwritten)?)
            .spawn()
            .map_err(|error| missing("prometheus", &error))?;
        let prometheus = Self { process, address, folder };
        poll(DEADLINE, "Prometheus has read Envoy", || {
            let up = prometheus.query("up").ok()?;
            up.first().is_some_and(|series| series.points.iter().any(|(_, value)| *value > 0.5)).then_some(())
        })?;
        Ok(prometheus)
    }

    /// The answer to an instant query.
    ///
    /// # Errors
    /// If Prometheus does not understand the query.
    pub fn query(&self, expression: &str) -> Result<Vec<Series>> {
        self.ask(&format!("/api/v1/query?query={}", escaped(expression)))
    }

    /// The answer to a query over time, in steps of a second.
    ///
    /// # Errors
    /// If Prometheus does not understand the query.
    pub fn query_range(&self, expression: &str, from: f64, to: f64) -> Result<Vec<Series>> {
        self.ask(&format!("/api/v1/query_range?query={}&start={from}&end={to}&step=1", escaped(expression)))
    }

    fn ask(&self, path: &str) -> Result<Vec<Series>> {
        let response = Protocol::Http1.send(self.address, &Request::new("GET", path).host(self.address.to_string()));
        let response = response.map_err(|failure| Error::new(format!("Prometheus does not answer: {failure}.")))?;
        let answer: Value = serde_json::from_slice(&response.body)
            .map_err(|error| Error::new(format!("Prometheus has answered no JSON: {error}.")))?;
        let Some(result) = answer["data"]["result"].as_array() else {
            return Err(Error::new(format!("Prometheus refuses the query: {}.", answer["error"])));
        };
        Ok(result.iter().map(series).collect())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Runs `promtool` in the folder of the shipped files. The error has what it prints.
///
/// # Errors
/// If `promtool` is missing, or finds something.
pub fn promtool(arguments: &[&str]) -> Result<()> {
    let run = Command::new("promtool").args(arguments).current_dir(crate::folder()).stdin(Stdio::null()).output();
    let run = run.map_err(|error| missing("promtool", &error))?;
    if run.status.success() {
        return Ok(());
    }
    let printed = [run.stdout, run.stderr].concat();
    Err(Error::new(format!("promtool {arguments:?}: {}", String::from_utf8_lossy(&printed))))
}

fn missing(program: &str, error: &std::io::Error) -> Error {
    Error::new(format!("{program} does not start: {error}. It is in the package `prometheus` of Debian and others."))
}

/// The shipped configuration, with another target, read every second.
fn configuration(envoy: SocketAddr) -> Result<String> {
    let path = crate::folder().join("prometheus.yaml");
    let mut config: Value = read_yaml(&path)?;
    config["global"] = serde_json::json!({ "scrape_interval": "1s", "evaluation_interval": "1s" });
    config["rule_files"] = serde_json::json!([crate::folder().join("rules.yaml")]);
    config["scrape_configs"][0]["static_configs"][0]["targets"][0] = envoy.to_string().into();
    Ok(config.to_string())
}

pub(crate) fn read_yaml(path: &Path) -> Result<Value> {
    let unreadable = |error: &dyn std::fmt::Display| Error::new(format!("{} cannot be read: {error}.", path.display()));
    let text = fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    serde_norway::from_str(&text).map_err(|error| unreadable(&error))
}

fn series(answered: &Value) -> Series {
    let values = answered["values"].as_array().cloned().unwrap_or_else(|| vec![answered["value"].clone()]);
    let point = |value: &Value| Some((value[0].as_f64()?, value[1].as_str()?.parse().ok()?));
    Series { labels: answered["metric"].clone(), points: values.iter().filter_map(point).collect() }
}

/// A text as a value of a URL's query.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}
