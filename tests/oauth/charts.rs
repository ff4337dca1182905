//! `user/` scopes of somebody who acts for several: one token, one sign-in, every chart they may see.

use serde_json::Value;
use smart::scope::Scopes;
use storage::accounts::Kind;
use storage::clients;
use storage::grants::Chart;

use crate::support::{Caller, House, Launch, code_form, query_of};

/// What an app is given by ada, who acts for ben (11) and cleo (a teenager).
async fn given(house: &House, scope: &str, without: &[&str]) -> Value {
    let path = format!(
        "/oauth2/authorize?{}",
        Launch::of("public-app", scope).query()
    );
    let asked = house.anonymous().get(&path).await.expect(303);
    let request = query_of(asked.header("location"))["request"].clone();
    let account = house.account("ada", Kind::Patient).await;
    let account = house.storage.accounts().find(&account).await.unwrap();
    let approval = oauth::issue::Approval {
        account: &account.unwrap(),
        signed_in_at: house.now(),
        session: None,
        patient: None,
        encounter: None,
        without: without.to_vec(),
        chosen: &Scopes::parse(scope),
    };
    let back = oauth::issue::approve(&house.web, &request, approval).await;
    let code = query_of(&back.unwrap())["code"].clone();
    let answer = house.exchange("public-app", None, &code_form(&code)).await;
    answer.expect(200).json()
}

fn app(house: &House, answer: &Value) -> Caller {
    house.bearer(answer["access_token"].as_str().unwrap())
}

async fn status(app: &Caller, path: &str) -> u16 {
    app.get(&format!("/fhir/{path}")).await.status.as_u16()
}

#[tokio::test]
async fn an_app_changes_from_one_chart_to_another_without_asking() {
    let house = House::with_apps().await;
    let answer = given(&house, "openid fhirUser user/*.rs", &[]).await;
    assert_eq!(answer["patient"], "ada");
    let app = app(&house, &answer);
    let mut patients = app.get("/fhir/Patient").await.expect(200).ids(None);
    patients.sort();
    assert_eq!(patients, ["ada", "ben", "cleo"]);
    let found = app.get("/fhir/Observation").await.expect(200).ids(None);
    assert_eq!(found.len(), 6, "{found:?}");
    for path in [
        "Observation/ada-glucose",
        "Observation/ben-glucose",
        "Patient/ben/$everything",
        "RelatedPerson/ada-for-ben",
        "Observation?patient=ben&code:missing=false",
    ] {
        assert_eq!(status(&app, path).await, 200, "{path}");
    }
    // Each chart by its own rules: a teenager's is closed but for name and address, a stranger's
    // is not there.
    for path in [
        "Observation/cleo-glucose",
        "Observation/dan-glucose",
        "Patient/dan",
    ] {
        assert_eq!(status(&app, path).await, 404, "{path}");
    }
    let teen = app.get("/fhir/Patient/cleo").await.expect(200);
    assert!(teen.text().contains("SUBSETTED"));
}

#[tokio::test]
async fn who_is_left_out_stays_out() {
    let house = House::with_apps().await;
    let answer = given(&house, "user/*.rs", &["ben"]).await;
    let app = app(&house, &answer);
    assert_eq!(status(&app, "Patient/ada").await, 200);
    assert_eq!(status(&app, "Patient/ben").await, 404);
    assert_eq!(status(&app, "Observation/ben-glucose").await, 404);
}

#[tokio::test]
async fn other_charts_are_for_user_scopes_and_for_reading() {
    let house = House::with_apps().await;
    let asked = "launch/patient patient/*.rs user/Patient.rs";
    let back = house
        .agree(&Launch::of("public-app", asked), "ada", "ada", asked)
        .await;
    let code = query_of(&back)["code"].clone();
    let answer = house.exchange("public-app", None, &code_form(&code)).await;
    let answer = answer.expect(200);
    let narrow = app(&house, &answer.json());
    assert_eq!(status(&narrow, "Patient/ben").await, 200);
    assert_eq!(status(&narrow, "Observation/ada-glucose").await, 200);
    assert_ne!(status(&narrow, "Observation/ben-glucose").await, 200);
    let found = narrow.get("/fhir/Observation").await.expect(200).ids(None);
    assert!(found.iter().all(|id| id.starts_with("ada-")), "{found:?}");

    let answer = given(&house, "user/*.cruds", &[]).await;
    let writer = app(&house, &answer);
    let ben = writer.get("/fhir/Patient/ben").await.expect(200).json();
    let written = writer.put("/fhir/Patient/ben", &ben).await;
    assert!(written.status.is_client_error(), "{}", written.text());
}

