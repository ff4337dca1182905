//! Families, staff, systems, consents and rows by chance, for the properties.
#![allow(clippy::unwrap_used)]

use crate::actor::{
    Account, BreakGlass, RelationshipKind, RelationshipStatus, ShareLink, Staff, Ticket,
};
use crate::decide::Scene;
use crate::facts::{Confidentiality, ConsentKind, HoldKind};
use crate::standing::Agent;
use crate::{
    Action, Actor, Client, ConsentFact, Content, Facet, Pack, PatientFacts, Relationship,
    ResourceFacts, Standing,
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

pub(super) const TYPES: &[&str] = &[
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
pub(super) const OWNERS: &[&str] = &["p1", "p2", "p3"];
pub(super) const PACKS: &[&str] = &["middlesex", "middlesex-feb28", "ct-exemplar"];
pub(super) const SCOPES: &[&str] = &[
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
pub(super) fn instant() -> impl Strategy<Value = Timestamp> {
    (1_199_145_600i64..1_987_000_000).prop_map(|s| Timestamp::from_second(s).unwrap())
}
/// Around the instant that matters, as often as not.
pub(super) fn near(now: Timestamp) -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        Just(now),
        (-2i64..3).prop_map(move |s| now + s.seconds()),
        instant()
    ]
}

pub(super) fn facet() -> impl Strategy<Value = Facet> {
    let categories = vec(
        select(vec![
            "http://s|laboratory",
            "http://s|vital-signs",
            "https://kinchart.org/fhir/CodeSystem/flag|safety-block",
            "https://kinchart.org/fhir/CodeSystem/task-code|dcf-report",
            "t|message-handling",
            "t|payment",
            "https://kinchart.org/fhir/CodeSystem/task-code|privacy-review",
            "https://kinchart.org/fhir/CodeSystem/task-code|discuss-result",
            "https://kinchart.org/fhir/CodeSystem/task-code|support-ticket",
        ]),
        0..2,
    );
    let labels = vec(
        select(vec!["HIV", "SUD", "42CFRPart2", "PRS", "PSYTHPN", "XYZZY"]),
        0..2,
    );
    let hold = option::of((
        select(vec!["harm", "patient-preference", "law", "not-reviewed"]),
        select(vec![
            None,
            Some("substantial"),
            Some("life-or-physical-safety"),
        ]),
        any::<(bool, bool)>(),
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
                hold: hold.map(|(reason, harm, (signed, standing))| HoldKind {
                    reason: reason.to_owned(),
                    harm: harm.map(str::to_owned),
                    signed,
                    standing,
                }),
                ..Facet::plain(ResourceType::from_name(name).unwrap())
            },
        )
}

pub(super) fn consent(now: Timestamp) -> impl Strategy<Value = ConsentFact> {
    (
        select(vec![
            ConsentKind::App,
            ConsentKind::AppDeny,
            ConsentKind::Exchange,
            ConsentKind::OrganizationDeny,
            ConsentKind::PersonDeny,
            ConsentKind::Part2,
            ConsentKind::MinorRelease,
            ConsentKind::Wait,
            ConsentKind::Link,
        ]),
        any::<(bool, bool, bool)>(),
        option::of(near(now)),
        option::of(near(now)),
        select(vec![vec![], vec!["Observation".to_owned()]]),
        select(vec![vec![], vec!["R".to_owned()], vec!["HIV".to_owned()]]),
        select(vec![
            "RelatedPerson/own",
            "RelatedPerson/x",
            "Practitioner/own",
        ]),
    )
        .prop_map(
            |(kind, (permit, active, named), start, end, only_types, only_labels, person)| {
                let names = |kinds: &[ConsentKind]| named && kinds.contains(&kind);
                let organization = names(&[
                    ConsentKind::Exchange,
                    ConsentKind::OrganizationDeny,
                    ConsentKind::Part2,
                ]);
                let people = names(&[ConsentKind::PersonDeny, ConsentKind::MinorRelease]);
                let app = kind == ConsentKind::App || names(&[ConsentKind::AppDeny]);
                ConsentFact {
                    active,
                    client: app.then(|| "app1".to_owned()),
                    organizations: organization
                        .then(|| "org-x".to_owned())
                        .into_iter()
                        .collect(),
                    people: people.then(|| person.to_owned()).into_iter().collect(),
                    start,
                    end,
                    only_types,
                    only_labels,
                    ..ConsentFact::new(kind, permit && !kind.denies())
                }
            },
        )
}

pub(super) fn patient(id: &'static str) -> impl Strategy<Value = PatientFacts> {
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

pub(super) fn relationship(now: Timestamp) -> impl Strategy<Value = Relationship> {
    (
        select(vec![
            RelationshipKind::Parent,
            RelationshipKind::Guardian,
            RelationshipKind::Adult,
            RelationshipKind::PersonalRepresentative,
            RelationshipKind::EstateRepresentative,
        ]),
        prop_oneof![4 => Just(RelationshipStatus::Active), 1 => Just(RelationshipStatus::Pending),
            1 => Just(RelationshipStatus::Revoked)],
        select(vec![
            None,
            Some("full"),
            Some("view-all"),
            Some("scheduling-billing"),
            Some("teen-safe"),
        ]),
        option::of(near(now)),
        option::of(near(now)),
        option::of(near(now)),
        (prop::bool::weighted(0.1), any::<bool>(), any::<bool>()),
    )
        .prop_map(
            |(kind, status, level, consented_at, start, end, flags)| Relationship {
                kind,
                status,
                level: level.map(str::to_owned),
                consented_at,
                start,
                end,
                court_restricted: flags.0,
                exclude_sensitive: flags.1,
                read_only: flags.2,
            },
        )
}

/// Emergencies that somebody declared, for one chart or for the one asked about.
pub(super) fn glasses(now: Timestamp) -> impl Strategy<Value = Vec<BreakGlass>> {
    let glass = (
        option::of(Just("reason".to_owned())),
        option::of(select(OWNERS)),
        option::of(-90i64..90),
    );
    vec(glass, 0..3).prop_map(move |all| {
        let glass = |(reason, patient, minutes): (_, Option<&str>, Option<i64>)| BreakGlass {
            reason,
            patient: patient.map(str::to_owned),
            until: minutes.map(|minutes| now + minutes.minutes()),
        };
        all.into_iter().map(glass).collect()
    })
}

/// Tickets at work, for one account or for the one asked about.
fn tickets(now: Timestamp) -> impl Strategy<Value = Vec<Ticket>> {
    let ticket = (option::of(select(OWNERS)), option::of(-90i64..90));
    vec(ticket, 0..3).prop_map(move |all| {
        let ticket = |(patient, minutes): (Option<&str>, Option<i64>)| Ticket {
            task: "Task/t".to_owned(),
            patient: patient.map(str::to_owned),
            until: minutes.map(|minutes| now + minutes.minutes()),
        };
        all.into_iter().map(ticket).collect()
    })
}

pub(super) fn actor(now: Timestamp) -> impl Strategy<Value = Actor> {
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
        tickets(now),
        glasses(now),
    )
        .prop_map(|(role, care_team_of, pools, tickets, glass)| {
            Actor::Staff(Staff {
                account: Account::Active,
                role: role.to_owned(),
                practitioner: "own".to_owned(),
                care_team_of,
                pools,
                tickets,
                break_glass: glass,
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
                related_person: None,
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
        1 => any::<(bool, bool, bool)>()
            .prop_map(|(matched, detail, coded)| Actor::Guest { matched, locked: false, detail, coded }),
        1 => Just(Actor::Anonymous),
    ]
}

pub(super) fn client(now: Timestamp) -> impl Strategy<Value = Client> {
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
            bound_to: None,
            third_party,
        })
}

pub(super) fn standing(now: Timestamp) -> impl Strategy<Value = Standing> {
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
                charts: Vec::new(),
                agent: Agent::default(),
            }
        })
}

