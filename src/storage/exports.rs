//! Exports of many resources at once: what was asked, how far it has come, and which stretch of the
//! record each file is. Rows of one export live and go together, and any node may go on with it.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Row, Tx};
use crate::records::export::{FileRow, Stepped};
use crate::sql::{Column, Rows, Statement, Table};
use crate::{Error, Result, Storage, secret};

/// For how long a node that works is left alone by the others, in microseconds.
const LEASE_US: i64 = 15_000_000;

/// An export to begin.
#[derive(Debug, Clone)]
pub struct Beginning {
    pub client: String,
    /// SHA-256 (base64url) of the token it is asked with: the work is done by its authority.
    pub token: String,
    /// The address it was asked at, for the manifest.
    pub request: String,
    /// What was asked, in the words of whoever asks; not looked into here.
    pub asked: String,
    /// The patients it is about, in order; `None` for all there are.
    pub members: Option<Vec<String>>,
    pub as_of: Timestamp,
    /// Until when it is kept.
    pub expires: Timestamp,
}

/// An export as it stands.
#[derive(Debug, Clone)]
pub struct Export {
    pub id: String,
    pub client: String,
    pub token: String,
    pub request: String,
    pub asked: String,
    /// The instant whose state of the record it holds.
    pub as_of: Timestamp,
    /// How many patients it is about; `None` for all there are.
    pub members: Option<i64>,
    /// Where the counting goes on.
    pub(crate) part: i64,
    pub(crate) place: i64,
    pub(crate) rid: i64,
    /// Resources counted so far.
    pub done: u64,
    pub finished: Option<Timestamp>,
    /// Why it came to nothing.
    pub fault: Option<String>,
    pub expires: Timestamp,
}

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Resources of one type.
    Output,
    /// Resources of one type that are brought along.
    Support,
    /// Bundles that name what was deleted.
    Deleted,
}

impl FileKind {
    fn number(self) -> i64 {
        match self {
            Self::Output => 1,
            Self::Deleted => 2,
            Self::Support => 3,
        }
    }
    fn from_number(number: i64) -> Option<Self> {
        [Self::Output, Self::Deleted, Self::Support]
            .into_iter()
            .find(|kind| kind.number() == number)
    }
}

/// One file of an export: a stretch of the rows of one type.
#[derive(Debug, Clone)]
pub struct File {
    pub number: i64,
    pub kind: FileKind,
    pub resource_type: fhir::ResourceType,
    pub(crate) from: (i64, i64),
    pub(crate) to: (i64, i64),
    /// Resources it had when they were counted.
    pub count: u64,
}

/// How many exports a client may have.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Not finished, at once.
    pub running: i64,
    /// Finished and kept; older ones go first.
    pub kept: i64,
}

/// The exports there are.
pub struct Exports<'a> {
    pub(crate) storage: &'a Storage,
}

const COLUMNS: &str = "id, client, token, request, asked, as_of, members, part, place, rid, done, \
    finished, fault, expires";

static MEMBERS: Table = Table {
    name: "bulk_member",
    columns: &[
        ("export", Column::Text),
        ("place", Column::Int),
        ("patient", Column::Text),
    ],
    tail: "ON CONFLICT DO NOTHING",
};

static SUPPORT: Table = Table {
    name: "bulk_support",
    columns: &[
        ("export", Column::Text),
        ("type", Column::Text),
        ("rid", Column::Int),
    ],
    tail: "ON CONFLICT DO NOTHING",
};

static FILES: Table = Table {
    name: "bulk_file",
    columns: &[
        ("export", Column::Text),
        ("number", Column::Int),
        ("kind", Column::Int),
        ("type", Column::Text),
        ("from_place", Column::Int),
        ("from_rid", Column::Int),
        ("to_place", Column::Int),
        ("to_rid", Column::Int),
        ("count", Column::Int),
    ],
    tail: "",
};

/// The tables whose rows belong to an export.
const PARTS: [&str; 4] = ["bulk_file", "bulk_member", "bulk_support", "bulk_told"];

