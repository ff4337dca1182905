//! Keeping caches true while others write to the same database: other nodes (PostgreSQL) say what
//! they changed, other processes (SQLite) are noticed.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::{Inner, Result, db::Tx, invalidate::Changed, sql::Statement};

/// How often a SQLite file is looked at, in milliseconds.
const LOOK_MS: u64 = 50;
/// So many looks in a row that a busy writer made impossible count as one that saw a change: what
/// was ended elsewhere must not go on here because much is written.
const MISSED_LOOKS_MAX: u32 = 4;
/// After a lost connection, how long until the next try, in milliseconds.
const RETRY_MS: u64 = 500;
const CHANNEL: &str = "kinchart";
/// PostgreSQL takes 8,000 bytes; what does not fit becomes "everything".
const MESSAGE_BYTES_MAX: usize = 7_000;
/// Separates the parts of a message; no id holds it.
const PART: char = '\u{1f}';
/// Separates the messages about one commit.
const NEXT: char = '\u{1e}';

impl Inner {
    /// After a commit: this process's caches forget, and other nodes are told.
    ///
    /// # Errors
    /// When other nodes cannot be told.
    pub(crate) async fn forget(&self, changed: &[Changed]) -> Result<()> {
        self.hooks.tell(changed);
        if !self.db.is_sqlite() && !changed.is_empty() {
            self.db.fetch_all(self.message(changed)).await?;
        }
        Ok(())
    }

    /// Tells other nodes with the commit of a transaction.
    pub(crate) async fn notify(&self, tx: &mut Tx, changed: &[Changed]) -> Result<()> {
        if !self.db.is_sqlite() && !changed.is_empty() {
            tx.fetch_all(self.message(changed)).await?;
        }
        Ok(())
    }

    fn message(&self, changed: &[Changed]) -> Statement {
        let mut text = self.node.clone();
        for one in changed {
            text.push(NEXT);
            text.push_str(&write(one));
        }
        if text.len() > MESSAGE_BYTES_MAX {
            text = format!("{}{NEXT}{}", self.node, write(&Changed::Everything));
        }
        Statement::new("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(text)
    }

    /// The number of a facet; a new one is told to other nodes, whose searches start from the
    /// facets they know.
    pub(crate) async fn intern(&self, facet: access::Facet) -> Result<(i64, Arc<access::Facet>)> {
        let (number, facet, new) = self.facets.intern(&self.db, facet).await?;
        if new && !self.db.is_sqlite() {
            self.db.fetch_all(self.message(&[Changed::Facets])).await?;
        }
        Ok((number, facet))
    }
}

fn write(changed: &Changed) -> String {
    match changed {
        Changed::Fact { resource, patient } => {
            let patient = patient.as_deref().unwrap_or_default();
            format!("fact{PART}{resource}{PART}{patient}")
        }
        Changed::Account(id) => format!("account{PART}{id}"),
        Changed::Client(id) => format!("client{PART}{id}"),
        Changed::Grant(id) => format!("grant{PART}{id}"),
        Changed::Definition(name) => format!("definition{PART}{name}"),
        Changed::Facets => "facets".to_owned(),
        Changed::Everything => "everything".to_owned(),
    }
}

/// What another node said; a message of a later version counts as "everything".
fn read(text: &str) -> Changed {
    let mut parts = text.split(PART);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("fact"), Some(resource), Some(patient)) => Changed::Fact {
            resource: resource.to_owned(),
            patient: (!patient.is_empty()).then(|| patient.to_owned()),
        },
        (Some("account"), Some(id), None) => Changed::Account(id.to_owned()),
        (Some("client"), Some(id), None) => Changed::Client(id.to_owned()),
        (Some("grant"), Some(id), None) => Changed::Grant(id.to_owned()),
        (Some("definition"), Some(name), None) => Changed::Definition(name.to_owned()),
        (Some("facets"), None, None) => Changed::Facets,
        _ => Changed::Everything,
    }
}

/// Runs until the last handle to the database is gone. `listener` is given on PostgreSQL.
pub(crate) async fn run(inner: Weak<Inner>, listener: Option<PgListener>) {
    match listener {
        Some(listener) => listen(inner, listener).await,
        None => look(inner).await,
    }
}

async fn look(inner: Weak<Inner>) {
    let mut missed = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        let Some(inner) = inner.upgrade() else { return };
        match inner.db.data_version().await {
            Ok(Some(version)) => {
                missed = 0;
                if inner.notice_foreign_commits(version) {
                    reload_facets(&inner).await;
                }
            }
            Ok(None) if inner.looked() => missed = 0,
            Ok(None) => {
                missed += 1;
                if missed >= MISSED_LOOKS_MAX {
                    missed = 0;
                    inner.presume_foreign_commits();
                    reload_facets(&inner).await;
                }
            }
            Err(error) => tracing::warn!(%error, "the database file cannot be looked at"),
        }
    }
}

async fn listen(inner: Weak<Inner>, mut listener: PgListener) {
    loop {
        // Wakes now and then to see whether anybody still needs this.
        let next = tokio::time::timeout(Duration::from_secs(1), listener.try_recv()).await;
        let Some(inner) = inner.upgrade() else { return };
        let changed: Vec<Changed> = match next {
            Err(_) => continue,
            Ok(Ok(Some(message))) => match message.payload().split_once(NEXT) {
                Some((node, _)) if node == inner.node => continue,
                Some((_, rest)) => rest.split(NEXT).map(read).collect(),
                None => vec![Changed::Everything],
            },
            // The connection was lost: whatever was said meanwhile was missed.
            Ok(Ok(None)) => vec![Changed::Everything],
            Ok(Err(error)) => {
                tracing::warn!(%error, "other nodes cannot be heard");
                tokio::time::sleep(Duration::from_millis(RETRY_MS)).await;
                vec![Changed::Everything]
            }
        };
        if changed
            .iter()
            .any(|c| matches!(c, Changed::Facets | Changed::Everything))
        {
            reload_facets(&inner).await;
        }
        inner.hooks.tell(&changed);
    }
}

async fn reload_facets(inner: &Inner) {
    if let Err(error) = inner.facets.load(&inner.db).await {
        tracing::warn!(%error, "facets cannot be read");
    }
}

/// A connection that hears other nodes, opened before anything is cached.
pub(crate) async fn listener(db: &crate::db::Db) -> Result<Option<PgListener>> {
    let Some(pool) = db.postgres() else {
        return Ok(None);
    };
    // A connection of its own: closing the pool must not wait for it.
    let options = pool.connect_options().as_ref().clone();
    let own = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&own)
        .await
        .map_err(crate::db::fault)?;
    listener.listen(CHANNEL).await.map_err(crate::db::fault)?;
    Ok(Some(listener))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        for changed in [
            Changed::Fact {
                resource: "Consent/1".into(),
                patient: Some("p".into()),
            },
            Changed::Fact {
                resource: "Person/1".into(),
                patient: None,
            },
            Changed::Account("a".into()),
            Changed::Client("c".into()),
            Changed::Grant("g".into()),
            Changed::Definition("ValueSet/1".into()),
            Changed::Facets,
            Changed::Everything,
        ] {
            assert_eq!(read(&write(&changed)), changed);
        }
        assert_eq!(read("something new"), Changed::Everything);
    }
}
