//! Standing: from a token or session to the facts `access` decides on, kept until one changes.

use std::sync::Arc;

use access::actor::{BreakGlass, Ticket};
use access::standing::Agent;
use access::{Actor, Client, Standing};
use jiff::Timestamp;
use smart::scope::{Context, Scopes};

use crate::accounts::{Account, Kind};
use crate::clients::{Client as OAuthClient, Kind as ClientKind, Origin, State};
use crate::grants::{Token, TokenKind};
use crate::{Result, Storage};

mod cache;
mod department;
mod facts;
mod grantees;
mod organization;
mod people;
mod population;
mod readers;
mod visitor;

pub(crate) use cache::Cache;
use cache::{Entry, Key};
use facts::Chart;
pub(crate) use facts::parsed;
pub use grantees::{Grantee, Kind as GranteeKind};
pub use people::{Person, name_of};
pub use population::{Population, WayIn};
pub use readers::Reader;
pub use visitor::{Guest, Opening};

impl Storage {
    /// The standing behind an access token (its SHA-256, base64url), or `None` for a token that
    /// never was or is gone. Expired and revoked tokens do have a standing that says so.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn standing_of_token(
        &self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Standing>>> {
        let inner = &self.inner;
        if let Some(standing) = inner.standings.get(token_hash, now) {
            return Ok(Some(standing));
        }
        let generation = inner.hooks.generation();
        let loaded = match self.grants().token(token_hash).await? {
            Some(token) if token.kind != TokenKind::Access => None,
            Some(token) => self.load(token, now).await?,
            None => self.visitor(token_hash, now).await?,
        };
        let Some(entry) = loaded else {
            return Ok(None);
        };
        let standing = entry.standing.clone();
        inner
            .standings
            .put(token_hash, entry, || inner.hooks.generation() == generation);
        Ok(Some(standing))
    }

    /// The standing of a signed-in account acting for a patient (no client: first-party pages).
    /// `None` for an account or patient that is not there, and for a patient the account was never
    /// linked to.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn standing_of_account(
        &self,
        account: &str,
        patient: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Standing>>> {
        let Some(account) = self.accounts().find(account).await? else {
            return Ok(None);
        };
        if account.kind == Kind::Staff {
            let member = self.staff(&account, None, now).await?;
            return Ok(Some(Arc::new(Standing {
                others: member.others,
                ..Standing::bare(member.actor, None, member.agent)
            })));
        }
        let Some(chart) = self.chart(&account, patient, None, now).await? else {
            return Ok(None);
        };
        if chart.actor_is_stranger {
            return Ok(None);
        }
        let agent = agent_of(&account, Some(&chart));
        Ok(Some(Arc::new(chart.into_standing(None, agent))))
    }

