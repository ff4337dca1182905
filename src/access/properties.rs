//! Properties that must hold for every family, label and instant, not only for the written-down ones.
#![allow(clippy::unwrap_used)]

use crate::actor::{Account, BreakGlass, RelationshipKind, RelationshipStatus, ShareLink, Staff};
use crate::decide::{Scene, decide};
use crate::facts::{Confidentiality, ConsentKind, HoldKind};
use crate::standing::Agent;
use crate::{
    Action, Actor, Client, ConsentFact, Facet, Pack, PatientFacts, Relationship, ResourceFacts,
    Standing, rows,
};
use fhir::ResourceType;
use jiff::{Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use smart::scope::Scopes;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

const TYPES: &[&str] = &[
    "Observation",
    "Patient",
    "RelatedPerson",
    "Immunization",
    "Communication",
    "Invoice",
    "Practitioner",
    "Slot",
    "Device",
    "Flag",
    "Task",
    "Consent",
];
const OWNERS: &[&str] = &["p1", "p2", "p3"];
const PACKS: &[&str] = &["middlesex", "middlesex-feb28", "ct-exemplar"];
const SCOPES: &[&str] = &[
    "patient/*.rs",
    "patient/*.cruds",
    "patient/Observation.rs?category=http://s|laboratory",
    "patient/Patient.r",
    "user/*.rs",
    "user/Communication.cruds",
    "system/*.cruds",
    "system/Observation.rs",
];

/// Any second of the years 2008 to 2032.
fn instant() -> impl Strategy<Value = Timestamp> {
    (1_199_145_600i64..1_987_000_000).prop_map(|s| Timestamp::from_second(s).unwrap())
}
/// Around the instant that matters, as often as not.
fn near(now: Timestamp) -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        Just(now),
        (-2i64..3).prop_map(move |s| now + s.seconds()),
        instant()
    ]
}

fn facet() -> impl Strategy<Value = Facet> {
    let categories = vec(
        select(vec![
            "http://s|laboratory",
            "http://s|vital-signs",
            "https://kinchart.org/fhir/CodeSystem/flag|safety-block",
            "t|message-handling",
            "t|payment",
        ]),
        0..2,
    );
    let labels = vec(
        select(vec!["HIV", "SUD", "42CFRPart2", "PSYTHPN", "XYZZY"]),
        0..2,
    );
    let hold = option::of((
        select(vec!["harm", "patient-preference", "law", "not-reviewed"]),
        select(vec![
            None,
            Some("substantial"),
            Some("life-or-physical-safety"),
        ]),
        any::<bool>(),
    ));
    (
        select(TYPES),
        categories,
        labels,
        select(vec![
            Confidentiality::N,
            Confidentiality::R,
            Confidentiality::V,
        ]),
        any::<(bool, bool)>(),
        hold,
    )
        .prop_map(
            |(name, categories, labels, confidentiality, minor, hold)| Facet {
                categories: categories.into_iter().map(str::to_owned).collect(),
                labels: labels.into_iter().map(str::to_owned).collect(),
                confidentiality,
                minor_consented: minor.0,
                minor_released: minor.1,
                hold: hold.map(|(reason, harm, signed)| HoldKind {
                    reason: reason.to_owned(),
                    harm: harm.map(str::to_owned),
                    signed,
                }),
                ..Facet::plain(ResourceType::from_name(name).unwrap())
            },
        )
}

fn consent(now: Timestamp) -> impl Strategy<Value = ConsentFact> {
    (
        select(vec![
            ConsentKind::App,
            ConsentKind::Exchange,
            ConsentKind::OrganizationDeny,
            ConsentKind::Part2,
            ConsentKind::MinorRelease,
        ]),
        any::<(bool, bool, bool)>(),
        option::of(near(now)),
        option::of(near(now)),
        select(vec![vec![], vec!["Observation".to_owned()]]),
    )
        .prop_map(
            |(kind, (permit, active, named), start, end, only_types)| ConsentFact {
                kind,
                permit: permit && kind != ConsentKind::OrganizationDeny,
                active,
                client: (kind == ConsentKind::App).then(|| "app1".to_owned()),
                organization: named.then(|| "org-x".to_owned()),
                start,
                end,
                only_types,
                except_types: Vec::new(),
            },
        )
}

