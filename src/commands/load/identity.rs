//! Who is who in what is loaded: ids kept or made, and references between resources resolved to
//! them.

use std::collections::HashMap;

use fhir::bundle::{self, Entry, Kind, Method};
use fhir::reference::{Reference, is_id, references};
use fhir::{Document, ResourceType};
use uuid::Uuid;

/// One resource on its way in, its id decided.
#[derive(Debug)]
pub struct Incoming {
    pub resource_type: ResourceType,
    pub id: String,
    pub document: Document,
    /// From a batch or transaction: a `urn:` reference must lead to something.
    pub strict: bool,
}

impl Incoming {
    /// `Type/id`
    pub fn name(&self) -> String {
        format!("{}/{}", self.resource_type.name(), self.id)
    }
}

/// What came of a reference that names its target by a search or by a `urn:`.
#[derive(Debug, PartialEq, Eq)]
pub enum Open {
    /// `Type?query`, not found among what was loaded: ask the database.
    Search(ResourceType, String),
    /// `urn:…` that no file has named so far.
    Urn(String),
}

/// Everything that may be referred to, by every name it goes by.
#[derive(Debug, Default)]
pub struct Identities {
    /// `urn:…`, and the text of conditional references → `Type/id`.
    targets: HashMap<String, String>,
    /// `Type?identifier=system|value` → `Type/id`
    identifiers: HashMap<String, String>,
}

/// Types that others refer to by identifier (as Synthea's transactions do).
const BY_IDENTIFIER: &[&str] = &[
    "Device",
    "HealthcareService",
    "Location",
    "Medication",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
];

impl Identities {
    /// A resource that stood alone or on a line.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub fn single(&mut self, document: Document) -> Result<Incoming, String> {
        let resource_type = type_of(&document)?;
        let id = own_id(&document)?.unwrap_or_else(|| made_id(document.text()));
        let incoming = Incoming {
            resource_type,
            id,
            document,
            strict: false,
        };
        self.remember(&incoming, None);
        Ok(incoming)
    }

    /// A resource in a Bundle; `None` for entries that carry none in Bundles that ask for nothing.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub fn entry(&mut self, kind: Kind, entry: Entry) -> Result<Option<Incoming>, String> {
        let strict = matches!(kind, Kind::Batch | Kind::Transaction);
        if strict && !matches!(entry.method, Some(Method::Post | Method::Put)) {
            return Err("only POST and PUT entries can be loaded".to_owned());
        }
        let Some(document) = entry.resource else {
            return Ok(None);
        };
        let resource_type = type_of(&document)?;
        let mut id = own_id(&document)?;
        let target = bundle::target(&entry.url);
        if strict
            && target
                .as_ref()
                .is_none_or(|(named, _)| *named != resource_type)
        {
            return Err(format!(
                "request.url {} does not name a {resource_type}",
                entry.url
            ));
        }
        if entry.method == Some(Method::Put) && strict {
            let named = target.and_then(|(_, id)| id);
            if let (Some(named), Some(own)) = (&named, &id)
                && named != own
            {
                return Err(format!("request.url names {named}, the resource {own}"));
            }
            id = named.or(id);
        }
        let condition = entry
            .if_none_exist
            .map(|query| format!("{}?{query}", resource_type.name()))
            .or_else(|| entry.url.contains('?').then(|| entry.url.clone()));
        let id = id.unwrap_or_else(|| {
            let name = condition.as_deref().or(entry.full_url.as_deref());
            made_id(name.unwrap_or(document.text()))
        });
        let incoming = Incoming {
            resource_type,
            id,
            document,
            strict,
        };
        self.remember(&incoming, condition.as_deref());
        Ok(Some(incoming))
    }

    fn remember(&mut self, incoming: &Incoming, condition: Option<&str>) {
        let name = incoming.name();
        if let Some(condition) = condition {
            self.targets.insert(condition.to_owned(), name.clone());
        }
        if !BY_IDENTIFIER.contains(&incoming.resource_type.name()) {
            return;
        }
        for identifier in incoming.document.root().all("identifier") {
            let system = identifier.text_at("system").unwrap_or_default();
            if let Some(value) = identifier.text_at("value") {
                let text = format!("{}?identifier={system}|{value}", incoming.resource_type);
                self.identifiers.insert(text, name.clone());
            }
        }
    }

    /// Another name of a resource: a `urn:` of any file, or the text of a conditional reference.
    pub fn also(&mut self, text: &str, name: &str) {
        self.targets.insert(text.to_owned(), name.to_owned());
    }

    /// Points the references of a resource to what they mean. `local`: the fullUrls of its own
    /// Bundle.
    /// The second part lists what could not be resolved yet.
    pub fn resolve(
        &self,
        incoming: &Incoming,
        local: &HashMap<String, String>,
    ) -> (Option<Document>, Vec<Open>) {
        let mut targets = HashMap::new();
        let mut open = Vec::new();
        for element in references(incoming.document.root()) {
            let Some(text) = element.str() else {
                continue;
            };
            if let Some(name) = local.get(&*text).or_else(|| self.targets.get(&*text)) {
                targets.insert(text.into_owned(), name.clone());
                continue;
            }
            match Reference::parse(&text, None) {
                Reference::Conditional {
                    resource_type,
                    query,
                } => match self.identifiers.get(&*text) {
                    Some(name) => {
                        targets.insert(text.into_owned(), name.clone());
                    }
                    None => open.push(Open::Search(resource_type, query)),
                },
                Reference::Urn(urn) if incoming.strict => open.push(Open::Urn(urn)),
                _ => {}
            }
        }
        if targets.is_empty() {
            return (None, open);
        }
        let text = bundle::rewrite(&incoming.document, &targets);
        (Document::parse(text).ok(), open)
    }
}

