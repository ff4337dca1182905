//! The demo's families against the real door: who sees what of whom, on a seeded database.

use access::{Access, Pack};
use demo::calendar::START;
use demo::{Site, seed};
use fhir::ResourceType;
use fhir::search::{Handling, Settings, parse};
use jiff::Timestamp;
use std::sync::Arc;
use storage::Storage;

struct Demo {
    storage: Storage,
    pack: Arc<Pack>,
    _folder: tempfile::TempDir,
}

impl Demo {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pack = Arc::new(Pack::shipped("middlesex").unwrap());
        let storage = Storage::open(storage::Settings {
            url: format!("sqlite:{}", folder.path().join("d.db").display()),
            base: "http://127.0.0.1/fhir".into(),
            pack: pack.clone(),
            read_connections: 2,
            check_references: true,
            validation: storage::Validation::default(),
            sealing: storage::Sealing::default(),
        })
        .await
        .unwrap();
        let site = Site {
            base_url: "http://127.0.0.1".into(),
            policy: "middlesex".into(),
            pack: pack.clone(),
            now: START.parse().unwrap(),
        };
        seed(&storage, &site).await.unwrap();
        Self {
            storage,
            pack,
            _folder: folder,
        }
    }

    /// What a search finds for somebody in a patient's chart at an instant; `None`: not let in at all.
    async fn found(
        &self,
        (who, patient): (&str, &str),
        kind: &str,
        pairs: &[(String, String)],
        at: &str,
    ) -> Option<Vec<storage::Seen>> {
        let now: Timestamp = at.parse().unwrap();
        let account = format!("account-{who}");
        let standing = self
            .storage
            .standing_of_account(&account, patient, now)
            .await;
        let access = Access::open(standing.unwrap()?, self.pack.clone(), now).ok()?;
        let settings = Settings {
            base: "http://127.0.0.1/fhir",
            handling: Handling::Strict,
            count_default: 1_000,
            count_max: 1_000,
            clauses_max: 16,
            posted: None,
            include_rounds_max: 4,
            included_max: 1000,
        };
        let query = parse(ResourceType::from_name(kind).unwrap(), pairs, &settings).unwrap();
        let page = self.storage.records(&access).search(&query).await.unwrap();
        Some(page.matches)
    }

    /// How many resources of a patient somebody sees at an instant; `None`: not let in at all.
    async fn seen(&self, who: &str, patient: &str, kind: &str, at: &str) -> Option<usize> {
        let name = if kind == "Patient" { "_id" } else { "patient" };
        let pairs = [(name.to_owned(), patient.to_owned())];
        let found = self.found((who, patient), kind, &pairs, at).await?;
        Some(found.len())
    }

    /// How many Provenance resources about relationships to a patient somebody sees at the start.
    async fn provenance_of_relationships(&self, who: &str, patient: &str) -> usize {
        let found = self.found((who, patient), "Provenance", &[], START).await;
        let told = |seen: &&storage::Seen| {
            let text = std::str::from_utf8(seen.body()).unwrap();
            let target = text.split("\"target\"").nth(1).unwrap_or_default();
            target
                .split(']')
                .next()
                .unwrap_or_default()
                .contains("RelatedPerson/")
        };
        found.unwrap().iter().filter(told).count()
    }

    async fn now(&self, who: &str, patient: &str, kind: &str) -> usize {
        self.seen(who, patient, kind, START).await.unwrap_or(0)
    }
}

#[tokio::test]
async fn parents_see_by_age_and_confidential_care_not_at_all() {
    let demo = Demo::start().await;
    for kind in [
        "Observation",
        "Immunization",
        "Communication",
        "Invoice",
        "Appointment",
    ] {
        assert!(demo.now("ana", "ana", kind).await > 1, "{kind}");
        assert!(demo.now("ana", "leo", kind).await > 0, "{kind}");
        assert_eq!(demo.now("ana", "teo", kind).await, 0, "{kind}");
        assert_eq!(demo.now("ana", "sofia", kind).await, 0, "{kind}");
    }
    assert_eq!(demo.now("ana", "teo", "Patient").await, 1);
    assert_eq!(demo.now("ana", "owen", "Patient").await, 0);
    let (before, birthday) = ("2026-06-19T03:59:59Z", "2026-06-19T04:00:00Z");
    assert!(
        demo.seen("ana", "nina", "Observation", before)
            .await
            .unwrap()
            > 20
    );
    assert_eq!(
        demo.seen("ana", "nina", "Observation", birthday)
            .await
            .unwrap_or(0),
        0
    );
    assert_eq!(demo.seen("ana", "nina", "Patient", birthday).await, Some(1));
    let grown = "2026-07-05T04:00:00Z";
    assert_eq!(
        demo.seen("ana", "sofia", "Patient", grown)
            .await
            .unwrap_or(0),
        0
    );
}

#[tokio::test]
async fn adults_see_what_they_were_given() {
    let demo = Demo::start().await;
    assert!(demo.now("paul", "helen", "Observation").await > 10);
    assert_eq!(demo.now("helen", "paul", "Observation").await, 0);
    assert!(demo.now("helen", "paul", "Invoice").await > 0);
    assert!(demo.now("lucia", "rosa", "DocumentReference").await > 0);
    assert!(demo.now("paul", "walter", "Observation").await > 0);
    assert!(demo.now("kate", "owen", "Observation").await > 0);
    assert_eq!(demo.now("brian", "owen", "Observation").await, 0);
    assert!(demo.now("ingrid", "felix", "Immunization").await > 10);
    assert!(demo.now("jade", "jade", "Observation").await > 10);
    // The psychotherapy note is for nobody but its author.
    let notes = demo.now("jade", "jade", "DocumentReference").await;
    assert_eq!(notes, 6);
    // Helen's mole report is held until her doctor has called.
    let before = demo.now("helen", "helen", "DiagnosticReport").await;
    let after = demo.seen(
        "helen",
        "helen",
        "DiagnosticReport",
        "2026-06-18T12:00:00-04:00",
    );
    assert_eq!(after.await, Some(before + 1));
}

#[tokio::test]
async fn who_may_not_see_other_relationships_does_not_learn_of_them_from_provenance() {
    let demo = Demo::start().await;
    assert!(demo.provenance_of_relationships("rosa", "rosa").await > 0);
    assert_eq!(demo.provenance_of_relationships("lucia", "rosa").await, 0);
}
