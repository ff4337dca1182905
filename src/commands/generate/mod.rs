//! `kinchart generate`: an invented population as files, the same for the same seed.

mod files;
mod report;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use demo::calendar::{Calendar, START};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use population::Invention;
use population::household::Family;

use self::files::{Batch, Folder, Format};
use super::Outcome;

/// Where the invented practices are.
const ZONE: &str = "America/New_York";

/// Families one hand tells at a time.
const FAMILIES_AT_A_TIME: usize = 8;

/// Batches told but not written yet, for each hand: bounds the memory.
const BATCHES_AHEAD: usize = 4;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The same seed gives the same files, byte for byte. `kinchart load DIR` takes them in."
)]
pub struct Options {
    /// How many patients
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    patients: u64,
    /// Decides everything
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where the files go; made if missing, must be empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A file per type, or a transaction Bundle per family
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// The day the lives are told up to [default: the demonstration's]
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// How many hands; the files do not depend on it [default: one a processor]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Writes the population. Errors: what is wrong with the folder or the disk.
pub fn run(options: &Options) -> Outcome {
    let started = Instant::now();
    let invention = Invention {
        patients: options.patients,
        seed: options.seed,
        calendar: calendar(options.until)?,
    };
    let hands = options
        .threads
        .or_else(|| std::thread::available_parallelism().ok().map(Into::into))
        .unwrap_or(1)
        .clamp(1, 256);
    let mut folder = Folder::open(&options.out, options.format)?;
    folder.write(&Batch::directory(&invention, options.format))?;
    let bar = ProgressBar::new(options.patients);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} patients {per_sec} {eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    tell(&invention, hands, options.format, |batch| {
        bar.inc(batch.patients);
        folder.write(&batch)
    })?;
    bar.finish_and_clear();
    let report = folder.close()?;
    let table = report::table(&report, options.patients, started.elapsed());
    std::io::stdout()
        .write_all(table.as_bytes())
        .map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn calendar(until: Option<Date>) -> Result<Calendar, String> {
    let zone = TimeZone::get(ZONE).map_err(|error| error.to_string())?;
    let now: Timestamp = match until {
        Some(date) => date
            .at(12, 0, 0, 0)
            .to_zoned(zone.clone())
            .map_err(|error| format!("--until {date}: {error}"))?
            .timestamp(),
        None => START.parse().map_err(|error| format!("{error}"))?,
    };
    Ok(Calendar::new(now, &zone))
}

/// Tells all families with several hands and hands over what they made in the families' order.
fn tell(
    invention: &Invention,
    hands: usize,
    format: Format,
    mut take: impl FnMut(Batch) -> Result<(), String>,
) -> Result<(), String> {
    let families = Mutex::new(Tickets {
        families: invention.families(),
        next: 0,
    });
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(hands * BATCHES_AHEAD);
        for _ in 0..hands {
            let sender = sender.clone();
            let families = &families;
            scope.spawn(move || work(invention, format, families, &sender));
        }
        drop(sender);
        in_order(receiver, &mut take)
    })
}

/// Families still to be told, numbered in batches.
struct Tickets<I> {
    families: I,
    next: u64,
}

impl<I: Iterator<Item = Family>> Tickets<I> {
    fn draw(&mut self) -> Option<(u64, Vec<Family>)> {
        let batch: Vec<Family> = self.families.by_ref().take(FAMILIES_AT_A_TIME).collect();
        let number = self.next;
        self.next += 1;
        (!batch.is_empty()).then_some((number, batch))
    }
}

fn work<I: Iterator<Item = Family>>(
    invention: &Invention,
    format: Format,
    families: &Mutex<Tickets<I>>,
    sender: &SyncSender<(u64, Batch)>,
) {
    loop {
        let drawn = match families.lock() {
            Ok(mut tickets) => tickets.draw(),
            // Another hand failed: so does the whole.
            Err(_) => None,
        };
        let Some((number, families)) = drawn else {
            return;
        };
        let mut batch = Batch::default();
        for family in &families {
            batch.family(invention, family, format);
        }
        // Nobody listens any more once writing has failed.
        if sender.send((number, batch)).is_err() {
            return;
        }
    }
}

fn in_order(
    receiver: Receiver<(u64, Batch)>,
    take: &mut impl FnMut(Batch) -> Result<(), String>,
) -> Result<(), String> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (number, batch) in receiver {
        early.insert(number, batch);
        while let Some(batch) = early.remove(&next) {
            take(batch)?;
            next += 1;
        }
    }
    Ok(())
}
