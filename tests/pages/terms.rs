//! The terms: a new version asks again before anything else, and who acts for others has a second document.

use access::Pack;
use axum::http::StatusCode;

use super::browser::{Browser, PASSWORD};
use crate::support::House;

/// The pack with other versions of its documents.
fn pack(portal: &str, proxy: &str) -> Pack {
    let mut pack = Pack::shipped("middlesex").unwrap();
    pack.terms.portal = portal.to_owned();
    pack.terms.proxy = proxy.to_owned();
    pack
}

async fn signed_in(house: &House) -> Browser {
    house.with_password("ada").await;
    let browser = Browser::of(house);
    assert_eq!(browser.sign_in("ada", PASSWORD, "").await.status(), 303);
    browser
}

#[tokio::test]
async fn a_new_version_closes_live_tokens_until_it_is_accepted() {
    let before = House::with_people().await;
    before
        .patient("ada")
        .await
        .get("/fhir/Patient/ada")
        .await
        .expect(200);
    let house = before.node_under(pack("2026-07", "2026-01")).await;
    let app = house.patient("ada").await;
    let refused = app.get("/fhir/Patient/ada").await.expect(403);
    assert!(refused.text().contains("terms"), "{}", refused.text());
    let browser = signed_in(&house).await;
    let led = browser.get("/account/apps").await;
    assert_eq!(led.location(), "/account/terms?next=%2Faccount%2Fapps");
    let page = browser.get("/account/terms").await;
    assert!(page.html.contains("The terms have changed"));
    // What was read is what is agreed to: an older page agrees to nothing.
    let stale = [
        ("csrf", &*page.field("csrf")),
        ("accept", "yes"),
        ("version", "portal:2026-01"),
    ];
    browser.post("/account/terms", &stale).await;
    app.get("/fhir/Patient/ada").await.expect(403);
    let agreed = browser.accept_terms(&led.location()).await;
    assert_eq!(agreed.location(), "/account/apps");
    app.get("/fhir/Patient/ada").await.expect(200);
    assert_eq!(browser.get("/account/apps").await.status(), 200);
    let consents = house.found("Consent?patient=ada").await;
    let uris: Vec<_> = consents.iter().map(|it| &it["policy"][0]["uri"]).collect();
    assert_eq!(uris, ["http://kinchart.test/terms/middlesex/2026-07"]);
    let words = browser.get("/terms/middlesex/2026-07").await;
    assert!(words.html.contains("in force"));
    let old = browser.get("/terms/middlesex/2026-01").await;
    assert!(old.html.contains("replaced by a newer one"));
}

#[tokio::test]
async fn the_second_document_is_asked_of_who_acts_for_others_and_closes_only_their_charts() {
    let before = House::with_people().await;
    before
        .account("ada", storage::accounts::Kind::Patient)
        .await;
    let house = before.node_under(pack("2026-01", "2026-07")).await;
    let (mother, own) = (
        house.proxy_of("ada", "ben").await,
        house.patient("ada").await,
    );
    own.get("/fhir/Patient/ada").await.expect(200);
    mother.get("/fhir/Patient/ben").await.expect(403);
    let browser = signed_in(&house).await;
    let page = browser.get("/account").await;
    assert_eq!(page.status(), StatusCode::SEE_OTHER.as_u16());
    let page = browser.get("/account/terms").await;
    assert!(page.html.contains("solely for the benefit"));
    assert!(
        !page
            .html
            .contains("In an emergency call 911.</strong> Messages")
    );
    browser.accept_terms("/account/terms").await;
    mother.get("/fhir/Patient/ben").await.expect(200);
    let consents = house.found("Consent?patient=ben").await;
    assert_eq!(
        consents[0]["policy"][0]["uri"],
        "http://kinchart.test/terms/middlesex/proxy-2026-07"
    );
    let by = &consents[0]["performer"][0]["reference"];
    assert_eq!(by, "RelatedPerson/ada-for-ben");
}

#[tokio::test]
async fn an_organizations_own_words_stand_where_the_consent_says_they_do() {
    let house = House::with_people().await;
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("middlesex");
    std::fs::create_dir(&pack).unwrap();
    let words =
        "# Our house\n\nBe **kind**. <script>x</script>\n\n- Ask [us](https://us.example)\n";
    for version in ["2026-01", "2025-11", "proxy-2026-01"] {
        let text = format!("{words}\nThis is {version}.\n");
        std::fs::write(pack.join(format!("{version}.md")), text).unwrap();
    }
    let terms = config::Terms::read(folder.path()).unwrap();
    let browser = Browser::at(house.settled(|web| {
        let brand = config::Brand {
            terms,
            ..config::Brand::default()
        };
        web.brand = std::sync::Arc::new(brand);
    }));
    let shown = browser.get("/terms/middlesex/2026-01").await;
    assert_eq!(shown.status(), 200);
    for expected in [
        "<h3>Our house</h3>",
        "Be <strong>kind</strong>.",
        "<li>Ask <a href=\"https://us.example\" rel=\"noopener\">us</a></li>",
        "This is 2026-01.",
    ] {
        assert!(shown.html.contains(expected), "{}", shown.html);
    }
    assert!(!shown.html.contains("<script>x"), "{}", shown.html);
    assert!(!shown.html.contains("In an emergency call 911</"));
    let before = browser.get("/terms/middlesex/2025-11").await;
    assert!(before.html.contains("This is 2025-11.") && before.html.contains("replaced"));
    for nothing in ["2024-01", "proxy-2025-11"] {
        let path = format!("/terms/middlesex/{nothing}");
        assert_eq!(browser.get(&path).await.status(), 404, "{nothing}");
    }
    // Where they are agreed to, they are read.
    house.with_password("ada").await;
    assert_eq!(browser.sign_in("ada", PASSWORD, "").await.status(), 303);
    let page = browser.get("/account/terms").await;
    assert!(page.html.contains("This is 2026-01."), "{}", page.html);
}
