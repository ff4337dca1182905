//! Who and what may see a chart besides the patient: the people linked to it, and connected apps.

use std::sync::Arc;

use access::Standing;
use fhir::index::ParamId;
use fhir::{Document, ResourceType};
use jiff::Timestamp;

use super::agent_of;
use super::facts::{id_of, parsed};
use crate::accounts::Account;
use crate::grants::{Grant, Token, TokenKind};
use crate::records::stored::COLUMNS;
use crate::sql::Statement;
use crate::{Result, Storage};

/// People and apps looked at for one chart, each.
const GRANTEES_MAX: i64 = 100;

/// An account nobody has: whoever connected an app is somebody else.
const NO_ACCOUNT: &str = "";

/// One of them.
#[derive(Debug, Clone)]
pub struct Grantee {
    pub kind: Kind,
    /// The id of the RelatedPerson, or of the grant.
    pub id: String,
    pub name: String,
    /// What a person is to the patient, or who connected an app.
    pub label: String,
    /// What they stand on; open it with `Access::open` for what they see at an instant.
    pub standing: Arc<Standing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Person,
    App,
}

impl Storage {
    /// Who and what may see a chart besides the patient.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn grantees(&self, patient: &str, now: Timestamp) -> Result<Vec<Grantee>> {
        let mut grantees = Vec::new();
        for related in self.related_persons(patient).await? {
            if let Some(account) = self.account_of_related(&related).await? {
                grantees.extend(self.grantee_person(patient, related, &account, now).await?);
            }
        }
        for grant in self
            .grants()
            .of_patient_by_others(patient, NO_ACCOUNT, now)
            .await?
        {
            grantees.extend(self.grantee_app(grant, now).await?);
        }
        Ok(grantees)
    }

    /// The RelatedPersons of a patient.
    pub(super) async fn related_persons(&self, patient: &str) -> Result<Vec<Document>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.owner = $1 AND r.type = 'RelatedPerson' \
             AND r.deleted = 0 ORDER BY r.rid LIMIT $2"
        ));
        let statement = statement.bind(patient).bind(GRANTEES_MAX);
        let rows = self.inner.db.fetch_all(statement).await?;
        let rows = self.inner.stored(&rows).await?;
        rows.iter().map(|row| parsed(&row.body)).collect()
    }

    /// The account of whoever a RelatedPerson is, if they have one.
    pub(super) async fn account_of_related(&self, related: &Document) -> Result<Option<Account>> {
        let Some(id) = related.root().text_at("id") else {
            return Ok(None);
        };
        let param = ParamId::of(ResourceType::PERSON, "relatedperson");
        let statement = Statement::new(
            "SELECT r.id FROM ix_reference x JOIN resource r ON r.rid = x.rid WHERE x.param = $1 \
             AND x.target = $2 AND x.type = 'RelatedPerson' AND r.deleted = 0 ORDER BY r.rid LIMIT 1",
        );
        let statement = statement.bind(i64::from(param.0)).bind(&*id);
        match self.inner.db.fetch_optional(statement).await? {
            Some(row) => self.accounts().find_by_person(row.str(0)?).await,
            None => Ok(None),
        }
    }

    async fn grantee_person(
        &self,
        patient: &str,
        related: Document,
        account: &Account,
        now: Timestamp,
    ) -> Result<Option<Grantee>> {
        let label = super::people::label(related.root()).unwrap_or_default();
        let chart = self
            .proxy_chart(account, patient, Some(related), now)
            .await?;
        Ok(chart.map(|chart| Grantee {
            kind: Kind::Person,
            id: id_of(&chart.acting_as, "RelatedPerson")
                .unwrap_or_default()
                .to_owned(),
            name: account.display.clone(),
            label,
            standing: {
                let agent = agent_of(account, Some(&chart));
                Arc::new(chart.into_standing(None, agent))
            },
        }))
    }

    async fn grantee_app(&self, grant: Grant, now: Timestamp) -> Result<Option<Grantee>> {
        let Some(client) = self.clients().find(&grant.client).await? else {
            return Ok(None);
        };
        let token = Token {
            kind: TokenKind::Access,
            scopes: grant.scopes.clone(),
            created: now,
            expires: Timestamp::MAX,
            used: None,
            revoked: None,
            jkt: None,
            grant: grant.clone(),
        };
        let by = match &grant.account {
            Some(account) => self.accounts().find(account).await?,
            None => None,
        };
        let entry = self.load(token, now).await?;
        Ok(entry.map(|entry| Grantee {
            kind: Kind::App,
            id: grant.id,
            name: client.name,
            label: by.map_or_else(String::new, |by| by.display),
            standing: entry.standing,
        }))
    }
}
