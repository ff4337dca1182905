//! Members of staff who answer for privacy decide about apps: one decision counts, a live app is stopped and
//! works again, the developer is told, and the audit trail says who it was.

use storage::clients::{Kind, State};

use super::developer::{developer, only_app, register, staff};
use crate::support::House;

const ALL: &str = "/account/review/apps/all";

#[tokio::test]
async fn a_live_app_is_stopped_at_once_and_let_work_again() {
    let house = House::with_people().await;
    let browser = developer(&house).await;
    register(&browser, &[("kind", "public"), ("environment", "live")]).await;
    let app = only_app(&house).await;
    let mut grant = house.grant(&app.id, "patient/*.rs");
    grant.account = Some(house.account("ada", storage::accounts::Kind::Patient).await);
    grant.patient = Some("ada".to_owned());
    grant.fhir_user = Some("Patient/ada".to_owned());
    let (storage, pack) = (&house.storage, &house.web.pack);
    let consent = workflows::apps::connect(storage, pack, &app, &grant, house.now());
    grant.consent = consent.await.unwrap();
    let token = house.bearer(&house.token(grant, 3_600).await);
    token.get("/fhir/Patient/ada").await.expect(200);

    let clinician = staff(&house, "clinician").await;
    assert_eq!(clinician.get(ALL).await.status(), 403);
    let officer = staff(&house, "privacy").await;
    let page = officer.get(&format!("{ALL}?find=lab%20LENS")).await;
    assert!(page.html.contains("Stop Lab Lens"), "{}", page.html);
    let none = officer.get(&format!("{ALL}?find=zzz")).await;
    assert!(none.html.contains("No app fits “zzz”"));
    let csrf = page.field("csrf");
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("client", &app.id),
        ("note", "It asked for too much."),
        ("decision", "stop"),
    ];
    let done = officer.post(ALL, &fields).await;
    assert_eq!(done.location(), format!("{ALL}?done=stop"));
    token.get("/fhir/Patient/ada").await.expect(401);
    let again = officer.post(ALL, &fields).await;
    assert_eq!(again.location(), format!("{ALL}?done=late"));
    let mail = house.storage.mail().list(1).await.unwrap();
    assert!(mail[0].text.contains("was stopped") && mail[0].text.contains("too much"));

    fields[3].1 = "resume";
    let done = officer.post(ALL, &fields).await;
    assert_eq!(done.location(), format!("{ALL}?done=resume"));
    assert_eq!(only_app(&house).await.state, State::Live);
    token.get("/fhir/Patient/ada").await.expect(200);
    let path = "/fhir/AuditEvent?subtype=decide-app";
    let trail = house.backend().await.get(path).await.expect(200).text();
    for part in ["\"stopped\"", "\"resumed\"", &app.id, "account-privacy"] {
        assert!(trail.contains(part), "{part} is not in {trail}");
    }
}

#[tokio::test]
async fn an_app_its_developer_removed_and_the_houses_own_are_left_alone() {
    let house = House::with_people().await;
    let browser = developer(&house).await;
    register(&browser, &[("kind", "public"), ("environment", "live")]).await;
    let app = only_app(&house).await;
    let ended = workflows::registration::retire(&house.storage, &app).await;
    ended.unwrap();
    let own = house.client("own-portal", Kind::Public, true).await;
    let officer = staff(&house, "privacy").await;
    let page = officer.get(ALL).await;
    assert!(!page.html.contains("own-portal"));
    assert!(!page.html.contains("value=\"resume\""), "{}", page.html);
    let csrf = officer.get("/account/security").await.field("csrf");
    for (client, decision) in [(&app.id, "resume"), (&own, "stop")] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("client", client),
            ("decision", decision),
        ];
        let done = officer.post(ALL, &fields).await;
        assert!(!done.location().contains("done=stop"));
        assert!(!done.location().contains("done=resume"));
    }
    let clients = house.storage.clients();
    let found = async |id: &str| clients.find(id).await.unwrap().unwrap().state;
    assert_eq!(found(&app.id).await, State::Disabled);
    assert_eq!(found(&own).await, State::Live);
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_heard() {
    use workflows::registration::{Ruling, Verdict, decide};
    let house = House::with_people().await;
    let browser = developer(&house).await;
    let wants = [
        ("kind", "public"),
        ("environment", "live"),
        ("scope", "patient/Appointment.cruds"),
    ];
    register(&browser, &wants).await;
    let app = only_app(&house).await;
    let ruling = Ruling {
        by: None,
        note: "",
        now: house.now(),
    };
    let storage = &house.storage;
    let (one, other) = tokio::join!(
        decide(storage, &app, Verdict::Approve, ruling),
        decide(storage, &app, Verdict::Decline, ruling),
    );
    let heard = [one.unwrap(), other.unwrap()];
    assert_eq!(heard.iter().flatten().count(), 1);
    let mails = storage.mail().list(10).await.unwrap();
    let told = mails
        .iter()
        .filter(|m| m.subject.starts_with("Your app was"));
    assert_eq!(told.count(), 1);
}
