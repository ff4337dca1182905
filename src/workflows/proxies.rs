//! Acting for others: who may, since when and how much; asked for, given, changed and ended. One RelatedPerson
//! and one Consent per grant.

mod accounts;
mod answer;
mod at_desk;
mod book;
mod build;
mod change;
mod emancipation;
mod end;
mod extent;
mod grant;
mod invite;
mod letters;
mod preview;
mod relation;
mod request;
mod requests;
mod review;
mod welcome;

use std::sync::Arc;

use access::standing::Agent;
use access::{Access, Actor, Pack};
use jiff::Timestamp;
use storage::Storage;
use storage::accounts::{Account, Kind};

pub(crate) use accounts::at_desk;
pub use answer::{agree, refuse};
pub use at_desk::{Visitor, register};
pub(crate) use book::{Book, Kept, checked, coded, create, has_code, text};
pub(crate) use build::new_id;
pub use build::{ROLES, Role};
pub use change::{change, restrict};
pub use emancipation::{ask as ask_emancipation, is_waiting as emancipation_waits, terminate};
pub use end::{Ending, end};
pub(crate) use end::{close, note, withdraw};
pub use extent::Extent;
pub use invite::{
    Invited, Letter, Reply, Wish, accept, decline, invite, may_give, read as read_invitation,
};
pub(crate) use letters::coming as tell_of_change;
pub use preview::steps;
pub(crate) use relation::stands_as_parent;
pub use relation::{Relation, is_over};
pub use request::{PAPER_BYTES_MAX, Paper, Petition, ask};
pub use requests::{Asked, State, requests, waiting_for_me};
pub use review::{Decision, Verdict, add_paper, decide};
pub(crate) use welcome::{Welcome, welcome};

pub(crate) use access::vocabulary::{BUSINESS_STATUS, TASK_CODE};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A resource we made ourselves is not valid.
    #[error("a resource of the house is not valid: {0}")]
    Invalid(String),
    /// There is none, or it is not the caller's to know of.
    #[error("there is no such resource")]
    Absent,
    /// The caller may not do this at all.
    #[error("{0}")]
    Refused(&'static str),
    /// What is asked for breaks a rule: the input at fault, and the rule.
    #[error("{element}: {rule}")]
    Rule { element: &'static str, rule: String },
    /// Somebody else was first.
    #[error("somebody else has done this in the meantime: look again")]
    Overtaken,
}

impl Error {
    pub(crate) fn rule(element: &'static str, rule: impl Into<String>) -> Self {
        Self::Rule {
            element,
            rule: rule.into(),
        }
    }
}

/// What a change of a relationship needs: where, under which pack, when, and who asks for it.
#[derive(Clone)]
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub pack: Arc<Pack>,
    pub now: Timestamp,
    /// Named in the audit trail.
    pub agent: Agent,
    pub part: Part,
}

/// In which part somebody comes to the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The patient themself.
    Patient(String),
    /// Somebody who acts for the patient, as this RelatedPerson.
    Proxy {
        patient: String,
        related_person: String,
    },
    /// A person without anybody's chart open.
    Nobody,
    /// Staff whose role includes deciding on consents.
    Reviewer,
    /// Other staff, and systems.
    Other,
    /// The house, keeping its calendar.
    House,
}

impl<'a> Desk<'a> {
    /// The desk as this caller comes to it. An app of somebody else's is nobody here: whom a person trusts is
    /// not an app's to say.
    pub fn of(storage: &'a Storage, access: &Access) -> Self {
        Self {
            storage,
            pack: access.pack().clone(),
            now: access.now(),
            agent: access.standing().agent.clone(),
            part: part(access),
        }
    }
    /// The desk as somebody signed in comes to it on a page of ours: in their own name.
    pub fn of_account(
        storage: &'a Storage,
        pack: &Arc<Pack>,
        account: &Account,
        now: Timestamp,
    ) -> Self {
        let own = account.patient.clone();
        let person = account.person.as_ref().map(|id| format!("Person/{id}"));
        let who = own.as_ref().map(|id| format!("Patient/{id}")).or(person);
        Self {
            storage,
            pack: pack.clone(),
            now,
            agent: Agent {
                who: who.unwrap_or_default(),
                display: account.display.clone(),
                account: Some(account.id.clone()),
                ..Agent::default()
            },
            part: match own {
                _ if account.kind == Kind::Staff => Part::Other,
                Some(patient) => Part::Patient(patient),
                None => Part::Nobody,
            },
        }
    }
    /// The same person in the part of somebody who acts for a patient.
    #[must_use]
    pub fn acting(mut self, patient: &str, related_person: &str) -> Self {
        self.agent.who = format!("RelatedPerson/{related_person}");
        self.agent.on_behalf_of = Some(format!("Patient/{patient}"));
        self.part = Part::Proxy {
            patient: patient.to_owned(),
            related_person: related_person.to_owned(),
        };
        self
    }
    /// The desk for the house's own calendar.
    pub fn of_house(storage: &'a Storage, pack: &Arc<Pack>, now: Timestamp) -> Self {
        Self {
            storage,
            pack: pack.clone(),
            now,
            agent: Agent {
                who: "Device/kinchart".to_owned(),
                display: "Kinchart (family)".to_owned(),
                ..Agent::default()
            },
            part: Part::House,
        }
    }
    pub(crate) fn book(&self) -> Book<'_> {
        Book { desk: self }
    }
}

fn part(access: &Access) -> Part {
    let standing = access.standing();
    let outside = standing.client.as_ref().is_some_and(|it| it.third_party);
    let patient = standing.patient.as_ref().map(|it| it.id.clone());
    match (&standing.actor, patient) {
        _ if outside => Part::Other,
        (Actor::SelfPatient { .. }, Some(patient)) => Part::Patient(patient),
        (Actor::SelfPatient { .. }, None) => Part::Nobody,
        (Actor::Proxy { related_person, .. }, Some(patient)) => Part::Proxy {
            patient,
            related_person: related_person.clone(),
        },
        (Actor::Staff(staff), _) if decides(access.pack(), &staff.role) => Part::Reviewer,
        _ => Part::Other,
    }
}

/// Whether a staff role decides about who acts for whom: one that may change consents.
pub fn decides(pack: &Pack, role: &str) -> bool {
    pack.staff_role(role).is_some_and(|matrix| {
        matrix.allows(access::class::DataClass::Consent, access::Action::Update)
    })
}