fn patient(id: &'static str) -> impl Strategy<Value = PatientFacts> {
    let birth = prop_oneof![
        3 => (1990i16..2026, 1i8..13, 1i8..32).prop_map(|(y, m, d)| {
            let last = jiff::civil::date(y, m, 1).days_in_month();
            Some(format!("{y:04}-{m:02}-{:02}", d.min(last)))
        }),
        1 => (2000i16..2026).prop_map(|y| Some(format!("{y}"))),
        1 => Just(None),
    ];
    (birth, prop::bool::weighted(0.1), any::<(bool, bool)>()).prop_map(
        move |(birth_date, deceased, (emancipated, proxies_terminated))| PatientFacts {
            id: id.to_owned(),
            birth_date,
            deceased,
            emancipated,
            proxies_terminated,
        },
    )
}

fn relationship(now: Timestamp) -> impl Strategy<Value = Relationship> {
    (
        select(vec![
            RelationshipKind::Parent,
            RelationshipKind::Guardian,
            RelationshipKind::Adult,
            RelationshipKind::PersonalRepresentative,
            RelationshipKind::EstateRepresentative,
        ]),
        prop_oneof![4 => Just(RelationshipStatus::Active), 1 => Just(RelationshipStatus::Pending), 1 => Just(RelationshipStatus::Revoked)],
        select(vec![None, Some("full"), Some("view-all"), Some("scheduling-billing"), Some("teen-safe")]),
        option::of(near(now)),
        option::of(near(now)),
        option::of(near(now)),
        (prop::bool::weighted(0.1), any::<bool>(), any::<bool>()),
    )
        .prop_map(|(kind, status, level, consented_at, start, end, flags)| Relationship {
            kind,
            status,
            level: level.map(str::to_owned),
            consented_at,
            start,
            end,
            court_restricted: flags.0,
            exclude_sensitive: flags.1,
            read_only: flags.2,
        })
}

