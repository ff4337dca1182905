//! `kinchart admin mail`: addresses that mail comes back from, and mail that could not be sent.

use std::process::ExitCode;

use super::{DatabaseFlags, Desk, Outcome, print, said};

/// Messages listed.
const LISTED_MAX: i64 = 500;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say that mail to an address came back: its owner is asked for another, and gets no notices there
    Bounce {
        /// The address as it stands in the account
        address: String,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// List mail that could not be sent; what it says is not shown
    List {
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Try mail that could not be sent again
    Retry {
        /// Only this one
        id: Option<String>,
        #[command(flatten)]
        database: DatabaseFlags,
    },
}

impl Command {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Self::Bounce { address, database } => bounce(&address, database).await,
            Self::List { database } => list(database).await,
            Self::Retry { id, database } => retry(id.as_deref(), database).await,
        }
    }
}

async fn bounce(address: &str, database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let contacts = desk.opened.storage.contacts();
    let accounts = contacts.bounce(address, desk.now).await.map_err(said)?;
    print(&serde_json::json!({ "address": address, "accounts": accounts }).to_string())?;
    desk.close().await?;
    Ok(match accounts {
        0 => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

async fn list(database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let outbox = desk.opened.storage.mail();
    for mail in outbox.failed(LISTED_MAX).await.map_err(said)? {
        let line = serde_json::json!({
            "id": mail.id,
            "to": mail.to,
            "subject": mail.subject,
            "queued": mail.queued_at.to_string(),
            "tries": mail.tries,
            "outcome": mail.outcome.map(storage::mail::Outcome::as_str),
        });
        print(&line.to_string())?;
    }
    desk.close().await
}

async fn retry(id: Option<&str>, database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let tried = desk.opened.storage.mail().retry(id).await.map_err(said)?;
    print(&serde_json::json!({ "tried_again": tried }).to_string())?;
    desk.close().await
}
