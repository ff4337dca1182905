//! One relationship: the RelatedPerson, the Consents that name it, and what they come to.

use access::Relationship;
use access::actor::{RelationshipKind, RelationshipStatus};
use access::standing::relationship;
use access::time::BirthDate;
use access::vocabulary::{CONSENT_KIND, FLAG, PROXY_LEVEL, PROXY_RELATIONSHIP};
use fhir::{Document, ResourceType};
use jiff::Timestamp;
use serde_json::Value;
use storage::Storage;
use storage::grants::Grant;

use super::book::{Book, Kept, has_code, text};
use super::{Desk, Error, Extent};

/// Somebody who acts, acted or asks to act for a patient.
#[derive(Debug, Clone)]
pub struct Relation {
    pub related: Kept,
    /// The Consents that name it, however they stand.
    pub consents: Vec<Kept>,
    pub patient: Kept,
    /// What all of it comes to.
    pub facts: Relationship,
    /// The patient is an emancipated minor, and that is verified.
    pub emancipated: bool,
    /// The emancipated minor ended what parents had.
    pub terminated: bool,
}

impl Relation {
    /// The relationship of that RelatedPerson.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(desk: &Desk<'_>, id: &str) -> Result<Option<Self>, Error> {
        let book = desk.book();
        match book.find(ResourceType::RELATED_PERSON, id).await? {
            Some(related) => Self::of(desk, related).await,
            None => Ok(None),
        }
    }
    /// The same of a RelatedPerson that is at hand. `None` when its patient is gone.
    pub(crate) async fn of(desk: &Desk<'_>, related: Kept) -> Result<Option<Self>, Error> {
        let book = desk.book();
        let patient = patient_of(&related);
        let Some(patient) = book.find(ResourceType::PATIENT, patient).await? else {
            return Ok(None);
        };
        let consents = consents(&book, patient.id(), related.id()).await?;
        let flags = [("subject", &*format!("Patient/{}", patient.id()))];
        let flags = book.search(ResourceType::FLAG, &flags).await?;
        let facts = facts(desk, &related, &consents, &flags)?;
        let flagged = |code: &str| {
            flags.iter().any(|flag| {
                text(&flag.json, "/status") == "active" && has_code(&flag.json, "/code", FLAG, code)
            })
        };
        Ok(Some(Self {
            emancipated: flagged("emancipated"),
            terminated: flagged("proxies-terminated"),
            related,
            consents,
            patient,
            facts,
        }))
    }
    /// Everybody who acts, acted or asks to act for a patient.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_patient(desk: &Desk<'_>, patient: &str) -> Result<Vec<Self>, Error> {
        let pairs = [("patient", patient)];
        let found = desk
            .book()
            .search(ResourceType::RELATED_PERSON, &pairs)
            .await?;
        let mut relations = Vec::new();
        for related in found {
            relations.extend(Self::of(desk, related).await?);
        }
        Ok(relations)
    }
    pub fn id(&self) -> &str {
        self.related.id()
    }
    pub fn patient_id(&self) -> &str {
        self.patient.id()
    }
    pub fn is_parental(&self) -> bool {
        is_parental(self.facts.kind)
    }
    /// The Consent in force or waited for, before one that ended.
    pub fn consent(&self) -> Option<&Kept> {
        let live = |one: &&Kept| is_live(&one.json);
        self.consents.iter().find(live).or(self.consents.last())
    }
    pub fn deceased(&self) -> bool {
        let patient = &self.patient.json;
        let said = patient.get("deceasedBoolean").and_then(Value::as_bool);
        said.unwrap_or(false) || patient.get("deceasedDateTime").is_some()
    }
    pub fn birth_date(&self) -> Option<BirthDate> {
        BirthDate::parse(text(&self.patient.json, "/birthDate"))
    }
    /// How much is given, as the Consent that counts says.
    pub fn extent(&self) -> Extent {
        let Some(consent) = self.consent().map(|kept| &kept.json) else {
            return Extent {
                start: text(&self.related.json, "/period/start").to_owned(),
                end: text(&self.related.json, "/period/end").to_owned(),
                ..Extent::default()
            };
        };
        let extensions = consent.get("extension").and_then(Value::as_array);
        let level = extensions.into_iter().flatten();
        let mut level = level.filter(|it| text(it, "/url") == PROXY_LEVEL);
        Extent {
            level: level
                .next()
                .map_or("", |it| text(it, "/valueCode"))
                .to_owned(),
            start: text(consent, "/provision/period/start").to_owned(),
            end: text(consent, "/provision/period/end").to_owned(),
            read_only: self.facts.read_only,
            without_sensitive: self.facts.exclude_sensitive,
        }
    }
    /// What the one acting is called.
    pub fn name(&self) -> String {
        name_of(&self.related.json)
    }
    /// The relationship in words, as recorded.
    pub fn label(&self) -> &str {
        let coding = text(&self.related.json, "/relationship/0/coding/0/display");
        match text(&self.related.json, "/relationship/0/text") {
            "" => coding,
            said => said,
        }
    }
}

