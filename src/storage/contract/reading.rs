//! Reading versions and histories, each decided by its own facts.

use super::support::*;
use crate::records::Timeline;
use crate::{Error, Found, records::Method};

#[tokio::test]
async fn every_version_can_be_read_and_the_history_tells_them_newest_first() {
    for house in houses().await {
        let me = system();
        for name in ["A", "B"] {
            house.write(&me, vec![put("ana", person(name))]).await;
        }
        house.write(&me, vec![delete("Patient", "ana")]).await;
        house.write(&me, vec![put("ana", person("D"))]).await;
        let records = house.storage.records(&me);
        for (version, name) in [(1, "A"), (2, "B"), (4, "D")] {
            let found = records
                .vread(kind("Patient"), "ana", version)
                .await
                .unwrap();
            let Found::Seen(seen) = found else { panic!() };
            assert_eq!(seen.version(), version);
            let body = String::from_utf8_lossy(seen.body()).into_owned();
            assert!(body.contains(&format!(r#""family":"{name}""#)), "{body}");
        }
        let gone = records.vread(kind("Patient"), "ana", 3).await.unwrap();
        assert!(matches!(gone, Found::Deleted));
        let none = records.vread(kind("Patient"), "ana", 5).await.unwrap();
        assert!(matches!(none, Found::Nothing));

        let page = records
            .history(&Timeline::of(kind("Patient"), "ana", 3, None))
            .await;
        let page = page.unwrap().unwrap();
        assert_eq!(page.total, Some(4));
        let methods: Vec<Method> = page.versions.iter().map(|v| v.method).collect();
        assert_eq!(methods, [Method::Put, Method::Delete, Method::Put]);
        assert!(page.versions[1].seen.is_none());
        let rest = records
            .history(&Timeline::of(
                kind("Patient"),
                "ana",
                3,
                page.next.as_deref(),
            ))
            .await;
        let rest = rest.unwrap().unwrap();
        assert_eq!(rest.versions.len(), 1);
        assert_eq!(rest.versions[0].version, 1);
        assert_eq!(rest.next, None);
        let bad = records
            .history(&Timeline::of(kind("Patient"), "ana", 3, Some("x")))
            .await;
        assert!(matches!(bad, Err(Error::BadCursor)));
    }
}

#[tokio::test]
async fn a_stranger_finds_nothing_and_learns_nothing() {
    for house in houses().await {
        let seed = chore();
        house
            .write(
                &seed,
                vec![put("ana", person("A")), put("ben", person("B"))],
            )
            .await;
        let list = vec![create(glucose("ben", "5")), create(glucose("ana", "6"))];
        let written = house.write(&seed, list).await;
        let ana = patient("ana");
        let hidden = house.read(&ana, "Observation", &written[0].id).await;
        assert!(matches!(hidden, Found::Nothing));
        let own = house.read(&ana, "Observation", &written[1].id).await;
        assert!(matches!(own, Found::Seen(_)));
        house
            .write(&seed, vec![delete("Observation", &written[0].id)])
            .await;
        let hidden = house.read(&ana, "Observation", &written[0].id).await;
        assert!(matches!(hidden, Found::Nothing));
        let records = house.storage.records(&ana);
        let page = records
            .history(&Timeline::of(kind("Observation"), &written[0].id, 5, None))
            .await;
        assert!(page.unwrap().is_none());
        let nothing = records
            .history(&Timeline::of(kind("Observation"), "none", 5, None))
            .await;
        assert!(nothing.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_version_that_was_somebody_elses_stays_theirs() {
    for house in houses().await {
        let seed = chore();
        house
            .write(
                &seed,
                vec![put("ana", person("A")), put("ben", person("B"))],
            )
            .await;
        house
            .write(&seed, vec![put("o", glucose("ben", "5"))])
            .await;
        house
            .write(&seed, vec![put("o", glucose("ana", "6"))])
            .await;
        let ana = patient("ana");
        let records = house.storage.records(&ana);
        let page = records
            .history(&Timeline::of(kind("Observation"), "o", 5, None))
            .await;
        let page = page.unwrap().unwrap();
        assert_eq!((page.total, page.versions[0].version), (Some(1), 2));
        let theirs = records.vread(kind("Observation"), "o", 1).await.unwrap();
        assert!(matches!(theirs, Found::Nothing));
    }
}

#[tokio::test]
async fn what_names_no_patient_belongs_to_whom_its_subject_belongs() {
    for house in houses().await {
        let seed = chore();
        house
            .write(
                &seed,
                vec![put("ana", person("A")), put("ben", person("B"))],
            )
            .await;
        let provenance = |target: &str| {
            valid(&format!(
                r#"{{"resourceType":"Provenance","target":[{{"reference":"{target}"}}],"recorded":"2026-05-01T00:00:00Z","agent":[{{"who":{{"display":"x"}}}}]}}"#
            ))
        };
        house
            .write(&seed, vec![put("o", glucose("ana", "6"))])
            .await;
        let list = vec![
            put("stored", provenance("Observation/o")),
            put("same-list", provenance("Observation/later")),
            put("later", glucose("ben", "6")),
        ];
        house.write(&seed, list).await;
        let ana = patient("ana");
        let own = house.read(&ana, "Provenance", "stored").await;
        assert!(matches!(own, Found::Seen(_)));
        let other = house.read(&ana, "Provenance", "same-list").await;
        assert!(matches!(other, Found::Nothing));
        let ben = patient("ben");
        let own = house.read(&ben, "Provenance", "same-list").await;
        assert!(matches!(own, Found::Seen(_)));
    }
}

#[tokio::test]
async fn whose_it_is_does_not_depend_on_how_the_subject_is_spelt() {
    for house in houses().await {
        let seed = chore();
        house.write(&seed, vec![put("ana", person("A"))]).await;
        let absolute = glucose("ana", "5")
            .document()
            .text()
            .replace("Patient/ana", "http://localhost/fhir/Patient/ana");
        house.write(&seed, vec![put("o", valid(&absolute))]).await;
        assert!(matches!(
            house.read(&patient("ana"), "Observation", "o").await,
            Found::Seen(_)
        ));
    }
}

#[tokio::test]
async fn a_binary_is_read_by_who_may_read_what_it_is_attached_to() {
    for house in houses().await {
        let seed = chore();
        house
            .write(
                &seed,
                vec![put("ana", person("A")), put("ben", person("B"))],
            )
            .await;
        let binary = valid(r#"{"resourceType":"Binary","contentType":"text/plain","data":"aGk="}"#);
        let note = valid(
            r#"{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/ana"},"content":[{"attachment":{"contentType":"text/plain","url":"Binary/b"}}]}"#,
        );
        house
            .write(&seed, vec![put("b", binary), put("n", note)])
            .await;
        assert!(matches!(
            house.read(&patient("ana"), "Binary", "b").await,
            Found::Seen(_)
        ));
        assert!(matches!(
            house.read(&patient("ben"), "Binary", "b").await,
            Found::Nothing
        ));
    }
}
