//! Those who come without an account, as the vectors have them: guests with the number of a bill.

use serde_json::{Value, json};
use storage::standing::Guest;

use super::caller::Place;
use super::resources::{asked_for, before, statement_number};
use super::{Vector, flag, text};
use crate::support::Reply;

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

fn with_token(place: &Place, found: Reply) -> crate::support::Caller {
    let token = found.expect(200).json()["access_token"].clone();
    place.house.bearer(token.as_str().unwrap())
}