pub(crate) fn is_parental(kind: RelationshipKind) -> bool {
    matches!(kind, RelationshipKind::Parent | RelationshipKind::Guardian)
}

/// Whether a RelatedPerson stands to the patient as a parent or guardian.
pub(crate) fn stands_as_parent(related: &Kept) -> Result<bool, Error> {
    let related = related.document()?;
    let facts = relationship(related.root(), &[], &[], "UTC");
    Ok(is_parental(facts.kind))
}

/// In force, or waiting to be.
pub(crate) fn is_live(consent: &Value) -> bool {
    matches!(text(consent, "/status"), "active" | "proposed" | "draft")
}

/// Whether whoever made a grant acted for its patient and does so no longer. What waits to begin is not over.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_over(storage: &Storage, grant: &Grant, now: Timestamp) -> storage::Result<bool> {
    let acted = grant.fhir_user.as_deref().unwrap_or_default();
    let (Some(account), Some(patient), true) = (
        &grant.account,
        &grant.patient,
        acted.starts_with("RelatedPerson/"),
    ) else {
        return Ok(false);
    };
    let standing = storage.standing_of_account(account, patient, now).await?;
    let relationship = standing.and_then(|standing| standing.relationship.clone());
    Ok(relationship.is_none_or(|it| {
        matches!(
            it.status,
            RelationshipStatus::Revoked | RelationshipStatus::Ended
        ) || it.end.is_some_and(|end| end <= now)
    }))
}

/// The patient a RelatedPerson is about; empty where none is named.
pub(crate) fn patient_of(related: &Kept) -> &str {
    id_of(text(&related.json, "/patient/reference"), "Patient")
}

/// The id in a reference to that type; empty otherwise.
pub(crate) fn id_of<'t>(reference: &'t str, type_name: &str) -> &'t str {
    reference
        .strip_prefix(type_name)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or("")
}

/// Given and family name, or the text of a name.
pub(crate) fn name_of(person: &Value) -> String {
    let given = person.pointer("/name/0/given").and_then(Value::as_array);
    let given = given.into_iter().flatten().filter_map(Value::as_str);
    let mut words: Vec<&str> = given.collect();
    words.push(text(person, "/name/0/family"));
    words.retain(|word| !word.is_empty());
    match words.is_empty() {
        true => text(person, "/name/0/text").to_owned(),
        false => words.join(" "),
    }
}

/// The proxy Consents that name a RelatedPerson.
async fn consents(book: &Book<'_>, patient: &str, related: &str) -> Result<Vec<Kept>, Error> {
    let actor = format!("RelatedPerson/{related}");
    let pairs = [("patient", patient), ("actor", actor.as_str())];
    let mut found = book.search(ResourceType::CONSENT, &pairs).await?;
    found.retain(|one| {
        let categories = one.json.get("category").and_then(Value::as_array);
        categories
            .into_iter()
            .flatten()
            .any(|it| has_code(it, "", CONSENT_KIND, "proxy"))
    });
    found.sort_by(|a, b| text(&a.json, "/dateTime").cmp(text(&b.json, "/dateTime")));
    Ok(found)
}

fn facts(
    desk: &Desk<'_>,
    related: &Kept,
    consents: &[Kept],
    flags: &[Kept],
) -> Result<Relationship, Error> {
    let documents = |all: &[Kept]| {
        all.iter()
            .map(Kept::document)
            .collect::<Result<Vec<_>, _>>()
    };
    let (consents, flags) = (documents(consents)?, documents(flags)?);
    let consents: Vec<_> = consents.iter().map(Document::root).collect();
    let flags: Vec<_> = flags.iter().map(Document::root).collect();
    let zone = desk.pack.zone().iana_name().unwrap_or("UTC");
    let related = related.document()?;
    Ok(relationship(related.root(), &consents, &flags, zone))
}
/// The code of [`PROXY_RELATIONSHIP`] a RelatedPerson carries; empty where it says nothing.
pub(crate) fn kind_code(related: &Value) -> &str {
    let extensions = related.get("extension").and_then(Value::as_array);
    extensions
        .into_iter()
        .flatten()
        .find(|it| text(it, "/url") == PROXY_RELATIONSHIP)
        .map_or("", |it| text(it, "/valueCode"))
}
