//! The standing of another organization: its purpose, and by what name patients may have refused it.

use std::collections::BTreeMap;

use access::standing::{Agent, consent_facts};
use access::vocabulary::CONSENT_KIND;
use access::{Actor, Client, ConsentFact, PatientFacts};
use fhir::ResourceType;
use fhir::index::ParamId;
use smart::udap::B2b;

use super::cache::Key;
use super::facts::parsed;
use crate::clients::Client as OAuthClient;
use crate::grants::Token;
use crate::records::stored::COLUMNS;
use crate::sql::Statement;
use crate::{Inner, Result, Storage};

impl Storage {
    /// The actor and agent behind a token that another organization got for itself, and what they rest on.
    /// Without a purpose on record it is nobody's.
    pub(super) async fn organization(
        &self,
        client: &OAuthClient,
        caller: &Client,
        token: &Token,
    ) -> Result<(Actor, Agent, Vec<Key>)> {
        let b2b = self.grants().b2b(&token.grant.id).await?;
        let trusted = caller.active && b2b.is_some();
        let b2b = b2b.unwrap_or_default();
        let here = self.inner.organization_named(&b2b.organization_id).await?;
        let purpose = access::narrowest_purpose(&b2b.purposes).unwrap_or_default();
        let who = match &here {
            Some(id) => format!("Organization/{id}"),
            None => format!("Device/{}", client.id),
        };
        let keys = here
            .iter()
            .map(|id| Key::Resource(format!("Organization/{id}")));
        let keys = keys.chain([Key::Consents]).collect();
        let agent = Agent {
            who,
            display: named(&b2b, client),
            purpose_of_use: Some(purpose.to_owned()).filter(|code| !code.is_empty()),
            ..Agent::default()
        };
        let actor = Actor::Organization {
            id: here.unwrap_or(b2b.organization_id),
            purpose_of_use: purpose.to_owned(),
            trusted,
            break_glass_reason: b2b.emergency_reason,
        };
        Ok((actor, agent, keys))
    }
}

/// Person and organization as they name themselves, for the audit trail.
fn named(b2b: &B2b, client: &OAuthClient) -> String {
    let organization = b2b.organization_name.as_deref().unwrap_or(&client.name);
    match &b2b.subject_name {
        Some(subject) => format!("{subject}, {organization}"),
        None => organization.to_owned(),
    }
}

/// Patients, and what each has said, by id.
pub(super) type Said = BTreeMap<String, (PatientFacts, Vec<ConsentFact>)>;

/// Kinds of Consent that say what other organizations may have, whichever they name.
const ABOUT_ORGANIZATIONS: [&str; 3] = ["exchange", "org-deny", "part2-tpo"];

impl Inner {
    /// What patients have said of other organizations in general, and of this one by name.
    pub(super) async fn said_of(&self, actor: &Actor) -> Result<Said> {
        let Actor::Organization { id, .. } = actor else {
            return Ok(BTreeMap::new());
        };
        let category = ParamId::of(ResourceType::CONSENT, "category");
        let named = ParamId::of(ResourceType::CONSENT, "actor");
        let [first, second, third] = ABOUT_ORGANIZATIONS;
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.deleted = 0 AND r.rid IN (\
             SELECT x.rid FROM ix_token x WHERE x.param = $1 AND x.code IN ($2, $3, $4) AND x.system = $5 \
             UNION SELECT x.rid FROM ix_reference x WHERE x.param = $6 AND x.target = $7 \
             AND x.type = 'Organization')"
        ))
        .bind(i64::from(category.0))
        .bind(first)
        .bind(second)
        .bind(third)
        .bind(CONSENT_KIND)
        .bind(i64::from(named.0))
        .bind(id);
        self.said_in(statement, |_| true).await
    }

    /// What patients have said of a member of staff by name.
    pub(super) async fn said_of_staff(&self, practitioner: &str) -> Result<Said> {
        let category = ParamId::of(ResourceType::CONSENT, "category");
        let named = ParamId::of(ResourceType::CONSENT, "actor");
        // Whom an inner provision names, the index of actors does not know.
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.deleted = 0 AND r.rid IN (\
             SELECT x.rid FROM ix_reference x WHERE x.param = $1 AND x.target = $2 \
             AND x.type = 'Practitioner' \
             UNION SELECT x.rid FROM ix_token x WHERE x.param = $3 AND x.code = 'person-deny' AND x.system = $4)"
        ))
        .bind(i64::from(named.0))
        .bind(practitioner)
        .bind(i64::from(category.0))
        .bind(CONSENT_KIND);
        let who = format!("Practitioner/{practitioner}");
        self.said_in(statement, |fact| fact.people.contains(&who))
            .await
    }

    async fn said_in(
        &self,
        statement: Statement,
        concerns: impl Fn(&ConsentFact) -> bool + Send,
    ) -> Result<Said> {
        let rows = self.db.fetch_all(statement).await?;
        let mut said = Said::new();
        for row in self.stored(&rows).await? {
            if row.resource_type != ResourceType::CONSENT {
                continue;
            }
            let mut facts = consent_facts(parsed(&row.body)?.root(), self.zone_name());
            facts.retain(|fact| fact.active && concerns(fact));
            if let Some(owner) = row.owner.filter(|_| !facts.is_empty()) {
                let about = || PatientFacts {
                    id: owner.to_string(),
                    ..PatientFacts::default()
                };
                let of_owner = said.entry(owner.to_string());
                of_owner
                    .or_insert_with(|| (about(), Vec::new()))
                    .1
                    .extend(facts);
            }
        }
        Ok(said)
    }
    /// The Organization here that another one's URI is of: its own address, or one of its identifiers, whole
    /// or as `system#value`.
    async fn organization_named(&self, uri: &str) -> Result<Option<String>> {
        let prefix = format!("{}/Organization/", self.settings.base);
        if let Some(id) = uri.strip_prefix(&prefix) {
            let found = self.document(ResourceType::ORGANIZATION, id).await?;
            return Ok(found.map(|_| id.to_owned()));
        }
        let param = ParamId::of(ResourceType::ORGANIZATION, "identifier");
        let (system, value) = uri.rsplit_once('#').unwrap_or(("", uri));
        let statement = Statement::new(
            "SELECT r.id FROM ix_token x JOIN resource r ON r.rid = x.rid WHERE x.param = $1 \
             AND (x.code = $2 OR (x.code = $3 AND x.system = $4)) AND r.deleted = 0 ORDER BY r.id LIMIT 1",
        )
        .bind(i64::from(param.0))
        .bind(uri)
        .bind(value)
        .bind(system);
        let row = self.db.fetch_optional(statement).await?;
        row.map(|row| row.text(0)).transpose()
    }
}
