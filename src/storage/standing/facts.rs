//! The facts of one chart and of whoever opens it, read off the resources that hold them.

use std::collections::BTreeMap;

use access::actor::RelationshipKind;
use access::standing::{Agent, consent_facts, patient_facts, relationship};
use access::terms::Document as Terms;
use access::time::{BirthDate, attained_at};
use access::vocabulary::MINOR_PARENT;
use access::{Actor, Client, ConsentFact, PatientFacts, Relationship, Standing};
use fhir::index::ParamId;
use fhir::{Document, Element, ResourceType};
use jiff::Timestamp;

use super::cache::Key;
use crate::accounts::Account;
use crate::records::stored::COLUMNS;
use crate::sql::Statement;
use crate::{Error, Inner, Result, Storage};

/// One patient's deciding facts, and who opens the chart.
pub(super) struct Chart {
    pub(super) patient: PatientFacts,
    pub(super) actor: Actor,
    pub(super) relationship: Option<Relationship>,
    pub(super) consents: Vec<ConsentFact>,
    /// `Patient/…` or `RelatedPerson/…`
    pub(super) acting_as: String,
    /// Neither the patient nor linked to the patient.
    pub(super) actor_is_stranger: bool,
    /// When a proxy who is a minor comes of age.
    pub(super) adult_from: Option<Timestamp>,
    pub(super) keys: Vec<Key>,
    pub(super) patient_document: Document,
    pub(super) related_person: Option<Document>,
}

/// Test health data (HL7 v3 ActReason), as a tag or a security label.
const TEST_TAG: (&str, &str) = (
    "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "HTEST",
);

impl Chart {
    /// The patient is made up, for tests, and says so.
    pub(super) fn is_for_tests(&self) -> bool {
        let root = self.patient_document.root();
        ["meta.tag", "meta.security"]
            .into_iter()
            .flat_map(|path| root.all(path))
            .any(|coding| {
                let is = |name: &str, text: &str| coding.get(name).is_some_and(|e| e.is(text));
                is("system", TEST_TAG.0) && is("code", TEST_TAG.1)
            })
    }
    pub(super) fn into_standing(self, client: Option<Client>, agent: Agent) -> Standing {
        Standing {
            actor: self.actor,
            client,
            patient: Some(self.patient),
            relationship: self.relationship,
            consents: self.consents,
            others: BTreeMap::new(),
            charts: Vec::new(),
            agent,
        }
    }
}

/// What is known about a patient whoever asks.
struct About {
    patient: Document,
    consents: Vec<Document>,
    flags: Vec<Document>,
}

impl About {
    fn facts(&self) -> PatientFacts {
        patient_facts(self.patient.root(), &roots(&self.flags))
    }
    fn consents(&self, zone: &str) -> Vec<ConsentFact> {
        let facts = self.consents.iter();
        facts
            .flat_map(|consent| consent_facts(consent.root(), zone))
            .collect()
    }
}

fn roots(documents: &[Document]) -> Vec<Element<'_>> {
    documents.iter().map(Document::root).collect()
}

