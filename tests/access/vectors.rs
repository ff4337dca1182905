//! Every authorization vector asked over the router: its facts built as resources, accounts, clients and tokens, its
//! question put by HTTP at its instant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::Reply;

mod caller;
mod resources;
mod visitors;

const OWN: &str = include_str!("../../profiles/policy/vectors.json");

/// Vectors of ours that cannot be asked over HTTP, and why.
const NOT_ASKED: &[(&str, &str)] = &[];

/// The same of the agreed ones.
const AGREED_NOT_ASKED: &[(&str, &str)] = &[];

/// One vector, its names made its own so that all of a pack fit into one house.
pub struct Vector {
    name: String,
    pack: String,
    now: String,
    patient: Value,
    actor: Value,
    client: Value,
    relationship: Value,
    consents: Vec<Value>,
    request: Value,
    expect: Value,
}

impl Vector {
    fn read(json: &Value) -> Self {
        let part = |name: &str| json.get(name).cloned().unwrap_or(Value::Null);
        let word = |name: &str| text(json, name).unwrap().to_owned();
        Self {
            name: word("id"),
            pack: word("pack"),
            now: word("now"),
            patient: part("patient"),
            actor: part("actor"),
            client: part("client"),
            relationship: part("relationship"),
            consents: part("consents").as_array().cloned().unwrap_or_default(),
            request: part("request"),
            expect: part("expect"),
        }
    }
    /// The id that something of this vector has in the house.
    fn id(&self, of: &str) -> String {
        format!("{}.{of}", self.name)
    }
}

pub fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}
pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}
pub fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    list.filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// Asks all vectors but those listed; which answers were other than expected.
async fn ask_all(vectors: &str, listed: &[(&str, &str)]) {
    let parsed: Vec<Value> = serde_json::from_str(vectors).unwrap();
    let mut by_pack: BTreeMap<String, Vec<Vector>> = BTreeMap::new();
    let mut left: BTreeSet<&str> = listed.iter().map(|(name, _)| *name).collect();
    assert_eq!(left.len(), listed.len(), "listed twice");
    for vector in parsed.iter().map(Vector::read) {
        if !left.remove(vector.name.as_str()) {
            by_pack.entry(vector.pack.clone()).or_default().push(vector);
        }
    }
    assert!(left.is_empty(), "listed, but no vectors: {left:?}");
    let (mut asked, mut wrong) = (0, Vec::new());
    for (pack, mut vectors) in by_pack {
        vectors.sort_by_key(|vector| vector.now.parse::<jiff::Timestamp>().unwrap());
        let house = caller::Place::under(&pack).await;
        for vector in &vectors {
            asked += 1;
            wrong.extend(ask(&house, vector).await.err());
        }
    }
    assert_eq!(asked + listed.len(), parsed.len());
    assert!(
        wrong.is_empty(),
        "{} of {asked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Asks one; says what was wrong.
async fn ask(place: &caller::Place, vector: &Vector) -> Result<(), String> {
    let house = &place.house;
    house.move_clock(&vector.now);
    match text(&vector.actor, "kind") {
        Some("guest") => return visitors::guest(place, vector).await,
        Some("shl") => return visitors::link(place, vector).await,
        _ => {}
    }
    let mut all = resources::before(vector);
    let asked = resources::asked_for(vector);
    let kind = text(&vector.request, "type").unwrap();
    let op = text(&vector.request, "op").unwrap();
    let of_the_record = !matches!(kind, "Unheard" | "AuditEvent" | "Patient");
    if op != "c" && of_the_record && !flag(&vector.request, "self_relationship") {
        all.push(asked.clone());
    }
    place
        .put(&all)
        .await
        .map_err(|why| format!("{}: {why}", vector.name))?;
    let caller = place.caller(vector).await;
    let id = match kind {
        "Patient" => vector.id(text(&vector.request, "subject").unwrap()),
        "AuditEvent" => place.audit_event(&vector.id("p1")).await,
        _ if flag(&vector.request, "self_relationship") => vector.id("r"),
        _ => vector.id("asked"),
    };
    let path = format!("/fhir/{kind}/{id}");
    // What is refused must be there: an answer that it is not proves nothing. Psychotherapy notes are nobody's to read.
    let to_see =
        kind != "Unheard" && !texts(&vector.request, "labels").contains(&"PSYTHPN".to_owned());
    if op != "c" && to_see && !place.holds(&path).await {
        return Err(format!("{}: {path} is not in the house", vector.name));
    }
    house.move_clock(&vector.now);
    let reply = match op {
        "c" => {
            let mut sent = asked;
            sent.as_object_mut().unwrap().remove("id");
            caller.post(&format!("/fhir/{kind}"), sent).await
        }
        "u" => {
            let mut sent = house.backend().await.get(&path).await.json();
            sent["telecom"] = json!([{"system": "phone", "value": "555-0199"}]);
            if kind == "Observation" {
                sent.as_object_mut().unwrap().remove("telecom");
                sent["valueString"] = json!("better");
            }
            caller.put(&path, sent).await
        }
        "d" => caller.delete(&path).await,
        "s" if kind == "Patient" => caller.get(&format!("/fhir/Patient?_id={id}")).await,
        "s" => {
            let patient = vector.id(text(&vector.request, "subject").unwrap());
            caller.get(&format!("/fhir/{kind}?patient={patient}")).await
        }
        _ => caller.get(&path).await,
    };
    judge(vector, op, &id, &reply)
}

fn judge(vector: &Vector, op: &str, id: &str, reply: &Reply) -> Result<(), String> {
    let expect = &vector.expect;
    let effect = text(expect, "effect").unwrap();
    let status = match (effect, op) {
        ("deny", _) => u16::try_from(expect["http"].as_u64().unwrap()).unwrap(),
        (_, "c") => 201,
        _ => 200,
    };
    let wrong = |what: &str| {
        let body: String = reply.text().chars().take(300).collect();
        Err(format!(
            "{} ({}): {what}: {} {body}",
            vector.name, expect, reply.status
        ))
    };
    if reply.status != status {
        return wrong("another status");
    }
    // Who may write and not read is given nothing back.
    if effect != "deny" && matches!(op, "c" | "u" | "d") {
        return Ok(());
    }
    let json = reply.json();
    if effect == "deny" {
        let refused = json["resourceType"] == "OperationOutcome";
        return if refused { Ok(()) } else { wrong("no outcome") };
    }
    if op == "s" && !reply.ids(Some("match")).iter().any(|found| found == id) {
        return wrong("not found");
    }
    if op == "r" && json["id"] != id {
        return wrong("another resource");
    }
    let redacted = reply.text().contains("\"SUBSETTED\"");
    if redacted != (effect == "permit-redacted") {
        return wrong("redacted or not");
    }
    Ok(())
}

#[tokio::test]
async fn our_own_vectors_hold_over_http() {
    ask_all(OWN, NOT_ASKED).await;
}

#[tokio::test]
async fn the_agreed_vectors_hold_over_http_where_they_are_at_hand() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut shared = root
        .ancestors()
        .map(|up| up.join("shared/access/vectors.json"));
    let Some(shared) = shared.find(|file| file.exists()) else {
        return;
    };
    let vectors = std::fs::read_to_string(shared).unwrap();
    ask_all(&vectors, AGREED_NOT_ASKED).await;
}
