//! From whom something may be kept: connected apps, people who act, organizations, whoever else a Consent names, and
//! all of a kind; and what is kept from each.

use access::actor::RelationshipKind;
use fhir::ResourceType;
use storage::Found;
use storage::standing::{Grantee as Acting, GranteeKind, Person};
use web::{House, SignedIn};
use workflows::privacy::Desk;
use workflows::proxies::Error;
use workflows::sharing::{Denials, Limit, Whom};

/// The id of everybody of a kind.
const ALL: &str = "*";

/// Somebody something may be kept from.
pub(super) struct Grantee {
    /// `app`, `person`, `clinician` or `organization`.
    pub kind: &'static str,
    /// [`ALL`] for everybody of the kind.
    pub id: String,
    pub name: String,
    /// What they are to the patient, or who connected the app.
    pub label: String,
    /// Of an app: its connection.
    pub grant: String,
    /// What is kept from them by name.
    pub limit: Limit,
    /// What is kept from all of the kind besides.
    pub general: Limit,
}

impl Grantee {
    fn of(whom: &Whom, name: &str, label: &str) -> Self {
        let (kind, id) = address(whom);
        Self {
            kind,
            id: id.to_owned(),
            name: name.to_owned(),
            label: label.to_owned(),
            grant: String::new(),
            limit: Limit::default(),
            general: Limit::default(),
        }
    }
    pub fn whom(&self) -> Whom {
        whom(self.kind, &self.id).unwrap_or_else(|| Whom::App(self.id.clone()))
    }
    pub fn is_all(&self) -> bool {
        self.id == ALL
    }
    /// The kind under which all of them are named.
    pub fn whom_all(&self) -> &'static str {
        address(&self.whom().all()).0
    }
    /// What is kept from them, in words; empty where nothing is.
    pub fn kept(&self) -> String {
        self.limit.in_words()
    }
    /// What is kept from all of the kind, in words; empty where nothing is.
    pub fn kept_from_all(&self) -> String {
        self.general.in_words()
    }
    /// Whether what is said of them leaves them a part of the record.
    pub fn sees(&self, part: &str) -> bool {
        leaves(&self.limit, part)
    }
    /// Whether it leaves them sensitive care.
    pub fn sees_sensitive(&self) -> bool {
        leaves_sensitive(&self.limit)
    }
    /// Whether they get a part of the record, by all that is said.
    pub fn gets(&self, part: &str) -> bool {
        self.sees(part) && leaves(&self.general, part)
    }
    /// Whether they get sensitive care.
    pub fn gets_sensitive(&self) -> bool {
        self.sees_sensitive() && leaves_sensitive(&self.general)
    }
}

fn leaves(limit: &Limit, part: &str) -> bool {
    !limit.all && !limit.parts.iter().any(|kept| kept == part)
}

fn leaves_sensitive(limit: &Limit) -> bool {
    !limit.all && !limit.sensitive
}

/// What a form or address names.
pub(super) fn whom(kind: &str, id: &str) -> Option<Whom> {
    Some(match (kind, id) {
        (_, "") => return None,
        ("app", ALL) => Whom::AllApps,
        ("person", ALL) => Whom::AllPeople,
        ("organization", ALL) => Whom::AllOrganizations,
        ("app", id) => Whom::App(id.to_owned()),
        ("person", id) => Whom::Person(id.to_owned()),
        ("clinician", id) => Whom::Clinician(id.to_owned()),
        ("organization", id) => Whom::Organization(id.to_owned()),
        _ => return None,
    })
}

/// How a form or address names somebody.
fn address(whom: &Whom) -> (&'static str, &str) {
    match whom {
        Whom::App(id) => ("app", id),
        Whom::AllApps => ("app", ALL),
        Whom::Person(id) => ("person", id),
        Whom::Clinician(id) => ("clinician", id),
        Whom::AllPeople => ("person", ALL),
        Whom::Organization(id) => ("organization", id),
        Whom::AllOrganizations => ("organization", ALL),
    }
}

/// Apps of others connected to a record, each once.
async fn apps(house: &House, person: &SignedIn, patient: &str) -> Result<Vec<Grantee>, Error> {
    let now = house.clock.now();
    let grants = house.storage.grants();
    let mut all = grants.of_account(&person.account.id, now).await?;
    if person.account.patient.as_deref() == Some(patient) {
        let by_others = grants.of_patient_by_others(patient, &person.account.id, now);
        all.extend(by_others.await?);
    }
    let mut apps: Vec<Grantee> = Vec::new();
    for grant in all {
        let concerns = grant.patient.as_deref() == Some(patient) && grant.consent.is_some();
        if !concerns || apps.iter().any(|app| app.id == grant.client) {
            continue;
        }
        let name = name_of_app(house, &grant.client).await?;
        apps.push(Grantee {
            grant: grant.id,
            ..Grantee::of(&Whom::App(grant.client), &name, "App")
        });
    }
    Ok(apps)
}

async fn name_of_app(house: &House, id: &str) -> Result<String, Error> {
    let client = house.storage.clients().find(id).await?;
    Ok(client.map_or_else(|| id.to_owned(), |client| client.name))
}

