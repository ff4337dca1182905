//! `$explain-access`: why the caller may or may not see or do something.

use access::explain::{self, Allowed, Audience, Step};
use access::{Action, Decision};
use fhir::ResourceType;
use serde_json::Value;
use smart::registration::State;
use web::Answer;

use super::{Asked, parameters};
use crate::error::Error;

pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let access = &asked.call.access;
    let action = action(asked.inputs.text("action"))?;
    let policy = parameters::text("policy", &access.pack().id);
    let mut parameters = vec![policy];
    let sandbox = is_in_sandbox(asked).await?;
    let whole = sandbox || Audience::of(access) == Audience::Whole;
    match (asked.resource_type, asked.id) {
        (None, _) => parameters.extend(explain::classes(access).iter().map(allowed)),
        (Some(resource_type), Some(id)) if whole => {
            let decision = one(asked, resource_type, id, action, sandbox).await?;
            parameters.extend(decided(asked, &decision));
        }
        (Some(resource_type), None) if whole => {
            let decision = explain::plain(access, resource_type, action);
            parameters.extend(decided(asked, &decision));
        }
        // Whatever the id names: nothing is looked up, so nothing can be told of it.
        (Some(resource_type), _) => {
            let one = explain::of_type(access, resource_type);
            parameters.extend(one.iter().map(allowed));
            parameters.extend(until(access.valid_until()));
        }
    }
    Ok(parameters::answer(&parameters))
}

fn action(code: Option<&str>) -> Result<Action, Error> {
    Ok(match code.unwrap_or("read") {
        "create" => Action::Create,
        "read" => Action::Read,
        "update" => Action::Update,
        "delete" => Action::Delete,
        "search" => Action::Search,
        _ => {
            let rule = "action is one of create, read, update, delete and search";
            return Err(Error::value(rule, "action"));
        }
    })
}

/// Whether the app is one under development, which sees only people who are made up.
async fn is_in_sandbox(asked: &Asked<'_>) -> Result<bool, Error> {
    let Some(client) = &asked.call.access.standing().client else {
        return Ok(false);
    };
    if !client.third_party {
        return Ok(false);
    }
    let found = asked.call.house.storage.clients().find(&client.id).await?;
    Ok(found.is_some_and(|client| client.state == State::Sandbox))
}

async fn one(
    asked: &Asked<'_>,
    resource_type: ResourceType,
    id: &str,
    action: Action,
    sandbox: bool,
) -> Result<Decision, Error> {
    if !fhir::reference::is_id(id) {
        return Err(Error::Absent);
    }
    let records = asked.call.records();
    let decision = records
        .explained(resource_type, id, action, sandbox)
        .await?;
    decision.ok_or(Error::Absent)
}

fn decided(asked: &Asked<'_>, decision: &Decision) -> Vec<Value> {
    let why = match decision.permits() {
        true => explain::why(decision.reason.0),
        false => access::words::why_not(decision.reason.0),
    };
    let mut parameters = vec![
        parameters::code("effect", decision.effect.name()),
        parameters::code("reason", decision.reason.0),
        parameters::text("text", why),
    ];
    let steps = explain::steps(decision, asked.call.access.pack());
    parameters.extend(steps.iter().map(rule));
    parameters.extend(until(decision.valid_until));
    parameters
}

fn until(at: Option<jiff::Timestamp>) -> Option<Value> {
    at.map(|at| parameters::at("valid-until", at))
}

/// Strings of FHIR are never empty.
fn unless_empty(name: &str, value: &str) -> Option<Value> {
    (!value.is_empty()).then(|| parameters::text(name, value))
}

fn rule(step: &Step) -> Value {
    let mut parts = vec![
        parameters::code("gate", step.gate),
        parameters::text("title", step.title),
        parameters::code("outcome", step.outcome),
    ];
    parts.extend(unless_empty("text", step.text));
    parts.extend(unless_empty("source", &step.source));
    parameters::part("rule", &parts)
}

fn allowed(one: &Allowed) -> Value {
    let may = match one.may.as_str() {
        "" => "-",
        may => may,
    };
    let mut parts = vec![
        parameters::code("class", one.class.name()),
        parameters::code("type", one.resource_type.name()),
        parameters::text("may", may),
        parameters::code("reason", one.reason),
        parameters::text("text", one.text),
    ];
    parts.extend(unless_empty("source", &one.source));
    parameters::part("allowed", &parts)
}