    /// Whether a client may be connected to a patient's record: one in the sandbox only to those made
    /// up.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn may_connect(&self, client: &OAuthClient, patient: Option<&str>) -> Result<bool> {
        if client.state != State::Sandbox || self.is_made_up().await? {
            return Ok(true);
        }
        let Some(patient) = patient else {
            return Ok(false);
        };
        let chart = self.own_chart(patient).await?;
        Ok(chart.is_some_and(|chart| chart.is_for_tests()))
    }

    async fn load(&self, token: Token, now: Timestamp) -> Result<Option<Entry>> {
        let Some(client) = self.clients().find(&token.grant.client).await? else {
            return Ok(None);
        };
        let account = match &token.grant.account {
            None => None,
            Some(id) => match self.accounts().find(id).await? {
                None => return Ok(None),
                found => found,
            },
        };
        let mut keys = vec![
            Key::Grant(token.grant.id.clone()),
            Key::Client(client.id.clone()),
        ];
        keys.extend(account.iter().map(|a| Key::Account(a.id.clone())));
        let scopes = Scopes::parse(&token.scopes);
        let by_community = client.origin == Origin::Udap;
        let trusted = !by_community || self.is_trusted(&client.id).await?;
        let tests_only = client.state == State::Sandbox && !self.is_made_up().await?;
        let mut caller = Client {
            id: client.id.clone(),
            scopes: match client.state {
                // What waits for approval works no longer, should it have worked before.
                State::Review => scopes.narrow(&client.usable_scopes()),
                _ => scopes,
            },
            patient: token.grant.patient.clone(),
            expires: Some(token.expires),
            revoked: token.revoked.is_some() || token.grant.revoked.is_some(),
            active: client.is_active() && trusted && !tests_only,
            // What an administrator minted needs no consent of the patient's.
            bound_to: token.jkt.clone(),
            third_party: !client.first_party && account.is_some(),
        };
        let mut turns = None;
        let standing = match (&account, &token.grant.patient) {
            (Some(account), _) if account.kind == Kind::Staff => {
                let grant = Some(token.grant.id.as_str());
                let member = self.staff(account, grant, now).await?;
                keys.extend(member.keys);
                Standing {
                    others: member.others,
                    ..Standing::bare(member.actor, Some(caller), member.agent)
                }
            }
            (Some(account), Some(patient)) => {
                let acting_as = token.grant.fhir_user.as_deref();
                let Some(chart) = self.chart(account, patient, acting_as, now).await? else {
                    return Ok(None);
                };
                keys.extend(chart.keys.iter().cloned());
                turns = chart.adult_from;
                caller.active |= trusted && tests_only && chart.is_for_tests();
                let agent = agent_of(account, Some(&chart));
                let others = self.other_charts(account, &caller, &token, now, tests_only);
                let others = others.await?;
                keys.extend(others.keys);
                turns = turns.or(others.adult_from);
                let charts = others.charts;
                Standing {
                    charts,
                    ..chart.into_standing(Some(caller), agent)
                }
            }
            (Some(account), None) => {
                let actor = Actor::SelfPatient {
                    account: account.state,
                    terms_accepted: account.terms_accepted,
                };
                Standing::bare(actor, Some(caller), agent_of(account, None))
            }
            (None, Some(patient)) => {
                let Some(chart) = self.own_chart(patient).await? else {
                    return Ok(None);
                };
                keys.extend(chart.keys.iter().cloned());
                caller.active |= trusted && tests_only && chart.is_for_tests();
                let agent = Agent {
                    who: format!("Patient/{patient}"),
                    ..Agent::default()
                };
                chart.into_standing(Some(caller), agent)
            }
            (None, None) if by_community => {
                let found = self.organization(&client, &caller, &token).await?;
                let (actor, agent, more) = found;
                keys.extend(more);
                let others = self.inner.said_of(&actor).await?;
                Standing {
                    others,
                    ..Standing::bare(actor, Some(caller), agent)
                }
            }
            (None, None) => {
                let agent = Agent {
                    who: format!("Device/{}", client.id),
                    display: client.name.clone(),
                    ..Agent::default()
                };
                Standing::bare(Actor::Backend, Some(caller), agent)
            }
        };
        let standing = named(standing, &token, client.kind);
        Ok(Some(Entry::new(standing, keys, turns, now)))
    }

    /// The other charts the `user/` scopes of a person's token open, and what they rest on.
    async fn other_charts(
        &self,
        account: &Account,
        caller: &Client,
        token: &Token,
        now: Timestamp,
        tests_only: bool,
    ) -> Result<Others> {
        let mut others = Others::default();
        let scopes = caller.scopes.filter(|scope| scope.context == Context::User);
        if scopes.resources.is_empty() {
            return Ok(others);
        }
        for other in self.grants().charts(&token.grant.id).await? {
            let Some(chart) = self.chart(account, &other.patient, None, now).await? else {
                continue;
            };
            others.keys.extend(chart.keys.iter().cloned());
            others.adult_from = others.adult_from.or(chart.adult_from);
            if chart.actor_is_stranger || (tests_only && !chart.is_for_tests()) {
                continue;
            }
            let client = Client {
                scopes: scopes.clone(),
                patient: Some(other.patient),
                ..caller.clone()
            };
            let agent = agent_of(account, Some(&chart));
            let standing = chart.into_standing(Some(client), agent);
            others.charts.push(Arc::new(in_grant(standing, token)));
        }
        Ok(others)
    }

    /// A member of staff, with the emergencies declared and the tickets worked on through an authorization,
    /// and what the standing rests on.
    async fn staff(
        &self,
        account: &Account,
        grant: Option<&str>,
        now: Timestamp,
    ) -> Result<Member> {
        let practitioner = account.practitioner.clone().unwrap_or_default();
        let mut keys = vec![Key::CareTeams, Key::Consents];
        let (mut care_team_of, mut department) = (Vec::new(), None);
        let mut others = organization::Said::new();
        if !practitioner.is_empty() {
            care_team_of = self.inner.care_teams(&practitioner).await?;
            others = self.inner.said_of_staff(&practitioner).await?;
            let found = self.inner.department(&practitioner).await?;
            keys.extend(found.roles.into_iter().map(Key::Resource));
            department = found.name;
        }
        let (mut break_glass, mut tickets) = (Vec::new(), Vec::new());
        if let Some(grant) = grant {
            let view = self.tickets().in_force(grant, now).await?;
            tickets.extend(view.into_iter().map(|view| Ticket {
                task: format!("Task/{}", view.task),
                patient: Some(view.patient),
                until: Some(view.expires),
            }));
            let open = self.emergencies().of_grant(grant, now).await?;
            break_glass.extend(open.into_iter().map(|emergency| BreakGlass {
                reason: Some(emergency.reason),
                patient: Some(emergency.patient),
                until: Some(emergency.expires),
            }));
        }
        let agent = Agent {
            role: account.role.clone(),
            department,
            ..agent_of(account, None)
        };
        let actor = Actor::Staff(access::actor::Staff {
            account: account.state,
            role: account.role.clone().unwrap_or_default(),
            practitioner,
            care_team_of,
            pools: account.pools.clone(),
            tickets,
            break_glass,
        });
        Ok(Member {
            actor,
            agent,
            keys,
            others,
        })
    }
}

