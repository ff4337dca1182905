//! Messages people send: what they are about, which thread they belong to, and the pool the house hands them to.

use crate::vocabulary::BASE;
use fhir::json::{Edits, quote};
use fhir::reference::Reference;
use fhir::{Document, Element, ResourceType};

/// Whether a Communication is sent, not a draft.
pub fn is_sent(message: Element<'_>) -> bool {
    message.text_at("status").as_deref() == Some("completed")
}

/// Whether a patient, or who acts for one, wrote it.
pub fn is_from_person(message: Element<'_>) -> bool {
    let sender = message.text_at("sender.reference").unwrap_or_default();
    let kind = sender.rsplit('/').nth(1).unwrap_or_default();
    matches!(kind, "Patient" | "RelatedPerson" | "Person")
}

/// The code of its category among the house's; empty where it has none.
pub fn category(message: Element<'_>) -> String {
    let concepts = message.all("category");
    let codes = concepts
        .into_iter()
        .filter_map(|it| code(it, "message-category"));
    codes.into_iter().next().unwrap_or_default()
}

/// The code of its topic among the house's; empty where it has none.
pub fn topic(message: Element<'_>) -> String {
    let concept = message.get("topic");
    concept
        .and_then(|it| code(it, "message-topic"))
        .unwrap_or_default()
}

fn code(concept: Element<'_>, system: &str) -> Option<String> {
    let system = format!("{BASE}/CodeSystem/{system}");
    let codings = concept.all("coding");
    let mut own = codings
        .into_iter()
        .filter(|coding| coding.text_at("system").as_deref() == Some(&system));
    let coded = own.find_map(|coding| coding.text_at("code"));
    coded
        .or_else(|| concept.text_at("text"))
        .map(std::borrow::Cow::into_owned)
}

/// The id of the message it belongs to: the head of its thread, else the one it answers.
pub fn parent(message: Element<'_>) -> Option<String> {
    ["partOf", "inResponseTo"].into_iter().find_map(|path| {
        let references = message.all(path);
        references.into_iter().find_map(|one| {
            match Reference::parse(&one.text_at("reference")?, None) {
                Reference::Local {
                    resource_type, id, ..
                } if resource_type == ResourceType::COMMUNICATION => Some(id),
                _ => None,
            }
        })
    })
}

/// The message addressed to a pool: in place of the one it names, besides whoever else it is for.
pub fn addressed_to(message: &Document, pool: &str) -> Option<String> {
    let root = message.root();
    let to = format!(
        "{{\"reference\":{}}}",
        quote(&format!("HealthcareService/{pool}"))
    );
    let mut edits = Edits::default();
    let named = root.all("recipient").into_iter().find(|one| {
        let reference = one.text_at("reference").unwrap_or_default();
        let mut parts = reference.rsplit('/');
        parts.nth(1) == Some("HealthcareService")
    });
    match (named, root.get("recipient")) {
        (Some(one), _) => edits.replace(one.span(), to),
        (None, Some(list)) if list.items().next().is_some() => {
            edits.insert(list.span().end - 1, format!(",{to}"));
        }
        (None, Some(list)) => edits.replace(list.span(), format!("[{to}]")),
        (None, None) => {
            let end = root.get("resourceType")?.span().end;
            edits.insert(end, format!(",\"recipient\":[{to}]"));
        }
    }
    Some(edits.apply(message.text()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn document(json: &str) -> Document {
        Document::parse(json).unwrap()
    }

    #[test]
    fn category_and_topic_are_codes_of_the_house_or_their_text() {
        let coded = document(
            r#"{"resourceType":"Communication","status":"completed","category":[{"coding":[{"system":"urn:x","code":"other"},
            {"system":"https://kinchart.org/fhir/CodeSystem/message-category","code":"billing-question"}]}],
            "topic":{"text":"login-help"}}"#,
        );
        assert!(is_sent(coded.root()));
        assert_eq!(category(coded.root()), "billing-question");
        assert_eq!(topic(coded.root()), "login-help");
        let bare = document(r#"{"resourceType":"Communication","status":"preparation"}"#);
        assert!(!is_sent(bare.root()));
        assert_eq!(category(bare.root()) + &topic(bare.root()), "");
    }

    #[test]
    fn a_message_belongs_to_the_thread_it_says() {
        let of = |members: &str| {
            let json = format!(r#"{{"resourceType":"Communication"{members}}}"#);
            parent(document(&json).root())
        };
        let answer = r#","inResponseTo":[{"reference":"Communication/b"}]"#;
        assert_eq!(of(answer).as_deref(), Some("b"));
        let part = format!(
            r#"{answer},"partOf":[{{"reference":"Task/t"}},{{"reference":"Communication/a"}}]"#
        );
        assert_eq!(of(&part).as_deref(), Some("a"));
        assert_eq!(of(""), None);
    }

    #[test]
    fn a_pool_takes_the_place_of_another_and_stands_beside_everybody_else() {
        let to = |members: &str| {
            let json = format!(r#"{{"resourceType":"Communication"{members}}}"#);
            let made = document(&addressed_to(&document(&json), "front").unwrap());
            let all = made.root().all("recipient.reference");
            let all = all.into_iter().filter_map(|one| one.str());
            all.map(std::borrow::Cow::into_owned).collect::<Vec<_>>()
        };
        let front = "HealthcareService/front";
        assert_eq!(to(""), [front]);
        assert_eq!(to(r#","recipient":[]"#), [front]);
        let doctor = r#","recipient":[{"reference":"Practitioner/d"}]"#;
        assert_eq!(to(doctor), ["Practitioner/d", front]);
        let other =
            r#","recipient":[{"reference":"https://x.example/fhir/HealthcareService/old"}]"#;
        assert_eq!(to(other), [front]);
    }
}
