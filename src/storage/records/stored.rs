//! A row of the record as stored, and the one way from it to what a caller may see.

use std::sync::Arc;

use access::sensitivity::Rules;
use access::{
    Access, Action, Content, Decision, Facet, Obligation, ResourceFacts, marks, vocabulary,
};
use bytes::Bytes;
use fhir::{Document, ResourceType, projection};

use super::{Method, Seen};
use crate::{
    Error, Inner, Result,
    db::{Row, timestamp},
};

/// One version of a resource, its facet known.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) rid: i64,
    pub(crate) resource_type: ResourceType,
    pub(crate) id: Arc<str>,
    pub(crate) version: i64,
    /// Microseconds since 1970 UTC.
    pub(crate) updated: i64,
    pub(crate) method: Method,
    pub(crate) deleted: bool,
    pub(crate) owner: Option<Arc<str>>,
    pub(crate) facet: Arc<Facet>,
    pub(crate) facet_number: i64,
    pub(crate) hold_until: Option<i64>,
    pub(crate) pool: Option<Arc<str>>,
    /// Empty for a deleted one, and where only facts were asked for.
    pub(crate) body: Bytes,
    /// Holds labels or markings that patients are not shown.
    pub(crate) marked: bool,
}

/// The columns of a [`Stored`] in the order [`Inner::stored`] reads them, of a table named `r`.
pub(crate) const COLUMNS: &str = "r.rid, r.type, r.id, r.version, r.updated, r.method, r.deleted, \
     r.owner, r.facet, r.hold_until, r.pool, r.body";

/// The same without the body.
pub(crate) const FACTS: &str = "r.rid, r.type, r.id, r.version, r.updated, r.method, r.deleted, \
     r.owner, r.facet, r.hold_until, r.pool, NULL";

impl Stored {
    /// What a decision needs to know of it.
    pub(crate) fn facts(&self) -> ResourceFacts<'_> {
        let content = match self.body.is_empty() {
            true => Content::Unknown,
            false => Content::Text(&self.body),
        };
        ResourceFacts {
            facet: &self.facet,
            id: &self.id,
            owner: self.owner.as_deref(),
            hold_until: self.hold_until,
            pool: self.pool.as_deref(),
            content,
        }
    }

    /// `Type/id`
    pub(crate) fn reference(&self) -> String {
        format!("{}/{}", self.resource_type.name(), self.id)
    }

    /// What is left of it under a decision that permits.
    pub(crate) fn seen(&self, decision: &Decision) -> Result<Seen> {
        let mut body = self.body.clone();
        if self.marked && decision.obligations.contains(&Obligation::StripLabels) {
            let document = document(&body)?;
            body = projection::strip(&document, vocabulary::INTERNAL).into();
        }
        if self.facet.is_sensitive() && !decision.obligations.contains(&Obligation::StripLabels) {
            let basis = Rules::shipped().version();
            if let Some(labelled) = marks::shown(&document(&body)?, &self.facet, basis) {
                body = labelled.into();
            }
        }
        if let Some(redaction) = decision.redaction {
            body = projection::keep(
                &document(&body)?,
                redaction.keep,
                vocabulary::PRIVATE_CONTACT,
            )
            .into();
        }
        Ok(Seen {
            resource_type: self.resource_type,
            id: self.id.clone(),
            version: self.version,
            updated: timestamp(self.updated)?,
            redacted: decision.redaction.is_some(),
            body,
        })
    }
}

pub(crate) fn document(body: &Bytes) -> Result<Document> {
    let corrupt = |what: String| Error::Corrupt {
        table: "resource",
        what,
    };
    let text = String::from_utf8(body.to_vec()).map_err(|error| corrupt(error.to_string()))?;
    Document::parse(text).map_err(|fault| corrupt(fault.to_string()))
}

/// Whether a body may hold what `strip` removes: looked for once, when a row is loaded.
pub(crate) fn is_marked(body: &[u8]) -> bool {
    let text = std::str::from_utf8(body).unwrap_or_default();
    text.contains("\"security\"") || text.contains(vocabulary::BASE)
}

impl Inner {
    /// Rows of [`COLUMNS`] or [`FACTS`]. A row whose facet nobody knows, even after asking the
    /// table again, is left out.
    pub(crate) async fn stored(&self, rows: &[Row]) -> Result<Vec<Stored>> {
        let mut found = Vec::with_capacity(rows.len());
        let mut asked = false;
        for row in rows {
            let number = row.int(8)?;
            if self.facets.get(number).is_none() && !asked {
                self.facets.load(&self.db).await?;
                asked = true;
            }
            if let Some(facet) = self.facets.get(number) {
                found.push(stored(row, facet, number)?);
            }
        }
        Ok(found)
    }

    /// The decision about a row, and what the caller may see of it.
    ///
    /// # Errors
    /// `Corrupt` when a body to be redacted is not JSON.
    pub(crate) fn seen(
        &self,
        access: &Access,
        action: Action,
        row: &Stored,
    ) -> Result<(Decision, Option<Seen>)> {
        let decision = access.decide(action, &row.facts());
        let seen = if decision.permits() && !row.deleted {
            Some(row.seen(&decision)?)
        } else {
            None
        };
        Ok((decision, seen))
    }
}

fn stored(row: &Row, facet: Arc<Facet>, facet_number: i64) -> Result<Stored> {
    let body = row.opt_bytes(11)?.unwrap_or_default();
    let corrupt = |what: &str| Error::Corrupt {
        table: "resource",
        what: what.to_owned(),
    };
    Ok(Stored {
        rid: row.int(0)?,
        resource_type: ResourceType::from_name(row.str(1)?)
            .ok_or_else(|| corrupt("an unknown type"))?,
        id: row.str(2)?.into(),
        version: row.int(3)?,
        updated: row.int(4)?,
        method: Method::from_number(row.int(5)?).ok_or_else(|| corrupt("an unknown method"))?,
        deleted: row.flag(6)?,
        owner: row.opt_text(7)?.map(Into::into),
        facet,
        facet_number,
        hold_until: row.opt_int(9)?,
        pool: row.opt_text(10)?.map(Into::into),
        marked: is_marked(&body),
        body,
    })
}
