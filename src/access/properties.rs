//! Properties that hold for every family, label and instant, not only for the written-down ones.
#![allow(clippy::unwrap_used)]

mod worlds;

use crate::actor::{Account, RelationshipKind, RelationshipStatus};
use crate::decide::decide;
use crate::facts::Confidentiality;
use crate::pack::LeapDay;
use crate::time::{BirthDate, attained};
use crate::{Access, Action, Actor, Facet, Relationship, Standing, rows};
use fhir::ResourceType;
use jiff::{Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use smart::scope::Scopes;
use std::sync::Arc;
use worlds::*;

/// Turns whoever it is into a person in that patient's chart.
fn of_a_person(standing: &mut Standing, patient: &str) {
    if !matches!(
        standing.actor,
        Actor::SelfPatient { .. } | Actor::Proxy { .. }
    ) {
        standing.actor = Actor::Proxy {
            account: Account::Active,
            terms_accepted: true,
            adult: true,
            related_person: "own".to_owned(),
        };
    }
    let facts = standing.others.remove("p1").map(|(facts, _)| facts);
    let facts = standing.patient.get_or_insert(facts.unwrap_or_default());
    facts.id = patient.to_owned();
    standing.others.clear();
    if let Some(client) = &mut standing.client {
        client.patient = Some(patient.to_owned());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// I1: what a search may show is exactly what a read may show.
    #[test]
    fn visible_rows_are_the_readable_ones((now, standing, list, pack) in world()) {
        let scene = scene(&standing, pack, now);
        let facets: Vec<(i64, Arc<Facet>)> =
            (0i64..).zip(&list).map(|(n, row)| (n, Arc::new(row.facet.clone()))).collect();
        for action in [Action::Read, Action::Search] {
            for name in TYPES {
                let resource_type = ResourceType::from_name(name).unwrap();
                let is_one = |facet: &Facet| facet.resource_type == resource_type;
                let of_type: Vec<_> = facets.iter().filter(|(_, f)| is_one(f)).cloned().collect();
                let visible = rows::rows(&scene, action, resource_type, &of_type);
                for (number, row) in (0i64..).zip(&list).filter(|(_, row)| is_one(&row.facet)) {
                    let decision = decide(&scene, action, &row.facts());
                    prop_assert_eq!(
                        visible.contains(number, &row.facts(), now.as_microsecond()),
                        decision.permits(),
                        "{:?} {:?} {:?}", decision, row, visible
                    );
                    let redacted = visible.clauses.iter()
                        .filter(|c| c.contains(number, &row.facts(), now.as_microsecond()))
                        .any(|c| c.redaction.is_none());
                    if decision.permits() {
                        prop_assert_eq!(redacted, decision.redaction.is_none());
                    }
                }
            }
        }
    }

    /// The same of somebody who changes between charts, in each as if it were the only one; other
    /// charts are read, never written.
    #[test]
    fn several_charts_are_each_decided_by_their_own_rules(
        (now, mut first, list, pack) in world().boxed(),
        mut second in instant().prop_flat_map(|at| standing(at).boxed()).boxed(),
        action in action(),
    ) {
        of_a_person(&mut first, "p1");
        of_a_person(&mut second, "p2");
        let mut both = first.clone();
        both.charts.push(Arc::new(second.clone()));
        let Ok(access) = Access::open(Arc::new(both), pack_named(pack), now) else {
            prop_assert!(scene(&first, pack, now).barred().is_some());
            return Ok(());
        };
        let reads = matches!(action, Action::Read | Action::Search);
        let (one, two) = (scene(&first, pack, now), scene(&second, pack, now));
        for (number, row) in (0i64..).zip(&list) {
            let in_second = reads && row.owner == Some("p2") && two.barred().is_none();
            let alone = decide(if in_second { &two } else { &one }, action, &row.facts());
            let decided = access.decide(action, &row.facts());
            prop_assert_eq!(decided.permits(), alone.permits());
            prop_assert_eq!(decided.redaction, alone.redaction);
            if reads {
                let facet = [(number, Arc::new(row.facet.clone()))];
                let visible = access.rows(action, row.facet.resource_type, &facet);
                let shown = visible.contains(number, &row.facts(), now.as_microsecond());
                prop_assert_eq!(shown, decided.permits(), "{:?} {:?}", row, visible);
            }
        }
    }

    /// I2: more scopes never lose access.
    #[test]
    fn more_scopes_never_lose_access(
        (now, standing, list, pack) in world(),
        more in vec(select(SCOPES), 1..3),
        action in action(),
    ) {
        let mut wider = standing.clone();
        if let Some(client) = &mut wider.client {
            let text = format!("{} {}", client.scopes.to_text(), more.join(" "));
            client.scopes = Scopes::parse(&text);
        }
        // A chart-bound staff token becomes a user token by a user scope: it was bound by choice,
        // not by right.
        let (narrow, wide) = (scene(&standing, pack, now), scene(&wider, pack, now));
        for row in &list {
            if decide(&narrow, action, &row.facts()).permits() {
                prop_assert!(decide(&wide, action, &row.facts()).permits());
            }
        }
    }

    /// I3: one more denial never grants.
    #[test]
    fn a_denial_never_grants(
        (now, standing, list, pack) in world(),
        mut denial in instant().prop_flat_map(consent),
        action in action(),
    ) {
        denial.permit = false;
        let mut stricter = standing.clone();
        stricter.consents.push(denial.clone());
        for (_, consents) in stricter.others.values_mut() {
            consents.push(denial.clone());
        }
        let (lax, strict) = (scene(&standing, pack, now), scene(&stricter, pack, now));
        for row in &list {
            if decide(&strict, action, &row.facts()).permits() {
                prop_assert!(decide(&lax, action, &row.facts()).permits());
            }
        }
    }

    /// One more label, or a consent of the minor's own behind it, never grants.
    #[test]
    fn relabelling_never_grants(
        (now, standing, list, pack) in world(),
        label in select(vec!["HIV", "MH", "42CFRPart2", "PRS", "PSYTHPN", "http://s|X"]),
        minor in any::<bool>(),
        action in action(),
    ) {
        let scene = scene(&standing, pack, now);
        for row in &list {
            let mut labelled = row.clone();
            labelled.facet.labels.push(label.to_owned());
            labelled.facet.labels.sort_unstable();
            labelled.facet.confidentiality = Confidentiality::R;
            if minor && !labelled.facet.minor_consented {
                labelled.facet.minor_consented = true;
                labelled.facet.minor_released = false;
            }
            if decide(&scene, action, &labelled.facts()).permits() {
                prop_assert!(decide(&scene, action, &row.facts()).permits());
            }
        }
    }

    /// What a patient marked private is for them and who treats them: for nobody else, whatever they may otherwise.
    #[test]
    fn what_is_private_stays_with_the_patient_and_who_treats_them(
        (now, standing, list, pack) in world(), action in action(),
    ) {
        let scene = scene(&standing, pack, now);
        let outside = standing.client.as_ref().is_some_and(|client| client.third_party);
        for row in &list {
            let mut row = row.clone();
            row.facet.labels.push("PRS".to_owned());
            let decision = decide(&scene, action, &row.facts());
            let may = match &standing.actor {
                Actor::SelfPatient { .. } => !outside,
                Actor::Proxy { .. } => {
                    let kind = standing.relationship.as_ref().map(|one| one.kind);
                    !outside && kind != Some(RelationshipKind::Adult)
                }
                Actor::Organization { .. } => decision.reason.0 == "PERMIT_BTG",
                Actor::ShareLink(link) => link.included_labels.iter().any(|label| label == "PRS"),
                _ => true,
            };
            prop_assert!(may || !decision.permits(), "{:?} {:?}", decision, row);
        }
    }

    /// I4 and I5: what a parent sees shrinks at every birthday, and is nothing from 18.
    #[test]
    fn a_parent_sees_less_from_birthday_to_birthday(
        (now, mut standing, list, pack) in world(), years in 1i64..25, action in action(),
    ) {
        standing.actor = Actor::Proxy {
            account: Account::Active,
            terms_accepted: true,
            adult: true,
            related_person: "own".to_owned(),
        };
        let patient = standing.others.get("p1").map(|(p, _)| p.clone()).or(standing.patient.clone());
        standing.patient = patient;
        standing.client = None;
        standing.consents.clear();
        let relationship = standing.relationship.get_or_insert(Relationship {
            kind: RelationshipKind::Parent,
            status: RelationshipStatus::Active,
            level: None,
            consented_at: None,
            start: None,
            end: None,
            court_restricted: false,
            exclude_sensitive: false,
            read_only: false,
        });
        relationship.kind = RelationshipKind::Parent;
        relationship.start = None;
        relationship.end = None;
        let later = now + (years * 365 * 24).hours();
        let birth = standing.patient.as_ref().and_then(|p| p.birth_date.clone());
        let of_age = birth.as_deref().and_then(BirthDate::parse).is_some_and(|b| {
            attained(b.earliest, 18, LeapDay::Mar1, pack_named(pack).zone(), now)
        });
        let (young, old) = (scene(&standing, pack, now), scene(&standing, pack, later));
        for row in &list {
            // Holds end by themselves; age is what is looked at here.
            let mut row = row.clone();
            row.hold_until = None;
            if of_age {
                prop_assert!(!decide(&young, action, &row.facts()).permits());
            }
            if decide(&old, action, &row.facts()).permits() {
                prop_assert!(decide(&young, action, &row.facts()).permits());
            }
        }
    }

    /// I6: the zone a time is written in changes nothing.
    #[test]
    fn the_viewers_zone_changes_nothing(
        (now, standing, list, pack) in world(), action in action(),
    ) {
        for zone in ["Asia/Tokyo", "Pacific/Honolulu"] {
            let elsewhere = now.to_zoned(jiff::tz::TimeZone::get(zone).unwrap()).timestamp();
            for row in &list {
                prop_assert_eq!(
                    decide(&scene(&standing, pack, now), action, &row.facts()),
                    decide(&scene(&standing, pack, elsewhere), action, &row.facts())
                );
            }
        }
    }

    /// I12: an emergency opens one chart to a clinician, while it lasts and with a reason, never what a
    /// role, a scope, a minor's consent or a psychotherapy note keeps, and never without review.
    #[test]
    fn an_emergency_opens_one_chart_and_is_reviewed(
        (now, mut standing, list, pack) in world(),
        glasses in instant().prop_flat_map(glasses),
        action in action(),
    ) {
        let Actor::Staff(staff) = &mut standing.actor else { return Ok(()) };
        staff.break_glass = Vec::new();
        let (role, before) = (staff.role.clone(), scene(&standing, pack, now));
        if let Actor::Staff(staff) = &mut standing.actor {
            staff.break_glass = glasses.clone();
        }
        let after = scene(&standing, pack, now);
        for row in &list {
            let (was, is) = (
                decide(&before, action, &row.facts()),
                decide(&after, action, &row.facts()),
            );
            prop_assert!(!was.permits() || is.permits());
            if was.permits() || !is.permits() {
                continue;
            }
            prop_assert_eq!((is.reason.0, role.as_str()), ("PERMIT_BTG", "clinician"));
            let opened = glasses.iter().any(|g| g.opens(row.owner, now) && g.reason.is_some());
            prop_assert!(opened);
            prop_assert!(is.obligations.contains(&crate::Obligation::PrivacyReviewTask));
            prop_assert!(is.obligations.contains(&crate::Obligation::NotifyPatient));
            let overridable = ["DENY_NO_TREATMENT_RELATIONSHIP", "DENY_LABEL", "DENY_CONSENT"];
            prop_assert!(overridable.contains(&was.reason.0), "{:?}", was);
        }
    }

    /// I8: until `valid_until` nothing changes by itself.
    #[test]
    fn a_decision_stands_until_it_says(
        (now, standing, list, pack) in world(), part in 0i64..1_000, action in action(),
    ) {
        let today = scene(&standing, pack, now);
        for row in &list {
            let decision = decide(&today, action, &row.facts());
            let end = decision.valid_until.unwrap_or(now + (24 * 365 * 40).hours());
            prop_assert!(end > now);
            let span = end.as_microsecond() - now.as_microsecond() - 1;
            let within = now.as_microsecond() + span / 1_000 * part;
            let within = Timestamp::from_microsecond(within).unwrap();
            let last = Timestamp::from_microsecond(end.as_microsecond() - 1).unwrap();
            for at in [within, last] {
                let then = decide(&scene(&standing, pack, at), action, &row.facts());
                prop_assert_eq!((then.effect, then.reason), (decision.effect, decision.reason));
            }
        }
    }
}
