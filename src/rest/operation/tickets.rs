//! `$support-ticket`, `$open-ticket` and what belongs to them.

use access::{Action, Denial, Reason};
use config::limits;
use fhir::{Issue, IssueCode, ResourceType, datetime::instant};
use http::StatusCode;
use serde_json::{Value, json};
use storage::accounts::Account;
use storage::tickets::View;
use web::Answer;
use workflows::tickets::{
    self, Asker, Category, Contact, Desk, Outcome, Question, Shown, Taken, banner,
};

use super::Asked;
use crate::error::Error;

impl From<tickets::Error> for Error {
    fn from(error: tickets::Error) -> Self {
        let text = error.to_string();
        match error {
            tickets::Error::Storage(error) => Self::Storage(error),
            tickets::Error::Absent => Self::Absent,
            tickets::Error::NotForYou => denied(&text),
            tickets::Error::Held(_) => Self::Conflict(text),
            tickets::Error::Overtaken => Self::Overtaken,
            tickets::Error::Over => {
                Self::Unprocessable(vec![Issue::error(IssueCode::BusinessRule, text)])
            }
            tickets::Error::Rule { element, rule } => Self::Unprocessable(vec![
                Issue::error(IssueCode::BusinessRule, rule).at(element),
            ]),
            tickets::Error::Invalid(fault) => {
                tracing::error!(fault, "a ticket is not valid");
                Self::House("a ticket is not valid")
            }
        }
    }
}

fn denied(text: &str) -> Error {
    Error::Denied(Denial {
        http: 403,
        reason: Reason("DENY_ROLE"),
        message: text.to_owned(),
    })
}

fn desk<'a>(asked: &Asked<'a>) -> Desk<'a> {
    Desk {
        storage: &asked.call.house.storage,
        pack: &asked.call.house.pack,
        base_url: &asked.call.house.base_url,
        now: asked.call.access.now(),
    }
}

fn answer(parameters: &[Value]) -> Answer {
    let json = match parameters {
        [] => json!({"resourceType": "Parameters"}),
        all => json!({"resourceType": "Parameters", "parameter": all}),
    };
    Answer::text(StatusCode::OK, json.to_string())
}

fn text(name: &str, value: &str) -> Value {
    json!({"name": name, "valueString": value})
}

fn code(name: &str, value: &str) -> Value {
    json!({"name": name, "valueCode": value})
}

fn to(name: &str, reference: String) -> Value {
    json!({"name": name, "valueReference": {"reference": reference}})
}

/// The account of the person who calls. Errors: 403 for systems.
async fn account(asked: &Asked<'_>) -> Result<Account, Error> {
    let known = &asked.call.access.standing().agent.account;
    let found = match known {
        Some(id) => asked.call.house.storage.accounts().find(id).await?,
        None => None,
    };
    found.ok_or_else(|| denied("support is asked by people who are signed in"))
}

/// `$support-ticket`
pub(super) async fn ask(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Create, ResourceType::TASK)?;
    let account = account(asked).await?;
    let category = asked.inputs.text("category").unwrap_or_default();
    let category = Category::from_code(category)
        .ok_or_else(|| Error::value("category is login, code, proxy, app or other", "category"))?;
    let contact = asked.inputs.text("contact").or(account.email.as_deref());
    let contact = Contact::read(contact.unwrap_or_default()).ok_or_else(|| {
        Error::value(
            "contact is an e-mail address or a telephone number",
            "contact",
        )
    })?;
    let key = format!("support-account:{}", account.id);
    let (throttle, now) = (asked.call.house.storage.throttle(), asked.call.access.now());
    let most = limits::TICKETS_OF_ACCOUNT_MAX;
    if !throttle.allow(&key, most, 3_600, now).await? {
        let rule = "that are many questions within an hour; call support";
        return Err(Error::Throttled(rule.to_owned()));
    }
    let question = Question {
        category,
        text: asked.inputs.text("text").unwrap_or_default(),
        contact,
        calm: asked.inputs.flag("not-emergency").unwrap_or(false),
    };
    let asker = Asker {
        account: Some(&account),
        agent: Some(&asked.call.access.standing().agent),
    };
    let taken = tickets::ask(desk(asked), asker, &question).await?;
    Ok(answer(&told(asked, taken)))
}

