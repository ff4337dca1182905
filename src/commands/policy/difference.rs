//! `kinchart policy diff`: who may do more and who less when one pack follows another.

use std::fmt::Write as _;
use std::process::ExitCode;

use access::pack::{Change, compare};

use super::{Outcome, write};
use crate::policy::{Signing, load};

/// Compares two packs. Errors: a pack that cannot be read.
pub fn run(before: &str, after: &str, json: bool) -> Outcome {
    let pack = |name: &str| {
        let loaded = load(name, &[], Signing::Waived).map_err(|error| error.to_string());
        loaded.map(|loaded| loaded.pack)
    };
    let changes = compare(&pack(before)?, &pack(after)?);
    let mut out = String::new();
    if json {
        for change in &changes {
            let line = serde_json::to_string(change).map_err(|error| error.to_string())?;
            let _ = writeln!(out, "{line}");
        }
    } else {
        tell(&changes, before, after, &mut out);
    }
    write(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn tell(changes: &[Change], before: &str, after: &str, out: &mut String) {
    if changes.is_empty() {
        let _ = writeln!(out, "{before} and {after} say the same.");
        return;
    }
    let mut whom = "";
    let (access, rules): (Vec<_>, Vec<_>) = changes.iter().partition(|c| !c.what.is_empty());
    for change in access {
        if change.who != whom {
            whom = &change.who;
            let _ = writeln!(out, "{whom}");
        }
        let sign = match (change.gains, change.loses) {
            (true, false) => '+',
            (false, true) => '-',
            _ => '±',
        };
        let Change {
            what,
            before,
            after,
            ..
        } = change;
        let _ = writeln!(out, "  {sign} {what}: {before} → {after}");
    }
    if !rules.is_empty() {
        let _ = writeln!(out, "other rules");
    }
    for change in rules {
        let Change {
            who, before, after, ..
        } = change;
        let _ = writeln!(out, "  {who}: {before} → {after}");
    }
}