fn actor(now: Timestamp) -> impl Strategy<Value = Actor> {
    let texts = |list: Vec<&'static str>| {
        vec(select(list), 0..3)
            .prop_map(|l: Vec<&str>| l.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let staff = (
        select(vec![
            "clinician",
            "registration",
            "billing",
            "pool-agent",
            "support",
            "him",
            "privacy",
            "wizard",
        ]),
        texts(vec!["p1", "p2"]),
        texts(vec!["pool1", "pool2"]),
        option::of(Just("Task/t".to_owned())),
        option::of(option::of(Just("reason".to_owned()))),
    )
        .prop_map(|(role, care_team_of, pools, ticket, glass)| {
            Actor::Staff(Staff {
                account: Account::Active,
                role: role.to_owned(),
                practitioner: "own".to_owned(),
                care_team_of,
                pools,
                ticket,
                break_glass: glass.map(|reason| BreakGlass { reason }),
            })
        });
    let organization = (
        select(vec![
            "TREAT",
            "HPAYMT",
            "HOPERAT",
            "PATRQT",
            "ETREAT",
            "BTG",
            "PUBHLTH",
            "MARKETING",
        ]),
        option::of(Just("reason".to_owned())),
    )
        .prop_map(|(pou, break_glass_reason)| Actor::Organization {
            id: "org-x".to_owned(),
            purpose_of_use: pou.to_owned(),
            trusted: true,
            break_glass_reason,
        });
    let link = (
        any::<(bool, bool, bool)>(),
        option::of(near(now)),
        texts(vec!["HIV", "SUD"]),
    )
        .prop_map(|((required, ok, proxy), expires, included_labels)| {
            Actor::ShareLink(ShareLink {
                passcode_required: required,
                passcode_ok: ok,
                expires,
                revoked: false,
                created_by_proxy: proxy,
                included_labels,
            })
        });
    prop_oneof![
        2 => Just(Actor::SelfPatient { account: Account::Active, terms_accepted: true }),
        4 => any::<bool>().prop_map(|adult| Actor::Proxy {
            account: Account::Active,
            terms_accepted: true,
            adult,
            related_person: "own".to_owned(),
        }),
        3 => staff,
        3 => organization,
        1 => link,
        1 => Just(Actor::Backend),
        1 => any::<(bool, bool)>().prop_map(|(matched, detail)| Actor::Guest { matched, locked: false, detail }),
        1 => Just(Actor::Anonymous),
    ]
}

fn client(now: Timestamp) -> impl Strategy<Value = Client> {
    (
        vec(select(SCOPES), 0..4),
        option::of(near(now)),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(scopes, expires, third_party, bound)| Client {
            id: "app1".to_owned(),
            scopes: Scopes::parse(&scopes.join(" ")),
            patient: bound.then(|| "p1".to_owned()),
            expires,
            revoked: false,
            active: true,
            third_party,
        })
}

fn standing(now: Timestamp) -> impl Strategy<Value = Standing> {
    (
        actor(now),
        option::weighted(0.7, client(now)),
        patient("p1"),
        option::weighted(0.8, relationship(now)),
        vec(consent(now), 0..3),
        option::of((patient("p2"), vec(consent(now), 0..3))),
        option::of((patient("p3"), vec(consent(now), 0..3))),
    )
        .prop_map(|(actor, client, patient, relationship, consents, p2, p3)| {
            let personal = matches!(
                actor,
                Actor::SelfPatient { .. }
                    | Actor::Proxy { .. }
                    | Actor::ShareLink(_)
                    | Actor::Guest { .. }
            );
            let mut others = BTreeMap::new();
            for (id, facts) in [("p2", p2), ("p3", p3)] {
                if let Some(facts) = facts.filter(|_| !personal) {
                    others.insert(id.to_owned(), facts);
                }
            }
            if !personal {
                others.insert("p1".to_owned(), (patient.clone(), consents.clone()));
            }
            Standing {
                actor,
                client,
                patient: personal.then_some(patient),
                relationship,
                consents,
                others,
                agent: Agent::default(),
            }
        })
}

/// One row: facet number is its position in the list of facets.
#[derive(Debug, Clone)]
struct Row {
    facet: Facet,
    id: &'static str,
    owner: Option<&'static str>,
    hold_until: Option<i64>,
    pool: Option<&'static str>,
}

impl Row {
    fn facts(&self) -> ResourceFacts<'_> {
        ResourceFacts {
            facet: &self.facet,
            id: self.id,
            owner: self.owner,
            hold_until: self.hold_until,
            pool: self.pool,
        }
    }
}

fn row(now: Timestamp) -> impl Strategy<Value = Row> {
    (
        facet(),
        select(vec!["own", "x"]),
        option::weighted(0.9, select(OWNERS)),
        option::of(near(now).prop_map(Timestamp::as_microsecond)),
        option::of(select(vec!["pool1", "pool2", "pool3"])),
    )
        .prop_map(|(facet, id, owner, hold_until, pool)| Row {
            facet,
            id,
            owner,
            hold_until,
            pool,
        })
}

fn action() -> impl Strategy<Value = Action> {
    select(Action::ALL.to_vec())
}

fn world() -> impl Strategy<Value = (Timestamp, Standing, Vec<Row>, &'static str)> {
    instant().prop_flat_map(|now| {
        (
            Just(now),
            standing(now),
            vec(row(now), 1..12),
            select(PACKS),
        )
    })
}

/// Reading a pack checks it against its schema: once is enough.
fn pack_named(name: &str) -> Arc<Pack> {
    static READ: LazyLock<Vec<Arc<Pack>>> = LazyLock::new(|| {
        PACKS
            .iter()
            .map(|p| Arc::new(Pack::shipped(p).unwrap()))
            .collect()
    });
    Arc::clone(READ.iter().find(|pack| pack.id == name).unwrap())
}

