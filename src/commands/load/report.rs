//! What a load came to: counts, rates, and what was rejected with the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

use fhir::ResourceType;
use serde_json::json;

use super::source::Place;

/// Rejected files and lines shown on the terminal; all are in `--rejects`.
const SHOWN_MAX: usize = 20;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
}

/// Something that was not loaded.
#[derive(Debug)]
pub struct Reject {
    pub place: Place,
    /// `Type/id` where known.
    pub resource: Option<String>,
    pub reason: String,
}

#[derive(Debug, Default)]
pub struct Report {
    pub counts: BTreeMap<ResourceType, Counts>,
    pub rejects: Vec<Reject>,
}

impl Report {
    pub fn reject(&mut self, place: Place, resource: Option<String>, reason: impl Into<String>) {
        self.rejects.push(Reject {
            place,
            resource,
            reason: reason.into(),
        });
    }

    pub fn total(&self) -> Counts {
        self.counts
            .values()
            .fold(Counts::default(), |sum, it| Counts {
                created: sum.created + it.created,
                updated: sum.updated + it.updated,
                unchanged: sum.unchanged + it.unchanged,
            })
    }

    /// Each reject as one JSON line: `{"file","line","entry","resource","reason"}`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_rejects(&self, out: &mut impl Write) -> std::io::Result<()> {
        for reject in &self.rejects {
            let line = json!({
                "file": reject.place.file, "line": reject.place.line, "entry": reject.place.entry,
                "resource": reject.resource, "reason": reject.reason
            });
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// The summary table.
    pub fn table(&self, took: Duration) -> String {
        let mut out = String::new();
        let seconds = took.as_secs_f64().max(0.001);
        let line = |out: &mut String, name: &str, counts: &Counts| {
            let Counts {
                created,
                updated,
                unchanged,
            } = counts;
            let rate = (created + updated + unchanged) as f64 / seconds;
            let _ = writeln!(
                out,
                "{name:<32} {created:>10} {updated:>10} {unchanged:>10} {rate:>10.0}"
            );
        };
        let _ = writeln!(
            out,
            "{:<32} {:>10} {:>10} {:>10} {:>10}",
            "RESOURCE", "NEW", "CHANGED", "AS BEFORE", "PER SECOND"
        );
        for (resource_type, counts) in &self.counts {
            line(&mut out, resource_type.name(), counts);
        }
        line(&mut out, "all", &self.total());
        let rejected = self.rejects.len();
        let _ = writeln!(out, "{rejected} rejected, {seconds:.1} seconds");
        for reject in self.rejects.iter().take(SHOWN_MAX) {
            let resource = reject.resource.as_deref().unwrap_or("");
            let _ = writeln!(out, "  {} {resource}: {}", reject.place, reject.reason);
        }
        if rejected > SHOWN_MAX {
            let more = rejected - SHOWN_MAX;
            let _ = writeln!(out, "  … and {more} more; --rejects FILE lists all");
        }
        out
    }
}
