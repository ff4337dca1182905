//! Those who come without an account, as the vectors have them: guests with the number of a bill, openers of a link.

use serde_json::{Value, json};
use storage::standing::{Guest, Opening};
use storage::{clients, links::ShareLink};

use super::caller::Place;
use super::resources::{asked_for, before, statement_number};
use super::{Vector, flag, text, texts};
use crate::links::receiver::{Receiver, names, output, wish};
use crate::support::{Caller, Reply};

const LOOKUP: &str = "/guest-pay/lookup";

/// A guest's question: first by the statement, then with the token for what else is asked.
pub async fn guest(place: &Place, vector: &Vector) -> Result<(), String> {
    let asked = asked_for(vector);
    let mut all = before(vector);
    if asked["resourceType"] != "Invoice" {
        all.push(
            json!({"resourceType": "Invoice", "id": vector.id("bill"), "status": "issued",
            "subject": asked["subject"], "totalGross": {"value": 80.5, "currency": "USD"},
            "identifier": [{"system": "urn:statements", "value": statement_number(vector)}]}),
        );
    }
    all.push(asked);
    place.put(&all).await?;
    let house = &place.house;
    house.move_clock(&vector.now);
    let failures = vector.actor["failures"].as_u64().unwrap_or(0);
    for _ in 0..failures {
        look(place, vector, "1901-01-01").await.expect(404);
    }
    let matches = flag(&vector.actor, "match");
    let born = text(&vector.patient, "birthDate").unwrap();
    let found = look(place, vector, if matches { born } else { "1901-01-01" }).await;
    let request = &vector.request;
    let kind = text(request, "type").unwrap();
    let status = vector.expect["http"].as_u64().unwrap();
    let wrong = |reply: &Reply| {
        let body: String = reply.text().chars().take(300).collect();
        Err(format!("{}: {} {body}", vector.name, reply.status))
    };
    if kind == "Invoice" && text(request, "view") == Some("balance") {
        let guest = Guest {
            matched: matches,
            locked: failures >= u64::from(house.web.pack.guest_pay_max_failures),
            coded: false,
        };
        let standing = house.storage.standing_of_guest(&vector.id("p1"), guest);
        let reason = place.reason(vector, standing);
        assert_eq!(
            Some(reason),
            text(&vector.expect, "reason"),
            "{}",
            vector.name
        );
        if status != 200 {
            let unknown =
                json!({"statement_number": "NO-SUCH", "last_name": "Kim", "birth_date": born});
            let unknown = house.anonymous().post(LOOKUP, unknown).await;
            let same = found.status == unknown.status && found.body == unknown.body;
            return match same && u64::from(found.status.as_u16()) == status {
                true => Ok(()),
                false => wrong(&found),
            };
        }
        let shown = with_token(place, found).get("/guest-pay/statement").await;
        return match shown.status.as_u16() == 200 && shown.json()["balance"]["value"] == "80.50" {
            true => Ok(()),
            false => wrong(&shown),
        };
    }
    let token = found.expect(200).json()["access_token"].clone();
    let hash = smart::jwk::hash_of_secret(token.as_str().unwrap());
    let now = vector.now.parse().unwrap();
    let standing = house.storage.standing_of_token(&hash, now).await;
    let reason = place.reason(vector, standing.unwrap().unwrap());
    assert_eq!(
        Some(reason),
        text(&vector.expect, "reason"),
        "{}",
        vector.name
    );
    let path = format!("/fhir/{kind}/{}", vector.id("asked"));
    if !place.holds(&path).await {
        return Err(format!("{}: {path} is not in the house", vector.name));
    }
    let reply = house.bearer(token.as_str().unwrap()).get(&path).await;
    match u64::from(reply.status.as_u16()) == status && reply.json()["issue"] != Value::Null {
        true => Ok(()),
        false => wrong(&reply),
    }
}

async fn look(place: &Place, vector: &Vector, born: &str) -> Reply {
    let body = json!({"statement_number": statement_number(vector), "last_name": "Kim", "birth_date": born});
    // Each vector from a network of its own: they are about statements.
    let network = vector.name.bytes().fold(7_u16, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u16::from(byte))
    });
    let [high, low] = network.to_be_bytes();
    let guest = place.house.anonymous().from(&format!("10.1.{high}.{low}"));
    guest.post(LOOKUP, body).await
}

fn with_token(place: &Place, found: Reply) -> Caller {
    let token = found.expect(200).json()["access_token"].clone();
    place.house.bearer(token.as_str().unwrap())
}

/// Who makes the link of a vector, with a token of the house's own portal.
async fn maker(place: &Place, vector: &Vector) -> Caller {
    let house = &place.house;
    let by_proxy = text(&vector.actor["shl"], "created_by").is_some();
    let kind = if by_proxy { "proxy" } else { "self" };
    let account = place.account(vector, kind).await;
    let portal = house.client("portal", clients::Kind::Public, true).await;
    let mut grant = house.grant(&portal, "patient/*.cruds");
    grant.account = Some(account);
    grant.patient = Some(vector.id("p1"));
    grant.fhir_user = Some(match by_proxy {
        true => format!("RelatedPerson/{}", vector.id("r")),
        false => format!("Patient/{}", vector.id("p1")),
    });
    house.bearer(&house.token(grant, 7_200).await)
}