impl Storage {
    /// The chart of a patient as this account opens it: as the patient, or through the
    /// RelatedPerson its
    /// Person links to (the one named in `acting_as`, if there are several). `None`: no such
    /// patient.
    pub(super) async fn chart(
        &self,
        account: &Account,
        patient: &str,
        acting_as: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Chart>> {
        if account.patient.as_deref() == Some(patient) {
            let chart = self.own_chart(patient).await?;
            return Ok(chart.map(|mut chart| {
                chart.actor = Actor::SelfPatient {
                    account: account.state,
                    terms_accepted: account.terms_accepted,
                };
                chart
            }));
        }
        let linked = self.inner.linked(account).await?;
        let reference = |person: &Document| {
            person
                .root()
                .text_at("id")
                .map(|id| format!("RelatedPerson/{id}"))
        };
        let about_patient = linked
            .iter()
            .filter(|person| patient_of(person).as_deref() == Some(patient));
        let related = about_patient
            .clone()
            .find(|p| reference(p).as_deref() == acting_as);
        let related = related.or_else(|| about_patient.clone().next()).cloned();
        self.proxy_chart(account, patient, related, now).await
    }

    /// The chart of a patient as the patient opens it.
    pub(super) async fn own_chart(&self, patient: &str) -> Result<Option<Chart>> {
        let Some(about) = self.inner.about(patient).await? else {
            return Ok(None);
        };
        Ok(Some(Chart {
            patient: about.facts(),
            actor: Actor::SelfPatient {
                account: access::actor::Account::Active,
                terms_accepted: true,
            },
            relationship: None,
            consents: about.consents(self.inner.zone_name()),
            acting_as: format!("Patient/{patient}"),
            actor_is_stranger: false,
            adult_from: None,
            keys: vec![Key::Patient(patient.to_owned())],
            patient_document: about.patient,
            related_person: None,
        }))
    }

    /// The chart of a patient as somebody else opens it.
    pub(super) async fn proxy_chart(
        &self,
        account: &Account,
        patient: &str,
        related: Option<Document>,
        now: Timestamp,
    ) -> Result<Option<Chart>> {
        let Some(about) = self.inner.about(patient).await? else {
            return Ok(None);
        };
        let zone = self.inner.zone_name();
        let adult_from = self.inner.adult_from(account).await?;
        let terms_accepted = account.terms_accepted
            && (!self.inner.settings.pack.proxy_terms_required
                || self.terms().has_accepted(&account.id, Terms::Proxy).await?);
        let id = related
            .as_ref()
            .and_then(|person| person.root().text_at("id"))
            .map(|id| id.into_owned())
            .unwrap_or_default();
        let found = related.as_ref().map(|person| {
            relationship(
                person.root(),
                &roots(&about.consents),
                &roots(&about.flags),
                zone,
            )
        });
        let mut keys = vec![
            Key::Patient(patient.to_owned()),
            Key::Resource(format!("RelatedPerson/{id}")),
        ];
        keys.extend(
            account
                .person
                .iter()
                .map(|p| Key::Resource(format!("Person/{p}"))),
        );
        keys.extend(account.patient.iter().map(|p| Key::Patient(p.clone())));
        Ok(Some(Chart {
            patient: about.facts(),
            actor: Actor::Proxy {
                account: account.state,
                terms_accepted,
                adult: adult_from.is_none_or(|at| now >= at)
                    || related.as_ref().is_some_and(is_minor_parent),
                related_person: id.clone(),
            },
            actor_is_stranger: found.is_none(),
            relationship: found,
            consents: about.consents(zone),
            acting_as: format!("RelatedPerson/{id}"),
            adult_from,
            keys,
            patient_document: about.patient,
            related_person: related,
        }))
    }
}

/// A parent who is not of age acts for their own child: staff wrote so down.
fn is_minor_parent(related_person: &Document) -> bool {
    let root = related_person.root();
    let told = root.extension(MINOR_PARENT);
    let told = told.and_then(|it| it.get("valueBoolean").and_then(Element::bool));
    let kind = relationship(root, &[], &[], "UTC").kind;
    told == Some(true) && kind == RelationshipKind::Parent
}

/// The patient a RelatedPerson is about.
pub(super) fn patient_of(related_person: &Document) -> Option<String> {
    let reference = related_person.root().text_at("patient.reference")?;
    id_of(&reference, "Patient").map(str::to_owned)
}

/// The id at the end of a reference to that type.
pub(super) fn id_of<'t>(reference: &'t str, type_name: &str) -> Option<&'t str> {
    let (rest, id) = reference.rsplit_once('/')?;
    (rest.rsplit('/').next() == Some(type_name)).then_some(id)
}

impl Inner {
    pub(crate) fn zone_name(&self) -> &str {
        let zone = self.settings.pack.zone();
        zone.iana_name().unwrap_or("UTC")
    }