impl Exports<'_> {
    /// Begins an export and gives its id; `None` when the client has as many unfinished ones as it
    /// may.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn begin(&self, new: Beginning, most: Most) -> Result<Option<String>> {
        let inner = &self.storage.inner;
        let id = secret::random()?;
        let count = new.members.as_ref().map(Vec::len);
        let count = count.map_or(-1, |count| i64::try_from(count).unwrap_or(i64::MAX));
        let mut tx = inner.db.begin().await?;
        let insert = Statement::new(
            "INSERT INTO bulk_export (id, client, token, request, asked, as_of, members, part, \
             place, rid, done, expires, lease) \
             SELECT $1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, $8, 0 \
             WHERE (SELECT COUNT(*) FROM bulk_export WHERE client = $2 AND finished IS NULL) < $9",
        );
        let insert = insert
            .bind(&id)
            .bind(&new.client)
            .bind(&new.token)
            .bind(&new.request)
            .bind(&new.asked)
            .bind(new.as_of)
            .bind(count)
            .bind(new.expires)
            .bind(most.running);
        if tx.execute(insert).await? == 0 {
            tx.commit().await?;
            return Ok(None);
        }
        let mut rows = Rows::default();
        for (place, patient) in new.members.unwrap_or_default().into_iter().enumerate() {
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            rows.push(&id).push(place).push(patient);
        }
        tx.insert(&MEMBERS, rows).await?;
        let old = Statement::new(
            "SELECT id FROM bulk_export WHERE client = $1 AND finished IS NOT NULL \
             ORDER BY finished DESC, id LIMIT 1000000 OFFSET $2",
        );
        for row in tx.fetch_all(old.bind(&new.client).bind(most.kept)).await? {
            forget(&mut tx, row.str(0)?).await?;
        }
        tx.commit().await?;
        inner.exporting.notify_one();
        Ok(Some(id))
    }

    /// A client's export. `None` for one that is not there, is over, or is another client's.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, id: &str, client: &str, now: Timestamp) -> Result<Option<Export>> {
        if secret::is_impossible(id) {
            return Ok(None);
        }
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM bulk_export WHERE id = $1 AND client = $2 AND expires > $3"
        ));
        let statement = statement.bind(id).bind(client).bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.as_ref().map(export).transpose()
    }

    /// The files of an export, in order.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn files(&self, id: &str) -> Result<Vec<File>> {
        let statement = Statement::new(
            "SELECT number, kind, type, from_place, from_rid, to_place, to_rid, count \
             FROM bulk_file WHERE export = $1 ORDER BY number",
        );
        let rows = self.storage.inner.db.fetch_all(statement.bind(id)).await?;
        rows.iter().map(file).collect()
    }

    /// Ends a client's export and forgets all about it. False when there is no such.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn cancel(&self, id: &str) -> Result<bool> {
        let mut tx = self.storage.inner.db.begin().await?;
        let gone = forget(&mut tx, id).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Takes on the export that has waited longest for a step, unless others are at all of them.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn take(&self, now: Timestamp) -> Result<Option<Export>> {
        let inner = &self.storage.inner;
        let free = "finished IS NULL AND (holder IS NULL OR holder = $1 OR lease <= $3)";
        let statement = Statement::made(format!(
            "UPDATE bulk_export SET holder = $1, lease = $2 WHERE id = (SELECT id FROM bulk_export \
             WHERE {free} ORDER BY lease, id LIMIT 1) AND {free} RETURNING {COLUMNS}"
        ));
        let now = now.as_microsecond();
        let statement = statement.bind(&inner.node).bind(now + LEASE_US).bind(now);
        let any = Statement::new("SELECT 1 FROM bulk_export WHERE finished IS NULL LIMIT 1");
        if inner.db.fetch_optional(any).await?.is_none() {
            return Ok(None);
        }
        let rows = inner.db.execute_returning(statement).await?;
        rows.first().map(export).transpose()
    }

    /// Writes down what a step came to.
    ///
    /// # Errors
    /// `Busy` when the export went over to another node, or was ended, meanwhile.
    pub async fn note(&self, of: &Export, stepped: Stepped, now: Timestamp) -> Result<()> {
        let inner = &self.storage.inner;
        let mut tx = inner.db.begin().await?;
        let (part, place, rid) = stepped.next.unwrap_or((of.part, of.place, of.rid));
        let update = Statement::new(
            "UPDATE bulk_export SET part = $1, place = $2, rid = $3, done = done + $4, \
             finished = $5 WHERE id = $6 AND holder = $7 AND finished IS NULL",
        );
        let finished = stepped.next.is_none().then_some(now);
        let update = update
            .bind(part)
            .bind(place)
            .bind(rid)
            .bind(i64::try_from(stepped.counted).unwrap_or_default())
            .bind(finished)
            .bind(&of.id)
            .bind(&inner.node);
        if tx.execute(update).await? != 1 {
            tx.commit().await?;
            return Err(Error::Busy);
        }
        let mut rows = Rows::default();
        for (resource_type, rid) in &stepped.support {
            rows.push(&of.id).push(resource_type.name()).push(*rid);
        }
        tx.insert(&SUPPORT, rows).await?;
        for file in &stepped.files {
            keep_file(&mut tx, &of.id, file).await?;
        }
        tx.commit().await
    }

    /// Ends an export's work with a fault that the client is told.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn fail(&self, of: &Export, fault: &str, now: Timestamp) -> Result<()> {
        let inner = &self.storage.inner;
        let statement = Statement::new(
            "UPDATE bulk_export SET finished = $1, fault = $2 \
             WHERE id = $3 AND holder = $4 AND finished IS NULL",
        );
        let statement = statement.bind(now).bind(fault).bind(&of.id);
        inner.db.execute(statement.bind(&inner.node)).await?;
        Ok(())
    }

    /// Which of some patients have no line in their chart yet about this export; from now on they
    /// have.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn untold(&self, id: &str, patients: Vec<String>) -> Result<Vec<String>> {
        let db = &self.storage.inner.db;
        if patients.is_empty() {
            return Ok(patients);
        }
        let known = Statement::made(format!(
            "SELECT patient FROM bulk_told WHERE export = $1 AND {}",
            db.in_list("patient", 2)
        ));
        let known = db.fetch_all(known.bind(id).bind(patients.clone())).await?;
        let known: Vec<String> = known.iter().map(|r| r.text(0)).collect::<Result<_>>()?;
        let mut told = Vec::new();
        for patient in patients {
            if known.contains(&patient) {
                continue;
            }
            // Two files may be fetched at once: one of them tells.
            let tell = Statement::new(
                "INSERT INTO bulk_told (export, patient) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            );
            if db.execute(tell.bind(id).bind(&patient)).await? == 1 {
                told.push(patient);
            }
        }
        Ok(told)
    }

    /// Forgets exports that are over.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64> {
        let db = &self.storage.inner.db;
        let over = Statement::new("SELECT id FROM bulk_export WHERE expires <= $1").bind(now);
        let over = db.fetch_all(over).await?;
        for row in &over {
            self.cancel(row.str(0)?).await?;
        }
        Ok(over.len() as u64)
    }

    /// Waits until this node began an export, or that long.
    pub async fn wait(&self, longest: SignedDuration) {
        let longest = longest.unsigned_abs();
        let _ = tokio::time::timeout(longest, self.storage.inner.exporting.notified()).await;
    }
}

