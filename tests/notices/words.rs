//! What mail says: whatever is written into a record, the mail about it is the same; and no letter of the house has
//! room for anything about health.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::house;

/// The only files that put mail into the outbox, and so the ones whose words are looked at.
const LETTERS: &[&str] = &[
    "src/developer/join.rs",
    "src/storage/mail.rs",
    "src/storage/notices.rs",
    "src/workflows/apps/letters.rs",
    "src/workflows/break_glass.rs",
    "src/workflows/ending/letters.rs",
    "src/workflows/notices.rs",
    "src/workflows/opening/letters.rs",
    "src/workflows/outside_sign_ins.rs",
    "src/workflows/proxies/letters.rs",
    "src/workflows/recovery.rs",
    "src/workflows/registration.rs",
    "src/workflows/registration/decisions.rs",
];

/// Where words of mail stand that others queue.
const WORDS: &str = "src/workflows/notices/letters.rs";

/// What no letter says, as parts of words.
const NEVER: &[&str] = &[
    "diagnos",
    "prescri",
    "medication",
    "medicine",
    "immuni",
    "vaccin",
    "allerg",
    "surger",
    "blood",
    "pregnan",
    "hiv",
    "therap",
    "treatment",
    "laborator",
    "lab ",
    "test result",
    "your result",
    "doctor",
    "clinician",
    "department",
    "appointment",
    "your visit",
    "your bill",
    "invoice",
    "symptom",
    "illness",
    "disease",
    "patient ",
    "daughter",
    " son ",
    "mother",
    "father",
];

/// What letters are filled in with: where, when, which account, app or number. No name of a person, no words of a
/// record.
const FILLED_IN: &[&str] = &[
    "WHAT_TO_DO",
    "WHERE",
    "address",
    "agent",
    "app",
    "base",
    "base_url",
    "code",
    "days",
    "from",
    "link",
    "moment",
    "note",
    "number",
    "provider",
    "secret",
    "source",
    "subject",
    "text",
    "there",
    "until",
    "what",
    "when",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The texts of a source file long enough to be said to somebody, without its comments and tests.
fn texts(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: Vec<&str> = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let mut texts = Vec::new();
    for (at, text) in code.join("\n").replace("\\\"", "”").split('"').enumerate() {
        let said = text.replace("\\n", "\n").replace("\\\n", " ");
        if at % 2 == 1 && said.split_whitespace().count() >= 3 {
            texts.push(said.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    texts
}

#[test]
fn only_letters_whose_words_are_known_are_queued() {
    let mut all = Vec::new();
    files(&root().join("src"), &mut all);
    for path in all {
        let source = std::fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let queues = source.contains("INSERT INTO mail (")
            || (source.contains("mail()") && source.contains(".queue("))
            || source.contains("mail.queue(");
        let known = LETTERS.contains(&name.as_str());
        assert!(
            known || !queues,
            "{name} queues mail: add it to LETTERS and look at its words"
        );
    }
}

#[test]
fn no_letter_names_a_kind_of_care_or_has_room_for_a_name() {
    let mut looked_at = 0;
    for name in LETTERS.iter().chain([&WORDS]) {
        let source = std::fs::read_to_string(root().join(name)).unwrap();
        for text in texts(&source) {
            // Answers of operations, statements and faults are no letters.
            if name.starts_with("src/storage")
                || name.ends_with("break_glass.rs") && !text.contains("Sign in")
            {
                continue;
            }
            looked_at += 1;
            let said = format!("{} ", text.to_lowercase());
            for never in NEVER {
                assert!(!said.contains(never), "{name} says {never}: {text}");
            }
            for (at, _) in text.match_indices('{') {
                let rest = &text[at + 1..];
                let filled = rest.split(['}', ':']).next().unwrap_or_default();
                assert!(
                    filled.is_empty() || FILLED_IN.contains(&filled),
                    "{name} fills in {filled}: {text}"
                );
            }
        }
    }
    assert!(looked_at > 60, "{looked_at}");
}

/// One of each kind of news for ada, all about something nobody must learn from a mail.
fn all_kinds(word: &str) -> Vec<Value> {
    let ada = json!({"reference": "Patient/ada"});
    let what = json!({"text": word, "coding": [{"system": "urn:x", "code": "x", "display": word}]});
    let made = |kind: &str, rest: Value| {
        let mut one = json!({"resourceType": kind, "id": format!("news-{}", kind.to_lowercase())});
        for (name, value) in rest.as_object().unwrap() {
            one[name] = value.clone();
        }
        one
    };
    vec![
        made(
            "Observation",
            json!({"status": "final", "subject": ada, "code": what, "valueString": word}),
        ),
        made(
            "DiagnosticReport",
            json!({"status": "final", "subject": ada, "code": what, "conclusion": word}),
        ),
        made(
            "DocumentReference",
            json!({"status": "current", "subject": ada, "type": what, "description": word,
            "content": [{"attachment": {"contentType": "text/plain", "title": word}}]}),
        ),
        made(
            "Communication",
            json!({"status": "completed", "subject": ada, "topic": what,
            "sender": {"reference": "Practitioner/dr-wu", "display": word}, "payload": [{"contentString": word}]}),
        ),
        made(
            "Appointment",
            json!({"status": "cancelled", "description": word, "cancelationReason": what,
            "participant": [{"actor": ada, "status": "accepted"}]}),
        ),
        made(
            "Invoice",
            json!({"status": "issued", "subject": ada, "note": [{"text": word}]}),
        ),
        made("Condition", json!({"subject": ada, "code": what})),
        made(
            "MedicationRequest",
            json!({"status": "active", "intent": "order", "subject": ada,
            "medicationCodeableConcept": what}),
        ),
        made(
            "Encounter",
            json!({"status": "finished", "class": {"code": "AMB"}, "subject": ada,
            "reasonCode": [what]}),
        ),
        made(
            "Immunization",
            json!({"status": "completed", "patient": ada, "vaccineCode": what,
            "occurrenceDateTime": "2026-06-15"}),
        ),
        made(
            "Task",
            json!({"status": "requested", "intent": "order", "for": ada, "owner": ada, "description": word}),
        ),
        made(
            "AllergyIntolerance",
            json!({"patient": ada, "code": what,
            "clinicalStatus": {"coding": [{"code": "active",
                "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"}]}}),
        ),
    ]
}

#[tokio::test]
async fn whatever_is_written_the_mail_is_the_same() {
    let house = house().await;
    let mut mails = Vec::new();
    for word in ["Zygomycosis", "There is something new"] {
        for kind in all_kinds(word) {
            house.put(&kind).await;
            assert_eq!(house.news().await, 1, "{}", kind["resourceType"]);
            house.minutes_later(61);
        }
        mails = house.mails("ada@example.org").await;
    }
    assert_eq!(mails.len(), 24);
    let first = &mails[0];
    assert!(mails.iter().all(|mail| mail == first));
    let page = workflows::notices::html::page("", first);
    for word in [
        "zygomycosis",
        "ada",
        "wu",
        "practitioner",
        "observation",
        "mrn",
    ] {
        let said = format!("{first}{page}").replace(&*house.web.base_url, "");
        assert!(!said.to_lowercase().contains(word), "{word}");
    }
}
