//! Index rows of parameters that came as SearchParameter resources: their expressions are
//! evaluated, and what they give is indexed by its type.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::tree::Leaf;
use super::value::{self, Sink};
use super::{Entry, ParamId, Value};
use crate::path::{Item, Outside, Scene, Value as PathValue};
use crate::reference::Reference;
use crate::search::posted::{Composed, Posted, PostedParams};
use crate::search::table::Held;
use crate::search::{ELEMENTS_MAX, ParamType};
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
    once(out)
}

/// The rows that one posted parameter gives a resource of its type.
pub fn entries_of(posted: &Posted, resource: Element<'_>, base: &str) -> Vec<Entry> {
    let mut out = Vec::new();
    one(posted, resource, base, &mut out);
    once(out)
}

fn once(mut rows: Vec<Entry>) -> Vec<Entry> {
    rows.sort_unstable_by(|a, b| {
        let param = a.param.cmp(&b.param);
        param.then_with(|| super::order(&a.value, &b.value))
    });
    rows.dedup();
    rows
}

fn one(posted: &Posted, resource: Element<'_>, base: &str, out: &mut Vec<Entry>) {
    let outside = Told(base);
    let scene = Scene::of(resource).steps(STEPS_MAX).outside(&outside);
    // What cannot be evaluated over a resource says nothing of it.
    let found = posted
        .expression
        .evaluate(&[Item::resource(resource)], &scene);
    let found = found.unwrap_or_default();
    let mut sink = Sink::new(base, out);
    match &posted.composed {
        None => rows(found, (posted.param.id, posted.param.kind), &mut sink),
        Some(composed) => together(composed, found, &scene, &mut sink),
    }
}

/// Rows of each component in each element, under the element's number and under the component's own.
fn together(composed: &Composed, found: Vec<Item<'_>>, scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let components = composed.composite.components.iter();
    let id = composed.composite.param.id;
    for (number, element) in (0..ELEMENTS_MAX).zip(found) {
        for (at, (component, expression)) in
            components.clone().zip(&composed.expressions).enumerate()
        {
            let read = expression.evaluate(std::slice::from_ref(&element), scene);
            let before = sink.len();
            sink.element = Some(number);
            rows(
                read.unwrap_or_default(),
                (id.part(at), component.kind),
                sink,
            );
            sink.repeat(before, component.id);
        }
    }
}

/// The rows of what an expression gave.
fn rows(found: Vec<Item<'_>>, (param, kind): (ParamId, ParamType), sink: &mut Sink<'_>) {
    for item in found {
        match &item {
            Item::Value(value) => system((param, kind), value, sink),
            Item::Element(node) => {
                if let (Some(element), Some(held)) = (node.element(), held(node.type_name(), kind))
                {
                    let leaf = Leaf {
                        param,
                        kind,
                        held,
                        only: None,
                    };
                    value::index(leaf, element, sink);
                }
            }
        }
    }
}

fn system((id, kind): (ParamId, ParamType), value: &PathValue<'_>, sink: &mut Sink<'_>) {
    let text = value.to_text();
    match kind {
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

    #[test]
    fn components_are_indexed_by_element_and_by_themselves() {
        let parameter = Document::parse(
            r#"{"resourceType":"SearchParameter","url":"urn:t","status":"active","code":"of-contact",
            "type":"composite","base":["Patient"],"expression":"Patient.contact","component":[
            {"definition":"http://hl7.org/fhir/SearchParameter/individual-gender",
             "expression":"gender"},
            {"definition":"http://hl7.org/fhir/SearchParameter/individual-family",
             "expression":"name.family"}]}"#,
        )
        .unwrap();
        let mut params = PostedParams::default();
        params.add(parameter.root());
        params.compose();
        let patient = Document::parse(
            r#"{"resourceType":"Patient","gender":"other","contact":[
            {"gender":"female","name":{"family":"Ox"}},
            {"gender":"female","name":{"family":"Elk"}}]}"#,
        )
        .unwrap();
        let rows = posted_entries(&params, ResourceType::PATIENT, patient.root(), "http://h");
        let id = params.all().next().unwrap().param.id;
        let under = |param: ParamId| rows.iter().filter(|row| row.param == param).count();
        // The same gender twice is one row of the resource, and one of each element.
        assert_eq!((under(id.component(0)), under(id.component(1))), (1, 2));
        for number in 0..2 {
            let ParamId(part) = id.part(number);
            assert_eq!((under(ParamId(part)), under(ParamId(part + 1))), (1, 1));
        }
        assert_eq!(rows.len(), 7);
    }
}