fn scene(standing: &Standing, pack: &str, now: Timestamp) -> Scene {
    Scene::new(Arc::new(standing.clone()), pack_named(pack), now)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// I1: what a search may show is exactly what a read may show.
    #[test]
    fn visible_rows_are_the_readable_ones((now, standing, list, pack) in world()) {
        let scene = scene(&standing, pack, now);
        let facets: Vec<(i64, Arc<Facet>)> =
            list.iter().enumerate().map(|(n, row)| (i64::try_from(n).unwrap(), Arc::new(row.facet.clone()))).collect();
        for action in [Action::Read, Action::Search] {
            for name in TYPES {
                let resource_type = ResourceType::from_name(name).unwrap();
                let of_type: Vec<_> = facets.iter().filter(|(_, f)| f.resource_type == resource_type).cloned().collect();
                let visible = rows::rows(&scene, action, resource_type, &of_type);
                for (number, row) in list.iter().enumerate().filter(|(_, row)| row.facet.resource_type == resource_type) {
                    let decision = decide(&scene, action, &row.facts());
                    let number = i64::try_from(number).unwrap();
                    prop_assert_eq!(
                        visible.contains(number, &row.facts(), now.as_microsecond()), decision.permits(),
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

    /// I2: more scopes never lose access.
    #[test]
    fn more_scopes_never_lose_access((now, standing, list, pack) in world(), more in vec(select(SCOPES), 1..3), action in action()) {
        let mut wider = standing.clone();
        if let Some(client) = &mut wider.client {
            let text = format!("{} {}", client.scopes.to_text(), more.join(" "));
            client.scopes = Scopes::parse(&text);
        }
        // A chart-bound staff token becomes a user token by a user scope: it was bound by choice, not by right.
        let (narrow, wide) = (scene(&standing, pack, now), scene(&wider, pack, now));
        for row in &list {
            if decide(&narrow, action, &row.facts()).permits() {
                prop_assert!(decide(&wide, action, &row.facts()).permits());
            }
        }
    }

    /// I3: one more denial never grants.
    #[test]
    fn a_denial_never_grants((now, standing, list, pack) in world(), mut denial in instant().prop_flat_map(consent), action in action()) {
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

    /// I4 and I5: what a parent sees shrinks at every birthday, and is nothing from 18.
    #[test]
    fn a_parent_sees_less_from_birthday_to_birthday(
        (now, mut standing, list, pack) in world(), years in 1i64..25, action in action(),
    ) {
        standing.actor = Actor::Proxy { account: Account::Active, terms_accepted: true, adult: true, related_person: "own".to_owned() };
        let patient = standing.others.get("p1").map(|(p, _)| p.clone()).or(standing.patient.clone());
        standing.patient = patient;
        standing.client = None;
        standing.consents.clear();
        let relationship = standing.relationship.get_or_insert(Relationship {
            kind: RelationshipKind::Parent, status: RelationshipStatus::Active, level: None, consented_at: None,
            start: None, end: None, court_restricted: false, exclude_sensitive: false, read_only: false,
        });
        relationship.kind = RelationshipKind::Parent;
        relationship.start = None;
        relationship.end = None;
        let later = now + (years * 365 * 24).hours();
        let birth = standing.patient.as_ref().and_then(|p| p.birth_date.clone());
        let of_age = birth.as_deref().and_then(crate::time::BirthDate::parse).is_some_and(|b| {
            crate::time::attained(b.earliest, 18, crate::pack::LeapDay::Mar1, pack_named(pack).zone(), now)
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
    fn the_viewers_zone_changes_nothing((now, standing, list, pack) in world(), action in action()) {
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

    /// I8: until `valid_until` nothing changes by itself.
    #[test]
    fn a_decision_stands_until_it_says((now, standing, list, pack) in world(), part in 0.0f64..1.0, action in action()) {
        let today = scene(&standing, pack, now);
        for row in &list {
            let decision = decide(&today, action, &row.facts());
            let end = decision.valid_until.unwrap_or(now + (24 * 365 * 40).hours());
            prop_assert!(end > now);
            let span = end.as_microsecond() - now.as_microsecond() - 1;
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let within = Timestamp::from_microsecond(now.as_microsecond() + (span as f64 * part) as i64).unwrap();
            let last = Timestamp::from_microsecond(end.as_microsecond() - 1).unwrap();
            for at in [within, last] {
                let then = decide(&scene(&standing, pack, at), action, &row.facts());
                prop_assert_eq!((then.effect, then.reason), (decision.effect, decision.reason));
            }
        }
    }
}