/// A member of staff, how the trail names them, and what both rest on.
struct Member {
    actor: Actor,
    agent: Agent,
    keys: Vec<Key>,
    /// Patients who named them in a Consent.
    others: organization::Said,
}

/// The charts a person's token opens besides its first, and what they rest on.
#[derive(Default)]
struct Others {
    charts: Vec<Arc<Standing>>,
    keys: Vec<Key>,
    adult_from: Option<Timestamp>,
}

/// How an account is named in the audit trail.
fn agent_of(account: &Account, chart: Option<&Chart>) -> Agent {
    let reference = |kind: &str, id: &Option<String>| id.as_ref().map(|id| format!("{kind}/{id}"));
    let who = chart
        .map(|chart| chart.acting_as.clone())
        .or_else(|| reference("Practitioner", &account.practitioner))
        .or_else(|| reference("Patient", &account.patient))
        .or_else(|| reference("Person", &account.person))
        .unwrap_or_default();
    let patient = chart.map(|chart| format!("Patient/{}", chart.patient.id));
    Agent {
        on_behalf_of: patient.filter(|patient| *patient != who),
        who,
        display: account.display.clone(),
        account: Some(account.id.clone()),
        ..Agent::default()
    }
}

/// The agent with the client and the grant it came through.
fn in_grant(mut standing: Standing, token: &Token) -> Standing {
    standing.agent.client_id = Some(token.grant.client.clone());
    standing.agent.grant = Some(token.grant.id.clone());
    standing
}

/// The same for the first standing of a token.
fn named(standing: Standing, token: &Token, kind: ClientKind) -> Standing {
    let mut standing = in_grant(standing, token);
    if kind == ClientKind::Backend && standing.agent.who.is_empty() {
        standing.agent.who = format!("Device/{}", token.grant.client);
    }
    standing
}
