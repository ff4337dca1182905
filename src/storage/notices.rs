//! What is news to whom, until they were told: read off the audit trail, in the order of its commits.

use access::time::later;
use access::{Access, Action, news};
use fhir::ResourceType;
use jiff::{SignedDuration, Timestamp};

use crate::records::stored::{Stored, document};
use crate::sql::Statement;
use crate::{Result, Storage};

/// Steps of the trail without news that are looked through again rather than written down.
const SLACK: i64 = 1_000;
/// The house's own chores are no news.
const HOUSE: &str = "Device/kinchart";

/// A resource that somebody may want to know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    pub patient: String,
    /// `Type/id`
    pub resource: String,
    pub at: Timestamp,
    /// The account that wrote it.
    pub by: Option<String>,
    /// A message nobody on the patient's side has opened.
    pub unread: bool,
}

/// A stretch of the trail, looked through once.
#[derive(Debug, Clone)]
pub struct Stretch {
    from: i64,
    until: i64,
    pub fresh: Vec<Fresh>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    News,
    /// A reminder of a message nobody opened.
    Unread,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Unread => "unread",
        }
    }
}

/// Something an account is to be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub account: String,
    pub patient: String,
    /// `Type/id`
    pub resource: String,
    pub kind: Kind,
    pub at: Timestamp,
    /// Not looked at before.
    pub due: Timestamp,
}

/// Whether somebody may read something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Seen {
        unread: bool,
    },
    /// Held back until then; `None`: until somebody lets it go.
    Later(Option<Timestamp>),
    Hidden,
}

/// A mail to queue: to whom, and what it says.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
}

pub struct Notices<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// What is news to whom.
    pub fn notices(&self) -> Notices<'_> {
        Notices { storage: self }
    }
}

