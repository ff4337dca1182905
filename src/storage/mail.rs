//! The outbox of e-mails (no health information in any of them): each is tried until it is sent or given up.
use crate::db::Row;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};

/// For how long a message that a node is sending is left alone by the others, in seconds.
const LEASE_SECONDS: i64 = 120;
/// No try is ever put off for longer: a later one was set before the clock was set back. In seconds.
const PUT_OFF_SECONDS_MAX: i64 = 48 * 3_600;
/// Messages that are over are kept for this many days.
const KEPT_DAYS: i64 = 30;

#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub queued_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    /// Of mail about new information: whose right to it is decided again before it leaves.
    pub account: Option<String>,
    /// How often it was tried.
    pub tries: i64,
    /// Why it will not be sent.
    pub outcome: Option<Outcome>,
}

/// Why a message will not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The recipient's server took it never: there is no such address.
    Refused,
    /// It was tried too often.
    GivenUp,
    /// What it was about is none of the recipient's business any more.
    Withdrawn,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Refused, Self::GivenUp, Self::Withdrawn];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// How the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    pub waiting: i64,
    /// The oldest of those that wait.
    pub oldest: Option<Timestamp>,
    pub refused: i64,
    pub given_up: i64,
    /// Accounts whose address mail came back from.
    pub bounced: i64,
}

pub struct Mail<'a> {
    pub(crate) storage: &'a Storage,
}

impl Mail<'_> {
    /// # Errors
    /// When it cannot be written.
    pub async fn queue(&self, to: &str, subject: &str, text: &str, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO mail (id, recipient, subject, text, queued_at) VALUES ($1,$2,$3,$4,$5)",
        )
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(to)
        .bind(subject)
        .bind(text)
        .bind(now);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// Newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self, limit: i64) -> Result<Vec<Message>> {
        let statement = select("ORDER BY queued_at DESC, id DESC LIMIT $1");
        self.messages(statement.bind(limit)).await
    }
    /// Those still to be sent, oldest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn unsent(&self, limit: i64) -> Result<Vec<Message>> {
        let statement =
            select("WHERE sent_at IS NULL AND ended IS NULL ORDER BY queued_at, id LIMIT $1");
        self.messages(statement.bind(limit)).await
    }
    /// Those that will not be sent though they should have been, newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn failed(&self, limit: i64) -> Result<Vec<Message>> {
        let statement = select(
            "WHERE outcome IN ('refused', 'given-up') ORDER BY queued_at DESC, id DESC LIMIT $1",
        );
        self.messages(statement.bind(limit)).await
    }
    /// Takes on those whose try is due, oldest first: until they are answered for, or a while has passed, no other
    /// node tries them.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn take_due(&self, limit: i64, now: Timestamp) -> Result<Vec<Message>> {
        let statement = select(
            "WHERE sent_at IS NULL AND ended IS NULL AND (due <= $1 OR due > $2) \
             ORDER BY queued_at, id LIMIT $3",
        )
        .bind(now)
        .bind(later(now, PUT_OFF_SECONDS_MAX))
        .bind(limit);
        let mut taken = Vec::new();
        for mut message in self.messages(statement).await? {
            let claim = Statement::new(
                "UPDATE mail SET tries = tries + 1, due = $3 WHERE id = $1 AND tries = $2 \
                 AND sent_at IS NULL AND ended IS NULL",
            )
            .bind(&message.id)
            .bind(message.tries)
            .bind(later(now, LEASE_SECONDS));
            if self.storage.inner.db.execute(claim).await? == 1 {
                message.tries += 1;
                taken.push(message);
            }
        }
        Ok(taken)
    }
    /// # Errors
    /// When it cannot be written.
    pub async fn mark_sent(&self, id: &str, now: Timestamp) -> Result<()> {
        let sent = Statement::new("UPDATE mail SET sent_at = $2 WHERE id = $1");
        self.over(id, sent.bind(id).bind(now)).await
    }
    /// It will not be sent.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn end(&self, id: &str, outcome: Outcome, now: Timestamp) -> Result<()> {
        let ended = Statement::new(
            "UPDATE mail SET ended = $2, outcome = $3 WHERE id = $1 AND sent_at IS NULL",
        );
        let ended = ended.bind(id).bind(now).bind(outcome.as_str());
        self.over(id, ended).await
    }
    async fn over(&self, id: &str, statement: Statement) -> Result<()> {
        let mut tx = self.storage.inner.db.begin().await?;
        tx.execute(statement).await?;
        let items = Statement::new("DELETE FROM notice_item WHERE mail = $1");
        tx.execute(items.bind(id)).await?;
        tx.commit().await
    }
    /// Puts the next try off.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put_off(&self, id: &str, until: Timestamp) -> Result<()> {
        let statement = Statement::new("UPDATE mail SET due = $2 WHERE id = $1");
        let statement = statement.bind(id).bind(until);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// Tries what was given up again, or one of them. How many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn retry(&self, id: Option<&str>) -> Result<u64> {
        let statement = Statement::new(
            "UPDATE mail SET ended = NULL, outcome = NULL, due = 0, tries = 0 \
             WHERE outcome IN ('refused', 'given-up') AND sent_at IS NULL \
             AND (id = $1 OR $1 = '')",
        );
        let statement = statement.bind(id.unwrap_or_default());
        self.storage.inner.db.execute(statement).await
    }
    /// Forgets messages that were over long ago.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64> {
        let statement = Statement::new("DELETE FROM mail WHERE COALESCE(sent_at, ended) < $1");
        let past = later(now, -KEPT_DAYS * 86_400);
        self.storage.inner.db.execute(statement.bind(past)).await
    }
    /// How the outbox stands.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn standing(&self) -> Result<Standing> {
        let statement = Statement::new(
            "SELECT COUNT(CASE WHEN sent_at IS NULL AND ended IS NULL THEN 1 END), \
             MIN(CASE WHEN sent_at IS NULL AND ended IS NULL THEN queued_at END), \
             COUNT(CASE WHEN outcome = 'refused' THEN 1 END), \
             COUNT(CASE WHEN outcome = 'given-up' THEN 1 END), \
             (SELECT COUNT(*) FROM contact WHERE bounced IS NOT NULL) FROM mail",
        );
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map_or_else(
            || Ok(Standing::default()),
            |row| {
                Ok(Standing {
                    waiting: row.int(0)?,
                    oldest: row.opt_time(1)?,
                    refused: row.int(2)?,
                    given_up: row.int(3)?,
                    bounced: row.int(4)?,
                })
            },
        )
    }
    async fn messages(&self, statement: Statement) -> Result<Vec<Message>> {
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(message).collect()
    }
}

fn select(rest: &'static str) -> Statement {
    Statement::made(format!(
        "SELECT id, recipient, subject, text, queued_at, sent_at, account, tries, outcome FROM mail {rest}"
    ))
}

fn message(row: &Row) -> Result<Message> {
    let outcome = row.opt_text(8)?;
    let outcome = Outcome::ALL
        .into_iter()
        .find(|one| Some(one.as_str()) == outcome.as_deref());
    Ok(Message {
        id: row.text(0)?,
        to: row.text(1)?,
        subject: row.text(2)?,
        text: row.text(3)?,
        queued_at: row.time(4)?,
        sent_at: row.opt_time(5)?,
        account: row.opt_text(6)?,
        tries: row.int(7)?,
        outcome,
    })
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    let span = SignedDuration::from_secs(seconds);
    let end = match seconds < 0 {
        true => Timestamp::MIN,
        false => Timestamp::MAX,
    };
    now.checked_add(span).unwrap_or(end)
}
