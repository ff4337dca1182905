//! Index rows of parameters that came as SearchParameter resources: their expressions are
//! evaluated, and what they give is indexed by its type.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::tree::Leaf;
use super::value::{self, Sink};
use super::{Entry, Value};
use crate::path::{Item, Outside, Scene, Value as PathValue};
use crate::reference::Reference;
use crate::search::ParamType;
use crate::search::posted::{Posted, PostedParams};
use crate::search::table::Held;
use crate::{Document, Element, ResourceType};

/// Steps one expression may take over one resource.
const STEPS_MAX: u64 = 100_000;

/// A resource of each type that says no more than its type: what a reference leads to, as far as
/// its text tells.
static TARGETS: LazyLock<HashMap<ResourceType, Document>> = LazyLock::new(|| {
    let one = |t: ResourceType| {
        let text = format!("{{\"resourceType\":\"{}\"}}", t.name());
        Some((t, Document::parse(text).ok()?))
    };
    ResourceType::all().filter_map(one).collect()
});

struct Told<'a>(&'a str);

impl Outside for Told<'_> {
    fn resolve<'d>(&'d self, reference: &str) -> Option<Element<'d>> {
        match Reference::parse(reference, Some(self.0)) {
            Reference::Local { resource_type, .. } => {
                TARGETS.get(&resource_type).map(Document::root)
            }
            _ => None,
        }
    }
}

/// The rows that posted parameters give a resource of a type, once each.
pub fn posted_entries(
    params: &PostedParams,
    resource_type: ResourceType,
    resource: Element<'_>,
    base: &str,
) -> Vec<Entry> {
    let mut out = Vec::new();
    for posted in params.of(resource_type) {
        one(posted, resource, base, &mut out);
    }
    out.sort_unstable_by(|a, b| {
        let param = a.param.cmp(&b.param);
        param.then_with(|| super::order(&a.value, &b.value))
    });
    out.dedup();
    out
}

/// The rows that one posted parameter gives a resource of its type.
pub fn entries_of(posted: &Posted, resource: Element<'_>, base: &str) -> Vec<Entry> {
    let mut out = Vec::new();
    one(posted, resource, base, &mut out);
    out
}

fn one(posted: &Posted, resource: Element<'_>, base: &str, out: &mut Vec<Entry>) {
    let outside = Told(base);
    let scene = Scene::of(resource).steps(STEPS_MAX).outside(&outside);
    // What cannot be evaluated over a resource says nothing of it.
    let found = posted
        .expression
        .evaluate(&[Item::resource(resource)], &scene);
    let mut sink = Sink::new(base, out);
    for item in found.unwrap_or_default() {
        match &item {
            Item::Value(value) => system(posted, value, &mut sink),
            Item::Element(node) => {
                let held = held(node.type_name(), posted.param.kind);
                if let (Some(element), Some(held)) = (node.element(), held) {
                    let leaf = Leaf {
                        param: posted.param.id,
                        kind: posted.param.kind,
                        held,
                        only: None,
                    };
                    value::index(leaf, element, &mut sink);
                }
            }
        }
    }
}

fn system(posted: &Posted, value: &PathValue<'_>, sink: &mut Sink<'_>) {
    let text = value.to_text();
    let id = posted.param.id;
    match posted.param.kind {
        ParamType::Token => sink.token(id, "", &text),
        ParamType::String => sink.string(id, &text),
        ParamType::Uri => sink.push(id, Value::Uri(super::cut(&text).to_owned())),
        _ => {}
    }
}

/// How a FHIR type is indexed for a kind of parameter (R4 3.1.1.4); `None` where it is not.
fn held(type_name: &str, kind: ParamType) -> Option<Held> {
    Some(match (kind, type_name) {
        (ParamType::String, "string" | "markdown" | "code" | "id") => Held::Text,
        (ParamType::String, "HumanName") => Held::HumanName,
        (ParamType::String, "Address") => Held::Address,
        (ParamType::Token, "code" | "id" | "string") => Held::Code,
        (ParamType::Token, "uri" | "canonical" | "url" | "oid" | "uuid") => Held::Canonical,
        (ParamType::Token, "boolean") => Held::Boolean,
        (ParamType::Token, "Coding") => Held::Coding,
        (ParamType::Token, "CodeableConcept") => Held::CodeableConcept,
        (ParamType::Token, "Identifier") => Held::Identifier,
        (ParamType::Token, "ContactPoint") => Held::ContactPoint,
        (ParamType::Reference, "Reference") => Held::Reference,
        (ParamType::Reference | ParamType::Uri, "canonical" | "uri" | "url" | "oid" | "uuid") => {
            Held::Canonical
        }
        (ParamType::Date, "date" | "dateTime" | "instant") => Held::Moment,
        (ParamType::Date, "Period") => Held::Period,
        (ParamType::Date, "Timing") => Held::Timing,
        (ParamType::Number, "decimal" | "integer" | "positiveInt" | "unsignedInt") => Held::Number,
        (
            ParamType::Quantity,
            "Quantity" | "Age" | "Duration" | "Count" | "Distance" | "SimpleQuantity",
        ) => Held::Quantity,
        (ParamType::Quantity, "Money") => Held::Money,
        (ParamType::Quantity, "Range") => Held::Range,
        (ParamType::Quantity, "SampledData") => Held::SampledData,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(kind: &str, expression: &str) -> Vec<Value> {
        let parameter = Document::parse(format!(
            r#"{{"resourceType":"SearchParameter","url":"urn:t","status":"active","code":"t-{kind}",
            "type":"{kind}","base":["Patient"],"expression":"{expression}"}}"#
        ))
        .unwrap();
        let mut params = PostedParams::default();
        params.add(parameter.root());
        assert!(!params.is_empty());
        let patient = Document::parse(
            r#"{"resourceType":"Patient","active":true,"birthDate":"1980",
            "extension":[{"url":"urn:eye","valueCode":"blue"}],"multipleBirthInteger":2,
            "generalPractitioner":[{"reference":"Practitioner/p"},{"reference":"Organization/o"}],
            "contact":[{"name":{"family":"Ox"}}]}"#,
        )
        .unwrap();
        let found = posted_entries(&params, ResourceType::PATIENT, patient.root(), "http://h");
        found.into_iter().map(|entry| entry.value).collect()
    }

    #[test]
    fn what_an_expression_gives_is_indexed_by_its_type() {
        let code = |code: &str| Value::Token {
            system: String::new(),
            code: code.to_owned(),
        };
        let eye = "Patient.extension.where(url = 'urn:eye').value";
        assert_eq!(rows("token", eye), [code("blue")]);
        assert_eq!(rows("token", "Patient.active"), [code("true")]);
        assert_eq!(rows("token", "Patient.photo.exists()"), [code("false")]);
        assert_eq!(rows("string", "Patient.contact.name").len(), 1);
        assert_eq!(
            rows("number", "Patient.multipleBirth.ofType(integer)").len(),
            1
        );
        let doctors = "Patient.generalPractitioner.where(resolve() is Practitioner)";
        let doctor = Value::Reference {
            resource_type: ResourceType::from_name("Practitioner"),
            id: "p".to_owned(),
        };
        assert_eq!(rows("reference", doctors), [doctor]);
        assert_eq!(rows("date", "Patient.birthDate").len(), 1);
        assert!(rows("date", "Patient.name.family").is_empty());
        assert!(rows("token", "Patient.name.given.single() + 1").is_empty());
    }
}
