//! What people keep back from an app already, told where it asks to be connected.

use access::{Action, Facet, ResourceFacts};
use fhir::ResourceType;
use storage::standing::Person;
use web::{House, SignedIn, session};
use workflows::privacy::Desk;
use workflows::proxies::Error;
use workflows::sharing::reminder;

use crate::issue::Asked;

/// Of one record.
pub(super) struct Line {
    pub patient: String,
    /// Whose it is, unless it is one's own.
    pub name: String,
    /// In words.
    pub kept: String,
}

/// Of each record that may be chosen, where something is kept back; nothing for the house's own apps, which show
/// people what is theirs. Who may not decide on a record's sharing is told nothing of it.
pub(super) async fn lines(
    house: &House,
    person: &SignedIn,
    asked: &Asked,
    people: &[Person],
) -> storage::Result<Vec<Line>> {
    let mut lines = Vec::new();
    if asked.client.first_party || person.account.practitioner.is_some() {
        return Ok(lines);
    }
    let now = house.clock.now();
    for one in people {
        let Some(access) = session::access(house, &one.standing, now) else {
            continue;
        };
        let facet = Facet::plain(ResourceType::CONSENT);
        let facts = ResourceFacts::some(&facet, &one.patient);
        if !access.decide(Action::Create, &facts).permits() {
            continue;
        }
        let desk = Desk {
            storage: &house.storage,
            access: &access,
        };
        let told = match reminder(&desk, &asked.client.id, one.is_self).await {
            Ok(told) => told.in_words(),
            Err(Error::Storage(error)) => return Err(error),
            Err(_) => String::new(),
        };
        if !told.is_empty() {
            lines.push(Line {
                patient: one.patient.clone(),
                name: match one.is_self {
                    true => String::new(),
                    false => one.name.clone(),
                },
                kept: told,
            });
        }
    }
    Ok(lines)
}