/// One row: facet number is its position in the list of facets.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) facet: Facet,
    pub(super) id: &'static str,
    pub(super) owner: Option<&'static str>,
    pub(super) hold_until: Option<i64>,
    pub(super) pool: Option<&'static str>,
}

impl Row {
    pub(super) fn facts(&self) -> ResourceFacts<'_> {
        ResourceFacts {
            facet: &self.facet,
            id: self.id,
            owner: self.owner,
            hold_until: self.hold_until,
            pool: self.pool,
            content: Content::Unknown,
        }
    }
}

pub(super) fn row(now: Timestamp) -> impl Strategy<Value = Row> {
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

pub(super) fn action() -> impl Strategy<Value = Action> {
    select(Action::ALL.to_vec())
}

pub(super) fn world() -> impl Strategy<Value = (Timestamp, Standing, Vec<Row>, &'static str)> {
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
pub(super) fn pack_named(name: &str) -> Arc<Pack> {
    static READ: LazyLock<Vec<Arc<Pack>>> = LazyLock::new(|| {
        PACKS
            .iter()
            .map(|p| Arc::new(Pack::shipped(p).unwrap()))
            .collect()
    });
    Arc::clone(READ.iter().find(|pack| pack.id == name).unwrap())
}

pub(super) fn scene(standing: &Standing, pack: &str, now: Timestamp) -> Scene {
    Scene::new(Arc::new(standing.clone()), pack_named(pack), now)
}
