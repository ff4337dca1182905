//! Counters for `/metrics`, in the Prometheus text format. No label ever holds an id.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::Method;

/// Upper bounds of the duration histogram, in microseconds.
const BOUNDS_US: [u64; 9] = [
    500, 1_000, 2_500, 10_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000,
];
/// Response classes, 1xx to 5xx.
const CLASSES: usize = 5;

#[derive(Debug, Default)]
struct Row {
    buckets: [AtomicU64; BOUNDS_US.len()],
    sum_us: AtomicU64,
    classes: [AtomicU64; CLASSES],
}

/// One row of counters for each route, made once from the route table; recording takes no lock.
#[derive(Debug, Default)]
pub struct Metrics {
    rows: OnceLock<Rows>,
    other: Row,
}

type Rows = HashMap<&'static str, Vec<(Method, Row)>>;

impl Metrics {
    /// Names the routes to count; the first call counts.
    pub fn register(&self, routes: impl IntoIterator<Item = (Method, &'static str)>) {
        let mut rows = Rows::new();
        for (method, path) in routes {
            rows.entry(path).or_default().push((method, Row::default()));
        }
        let _ = self.rows.set(rows);
    }

    /// Counts one answer. `path` is the route's template.
    pub fn record(&self, method: &Method, path: Option<&str>, status: u16, took: Duration) {
        let row = path
            .and_then(|path| self.rows.get()?.get(path))
            .and_then(|rows| rows.iter().find(|(of, _)| of == method))
            .map_or(&self.other, |(_, row)| row);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        row.sum_us.fetch_add(us, Ordering::Relaxed);
        if let Some(bucket) = BOUNDS_US
            .iter()
            .position(|bound| us <= *bound)
            .and_then(|at| row.buckets.get(at))
        {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = row.classes.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Everything counted so far; routes never called are left out.
    pub fn to_text(&self) -> String {
        let mut out = String::from(
            "# HELP http_request_duration_seconds Time from request to answer.\n\
             # TYPE http_request_duration_seconds histogram\n",
        );
        let mut counts = String::from(
            "# HELP http_requests_total Requests answered, by class of status.\n\
             # TYPE http_requests_total counter\n",
        );
        let mut rows: Vec<(&str, &str, &Row)> = self
            .rows
            .get()
            .into_iter()
            .flatten()
            .flat_map(|(path, rows)| {
                rows.iter()
                    .map(move |(method, row)| (*path, method.as_str(), row))
            })
            .collect();
        rows.sort_by_key(|(path, method, _)| (*path, *method));
        rows.push(("other", "other", &self.other));
        for (path, method, row) in rows {
            let labels = format!("method=\"{method}\",route=\"{path}\"");
            row.write(&labels, &mut out, &mut counts);
        }
        out.push_str(&counts);
        out
    }
}

impl Row {
    fn write(&self, labels: &str, durations: &mut String, counts: &mut String) {
        let mut total = 0;
        for (class, counter) in self.classes.iter().enumerate() {
            let count = counter.load(Ordering::Relaxed);
            total += count;
            if count > 0 {
                let class = class + 1;
                let _ = writeln!(
                    counts,
                    "http_requests_total{{{labels},status=\"{class}xx\"}} {count}"
                );
            }
        }
        if total == 0 {
            return;
        }
        let name = "http_request_duration_seconds";
        let mut below = 0;
        for (bound, bucket) in BOUNDS_US.iter().zip(&self.buckets) {
            below += bucket.load(Ordering::Relaxed);
            let le = seconds(*bound);
            let _ = writeln!(durations, "{name}_bucket{{{labels},le=\"{le}\"}} {below}");
        }
        let sum = seconds(self.sum_us.load(Ordering::Relaxed));
        let _ = writeln!(durations, "{name}_bucket{{{labels},le=\"+Inf\"}} {total}");
        let _ = writeln!(durations, "{name}_sum{{{labels}}} {sum}");
        let _ = writeln!(durations, "{name}_count{{{labels}}} {total}");
    }
}

fn seconds(us: u64) -> f64 {
    Duration::from_micros(us).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_counted_under_its_route() {
        let metrics = Metrics::default();
        metrics.register([(Method::GET, "/fhir/{type}/{id}")]);
        let ms = Duration::from_millis(1);
        metrics.record(&Method::GET, Some("/fhir/{type}/{id}"), 200, ms);
        metrics.record(&Method::GET, None, 404, ms);
        let text = metrics.to_text();
        let labels = "method=\"GET\",route=\"/fhir/{type}/{id}\"";
        for line in [
            format!("http_requests_total{{{labels},status=\"2xx\"}} 1"),
            format!("http_request_duration_seconds_bucket{{{labels},le=\"0.001\"}} 1"),
            format!("http_request_duration_seconds_bucket{{{labels},le=\"0.0005\"}} 0"),
            "http_requests_total{method=\"other\",route=\"other\",status=\"4xx\"} 1".to_owned(),
        ] {
            assert!(text.contains(&line), "{line}\n{text}");
        }
    }
}
