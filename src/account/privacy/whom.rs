//! From whom something may be kept: connected apps, people who act, organizations; and what is kept from each.

use access::actor::RelationshipKind;
use access::sharing::CATEGORIES;
use storage::standing::{GranteeKind, Person};
use web::{House, SignedIn};
use workflows::privacy::Desk;
use workflows::proxies::Error;
use workflows::sharing::{self, Limit, Whom};

/// Somebody something may be kept from.
pub(super) struct Grantee {
    /// `app`, `person` or `organization`.
    pub kind: &'static str,
    pub id: String,
    pub name: String,
    /// What they are to the patient, or who connected the app.
    pub label: String,
    /// Of an app: its connection.
    pub grant: String,
    pub limit: Limit,
}

impl Grantee {
    pub fn whom(&self) -> Whom {
        whom(self.kind, &self.id).unwrap_or_else(|| Whom::App(self.id.clone()))
    }
    /// What is kept from them, in words; empty where nothing is.
    pub fn kept(&self) -> String {
        in_words(&self.limit)
    }
    /// Whether a part of the record is theirs to see.
    pub fn sees(&self, part: &str) -> bool {
        !self.limit.all && !self.limit.parts.iter().any(|kept| kept == part)
    }
    /// Whether sensitive care is.
    pub fn sees_sensitive(&self) -> bool {
        !self.limit.all && !self.limit.sensitive
    }
}

/// What a form or address names.
pub(super) fn whom(kind: &str, id: &str) -> Option<Whom> {
    let id = id.to_owned();
    match kind {
        _ if id.is_empty() => None,
        "app" => Some(Whom::App(id)),
        "person" => Some(Whom::Person(id)),
        "organization" => Some(Whom::Organization(id)),
        _ => None,
    }
}

fn in_words(limit: &Limit) -> String {
    if limit.all {
        return "everything".to_owned();
    }
    let chosen = CATEGORIES
        .iter()
        .filter(|one| limit.parts.iter().any(|part| part == one.code));
    let mut kept: Vec<String> = chosen.map(|one| one.title.to_lowercase()).collect();
    kept.extend(limit.more.iter().map(|title| title.to_lowercase()));
    if limit.sensitive {
        kept.push("sensitive care".to_owned());
    }
    match kept.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
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
        let client = house.storage.clients().find(&grant.client).await?;
        apps.push(Grantee {
            kind: "app",
            name: client.map_or_else(|| grant.client.clone(), |client| client.name),
            label: "App".to_owned(),
            id: grant.client,
            grant: grant.id,
            limit: Limit::default(),
        });
    }
    Ok(apps)
}

/// Those who act for the patient and from whom the patient may keep something: not parents of a minor.
async fn people(house: &House, one: &Person) -> Result<Vec<Grantee>, Error> {
    let now = house.clock.now();
    let emancipated = one
        .standing
        .patient
        .as_ref()
        .is_some_and(|it| it.emancipated);
    let all = house.storage.grantees(&one.patient, now).await?;
    let people = all.into_iter().filter(|it| it.kind == GranteeKind::Person);
    let people = people.filter(|it| {
        let kind = it.standing.relationship.as_ref().map(|it| it.kind);
        let parental = matches!(
            kind,
            Some(RelationshipKind::Parent | RelationshipKind::Guardian)
        );
        emancipated || !parental
    });
    let people = people.map(|it| Grantee {
        kind: "person",
        id: it.id,
        name: it.name,
        label: it.label,
        grant: String::new(),
        limit: Limit::default(),
    });
    Ok(people.collect())
}

/// Everybody something may be kept from: of organizations only those of which something is said, and the one asked
/// for.
pub(super) async fn all(
    house: &House,
    person: &SignedIn,
    (one, desk): (&Person, &Desk<'_>),
    directory: &[super::Organization],
    asked: &str,
) -> Result<Vec<Grantee>, Error> {
    let mut all = apps(house, person, &one.patient).await?;
    if one.is_self {
        all.extend(people(house, one).await?);
    }
    all.extend(directory.iter().map(|of| Grantee {
        kind: "organization",
        id: of.id.clone(),
        name: of.name.clone(),
        label: "Organization".to_owned(),
        grant: String::new(),
        limit: Limit::default(),
    }));
    let named: Vec<Whom> = all.iter().map(Grantee::whom).collect();
    let limits = sharing::limits(desk, &named).await?;
    for (grantee, limit) in all.iter_mut().zip(limits) {
        grantee.limit = limit;
    }
    all.retain(|it| it.kind != "organization" || !it.limit.is_none() || it.id == asked);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_as_a_sentence_would_have_it() {
        let limit = |parts: &[&str], sensitive| Limit {
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            sensitive,
            ..Limit::default()
        };
        assert_eq!(in_words(&limit(&[], false)), "");
        assert_eq!(in_words(&limit(&[], true)), "sensitive care");
        assert_eq!(
            in_words(&limit(&["vaccines", "money"], true)),
            "vaccines, insurance and bills and sensitive care"
        );
        let all = Limit {
            all: true,
            ..Limit::default()
        };
        assert_eq!(in_words(&all), "everything");
        assert!(whom("app", "").is_none() && whom("stranger", "x").is_none());
    }
}
