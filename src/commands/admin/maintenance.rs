//! `kinchart admin maintenance`: times at which nothing can be changed, or nothing is answered. In force on every
//! node at once.

use jiff::{SignedDuration, Timestamp};
use storage::maintenance::{Mode, Window};

use super::{DatabaseFlags, Desk, Outcome, print, said};

/// How long maintenance lasts that was begun without an end, in minutes.
const MINUTES: i64 = 60;
/// Characters of what people are told.
const SAID_MAX: usize = 300;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Tell of maintenance ahead: it begins and ends by itself
    Plan {
        /// When it begins: 2026-11-21T22:00:00-05:00
        #[arg(long)]
        from: Timestamp,
        /// When it ends
        #[arg(long)]
        until: Timestamp,
        #[command(flatten)]
        kind: Kind,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Begin now
    Start {
        /// When it ends by itself; an hour from now where nothing is said
        #[arg(long)]
        until: Option<Timestamp>,
        #[command(flatten)]
        kind: Kind,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// End what is in force, or call off what is planned
    End {
        /// Which one, as list shows it; what is in force where nothing is said
        id: Option<String>,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// What is in force and what is planned
    List {
        #[command(flatten)]
        database: DatabaseFlags,
    },
}

/// What is closed, and what people are told.
#[derive(Debug, clap::Args)]
pub struct Kind {
    /// Answer nothing at all; otherwise only changes are turned away
    #[arg(long)]
    closed: bool,
    /// A sentence for people
    #[arg(long, default_value = "")]
    say: String,
}

impl Command {
    pub async fn run(self) -> Outcome {
        match self {
            Self::Plan {
                from,
                until,
                kind,
                database,
            } => add(database, Some(from), Some(until), kind).await,
            Self::Start {
                until,
                kind,
                database,
            } => add(database, None, until, kind).await,
            Self::End { id, database } => {
                let desk = Desk::open(database).await?;
                let maintenance = desk.opened.storage.maintenance();
                let ended = maintenance.end(id.as_deref(), desk.now).await;
                match ended.map_err(said)? {
                    0 => print("there was none")?,
                    _ => print("ended")?,
                }
                desk.close().await
            }
            Self::List { database } => {
                let desk = Desk::open(database).await?;
                let windows = desk.opened.storage.maintenance().windows(desk.now).await;
                for window in windows.map_err(said)? {
                    let text = web::maintenance::sentence(&window, &desk.opened.pack, desk.now);
                    print(&format!("{}  {}  {text}", window.id, window.mode.as_str()))?;
                }
                desk.close().await
            }
        }
    }
}

async fn add(
    database: DatabaseFlags,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    kind: Kind,
) -> Outcome {
    let desk = Desk::open(database).await?;
    let starts = from.unwrap_or(desk.now);
    let later = SignedDuration::from_mins(MINUTES);
    let ends = match until {
        Some(until) => until,
        None => starts.checked_add(later).map_err(said)?,
    };
    if ends <= starts || ends <= desk.now {
        return Err("maintenance ends after it begins, and not in the past".to_owned());
    }
    if kind.say.chars().count() > SAID_MAX {
        return Err(format!("say at most {SAID_MAX} characters"));
    }
    let window = Window {
        id: uuid::Uuid::new_v4().to_string(),
        mode: match kind.closed {
            true => Mode::Closed,
            false => Mode::ReadOnly,
        },
        starts,
        ends,
        said: kind.say.trim().to_owned(),
    };
    let planned = desk.opened.storage.maintenance().plan(&window).await;
    planned.map_err(said)?;
    print(&window.id)?;
    desk.close().await
}
