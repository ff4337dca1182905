//! Somebody asks to act for a patient; the patient or the staff decide, once.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use storage::accounts::Kind;

use super::{OWN, params};
use crate::support::{Caller, House};

pub(super) async fn house() -> House {
    let house = House::with_people().await;
    for person in ["ada", "dan"] {
        let account = house.account(person, Kind::Patient).await;
        house
            .mail_to(&account, &format!("{person}@example.org"))
            .await;
    }
    for (id, given, born) in [("ada", "Ada", "1984-02-03"), ("ben", "Ben", "2015-01-20")] {
        house
            .put(
                &json!({"resourceType": "Patient", "id": id, "birthDate": born,
                "address": [{"postalCode": "06457"}],
                "name": [{"given": [given], "family": "Moss"}]}),
            )
            .await;
    }
    house
}

pub(super) fn paper() -> Value {
    json!({"contentType": "application/pdf", "title": "Birth certificate",
        "data": STANDARD.encode(b"%PDF-1.7 a certificate")})
}

pub(super) fn asking(
    given: &str,
    born: &str,
    relationship: &str,
    more: &[(&str, &str, Value)],
) -> Value {
    let mut all = vec![
        ("given", "valueString", json!(given)),
        ("family", "valueString", json!("Moss")),
        ("birth-date", "valueDate", json!(born)),
        ("postal-code", "valueString", json!("06457")),
        ("relationship", "valueCode", json!(relationship)),
        ("attest", "valueBoolean", json!(true)),
    ];
    all.extend(more.iter().cloned());
    params(&all)
}

pub(super) async fn ask(caller: &Caller, asked: Value) -> String {
    let reply = caller
        .post("/fhir/$proxy-request", asked)
        .await
        .expect(200)
        .json();
    let task = reply["parameter"][0]["valueReference"]["reference"]
        .as_str()
        .unwrap();
    task.to_owned()
}

pub(super) fn decision(code: &str, more: &[(&str, &str, Value)]) -> Value {
    let mut all = vec![("decision", "valueCode", json!(code))];
    all.extend(more.iter().cloned());
    params(&all)
}

/// What dan sees of a patient's chart now.
pub(super) async fn sees(house: &House, patient: &str) -> bool {
    let accounts = house.storage.accounts();
    let account = house.account("dan", Kind::Patient).await;
    let account = accounts.find(&account).await.unwrap().unwrap();
    let people = accounts.people(&account, house.now()).await.unwrap();
    people.iter().any(|one| {
        let outlook = access::offer::Outlook::of(&one.standing, &house.web.pack, house.now());
        one.patient == patient && outlook.open()
    })
}