    /// The RelatedPersons an account's Person links to.
    pub(super) async fn linked(&self, account: &Account) -> Result<Vec<Document>> {
        let Some(person) = &account.person else {
            return Ok(Vec::new());
        };
        let Some(person) = self.document(ResourceType::PERSON, person).await? else {
            return Ok(Vec::new());
        };
        let mut linked = Vec::new();
        for target in person.root().all("link.target.reference") {
            let Some(text) = target.str() else { continue };
            if let Some(id) = id_of(&text, "RelatedPerson") {
                linked.extend(self.document(ResourceType::RELATED_PERSON, id).await?);
            }
        }
        // Of several relationships to one patient, one that is in use counts before one that ended.
        linked.sort_by_key(|one| {
            !one.root()
                .get("active")
                .and_then(Element::bool)
                .unwrap_or(false)
        });
        Ok(linked)
    }

    /// When the person behind an account comes of age; `None` when that is not known.
    async fn adult_from(&self, account: &Account) -> Result<Option<Timestamp>> {
        let mut own = None;
        if let Some(patient) = &account.patient {
            own = self.document(ResourceType::PATIENT, patient).await?;
        }
        if let (None, Some(person)) = (&own, &account.person) {
            own = self.document(ResourceType::PERSON, person).await?;
        }
        let pack = &self.settings.pack;
        Ok(own.and_then(|own| {
            let birth = BirthDate::parse(&own.root().text_at("birthDate")?)?;
            let years = pack.proxy_min_age();
            attained_at(birth.latest, years, pack.leap_day(), pack.zone())
        }))
    }

    /// A patient's facts and consents, whoever asks.
    pub(crate) async fn patient_and_consents(
        &self,
        patient: &str,
        zone: &str,
    ) -> Result<Option<(PatientFacts, Vec<ConsentFact>)>> {
        let about = self.about(patient).await?;
        Ok(about.map(|about| (about.facts(), about.consents(zone))))
    }

    async fn about(&self, patient: &str) -> Result<Option<About>> {
        let Some(document) = self.document(ResourceType::PATIENT, patient).await? else {
            return Ok(None);
        };
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.owner = $1 \
             AND r.type IN ('Consent', 'Flag') AND r.deleted = 0"
        ));
        let rows = self.db.fetch_all(statement.bind(patient)).await?;
        let mut about = About {
            patient: document,
            consents: Vec::new(),
            flags: Vec::new(),
        };
        for row in self.stored(&rows).await? {
            let document = parsed(&row.body)?;
            if row.resource_type == ResourceType::CONSENT {
                about.consents.push(document);
            } else {
                about.flags.push(document);
            }
        }
        Ok(Some(about))
    }

    /// The current version of a resource, for deciding; never shown.
    pub(super) async fn document(
        &self,
        resource_type: ResourceType,
        id: &str,
    ) -> Result<Option<Document>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.type = $1 AND r.id = $2 AND r.deleted = 0"
        ));
        let statement = statement.bind(resource_type.name()).bind(id);
        let rows = self.db.fetch_all(statement).await?;
        let stored = self.stored(&rows).await?;
        stored.first().map(|row| parsed(&row.body)).transpose()
    }

    /// Patients whose active care team this practitioner is on.
    pub(super) async fn care_teams(&self, practitioner: &str) -> Result<Vec<String>> {
        let param = ParamId::of(ResourceType::CARE_TEAM, "participant");
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM ix_reference x JOIN resource r ON r.rid = x.rid \
             WHERE x.param = $1 AND x.target = $2 AND x.type = 'Practitioner' AND r.deleted = 0"
        ));
        let statement = statement.bind(i64::from(param.0)).bind(practitioner);
        let rows = self.db.fetch_all(statement).await?;
        let mut patients = Vec::new();
        for row in self.stored(&rows).await? {
            let team = parsed(&row.body)?;
            if team.root().text_at("status").as_deref() == Some("active")
                && let Some(owner) = row.owner
            {
                patients.push(owner.to_string());
            }
        }
        patients.sort_unstable();
        patients.dedup();
        Ok(patients)
    }
}

pub(crate) fn parsed(body: &[u8]) -> Result<Document> {
    let corrupt = |what: String| Error::Corrupt {
        table: "resource",
        what,
    };
    let text = std::str::from_utf8(body).map_err(|e| corrupt(e.to_string()))?;
    Document::parse(text).map_err(|e| corrupt(e.to_string()))
}
