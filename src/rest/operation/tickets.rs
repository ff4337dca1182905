//! `$support-ticket`, `$open-ticket` and what belongs to them.

use access::Action;
use config::limits;
use fhir::{Issue, IssueCode, ResourceType};
use serde_json::Value;
use storage::accounts::Account;
use storage::tickets::View;
use web::Answer;
use workflows::tickets::{
    self, Asker, Category, Contact, Desk, Outcome, Question, Shown, Taken, banner,
};

use super::{Asked, parameters};
use crate::error::Error;

impl From<tickets::Error> for Error {
    fn from(error: tickets::Error) -> Self {
        let text = error.to_string();
        match error {
            tickets::Error::Storage(error) => Self::Storage(error),
            tickets::Error::Absent => Self::Absent,
            tickets::Error::NotForYou => Self::not_your_role(text),
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

fn desk<'a>(asked: &Asked<'a>) -> Desk<'a> {
    Desk {
        storage: &asked.call.house.storage,
        pack: &asked.call.house.pack,
        base_url: &asked.call.house.base_url,
        now: asked.call.access.now(),
    }
}

/// The account of the person who calls. Errors: 403 for systems.
async fn account(asked: &Asked<'_>) -> Result<Account, Error> {
    let known = &asked.call.access.standing().agent.account;
    let found = match known {
        Some(id) => asked.call.house.storage.accounts().find(id).await?,
        None => None,
    };
    found.ok_or_else(|| Error::not_your_role("support is asked by people who are signed in"))
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
    Ok(parameters::answer(&told(asked, taken)))
}

fn told(asked: &Asked<'_>, taken: Taken) -> Vec<Value> {
    let pack = &asked.call.house.pack;
    let message = tickets::message(&taken, pack);
    let mut told = Vec::new();
    match taken {
        Taken::Emergency => told.push(parameters::code("outcome", "emergency")),
        Taken::Redirected {
            number,
            task,
            phone,
        } => {
            told.push(parameters::code("outcome", "redirected"));
            told.push(parameters::text("number", &number));
            told.push(parameters::task(&task));
            told.extend(phone.map(|phone| parameters::text("phone", &phone)));
        }
        Taken::Ticket {
            number, task, due, ..
        } => {
            told.push(parameters::code("outcome", "taken"));
            told.push(parameters::text("number", &number));
            told.push(parameters::task(&task));
            told.push(parameters::at("due", due));
        }
    }
    told.push(parameters::text("message", &message));
    told
}

/// `$support-tickets`
pub(super) async fn mine(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Search, ResourceType::TASK)?;
    let account = account(asked).await?;
    let all = tickets::of_account(desk(asked), &account.id).await?;
    let shown: Vec<Value> = all.iter().map(ticket).collect();
    Ok(parameters::answer(&shown))
}

fn ticket(one: &Shown) -> Value {
    let mut parts = vec![
        parameters::text("number", &one.number),
        parameters::task(&one.task),
        parameters::text("about", one.about),
        parameters::at("asked", one.asked),
        parameters::code("state", one.state()),
    ];
    parts.extend(one.due.map(|due| parameters::at("due", due)));
    parts.extend(
        one.wrote
            .iter()
            .map(|wrote| parameters::text("wrote", wrote)),
    );
    parts.extend(
        one.question
            .as_deref()
            .map(|said| parameters::text("question", said)),
    );
    parts.extend(
        one.answer
            .as_deref()
            .map(|said| parameters::text("answer", said)),
    );
    parameters::part("ticket", &parts)
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
    Ok(parameters::answer(&[parameters::text(
        "number",
        &own.number,
    )]))
}

fn view(asked: &Asked<'_>, view: &View) -> Vec<Value> {
    vec![
        parameters::to("patient", format!("Patient/{}", view.patient)),
        parameters::text("number", &view.number),
        parameters::at("expires", view.expires),
        parameters::text("banner", banner(view, &asked.call.house.pack)),
    ]
}

/// `Task/{id}/$open-ticket`
pub(super) async fn open(asked: &Asked<'_>) -> Result<Answer, Error> {
    let id = asked.id.unwrap_or_default();
    let username = asked.inputs.text("username");
    let opened = tickets::open(desk(asked), &asked.call.access, id, username).await?;
    let mut told = view(asked, &opened.view);
    told.push(parameters::flag("already", opened.already));
    Ok(parameters::answer(&told))
}

/// `$close-ticket`
pub(super) async fn close(asked: &Asked<'_>) -> Result<Answer, Error> {
    let closed = tickets::close(desk(asked), &asked.call.access).await?;
    Ok(parameters::answer(&[parameters::flag("closed", closed)]))
}

/// `$ticket-status`
pub(super) async fn status(asked: &Asked<'_>) -> Result<Answer, Error> {
    let Some(open) = tickets::in_force(desk(asked), &asked.call.access).await? else {
        return Ok(parameters::answer(&[]));
    };
    let mut parts = view(asked, &open);
    parts.push(parameters::task(&open.task));
    Ok(parameters::answer(&[parameters::part("view", &parts)]))
}

/// `Task/{id}/$ticket-answer`
pub(super) async fn reply(asked: &Asked<'_>) -> Result<Answer, Error> {
    let id = asked.id.unwrap_or_default();
    let outcome = asked.inputs.text("outcome").unwrap_or_default();
    let outcome = Outcome::from_code(outcome)
        .ok_or_else(|| Error::value("outcome is answered, asked or declined", "outcome"))?;
    let said = asked.inputs.text("text").unwrap_or_default();
    let done = tickets::answer(desk(asked), &asked.call.access, id, outcome, said).await?;
    Ok(parameters::answer(&[
        parameters::code("status", &done.status),
        parameters::flag("mailed", done.mailed),
        parameters::flag("open-to-anybody", done.open_to_anybody),
    ]))
}