#[tokio::test]
async fn a_parent_is_let_in_on_papers_by_staff() {
    let house = house().await;
    let dan = house.patient_with("dan", OWN).await;
    let asked = asking(
        "ben",
        "2015-01-20",
        "parent",
        &[
            ("role", "valueCode", json!("FTH")),
            ("document", "valueAttachment", paper()),
        ],
    );
    let task = ask(&dan, asked).await;
    assert!(!sees(&house, "ben").await);
    let decide = format!("/fhir/{task}/$proxy-decide");
    dan.post(&decide, decision("approve", &[]))
        .await
        .expect(403);
    house
        .staff("clinician")
        .await
        .post(&decide, decision("approve", &[]))
        .await
        .expect(403);
    let him = house.staff("him").await;
    // Staff read the paper; the child's other parent does not find it.
    let papers = him
        .get("/fhir/DocumentReference?patient=ben")
        .await
        .expect(200);
    assert_eq!(papers.json()["total"], 1, "{}", papers.text());
    let binary = papers.json()["entry"][0]["resource"]["content"][0]["attachment"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let binary = binary.rsplit('/').next().unwrap().to_owned();
    let ada = house.proxy_with("ada", "ben", OWN).await.0;
    assert_eq!(
        ada.get("/fhir/DocumentReference").await.expect(200).json()["total"],
        0
    );
    ada.get(&format!("/fhir/Binary/{binary}")).await.expect(404);
    him.post(&decide, decision("approve", &[]))
        .await
        .expect(200);
    assert!(sees(&house, "ben").await);
    assert!(
        house
            .mails("dan@example.org")
            .await
            .iter()
            .any(|it| it.contains("may act for somebody"))
    );
    let done = him.get(&format!("/fhir/{task}")).await.expect(200).json();
    assert_eq!(done["status"], "completed");
    assert_eq!(done["owner"]["reference"], "Practitioner/dr-wu");
}

#[tokio::test]
async fn of_two_reviewers_at_once_one_decides() {
    let house = house().await;
    let dan = house.patient_with("dan", OWN).await;
    let papers = [("document", "valueAttachment", paper())];
    let task = ask(&dan, asking("Ben", "2015-01-20", "parent", &papers)).await;
    let decide = format!("/fhir/{task}/$proxy-decide");
    let (one, other) = (house.staff("him").await, house.staff("him").await);
    let (one, other) = tokio::join!(
        one.post(&decide, decision("approve", &[])),
        other.post(
            &decide,
            decision("reject", &[("reason", "valueString", json!("no proof"))])
        ),
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text(), other.text());
    let related = house
        .backend()
        .await
        .get("/fhir/RelatedPerson?patient=ben&active=true")
        .await;
    let expected = if one.status == 200 { 2 } else { 1 };
    assert_eq!(related.json()["total"], expected);
}

#[tokio::test]
async fn whether_the_patient_was_found_shows_nowhere() {
    let house = house().await;
    let dan = house.patient_with("dan", OWN).await;
    let found = dan
        .post(
            "/fhir/$proxy-request",
            asking("Ben", "2015-01-20", "parent", &[]),
        )
        .await;
    let missed = dan
        .post(
            "/fhir/$proxy-request",
            asking("Bob", "2015-01-20", "parent", &[]),
        )
        .await;
    let shape = |reply: &crate::support::Reply| {
        let json = reply.json();
        let id = json["parameter"][0]["valueReference"]["reference"]
            .as_str()
            .unwrap()
            .to_owned();
        (reply.status, json.to_string().replace(&id, "Task/x"))
    };
    assert_eq!(shape(&found), shape(&missed));
    for reply in [&found, &missed] {
        let task = reply.json()["parameter"][0]["valueReference"]["reference"]
            .as_str()
            .unwrap()
            .to_owned();
        dan.get(&format!("/fhir/{task}")).await.expect(404);
    }
    let own = dan.get("/fhir/$proxy-requests").await.expect(200).json();
    let states: Vec<_> = own["parameter"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["part"][2]["valueCode"].clone())
        .collect();
    assert_eq!(states, ["papers", "papers"]);
    // Staff can find the one meant.
    let him = house.staff("him").await;
    let task = missed.json()["parameter"][0]["valueReference"]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let decide = format!("/fhir/{task}/$proxy-decide");
    let ground = (
        "ground",
        "valueString",
        json!("Birth certificate seen at the desk"),
    );
    him.post(&decide, decision("approve", std::slice::from_ref(&ground)))
        .await
        .expect(422);
    let patient = (
        "patient",
        "valueReference",
        json!({"reference": "Patient/ben"}),
    );
    him.post(&decide, decision("approve", &[ground, patient]))
        .await
        .expect(200);
    assert!(sees(&house, "ben").await);
}

#[tokio::test]
async fn an_adult_decides_about_who_asks_and_a_no_says_no_more() {
    let house = house().await;
    let dan = house.patient_with("dan", OWN).await;
    let ada = house.patient_with("ada", OWN).await;
    let level = [("level", "valueCode", json!("view-all"))];
    let task = ask(&dan, asking("Ada", "1984-02-03", "adult", &level)).await;
    assert!(house.mails("ada@example.org").await[0].contains("asks to act for you"));
    let answer = format!("/fhir/{task}/$proxy-answer");
    dan.post(&answer, decision("accept", &level))
        .await
        .expect(404);
    ada.post(&answer, decision("decline", &[]))
        .await
        .expect(200);
    ada.post(&answer, decision("accept", &level))
        .await
        .expect(409);
    assert!(!sees(&house, "ada").await);
    let mail = house.mails("dan@example.org").await.pop().unwrap();
    assert!(mail.contains("was not granted") && !mail.contains("Ada"));
    let again = ask(&dan, asking("Ada", "1984-02-03", "adult", &level)).await;
    let answer = format!("/fhir/{again}/$proxy-answer");
    ada.post(&answer, decision("accept", &level))
        .await
        .expect(200);
    assert!(sees(&house, "ada").await);
}

#[tokio::test]
async fn each_ground_needs_what_the_law_asks_of_it() {
    let house = house().await;
    let dan = house.patient_with("dan", OWN).await;
    let him = house.staff("him").await;
    let seen = ("ground", "valueString", json!("Seen at the desk"));
    let full = ("level", "valueCode", json!("full"));
    // A parent of an adult, without papers, an attestation or an end.
    let task = ask(&dan, asking("Ben", "2015-01-20", "parent", &[])).await;
    let decide = format!("/fhir/{task}/$proxy-decide");
    let reply = him
        .post(&decide, decision("approve", &[]))
        .await
        .expect(422);
    assert!(reply.text().contains("ground"));
    let helper = [full.clone()];
    let task = ask(
        &dan,
        asking("Ada", "1984-02-03", "diminished-capacity", &helper),
    )
    .await;
    let decide = format!("/fhir/{task}/$proxy-decide");
    let reply = him
        .post(&decide, decision("approve", &[seen.clone(), full.clone()]))
        .await;
    assert!(reply.expect(422).text().contains("attested-by"));
    let by = (
        "attested-by",
        "valueReference",
        json!({"reference": "Practitioner/dr-wu"}),
    );
    let long = ("end", "valueDate", json!("2027-12-31"));
    let reply = him
        .post(
            &decide,
            decision("approve", &[seen.clone(), full.clone(), by.clone(), long]),
        )
        .await;
    assert!(reply.expect(422).text().contains("12 months"));
    let end = ("end", "valueDate", json!("2027-06-01"));
    him.post(&decide, decision("approve", &[seen, full, by, end]))
        .await
        .expect(200);
    assert!(sees(&house, "ada").await);
    // Half a year later staff are asked to look again.
    house.move_clock("2027-05-10T12:00:00Z");
    house.round().await;
    let review = house
        .backend()
        .await
        .get("/fhir/Task?code=proxy-review&patient=ada")
        .await;
    assert_eq!(review.json()["total"], 1);
}

#[tokio::test]
async fn papers_are_papers_and_requests_are_few() {
    let house = house().await;
    let dan = house.patient_with("dan", OWN).await;
    let script = json!({"contentType": "application/pdf",
        "data": STANDARD.encode(b"<script>alert(1)</script>")});
    let reply = dan
        .post(
            "/fhir/$proxy-request",
            asking(
                "Ben",
                "2015-01-20",
                "parent",
                &[("document", "valueAttachment", script)],
            ),
        )
        .await
        .expect(422);
    assert!(reply.text().contains("PDF"));
    let mut last = 0;
    for _ in 0..6 {
        let reply = dan
            .post(
                "/fhir/$proxy-request",
                asking("Ben", "2015-01-20", "parent", &[]),
            )
            .await;
        last = reply.status.as_u16();
    }
    assert_eq!(last, 403);
    let unattested = params(&[
        ("given", "valueString", json!("Ben")),
        ("family", "valueString", json!("Moss")),
        ("birth-date", "valueDate", json!("2015-01-20")),
        ("relationship", "valueCode", json!("parent")),
        ("attest", "valueBoolean", json!(false)),
    ]);
    dan.post("/fhir/$proxy-request", unattested)
        .await
        .expect(422);
}

#[tokio::test]
async fn a_paper_asked_for_is_added_by_whoever_asked() {
    let house = house().await;
    let dan = house.patient_with("dan", OWN).await;
    let task = ask(&dan, asking("Ben", "2015-01-20", "guardian", &[])).await;
    let him = house.staff("him").await;
    let decide = format!("/fhir/{task}/$proxy-decide");
    him.post(&decide, decision("ask", &[])).await.expect(200);
    assert!(house.mails("dan@example.org").await[0].contains("a paper"));
    let add = format!("/fhir/{task}/$proxy-document");
    let paper = params(&[("document", "valueAttachment", paper())]);
    house
        .patient_with("ada", OWN)
        .await
        .post(&add, paper.clone())
        .await
        .expect(404);
    dan.post(&add, paper).await.expect(200);
    him.post(&decide, decision("approve", &[]))
        .await
        .expect(200);
    assert!(sees(&house, "ben").await);
}

#[tokio::test]
async fn a_court_order_keeps_one_parent_out_and_not_the_other() {
    let house = house().await;
    let dan = house.patient_with("dan", OWN).await;
    let papers = [
        ("document", "valueAttachment", paper()),
        ("role", "valueCode", json!("FTH")),
    ];
    let task = ask(&dan, asking("Ben", "2015-01-20", "parent", &papers)).await;
    let him = house.staff("him").await;
    him.post(
        &format!("/fhir/{task}/$proxy-decide"),
        decision("approve", &[]),
    )
    .await
    .expect(200);
    let done = him.get(&format!("/fhir/{task}")).await.json();
    let related = done["focus"]["reference"].as_str().unwrap().to_owned();
    let restrict = format!("/fhir/{related}/$proxy-restrict");
    let order = params(&[
        ("restriction", "valueCode", json!("court-order")),
        ("reason", "valueString", json!("Order of June 10, seen")),
    ]);
    dan.post(&restrict, order.clone()).await.expect(403);
    him.post(&restrict, order.clone()).await.expect(200);
    assert!(!sees(&house, "ben").await);
    let ada = house.proxy_with("ada", "ben", OWN).await.0;
    ada.get("/fhir/Observation/ben-glucose").await.expect(200);
    assert_eq!(ada.get("/fhir/Flag").await.expect(200).json()["total"], 0);
    let mut lift = order;
    let lifted = json!({"name": "lift", "valueBoolean": true});
    lift["parameter"].as_array_mut().unwrap().push(lifted);
    him.post(&restrict, lift).await.expect(200);
    assert!(sees(&house, "ben").await);
}

#[tokio::test]
async fn an_emancipated_minor_has_the_option_to_end_parents_once_the_order_is_verified() {
    let house = house().await;
    let him = house.staff("him").await;
    let parent = house.proxy_with("ada", "cleo", OWN).await.0;
    parent.get("/fhir/Patient/cleo").await.expect(200);
    let verify = "/fhir/Patient/cleo/$verify-emancipation";
    let asked = him.post(verify, "").await.expect(200).json();
    let task = asked["parameter"][0]["valueReference"]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let ground = [(
        "ground",
        "valueString",
        json!("Order of the probate court, seen"),
    )];
    him.post(
        &format!("/fhir/{task}/$proxy-decide"),
        decision("approve", &ground),
    )
    .await
    .expect(200);
    // The option is the minor's: nothing has ended by itself.
    parent.get("/fhir/Patient/cleo").await.expect(200);
    let cleo = house.patient_with("cleo", OWN).await;
    // Who is emancipated has no use for another.
    let again = params(&[("document", "valueAttachment", paper())]);
    cleo.post(verify, again).await.expect(422);
    let ended = cleo
        .post("/fhir/Patient/cleo/$proxy-terminate", "")
        .await
        .expect(200)
        .json();
    assert_eq!(ended["parameter"][0]["valueInteger"], 1);
    let parent = house.proxy_with("ada", "cleo", OWN).await.0;
    parent.get("/fhir/Patient/cleo").await.expect(404);
}