/// Whether somebody acts as the parent of a minor: what they may see is the law's to say, not one choice's.
fn is_parent(one: &Person, acting: &Acting) -> bool {
    let emancipated = one.standing.patient.as_ref();
    let emancipated = emancipated.is_some_and(|it| it.emancipated);
    let kind = acting.standing.relationship.as_ref().map(|it| it.kind);
    let parental = matches!(
        kind,
        Some(RelationshipKind::Parent | RelationshipKind::Guardian)
    );
    parental && !emancipated
}

/// Whoever else a Consent names: an app that is not connected, somebody who works here or acts no longer, all of a
/// kind.
async fn others(
    house: &House,
    (desk, acting): (&Desk<'_>, &[Acting]),
    is_self: bool,
    denials: &Denials,
    known: &[Grantee],
) -> Result<Vec<Grantee>, Error> {
    let mut others = Vec::new();
    for whom in denials.named() {
        let (kind, id) = address(&whom);
        let of_people = matches!(kind, "person" | "clinician");
        if known.iter().any(|it| it.kind == kind && it.id == id) || (of_people && !is_self) {
            continue;
        }
        let other = match &whom {
            Whom::AllApps => Grantee::of(&whom, "All apps", "Apps of others, now and later"),
            Whom::AllPeople => Grantee::of(&whom, "Everybody who acts for you", "Now and later"),
            Whom::AllOrganizations => {
                Grantee::of(&whom, "All other organizations", "Now and later")
            }
            Whom::App(id) => {
                Grantee::of(&whom, &name_of_app(house, id).await?, "App, not connected")
            }
            Whom::Person(id) => {
                let Some(name) = name_of(desk, ResourceType::RELATED_PERSON, id).await? else {
                    continue;
                };
                if acting.iter().any(|one| one.id == *id) {
                    continue;
                }
                Grantee::of(&whom, &name, "Does not act for you now")
            }
            Whom::Clinician(id) => {
                let name = name_of(desk, ResourceType::PRACTITIONER, id).await?;
                Grantee::of(&whom, name.as_deref().unwrap_or(id), "Works here")
            }
            Whom::Organization(id) => {
                let name = name_of(desk, ResourceType::ORGANIZATION, id).await?;
                Grantee::of(&whom, name.as_deref().unwrap_or(id), "Organization")
            }
        };
        others.push(other);
    }
    Ok(others)
}

/// A name as far as the patient may read it.
async fn name_of(desk: &Desk<'_>, of: ResourceType, id: &str) -> Result<Option<String>, Error> {
    let found = desk.storage.records(desk.access).read(of, id).await?;
    let Found::Seen(seen) = found else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(seen.body()).into_owned();
    let document = fhir::Document::parse(text).ok();
    Ok(document.and_then(|document| {
        let whole = document
            .root()
            .text_at("name")
            .map(|name| name.into_owned());
        storage::standing::name_of(document.root()).or(whole)
    }))
}

/// Everybody something may be kept from: of organizations and of all of a kind only those of which something is said,
/// and the one asked for.
pub(super) async fn all(
    house: &House,
    person: &SignedIn,
    (one, desk): (&Person, &Desk<'_>),
    directory: &[super::Organization],
    asked: &str,
) -> Result<Vec<Grantee>, Error> {
    let mut all = apps(house, person, &one.patient).await?;
    let mut acting = house
        .storage
        .grantees(&one.patient, house.clock.now())
        .await?;
    acting.retain(|it| it.kind == GranteeKind::Person);
    if one.is_self {
        // Not parents of a minor.
        let chosen = acting.iter().filter(|it| !is_parent(one, it));
        all.extend(chosen.map(|it| Grantee::of(&Whom::Person(it.id.clone()), &it.name, &it.label)));
    }
    all.extend(
        directory
            .iter()
            .map(|of| Grantee::of(&Whom::Organization(of.id.clone()), &of.name, "Organization")),
    );
    let denials = Denials::of(desk).await?;
    let more = others(house, (desk, &acting), one.is_self, &denials, &all).await?;
    all.extend(more);
    for grantee in &mut all {
        let whom = grantee.whom();
        grantee.limit = denials.limit(&whom);
        if !whom.is_all() {
            grantee.general = denials.limit(&whom.all());
        }
    }
    all.retain(|it| it.kind != "organization" || !it.limit.is_none() || it.id == asked);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_or_all_of_a_kind() {
        let id = || "x".to_owned();
        for one in [
            Whom::App(id()),
            Whom::AllApps,
            Whom::Person(id()),
            Whom::Clinician(id()),
            Whom::AllPeople,
            Whom::Organization(id()),
            Whom::AllOrganizations,
        ] {
            let (kind, id) = address(&one);
            assert_eq!(whom(kind, id).as_ref(), Some(&one));
        }
        assert!(whom("app", "").is_none() && whom("stranger", "x").is_none());
    }

    #[test]
    fn who_gets_a_part_must_be_left_it_by_name_and_by_kind() {
        let mut app = Grantee::of(&Whom::App("a".to_owned()), "A", "App");
        assert!(app.gets("results") && app.gets_sensitive());
        app.general.parts = vec!["results".to_owned()];
        assert!(app.sees("results") && !app.gets("results") && app.gets("notes"));
        app.limit.sensitive = true;
        assert!(!app.gets_sensitive());
    }
}
