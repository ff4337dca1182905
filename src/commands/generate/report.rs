//! What a generated population came to, as a table.

use std::fmt::Write as _;
use std::time::Duration;

use super::files::Written;

/// Counts per type, and how fast it went.
pub fn table(written: &Written, patients: u64, took: Duration) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{:<24} {:>10}", "TYPE", "RESOURCES");
    for (name, count) in &written.counts {
        let _ = writeln!(out, "{name:<24} {count:>10}");
    }
    let total: u64 = written.counts.values().sum();
    let _ = writeln!(out, "{:<24} {total:>10}", "all");
    let seconds = took.as_secs_f64().max(0.001);
    let _ = writeln!(
        out,
        "\n{patients} patients, {} files, {:.1} MB in {seconds:.1} s: {:.0} patients a minute",
        written.files,
        written.bytes as f64 / 1e6,
        patients as f64 * 60.0 / seconds
    );
    out
}
