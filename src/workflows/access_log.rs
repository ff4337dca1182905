//! The access log in plain words: the same sentences on the page and in the operation.

use access::offer::type_title;
use access::{Access, Action, Actor, Decision, Facet, ResourceFacts};
use fhir::ResourceType;
use jiff::Timestamp;
use storage::audit::{self, Group, Line};

/// Whether the caller may read the log of a patient's chart at all: it is part of the record, and
/// shown to whom the record's AuditEvents are.
pub fn may_read(access: &Access, patient: &str) -> Decision {
    let facet = Facet::plain(ResourceType::AUDIT_EVENT);
    let facts = ResourceFacts::some(&facet, patient);
    access.decide(Action::Search, &facts)
}

/// Every group with its code and how a page offers it.
pub const GROUPS: [(Group, &str, &str); 7] = [
    (Group::Patient, "patient", "The patient"),
    (Group::Proxies, "proxy", "Family and others"),
    (Group::Staff, "staff", "Staff"),
    (Group::Apps, "app", "Apps"),
    (Group::Organizations, "organization", "Other organizations"),
    (Group::Links, "link", "Share links and guests"),
    (Group::System, "system", "The system"),
];

/// The group of a code.
pub fn group_of(code: &str) -> Option<Group> {
    let found = GROUPS.iter().find(|(_, known, _)| *known == code);
    found.map(|(group, ..)| *group)
}

/// What the reader is called.
pub const YOU: &str = "You";

/// For whom the words are.
#[derive(Debug, Clone)]
pub struct Reader {
    /// `Patient/…`, `RelatedPerson/…`: what is theirs is told as yours.
    who: String,
    patient: String,
    /// Sees names of staff.
    is_staff: bool,
}

impl Reader {
    /// The reader of a patient's log.
    pub fn of(access: &Access, patient: &str) -> Self {
        Self {
            who: access.agent(Some(patient)).who.clone(),
            patient: format!("Patient/{patient}"),
            is_staff: matches!(access.standing().actor, Actor::Staff(_) | Actor::Backend),
        }
    }
}

/// One line in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub position: i64,
    /// The id of the AuditEvent that says the same.
    pub event: String,
    pub at: Timestamp,
    /// The code of its group.
    pub group: &'static str,
    /// `You`, `Clinician, Family Medicine`, `Maria Lopez`
    pub who: String,
    pub department: Option<String>,
    /// The app it was done with, where it is not one of the organization.
    pub app: Option<String>,
    /// `looked at`
    pub verb: &'static str,
    /// `visits`; empty where the verb says it all.
    pub what: String,
    /// Somebody looked in an emergency.
    pub emergency: bool,
    /// The number of the ticket support looked for.
    pub ticket: Option<String>,
    pub permitted: bool,
}

impl Entry {
    /// The whole line as a sentence.
    pub fn sentence(&self) -> String {
        let mut text = format!("{} {}", self.who, self.verb);
        if !self.what.is_empty() {
            text.push(' ');
            text.push_str(&self.what);
        }
        if let Some(app) = &self.app {
            text.push_str(" with ");
            text.push_str(app);
        }
        if self.emergency {
            text.push_str(" in an emergency");
        }
        if let Some(ticket) = &self.ticket {
            text.push_str(" for support ticket ");
            text.push_str(ticket);
        }
        if !self.permitted {
            text.push_str(" and was refused");
        }
        text.push('.');
        text
    }
}

/// A line in words.
pub fn entry(line: &Line, reader: &Reader) -> Entry {
    let (verb, what) = deed(line);
    let outside = !line.is_house_client && !line.is_service;
    Entry {
        position: line.position,
        event: line.event(),
        at: line.at,
        group: group(line, reader),
        who: who(line, reader),
        department: line.department.clone(),
        app: line.client_name.clone().filter(|_| outside),
        verb,
        what,
        emergency: line.reason == "PERMIT_BTG" || line.action == audit::Action::BreakGlass,
        ticket: line.ticket.clone(),
        permitted: line.permitted,
    }
}

fn kind(line: &Line) -> &str {
    line.who.split('/').next().unwrap_or_default()
}

/// Somebody without an account: the opener of a share link, a guest who pays a bill.
fn is_visitor(line: &Line) -> bool {
    line.who.starts_with(access::links::LINK_AGENT) || line.who == access::guest::AGENT
}