const RIGHT: &str = "2468";
const WRONG: &str = "1357";

/// The link of a vector, made an hour before anything is asked of it.
async fn made(place: &Place, vector: &Vector, maker: &Caller) -> (ShareLink, Receiver) {
    let shl = &vector.actor["shl"];
    let mut pairs = vec![("category", json!("results")), ("live", json!(true))];
    pairs.extend(
        texts(shl, "labels")
            .into_iter()
            .map(|label| ("sensitive", json!(label))),
    );
    if flag(shl, "passcode") {
        pairs.push(("passcode", json!(RIGHT)));
    }
    if let Some(at) = text(shl, "exp") {
        pairs.push(("expires", json!(at)));
    }
    let path = format!("/fhir/Patient/{}/$share", vector.id("p1"));
    let made = maker.post(&path, wish(&pairs)).await.expect(200).json();
    let id = output(&made, "link");
    if flag(shl, "revoked") {
        let path = format!("/fhir/Patient/{}/$end-share", vector.id("p1"));
        let link =
            json!({"resourceType": "Parameters", "parameter": [{"name": "link", "valueId": id}]});
        maker.post(&path, link).await.expect(200);
    }
    let link = place
        .house
        .storage
        .links()
        .find(&id)
        .await
        .unwrap()
        .unwrap();
    (link, Receiver::of(&place.house, &output(&made, "shlink")))
}

/// What a link shows, asked by its manifest and, where it gives one out, by its token.
pub async fn link(place: &Place, vector: &Vector) -> Result<(), String> {
    let house = &place.house;
    let now: jiff::Timestamp = vector.now.parse().unwrap();
    house
        .clock
        .set(Some(now - jiff::SignedDuration::from_hours(1)));
    let mut all = before(vector);
    let asked = asked_for(vector);
    if text(&vector.request, "op") != Some("c") {
        all.push(asked.clone());
    }
    place.put(&all).await?;
    let maker = maker(place, vector).await;
    let (mut link, receiver) = made(place, vector, &maker).await;
    let wrong = json!({"recipient": "Dr. Gray", "passcode": WRONG});
    if vector.actor["shl"]["attempts_left"] == 0 {
        while receiver.ask(wrong.clone()).await.status == 401 {}
        link = house.storage.links().find(&link.id).await.unwrap().unwrap();
    }
    house.move_clock(&vector.now);
    let passcode_ok = flag(&vector.actor, "passcode_ok");
    let opening = Opening {
        recipient: "Dr. Gray",
        passcode_ok,
    };
    let standing = house.storage.standing_of_link(&link, opening, now).await;
    let reason = place.reason(vector, standing.unwrap().unwrap());
    assert_eq!(
        Some(reason),
        text(&vector.expect, "reason"),
        "{}",
        vector.name
    );
    let request = match passcode_ok {
        true => json!({"recipient": "Dr. Gray", "passcode": RIGHT}),
        false => wrong,
    };
    let answer = receiver.ask(request).await;
    let status = vector.expect["http"].as_u64().unwrap();
    let differs = |reply: &Reply| {
        let body: String = reply.text().chars().take(300).collect();
        Err(format!("{}: {} {body}", vector.name, reply.status))
    };
    if answer.status != 200 {
        let over = house
            .anonymous()
            .post("/shl/unknown", json!({"recipient": "Dr. Gray"}))
            .await;
        let told = match status {
            401 => answer.json()["remainingAttempts"] == 9,
            _ => answer.body == over.body,
        };
        return match told && u64::from(answer.status.as_u16()) == status {
            true => Ok(()),
            false => differs(&answer),
        };
    }
    let files = receiver.files(&answer.json()).await;
    let file = |kind: &str| &files.iter().find(|(of, _)| of == kind).unwrap().1.json;
    let name = format!("Observation/{}", vector.id("asked"));
    let shown = names(file("application/fhir+json")).contains(&name);
    let token = file("application/smart-api-access")["access_token"].clone();
    let opener = house.bearer(token.as_str().unwrap());
    let reply = match text(&vector.request, "op") {
        Some("c") => {
            let mut sent = asked;
            sent.as_object_mut().unwrap().remove("id");
            opener.post("/fhir/Observation", sent).await
        }
        _ if !place.holds(&format!("/fhir/{name}")).await => {
            return Err(format!("{name} is not in the house"));
        }
        _ => opener.get(&format!("/fhir/{name}")).await,
    };
    match shown == (status == 200) && u64::from(reply.status.as_u16()) == status {
        true => Ok(()),
        false => differs(&reply),
    }
}