impl Notices<'_> {
    /// The next stretch of the trail, of at most so many writes; `None` when there is nothing new in it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn next(&self, limit: i64) -> Result<Option<Stretch>> {
        let db = &self.storage.inner.db;
        let ends = Statement::new(
            "SELECT f.seq, h.seq FROM notice_feed f, audit_head h WHERE f.one = 1 AND h.one = 1",
        );
        let Some(ends) = db.fetch_optional(ends).await? else {
            return Ok(None);
        };
        let (from, head) = (ends.int(0)?, ends.int(1)?);
        if from >= head {
            return Ok(None);
        }
        let statement = Statement::new(
            "SELECT a.seq, a.at, a.entity, g.account, g.who FROM audit a \
             JOIN audit_agent g ON g.id = a.agent WHERE a.seq > $1 AND a.seq <= $2 \
             AND a.action IN (1, 3) AND a.permitted = 1 AND g.who <> $4 ORDER BY a.seq LIMIT $3",
        );
        let rows = db
            .fetch_all(statement.bind(from).bind(head).bind(limit).bind(HOUSE))
            .await?;
        let whole = i64::try_from(rows.len()).unwrap_or(i64::MAX) < limit;
        let mut stretch = Stretch {
            from,
            until: if whole { head } else { from },
            fresh: Vec::new(),
        };
        for row in &rows {
            stretch.until = stretch.until.max(row.int(0)?);
            let who = row.str(4)?;
            let Some(name) = row.opt_text(2)? else {
                continue;
            };
            if let Some((patient, unread)) = self.news(&name, who).await? {
                stretch.fresh.retain(|other| other.resource != name);
                stretch.fresh.push(Fresh {
                    patient,
                    resource: name,
                    at: row.time(1)?,
                    by: row.opt_text(3)?,
                    unread,
                });
            }
        }
        let idle = whole && stretch.fresh.is_empty() && stretch.until - stretch.from < SLACK;
        Ok((!idle).then_some(stretch))
    }

    /// Whose a resource is and whether it waits to be read, if it is news.
    async fn news(&self, name: &str, by: &str) -> Result<Option<(String, bool)>> {
        let Some((resource_type, id)) = parts(name).filter(|(of, _)| news::may_be_news(*of)) else {
            return Ok(None);
        };
        let row = self.storage.inner.current(resource_type, id).await?;
        let Some(row) = row.filter(|row| !row.deleted) else {
            return Ok(None);
        };
        let Some(owner) = row.owner.as_deref() else {
            return Ok(None);
        };
        let document = document(&row.body)?;
        let root = document.root();
        let is_news = news::is_news(resource_type, root, by);
        let unread = news::awaits_reading(resource_type, root);
        Ok(is_news.then(|| (owner.to_owned(), unread)))
    }

    /// Keeps what a stretch came to, and that it was looked through. False when another node was there first: then
    /// nothing is kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep(&self, stretch: &Stretch, items: &[Item]) -> Result<bool> {
        let mut tx = self.storage.inner.db.begin().await?;
        let advance = Statement::new("UPDATE notice_feed SET seq = $2 WHERE one = 1 AND seq = $1");
        let advance = advance.bind(stretch.from).bind(stretch.until);
        let first = tx.execute(advance).await? == 1;
        if first {
            for item in items {
                tx.execute(put(item)).await?;
            }
        }
        tx.commit().await?;
        Ok(first)
    }

    /// Whether a caller may read something now. Nobody looks at it, so nothing is noted in the audit trail.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn sight(&self, access: &Access, resource: &str) -> Result<Sight> {
        let Some((resource_type, id)) = parts(resource) else {
            return Ok(Sight::Hidden);
        };
        let row = self.storage.inner.current(resource_type, id).await?;
        let Some(row) = row.filter(|row| !row.deleted) else {
            return Ok(Sight::Hidden);
        };
        let decision = access.decide(Action::Read, &row.facts());
        if decision.permits() {
            let unread = news::awaits_reading(resource_type, document(&row.body)?.root());
            return Ok(Sight::Seen { unread });
        }
        Ok(match decision.reason.0 {
            "DENY_RELEASE_HOLD" => Sight::Later(held_until(&row)),
            _ => Sight::Hidden,
        })
    }

    /// Accounts to be told of something by now, that were told nothing for so many minutes.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn due(&self, minutes: u16, now: Timestamp, limit: i64) -> Result<Vec<String>> {
        // Told at a time long to come: the clock was set back since.
        let statement = Statement::new(
            "SELECT DISTINCT i.account FROM notice_item i LEFT JOIN contact c ON c.account = i.account \
             WHERE i.mail IS NULL AND i.due <= $1 \
             AND (c.told IS NULL OR c.told <= $2 OR c.told > $3) ORDER BY i.account LIMIT $4",
        )
        .bind(now)
        .bind(before(now, minutes))
        .bind(later(now, SignedDuration::from_mins(i64::from(minutes))))
        .bind(limit);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// What an account is to be told of by now.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(&self, account: &str, now: Timestamp) -> Result<Vec<Item>> {
        let statement = Statement::new(
            "SELECT account, patient, resource, kind, at, due FROM notice_item \
             WHERE account = $1 AND mail IS NULL AND due <= $2 ORDER BY at, resource, kind",
        );
        self.items(statement.bind(account).bind(now)).await
    }

    /// What a mail that has not left tells of.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_mail(&self, mail: &str) -> Result<Vec<Item>> {
        let statement = Statement::new(
            "SELECT account, patient, resource, kind, at, due FROM notice_item WHERE mail = $1",
        );
        self.items(statement.bind(mail)).await
    }

    async fn items(&self, statement: Statement) -> Result<Vec<Item>> {
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter()
            .map(|row| {
                Ok(Item {
                    account: row.text(0)?,
                    patient: row.text(1)?,
                    resource: row.text(2)?,
                    kind: match row.str(3)? {
                        "unread" => Kind::Unread,
                        _ => Kind::News,
                    },
                    at: row.time(4)?,
                    due: row.time(5)?,
                })
            })
            .collect()
    }

    /// Forgets what an account need not be told of, and puts off what it may be told of later.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn settle(&self, forget: &[Item], put_off: &[Item]) -> Result<()> {
        if forget.is_empty() && put_off.is_empty() {
            return Ok(());
        }
        let mut tx = self.storage.inner.db.begin().await?;
        for item in forget {
            tx.execute(drop_of(item)).await?;
        }
        for item in put_off {
            let statement = Statement::new(
                "UPDATE notice_item SET due = $4 \
                 WHERE account = $1 AND resource = $2 AND kind = $3 AND mail IS NULL",
            );
            let statement = statement.bind(&item.account).bind(&item.resource);
            tx.execute(statement.bind(item.kind.as_str()).bind(item.due))
                .await?;
        }
        tx.commit().await
    }

    /// Queues the mail that tells an account of all these, unless it was told something within so many minutes,
    /// here or on another node: then false, and nothing is queued.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn tell(
        &self,
        account: &str,
        told: &[Item],
        letter: Letter<'_>,
        (minutes, now): (u16, Timestamp),
    ) -> Result<bool> {
        let mail = uuid::Uuid::now_v7().to_string();
        let mut tx = self.storage.inner.db.begin().await?;
        let turn = Statement::new(
            "UPDATE contact SET told = $2 WHERE account = $1 \
             AND (told IS NULL OR told <= $3 OR told > $4)",
        );
        let turn = turn.bind(account).bind(now);
        // Another node's clock may be a little ahead.
        let next = later(now, SignedDuration::from_mins(i64::from(minutes)));
        let turn = turn.bind(before(now, minutes)).bind(next);
        let first = tx.execute(turn).await? == 1;
        if first {
            let statement = Statement::new(
                "INSERT INTO mail (id, recipient, subject, text, queued_at, account) \
                 VALUES ($1,$2,$3,$4,$5,$6)",
            )
            .bind(&mail)
            .bind(letter.to)
            .bind(letter.subject)
            .bind(letter.text)
            .bind(now)
            .bind(account);
            tx.execute(statement).await?;
            for item in told {
                let statement = Statement::new(
                    "UPDATE notice_item SET mail = $4 \
                     WHERE account = $1 AND resource = $2 AND kind = $3 AND mail IS NULL",
                );
                let statement = statement.bind(&item.account).bind(&item.resource);
                tx.execute(statement.bind(item.kind.as_str()).bind(&mail))
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(first)
    }
}

fn put(item: &Item) -> Statement {
    // What a mail on its way tells of already is told again: it changed since.
    Statement::new(
        "INSERT INTO notice_item (account, resource, kind, patient, at, due) VALUES ($1,$2,$3,$4,$5,$6) \
         ON CONFLICT (account, resource, kind) DO UPDATE SET patient = excluded.patient, \
         at = excluded.at, due = excluded.due, mail = NULL",
    )
    .bind(&item.account)
    .bind(&item.resource)
    .bind(item.kind.as_str())
    .bind(&item.patient)
    .bind(item.at)
    .bind(item.due)
}

fn drop_of(item: &Item) -> Statement {
    let statement = Statement::new(
        "DELETE FROM notice_item WHERE account = $1 AND resource = $2 AND kind = $3 AND mail IS NULL",
    );
    let statement = statement.bind(&item.account).bind(&item.resource);
    statement.bind(item.kind.as_str())
}

fn held_until(row: &Stored) -> Option<Timestamp> {
    let at = row.hold_until?;
    Timestamp::from_microsecond(at).ok()
}

fn before(now: Timestamp, minutes: u16) -> Timestamp {
    let span = SignedDuration::from_mins(i64::from(minutes));
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

fn parts(name: &str) -> Option<(ResourceType, &str)> {
    let (resource_type, id) = name.split_once('/')?;
    Some((ResourceType::from_name(resource_type)?, id))
}