fn group(line: &Line, reader: &Reader) -> &'static str {
    let outside = line.client.is_some() && !line.is_house_client && !line.is_service;
    match kind(line) {
        "Practitioner" | "PractitionerRole" => "staff",
        "Organization" => "organization",
        _ if is_visitor(line) => "link",
        "Device" | "" => "system",
        _ if outside => "app",
        _ if line.who == reader.patient => "patient",
        _ => "proxy",
    }
}

fn who(line: &Line, reader: &Reader) -> String {
    let named = |otherwise: &str| match line.display.is_empty() {
        true => otherwise.to_owned(),
        false => line.display.clone(),
    };
    if line.who == reader.who && !reader.who.is_empty() {
        return YOU.to_owned();
    }
    match kind(line) {
        "Practitioner" | "PractitionerRole" => staff(line, reader),
        "Organization" => named("Another organization"),
        _ if is_visitor(line) => named("Somebody without an account"),
        "Device" if line.is_service => {
            let name = line.client_name.as_deref().unwrap_or("a service");
            format!("The organization’s service {name}")
        }
        "Device" | "" => "This system".to_owned(),
        _ if line.who == reader.patient => named("The patient"),
        _ => named("Somebody acting for the patient"),
    }
}

/// Staff are named by what they are; colleagues who look into it see the name too.
fn staff(line: &Line, reader: &Reader) -> String {
    let mut text = role_title(line.role.as_deref().unwrap_or_default()).to_owned();
    if let Some(department) = &line.department {
        text.push_str(", ");
        text.push_str(department);
    }
    if reader.is_staff && !line.display.is_empty() {
        text = format!("{} ({text})", line.display);
    }
    text
}

/// A role of the pack in words.
pub fn role_title(role: &str) -> &'static str {
    match role {
        "clinician" => "Clinician",
        "registration" => "Front desk",
        "billing" => "Billing office",
        "pool-agent" => "Message team",
        "support" => "Support",
        "him" => "Medical Records",
        "privacy" => "Privacy office",
        _ => "Member of staff",
    }
}

fn deed(line: &Line) -> (&'static str, String) {
    let verb = match line.action {
        audit::Action::Create => "added",
        audit::Action::Read => "looked at",
        audit::Action::Update => "changed",
        audit::Action::Delete => "removed",
        audit::Action::Search => "looked through",
        audit::Action::History => "looked at earlier versions of",
        audit::Action::SignIn => return ("signed in", String::new()),
        audit::Action::SignOut => return ("signed out", String::new()),
        audit::Action::Token | audit::Action::Refresh => return ("connected", String::new()),
        audit::Action::Revoke => return ("ended an app’s access", String::new()),
        audit::Action::Consent => return ("allowed an app", String::new()),
        audit::Action::Narrow => return ("changed what an app may see", String::new()),
        audit::Action::SecondFactor => return ("changed how they sign in", String::new()),
        audit::Action::DecideApp => return ("decided about an app", String::new()),
        audit::Action::AccountOpened => return ("opened the account", String::new()),
        audit::Action::ProxyAsked => {
            let text = "asked or answered about acting for the patient";
            return (text, String::new());
        }
        audit::Action::AccountClosed => return ("closed the online account", String::new()),
        audit::Action::AccountSecured => {
            return ("signed everybody out of the account", String::new());
        }
        audit::Action::AccountRevoked
        | audit::Action::AccountRestored
        | audit::Action::AccountHeld
        | audit::Action::AccountKept
        | audit::Action::AddressApart => return ("changed an account", String::new()),
        audit::Action::Introspect => return ("checked a token", String::new()),
        audit::Action::BreakGlass => return ("opened the record", String::new()),
        audit::Action::OpenTicket => return ("opened the account", String::new()),
        audit::Action::Disclosure => {
            let to = line.query.as_deref().unwrap_or("somebody outside");
            return ("told something of the record to", to.to_owned());
        }
        audit::Action::LinkOpened => return ("opened the record", String::new()),
        audit::Action::BillCode => {
            return ("made a code to pay without an account", String::new());
        }
        audit::Action::Export => "took a copy of",
        audit::Action::ProxyTier => {
            let text = "narrowed what parents see, because of a birthday";
            return (text, String::new());
        }
        audit::Action::ProxyGranted => return ("let somebody act for the patient", String::new()),
        audit::Action::ProxyChanged => {
            let text = "changed what somebody may do for the patient";
            return (text, String::new());
        }
        audit::Action::ProxyEnded => {
            return ("ended somebody’s access to the record", String::new());
        }
        audit::Action::ViewAs => return ("looked at what somebody else can see", String::new()),
    };
    (verb, subject(line))
}

