//! Clients that a trust community vouches for (UDAP): one for each URI of a community.
use crate::clients::{Client, Clients};
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Result, Storage};
use std::sync::{PoisonError, RwLock};

/// Under what a client is known in its community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// URI of the community.
    pub community: String,
    /// The URI in the client's certificates.
    pub uri: String,
}

/// What became of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enrolled {
    New,
    /// There is a client of that URI in that community already: its id.
    Known(String),
}

impl Clients<'_> {
    /// Keeps a new client under its URI, unless the community has one of that URI. Of two at once one is kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn enrol(&self, client: &Client, as_: &Enrolment) -> Result<Enrolled> {
        let mut tx = self.storage.inner.db.begin().await?;
        let statement = Statement::new(
            "INSERT INTO udap_client (community, uri, client) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING",
        )
        .bind(&as_.community)
        .bind(&as_.uri)
        .bind(&client.id);
        if tx.execute(statement).await? == 0 {
            drop(tx);
            let known = self.enrolled(as_).await?;
            // Gone again meanwhile: whoever asks tries once more.
            return known.map(Enrolled::Known).ok_or(crate::Error::Busy);
        }
        tx.execute(crate::clients::saving(client)).await?;
        tx.commit().await?;
        self.forget(&client.id).await?;
        Ok(Enrolled::New)
    }
    /// The client of a URI in a community.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn enrolled(&self, as_: &Enrolment) -> Result<Option<String>> {
        let statement =
            Statement::new("SELECT client FROM udap_client WHERE community = $1 AND uri = $2");
        let statement = statement.bind(&as_.community).bind(&as_.uri);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| row.text(0)).transpose()
    }
    /// Under what a client is enrolled; `None` for those that are not, or no longer.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn enrolment(&self, client: &str) -> Result<Option<Enrolment>> {
        let statement = Statement::new("SELECT community, uri FROM udap_client WHERE client = $1");
        let statement = statement.bind(client);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(Enrolment {
                community: row.text(0)?,
                uri: row.text(1)?,
            })
        })
        .transpose()
    }
    /// Ends an enrolment; its tokens are dead when this returns. False when it had ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn withdraw(&self, client: &str) -> Result<bool> {
        let statement = Statement::new("DELETE FROM udap_client WHERE client = $1").bind(client);
        let touched = self.storage.inner.db.execute(statement).await?;
        self.forget(client).await?;
        Ok(touched > 0)
    }
}

/// URIs of the communities whose members are let in.
#[derive(Debug, Default)]
pub(crate) struct Trusted(RwLock<Vec<String>>);

impl Trusted {
    fn holds(&self, community: &str) -> bool {
        let trusted = self.0.read().unwrap_or_else(PoisonError::into_inner);
        trusted.iter().any(|one| one == community)
    }
}

impl Storage {
    /// From now on members of these communities are let in, and of no others: tokens of clients of any other
    /// are dead at once. On this node; each has its own settings.
    pub fn trust_communities(&self, communities: Vec<String>) {
        let mut trusted = self
            .inner
            .trusted
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *trusted = communities;
        drop(trusted);
        self.inner.hooks.tell(&[Changed::Everything]);
    }
    /// Whether a client is enrolled in a community that is trusted.
    pub(crate) async fn is_trusted(&self, client: &str) -> Result<bool> {
        let enrolment = self.clients().enrolment(client).await?;
        Ok(enrolment.is_some_and(|one| self.inner.trusted.holds(&one.community)))
    }
}