fn told(asked: &Asked<'_>, taken: Taken) -> Vec<Value> {
    let pack = &asked.call.house.pack;
    let message = tickets::message(&taken, pack);
    let mut told = Vec::new();
    match taken {
        Taken::Emergency => told.push(code("outcome", "emergency")),
        Taken::Redirected {
            number,
            task,
            phone,
        } => {
            told.push(code("outcome", "redirected"));
            told.push(text("number", &number));
            told.push(to("task", format!("Task/{task}")));
            told.extend(phone.map(|phone| text("phone", &phone)));
        }
        Taken::Ticket {
            number, task, due, ..
        } => {
            told.push(code("outcome", "taken"));
            told.push(text("number", &number));
            told.push(to("task", format!("Task/{task}")));
            told.push(json!({"name": "due", "valueInstant": instant(due)}));
        }
    }
    told.push(text("message", &message));
    told
}

/// `$support-tickets`
pub(super) async fn mine(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Search, ResourceType::TASK)?;
    let account = account(asked).await?;
    let all = tickets::of_account(desk(asked), &account.id).await?;
    let shown: Vec<Value> = all.iter().map(ticket).collect();
    Ok(answer(&shown))
}

fn ticket(one: &Shown) -> Value {
    let mut parts = vec![
        text("number", &one.number),
        to("task", format!("Task/{}", one.task)),
        text("about", one.about),
        json!({"name": "asked", "valueInstant": instant(one.asked)}),
        code("state", one.state()),
    ];
    parts.extend(
        one.due
            .map(|due| json!({"name": "due", "valueInstant": instant(due)})),
    );
    parts.extend(one.wrote.iter().map(|wrote| text("wrote", wrote)));
    parts.extend(one.question.as_deref().map(|said| text("question", said)));
    parts.extend(one.answer.as_deref().map(|said| text("answer", said)));
    json!({"name": "ticket", "part": parts})
}

/// `Task/{id}/$ticket-add`
pub(super) async fn add(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Create, ResourceType::TASK)?;
    let account = account(asked).await?;
    let id = asked.id.unwrap_or_default();
    let all = tickets::of_account(desk(asked), &account.id).await?;
    let own = all.into_iter().find(|one| one.task == id);
    let own = own.ok_or(Error::Absent)?;
    let more = asked.inputs.text("text").unwrap_or_default();
    tickets::add(desk(asked), &own, more).await?;
    Ok(answer(&[text("number", &own.number)]))
}

fn view(asked: &Asked<'_>, view: &View) -> Vec<Value> {
    vec![
        to("patient", format!("Patient/{}", view.patient)),
        text("number", &view.number),
        json!({"name": "expires", "valueInstant": instant(view.expires)}),
        text("banner", &banner(view, &asked.call.house.pack)),
    ]
}

/// `Task/{id}/$open-ticket`
pub(super) async fn open(asked: &Asked<'_>) -> Result<Answer, Error> {
    let id = asked.id.unwrap_or_default();
    let username = asked.inputs.text("username");
    let opened = tickets::open(desk(asked), &asked.call.access, id, username).await?;
    let mut told = view(asked, &opened.view);
    told.push(json!({"name": "already", "valueBoolean": opened.already}));
    Ok(answer(&told))
}

/// `$close-ticket`
pub(super) async fn close(asked: &Asked<'_>) -> Result<Answer, Error> {
    let closed = tickets::close(desk(asked), &asked.call.access).await?;
    Ok(answer(&[json!({"name": "closed", "valueBoolean": closed})]))
}

/// `$ticket-status`
pub(super) async fn status(asked: &Asked<'_>) -> Result<Answer, Error> {
    let Some(open) = tickets::in_force(desk(asked), &asked.call.access).await? else {
        return Ok(answer(&[]));
    };
    let mut parts = view(asked, &open);
    parts.push(to("task", format!("Task/{}", open.task)));
    Ok(answer(&[json!({"name": "view", "part": parts})]))
}

/// `Task/{id}/$ticket-answer`
pub(super) async fn reply(asked: &Asked<'_>) -> Result<Answer, Error> {
    let id = asked.id.unwrap_or_default();
    let outcome = asked.inputs.text("outcome").unwrap_or_default();
    let outcome = Outcome::from_code(outcome)
        .ok_or_else(|| Error::value("outcome is answered, asked or declined", "outcome"))?;
    let said = asked.inputs.text("text").unwrap_or_default();
    let done = tickets::answer(desk(asked), &asked.call.access, id, outcome, said).await?;
    Ok(answer(&[
        code("status", &done.status),
        json!({"name": "mailed", "valueBoolean": done.mailed}),
        json!({"name": "open-to-anybody", "valueBoolean": done.open_to_anybody}),
    ]))
}
