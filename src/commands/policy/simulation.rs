//! `kinchart policy simulate`: a pack tried on everybody in the database, before it goes live.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use config::Clock;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use workflows::simulation::{Report, Trial, simulate};

use super::{DatabaseFlags, Outcome, write};
use crate::policy::{Signing, load};

/// Compares what people see now with what they would see. Errors: a pack or a database that cannot
/// be read.
pub async fn run(database: DatabaseFlags, to: &str, at: Option<Timestamp>, json: bool) -> Outcome {
    let after = load(to, &[], Signing::Waived).map_err(|error| error.to_string())?;
    let opened = database.open().await?;
    let trial = Trial {
        before: opened.pack.clone(),
        after: Arc::new(after.pack),
        now: at.unwrap_or_else(|| Clock::real().now()),
    };
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {pos} ways into charts, {per_sec}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let report = simulate(&opened.storage, &trial, |looked_at| {
        bar.set_position(looked_at)
    })
    .await;
    bar.finish_and_clear();
    let report = report.map_err(|error| error.to_string())?;
    let closed = opened.storage.close().await;
    closed.map_err(|error| error.to_string())?;
    write(&if json {
        as_json(&report)
    } else {
        tell(&report, &trial)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(report: &Report) -> String {
    let changes: Vec<_> = report
        .changes
        .iter()
        .map(|((who, class), count)| {
            serde_json::json!({
                "who": who, "class": class, "gain": count.gain, "lose": count.lose,
                "resources_gained": count.resources_gained, "resources_lost": count.resources_lost,
            })
        })
        .collect();
    let report = serde_json::json!({"looked_at": report.looked_at, "changes": changes});
    format!("{report}\n")
}

fn tell(report: &Report, trial: &Trial) -> String {
    let mut out = format!(
        "From {} to {}, on {}\n\n",
        trial.before.id,
        trial.after.id,
        trial.now.strftime("%Y-%m-%d %H:%M UTC")
    );
    for (who, number) in &report.looked_at {
        let _ = writeln!(out, "{number:>8}  {who}");
    }
    if report.changes.is_empty() {
        out.push_str("\nNobody gains, nobody loses.\n");
        return out;
    }
    let head = ["gain", "lose", "resources +", "resources -"];
    let [gain, lose, more, less] = head;
    let _ = writeln!(out, "\n{gain:>8} {lose:>8} {more:>12} {less:>12}");
    for ((who, class), count) in &report.changes {
        let _ = writeln!(
            out,
            "{:>8} {:>8} {:>12} {:>12}  {who}: {class}",
            count.gain, count.lose, count.resources_gained, count.resources_lost
        );
    }
    out
}