/// What a line is about.
fn subject(line: &Line) -> String {
    let entity = line.entity.as_deref().unwrap_or_default();
    let name = entity.split(['/', '?']).next().unwrap_or_default();
    if name.is_empty() {
        return "the record".to_owned();
    }
    match type_title(name) {
        Some(title) => lowered(title),
        None => spaced(name),
    }
}

/// `PaymentNotice` as `payment notice`.
pub(crate) fn spaced(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (at, letter) in name.chars().enumerate() {
        if at > 0 && letter.is_uppercase() {
            text.push(' ');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// With a small first letter.
fn lowered(title: &str) -> String {
    let mut letters = title.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(who: &str, display: &str) -> Line {
        Line {
            position: 7,
            at: Timestamp::UNIX_EPOCH,
            action: audit::Action::Read,
            permitted: true,
            reason: "PERMIT_SELF".to_owned(),
            who: who.to_owned(),
            display: display.to_owned(),
            role: None,
            department: None,
            client: None,
            client_name: None,
            is_house_client: false,
            is_service: false,
            purpose: None,
            entity: Some("Encounter/1".to_owned()),
            query: None,
            suspended_until: None,
            ticket: None,
        }
    }

    fn reader() -> Reader {
        Reader {
            who: "Patient/ana".to_owned(),
            patient: "Patient/ana".to_owned(),
            is_staff: false,
        }
    }

    #[test]
    fn lines_say_who_did_what_as_people_say_it() {
        let said = |line: &Line| entry(line, &reader()).sentence();
        assert_eq!(said(&line("Patient/ana", "Ana")), "You looked at visits.");
        let mother = line("RelatedPerson/m", "Maria");
        assert_eq!(said(&mother), "Maria looked at visits.");
        let clinician = Line {
            role: Some("clinician".to_owned()),
            department: Some("Family Medicine".to_owned()),
            reason: "PERMIT_BTG".to_owned(),
            ..line("Practitioner/d", "Dr. Doc")
        };
        let text = "Clinician, Family Medicine looked at visits in an emergency.";
        assert_eq!(said(&clinician), text);
        let opened = Line {
            action: audit::Action::LinkOpened,
            ..line("Device/link-1", "“Dr. Gray” by the link “Knee”")
        };
        let text = "“Dr. Gray” by the link “Knee” opened the record.";
        assert_eq!(said(&opened), text);
        assert_eq!(entry(&opened, &reader()).group, "link");
        let support = Line {
            role: Some("support".to_owned()),
            ticket: Some("K7F2-9QXA".to_owned()),
            ..line("Practitioner/s", "Sam")
        };
        let text = "Support looked at visits for support ticket K7F2-9QXA.";
        assert_eq!(said(&support), text);
        let app = Line {
            client: Some("c".to_owned()),
            client_name: Some("Step Counter".to_owned()),
            permitted: false,
            ..line("Patient/ana", "Ana")
        };
        let text = "You looked at visits with Step Counter and was refused.";
        assert_eq!(said(&app), text);
        assert_eq!(entry(&app, &reader()).group, "app");
    }

    #[test]
    fn names_of_staff_are_for_colleagues() {
        let one = line("Practitioner/d", "Dr. Doc");
        assert!(!entry(&one, &reader()).sentence().contains("Doc"));
        let colleague = Reader {
            who: "Practitioner/p".to_owned(),
            is_staff: true,
            ..reader()
        };
        assert!(
            entry(&one, &colleague)
                .sentence()
                .starts_with("Dr. Doc (Member of staff)")
        );
        assert_eq!(entry(&one, &colleague).group, "staff");
    }

    #[test]
    fn every_group_has_a_code() {
        for (group, code, _) in GROUPS {
            assert_eq!(group_of(code), Some(group));
        }
        assert_eq!(group_of("nobody"), None);
    }
}
