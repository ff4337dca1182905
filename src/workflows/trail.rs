//! Who changed how an account is kept safe, and who decided about an app: into the audit trail, beside
//! what is read and written.

use access::standing::Agent;
use jiff::Timestamp;
use storage::Storage;
use storage::accounts::Account;
use storage::audit::{Action, Event};
use storage::clients::Client;

/// Notes what an account's second factors became: `totp-added`, `passkey-removed` and the like.
pub fn second_factor(storage: &Storage, account: &Account, what: &str, now: Timestamp) {
    let agent = agent(account);
    note(storage, Action::SecondFactor, agent, None, what, now);
}

/// Notes what was decided about an app: `approved`, `declined`, `stopped` or `resumed`. `by`: the member of
/// staff; none at the command line.
pub fn about_app(
    storage: &Storage,
    by: Option<&Account>,
    client: &Client,
    what: &str,
    now: Timestamp,
) {
    let agent = by.map_or_else(command_line, agent);
    note(
        storage,
        Action::DecideApp,
        agent,
        Some(&client.id),
        what,
        now,
    );
}

/// How an account stands in the trail.
pub fn agent(account: &Account) -> Agent {
    let who = match (&account.patient, &account.practitioner, &account.person) {
        (Some(id), ..) => format!("Patient/{id}"),
        (None, Some(id), _) => format!("Practitioner/{id}"),
        (None, None, Some(id)) => format!("Person/{id}"),
        (None, None, None) => String::new(),
    };
    Agent {
        who,
        display: account.display.clone(),
        account: Some(account.id.clone()),
        ..Agent::default()
    }
}

/// The administrator at the server itself.
pub fn command_line() -> Agent {
    Agent {
        who: "Device/kinchart".to_owned(),
        display: "Kinchart (command line)".to_owned(),
        ..Agent::default()
    }
}

fn note(
    storage: &Storage,
    action: Action,
    agent: Agent,
    client: Option<&str>,
    what: &str,
    at: Timestamp,
) {
    storage.audit(Event {
        at,
        action,
        permitted: true,
        reason: what.to_owned(),
        agent: Agent {
            client_id: client.map(str::to_owned),
            ..agent
        },
        patient: None,
        entity: None,
        query: None,
        request_id: None,
    });
}
