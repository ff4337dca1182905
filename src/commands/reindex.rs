//! `kinchart reindex`: rebuilds the search index, beside a running server if there is one; stopped
//! at any moment, it goes on from there.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use config::Clock;
use indicatif::{ProgressBar, ProgressStyle};
use storage::{
    Error, Storage,
    reindex::{Progress, Step},
};

use super::Outcome;
use super::database::DatabaseFlags;

/// How long to wait for somebody else who is at it.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    database: DatabaseFlags,
}

/// Rebuilds the index. Errors: a database that cannot be used.
pub async fn run(options: Options) -> Outcome {
    let storage = options.database.open().await?.storage;
    let started = Instant::now();
    let done = rebuild(&storage).await.map_err(|error| error.to_string())?;
    storage.close().await.map_err(|error| error.to_string())?;
    let seconds = started.elapsed().as_secs_f64();
    let line = format!("{done} resources indexed in {seconds:.1} s\n");
    std::io::stdout()
        .write_all(line.as_bytes())
        .map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Until all is done, by this process or by a server beside it. How many resources were indexed.
async fn rebuild(storage: &Storage) -> Result<u64, Error> {
    let index = storage.reindex();
    index.rebuild().await?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} resources {eta}");
    let bar = ProgressBar::new(0);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let clock = Clock::real();
    loop {
        let step = match index.step(clock.now()).await {
            Err(Error::Busy) => Step::Elsewhere,
            other => other?,
        };
        let works = index.progress().await?;
        bar.set_length(sum(&works, |work| work.total));
        bar.set_position(sum(&works, |work| work.done));
        match step {
            Step::Worked(_) => {}
            Step::Elsewhere => tokio::time::sleep(PAUSE).await,
            Step::Idle => {
                bar.finish_and_clear();
                return Ok(sum(&works, |work| work.done));
            }
        }
    }
}

/// Over the rebuilding of everything and what else is not finished.
fn sum(works: &[Progress], part: impl Fn(&Progress) -> u64) -> u64 {
    let meant = works.iter().filter(|w| w.name == "whole" || !w.finished);
    meant.map(part).sum()
}