fn type_of(document: &Document) -> Result<ResourceType, String> {
    let root = document.root();
    let name = root
        .resource_type_name()
        .ok_or_else(|| "there is no resourceType".to_owned())?;
    ResourceType::from_name(&name).ok_or_else(|| format!("{name} is not a resource type of R4"))
}

fn own_id(document: &Document) -> Result<Option<String>, String> {
    let Some(element) = document.root().get("id") else {
        return Ok(None);
    };
    let id = element.str().unwrap_or_default();
    if is_id(&id) {
        Ok(Some(id.into_owned()))
    } else {
        Err("id is not an R4 id (letters, digits, - and ., at most 64)".to_owned())
    }
}

/// The same id for the same name, whenever it is loaded.
fn made_id(name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bundle(text: &str) -> bundle::Bundle {
        bundle::parse(&Document::parse(text).unwrap()).unwrap()
    }

    fn incoming(identities: &mut Identities, text: &str) -> Vec<Incoming> {
        let bundle = bundle(text);
        bundle
            .entries
            .into_iter()
            .map(|entry| identities.entry(bundle.kind, entry).unwrap().unwrap())
            .collect()
    }

    const POSTED: &str = r#"{"resourceType":"Bundle","type":"transaction","entry":[
        {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"},
         "request":{"method":"POST","url":"Patient"}},
        {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","id":"kept"},
         "request":{"method":"POST","url":"Patient"}}]}"#;

    #[test]
    fn ids_are_kept_and_missing_ones_made_the_same_each_time() {
        let once = incoming(&mut Identities::default(), POSTED);
        let again = incoming(&mut Identities::default(), POSTED);
        let ids = |all: &[Incoming]| all.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&once), ids(&again));
        assert_eq!(once.get(1).unwrap().id, "kept");
        assert_eq!(once.first().unwrap().id.len(), 36);
    }

    #[test]
    fn an_url_that_names_another_id_or_type_is_refused() {
        let text = r#"{"resourceType":"Bundle","type":"batch","entry":[
            {"resource":{"resourceType":"Patient","id":"a"},"request":{"method":"PUT","url":"Patient/b"}},
            {"resource":{"resourceType":"Patient","id":"a"},"request":{"method":"POST","url":"Person"}},
            {"request":{"method":"DELETE","url":"Patient/b"}}]}"#;
        for entry in bundle(text).entries {
            assert!(Identities::default().entry(Kind::Batch, entry).is_err());
        }
    }

    #[test]
    fn references_by_urn_and_by_identifier_are_pointed_to_ids() {
        let mut identities = Identities::default();
        let doctor = r#"{"resourceType":"Practitioner","id":"d1",
            "identifier":[{"system":"http://npi","value":"7"}]}"#;
        identities.single(Document::parse(doctor).unwrap()).unwrap();
        let seen = r#"{"resourceType":"Encounter","id":"e","subject":{"reference":"urn:uuid:p"},
            "participant":[{"individual":{"reference":"Practitioner?identifier=http://npi|7"}}],
            "serviceProvider":{"reference":"Organization?identifier=x|y"}}"#;
        let seen = identities.single(Document::parse(seen).unwrap()).unwrap();
        let local = HashMap::from([("urn:uuid:p".to_owned(), "Patient/p1".to_owned())]);
        let (document, open) = identities.resolve(&seen, &local);
        let text = document.unwrap().into_text();
        assert!(text.contains(r#""Patient/p1""#) && text.contains(r#""Practitioner/d1""#));
        let organization = ResourceType::from_name("Organization").unwrap();
        assert_eq!(
            open,
            [Open::Search(organization, "identifier=x|y".to_owned())]
        );
    }
}