/// Adds to the last file when the rows go on in it, or begins another.
async fn keep_file(tx: &mut Tx, export: &str, new: &FileRow) -> Result<()> {
    let last = Statement::new(
        "SELECT number, kind, type, from_place, from_rid, to_place, to_rid, count \
         FROM bulk_file WHERE export = $1 ORDER BY number DESC LIMIT 1",
    );
    let last = tx.fetch_optional(last.bind(export)).await?;
    let last = last.as_ref().map(file).transpose()?;
    let count = i64::try_from(new.count).unwrap_or_default();
    if let Some(last) = &last
        && last.kind == new.kind
        && last.resource_type == new.resource_type
        && last.count < new.most
    {
        let update = Statement::new(
            "UPDATE bulk_file SET to_place = $1, to_rid = $2, count = count + $3 \
             WHERE export = $4 AND number = $5",
        );
        let update = update.bind(new.to.0).bind(new.to.1).bind(count);
        tx.execute(update.bind(export).bind(last.number)).await?;
        return Ok(());
    }
    let mut rows = Rows::default();
    rows.push(export)
        .push(last.map_or(1, |last| last.number + 1))
        .push(new.kind.number())
        .push(new.resource_type.name())
        .push(new.from.0)
        .push(new.from.1)
        .push(new.to.0)
        .push(new.to.1)
        .push(count);
    tx.insert(&FILES, rows).await
}

async fn forget(tx: &mut Tx, id: &str) -> Result<bool> {
    for table in PARTS {
        let delete = Statement::made(format!("DELETE FROM {table} WHERE export = $1"));
        tx.execute(delete.bind(id)).await?;
    }
    let delete = Statement::new("DELETE FROM bulk_export WHERE id = $1").bind(id);
    Ok(tx.execute(delete).await? > 0)
}

fn export(row: &Row) -> Result<Export> {
    Ok(Export {
        id: row.text(0)?,
        client: row.text(1)?,
        token: row.text(2)?,
        request: row.text(3)?,
        asked: row.text(4)?,
        as_of: row.time(5)?,
        members: Some(row.int(6)?).filter(|count| *count >= 0),
        part: row.int(7)?,
        place: row.int(8)?,
        rid: row.int(9)?,
        done: row.int(10)?.unsigned_abs(),
        finished: row.opt_time(11)?,
        fault: row.opt_text(12)?,
        expires: row.time(13)?,
    })
}

fn file(row: &Row) -> Result<File> {
    let corrupt = |what: &str| Error::Corrupt {
        table: "bulk_file",
        what: what.to_owned(),
    };
    let resource_type = fhir::ResourceType::from_name(row.str(2)?);
    Ok(File {
        number: row.int(0)?,
        kind: FileKind::from_number(row.int(1)?).ok_or_else(|| corrupt("an unknown kind"))?,
        resource_type: resource_type.ok_or_else(|| corrupt("an unknown type"))?,
        from: (row.int(3)?, row.int(4)?),
        to: (row.int(5)?, row.int(6)?),
        count: row.int(7)?.unsigned_abs(),
    })
}
