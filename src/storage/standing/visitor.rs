//! The standing of those without an account: a guest with the number of a bill, whoever opens a share link.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::actor::{Account as State, ShareLink as Link};
use access::standing::{Agent, consent_fact};
use access::{Actor, Client, PatientFacts, Standing};
use fhir::ResourceType;
use jiff::Timestamp;
use smart::scope::Scopes;

use super::cache::{Entry, Key};
use super::facts::Chart;
use crate::links::{GivenOut, ShareLink, Ticket};
use crate::{Result, Storage};

/// How a guest stands to one bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    /// Number, last name and birth date are those of one statement.
    pub matched: bool,
    /// Too many wrong answers were given for it.
    pub locked: bool,
    /// The code that a confidential bill needs was shown too.
    pub coded: bool,
}

/// Who opens a link, and how.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// In the opener's own words.
    pub recipient: &'a str,
    pub passcode_ok: bool,
}

impl Storage {
    /// The standing of a guest towards a patient's bill, for its balance and nothing else.
    pub fn standing_of_guest(&self, patient: &str, guest: Guest) -> Arc<Standing> {
        let actor = Actor::Guest {
            matched: guest.matched,
            locked: guest.locked,
            detail: false,
            coded: guest.coded,
        };
        Arc::new(guest_of(patient, actor, None))
    }

    /// The standing of whoever opens a link at this instant. `None`: the record it is of is gone.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn standing_of_link(
        &self,
        link: &ShareLink,
        opening: Opening<'_>,
        now: Timestamp,
    ) -> Result<Option<Arc<Standing>>> {
        let found = self.link_chart(link, opening, None, now).await?;
        Ok(found.map(|(standing, ..)| Arc::new(standing)))
    }

    /// The standing behind a token that was given to a visitor, by its hash.
    pub(super) async fn visitor(&self, token_hash: &str, now: Timestamp) -> Result<Option<Entry>> {
        if let Some(visit) = self.guests().find(token_hash).await? {
            let actor = Actor::Guest {
                matched: true,
                locked: false,
                // The token opens its statement; whatever else is asked with it is too much.
                detail: true,
                coded: visit.coded,
            };
            let keys = vec![Key::Patient(visit.patient.clone())];
            let standing = guest_of(&visit.patient, actor, Some(visit.expires));
            return Ok(Some(Entry::new(standing, keys, None, now)));
        }
        let Some(given) = self.links().given_out(token_hash).await? else {
            return Ok(None);
        };
        let GivenOut { link, kind, .. } = &given;
        if *kind != Ticket::Token {
            return Ok(None);
        }
        // Whoever has the token gave the passcode for it.
        let opening = Opening {
            recipient: &given.recipient,
            passcode_ok: true,
        };
        let found = self.link_chart(link, opening, Some(given.expires), now);
        Ok(found
            .await?
            .map(|(standing, keys, turns)| Entry::new(standing, keys, turns, now)))
    }

    /// A link's standing, what it rests on, and when its maker comes of age.
    async fn link_chart(
        &self,
        link: &ShareLink,
        opening: Opening<'_>,
        token_expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<(Standing, Vec<Key>, Option<Timestamp>)>> {
        let account = self.accounts().find(&link.account).await?;
        let Some(account) = account else {
            return Ok(None);
        };
        let chart = match link.related_person() {
            None => self.own_chart(&link.patient).await?,
            Some(id) => {
                let related = self.inner.document(ResourceType::RELATED_PERSON, id);
                let related = related.await?;
                self.proxy_chart(&account, &link.patient, related, now)
                    .await?
            }
        };
        let Some(chart) = chart else {
            return Ok(None);
        };
        let consent = self
            .inner
            .document(ResourceType::CONSENT, &link.consent)
            .await?;
        let consent = consent.and_then(|one| consent_fact(one.root(), self.inner.zone_name()));
        let agreed = consent
            .as_ref()
            .is_some_and(|fact| fact.active && fact.permit);
        let ends = consent.and_then(|fact| fact.end).unwrap_or(Timestamp::MAX);
        let exhausted = link.passcode.is_some() && link.tries_left <= 0;
        let actor = Actor::ShareLink(Link {
            passcode_required: link.passcode.is_some(),
            passcode_ok: opening.passcode_ok,
            expires: Some(link.expires.min(ends)),
            revoked: link.ended.is_some() || exhausted || !agreed || account.state != State::Active,
            created_by_proxy: link.acting_as.is_some(),
            related_person: link.related_person().map(str::to_owned),
            included_labels: link.labels.clone(),
        });
        let mut keys = chart.keys.clone();
        keys.push(Key::Grant(link.id.clone()));
        keys.push(Key::Account(account.id.clone()));
        let turns = chart.adult_from;
        let standing = of_link(link, opening, chart, actor, token_expires);
        Ok(Some((standing, keys, turns)))
    }
}

fn of_link(
    link: &ShareLink,
    opening: Opening<'_>,
    chart: Chart,
    actor: Actor,
    token_expires: Option<Timestamp>,
) -> Standing {
    let scopes = access::links::scopes(link.categories.iter().map(String::as_str));
    let client = Client {
        expires: token_expires,
        ..client(&format!("link-{}", link.id), &scopes, &link.patient)
    };
    let agent = Agent {
        who: format!("{}{}", access::links::LINK_AGENT, link.id),
        display: format!("“{}” by the link “{}”", opening.recipient, link.label),
        on_behalf_of: Some(format!("Patient/{}", link.patient)),
        ..Agent::default()
    };
    Standing {
        actor,
        client: Some(client),
        patient: Some(chart.patient),
        relationship: chart.relationship,
        consents: chart.consents,
        others: BTreeMap::new(),
        charts: Vec::new(),
        agent,
    }
}

fn guest_of(patient: &str, actor: Actor, expires: Option<Timestamp>) -> Standing {
    let agent = Agent {
        who: access::guest::AGENT.to_owned(),
        display: "A guest with the number of a bill".to_owned(),
        ..Agent::default()
    };
    let client = expires.map(|at| Client {
        expires: Some(at),
        ..client("guest", "", patient)
    });
    Standing {
        patient: Some(PatientFacts {
            id: patient.to_owned(),
            ..PatientFacts::default()
        }),
        ..Standing::bare(actor, client, agent)
    }
}

/// A visitor's token as a client: of the house, for one patient.
fn client(id: &str, scopes: &str, patient: &str) -> Client {
    Client {
        id: id.to_owned(),
        scopes: Scopes::parse(scopes),
        patient: Some(patient.to_owned()),
        expires: None,
        revoked: false,
        active: true,
        bound_to: None,
        third_party: false,
    }
}