#[tokio::test]
async fn each_chart_has_its_consent_and_all_end_together() {
    let house = House::with_apps().await;
    let answer = given(&house, "user/*.rs", &[]).await;
    let app = app(&house, &answer);
    let backend = house.backend().await;
    let live = async || {
        let found = backend.get("/fhir/Consent?status=active&_count=50").await;
        let found = found.expect(200).json();
        let entries = found["entry"].as_array().cloned().unwrap_or_default();
        let apps = entries
            .iter()
            .filter(|entry| entry.to_string().contains("public-app"));
        apps.map(|entry| entry["resource"]["patient"]["reference"].clone())
            .map(|it| it.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut patients = live().await;
    patients.sort();
    assert_eq!(patients, ["Patient/ada", "Patient/ben", "Patient/cleo"]);
    let now = house.now();
    let grants = house.storage.grants().of_account("account-ada", now).await;
    let account = house.storage.accounts().find("account-ada").await.unwrap();
    let desk = workflows::apps::Desk {
        storage: &house.storage,
        pack: &house.web.pack,
        now,
    };
    let grant = &grants.unwrap()[0];
    let ended = workflows::apps::disconnect(desk, &account.unwrap(), grant).await;
    assert!(ended.unwrap());
    assert_eq!(status(&app, "Patient/ben").await, 401);
    assert_eq!(live().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_look_into_another_chart_is_written_into_that_chart() {
    let house = House::with_apps().await;
    let app = app(&house, &given(&house, "user/*.rs", &[]).await);
    assert_eq!(status(&app, "Observation/ben-glucose").await, 200);
    assert_eq!(status(&app, "Observation?patient=ben").await, 200);
    let log = house
        .backend()
        .await
        .get("/fhir/AuditEvent?patient=ben&_count=100")
        .await;
    let log = log.expect(200).text();
    assert!(log.contains("RelatedPerson/ada-for-ben"), "{log}");
}

#[tokio::test]
async fn a_birthday_closes_one_chart_and_leaves_the_others() {
    let house = House::with_people().await;
    let account = house.account("ada", Kind::Patient).await;
    let client = house.client("portal", clients::Kind::Public, true).await;
    let mut grant = house.grant(&client, "user/*.rs");
    grant.account = Some(account);
    grant.patient = Some("ada".to_owned());
    grant.fhir_user = Some("Patient/ada".to_owned());
    let id = grant.id.clone();
    let token = house.token(grant, 5 * 365 * 86_400).await;
    let app = house.bearer(&token);
    assert_eq!(status(&app, "Observation/ben-glucose").await, 404);
    let chart = Chart {
        patient: "ben".to_owned(),
        consent: None,
    };
    house.storage.grants().add_chart(&id, &chart).await.unwrap();
    assert_eq!(status(&app, "Observation/ben-glucose").await, 200);
    // Thirteen: what is left is name and address.
    house.move_clock("2028-01-20T04:59:59Z");
    assert_eq!(status(&app, "Observation/ben-glucose").await, 200);
    house.move_clock("2028-01-20T05:00:00Z");
    assert_eq!(status(&app, "Observation/ben-glucose").await, 404);
    assert_eq!(status(&app, "Patient/ben").await, 200);
    assert_eq!(status(&app, "Observation/ada-glucose").await, 200);
}

#[tokio::test]
async fn whose_record_somebody_else_shared_sees_that_and_leaves() {
    let house = House::with_apps().await;
    let app = app(&house, &given(&house, "user/*.rs", &[]).await);
    // ben has come of age for an account of his own.
    let id = house.account("ben", Kind::Patient).await;
    house.with_password("ben").await;
    let accounts = house.storage.accounts();
    let ben = accounts.find(&id).await.unwrap().unwrap();
    let mail = Some("ada@example.org");
    assert!(accounts.set_email("account-ada", mail).await.unwrap());
    let grants = house.storage.grants();
    let theirs = grants.of_patient_by_others("ben", &id, house.now()).await;
    let grant = &theirs.unwrap()[0];
    assert!(!workflows::apps::may_manage(&ben, grant));
    let desk = workflows::apps::Desk {
        storage: &house.storage,
        pack: &house.web.pack,
        now: house.now(),
    };
    assert_eq!(status(&app, "Observation/ben-glucose").await, 200);
    assert!(workflows::apps::leave(desk, &ben, grant).await.unwrap());
    assert_eq!(status(&app, "Observation/ben-glucose").await, 404);
    assert_eq!(status(&app, "Observation/ada-glucose").await, 200);
    assert!(!workflows::apps::leave(desk, &ben, grant).await.unwrap());
    let left = grants.of_patient_by_others("ben", &id, house.now()).await;
    assert!(left.unwrap().is_empty());
    let backend = house.backend().await;
    let consents = backend.get("/fhir/Consent?patient=ben&status=active").await;
    assert!(!consents.expect(200).text().contains("public-app"));
    // Who shared it is told, without a word about health.
    let mail = house.storage.mail().list(20).await.unwrap();
    assert!(mail.iter().any(|one| one.to.contains("ada")), "{mail:?}");
}
