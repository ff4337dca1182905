//! Only persons themselves ask and answer: no app of somebody else's, and no staff for themselves.

use serde_json::json;
use storage::accounts::Kind;

use super::requesting::{asking, house};
use super::{OWN, params};

#[tokio::test]
async fn neither_an_app_of_others_nor_staff_ask_or_answer_in_a_persons_place() {
    let house = house().await;
    let client = house
        .client("other-app", storage::clients::Kind::Public, false)
        .await;
    let account = house.account("dan", Kind::Patient).await;
    let mut grant = house.grant(&client, OWN);
    grant.account = Some(account);
    grant.patient = Some("dan".into());
    grant.fhir_user = Some("Patient/dan".into());
    let app = house.bearer(&house.token(grant, 3_600).await);
    let asked = asking("Ben", "2015-01-20", "parent", &[]);
    for caller in [app, house.staff("him").await] {
        let reply = caller.post("/fhir/$proxy-request", asked.clone()).await;
        assert_eq!(reply.status, 403, "{}", reply.text());
        let reply = caller.get("/fhir/$proxy-requests").await;
        assert_eq!(reply.status, 403, "{}", reply.text());
        let code = params(&[
            ("code", "valueString", json!("any")),
            ("decision", "valueCode", json!("decline")),
        ]);
        let reply = caller.post("/fhir/$proxy-accept", code).await;
        assert_eq!(reply.status, 403, "{}", reply.text());
    }
}
