//! Whom somebody acts for and who acts for them: what holds, what waits for an answer, what changes when.

pub mod answer;
pub mod emancipation;
pub mod grant;
pub mod invite;
pub mod preview;
pub mod request;
pub mod waiting;
mod words;

use access::offer::Outlook;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use storage::standing::Person;
use web::page::{self, Frame, Query};
use web::words::{age, day};
use web::{House, SignedIn};
use workflows::proxies::{self, Desk, Error, Relation, State as How};

use words::{desk, last_day, level_title, told};

/// One person as the pages show them.
pub(crate) struct Member {
    pub name: String,
    pub initial: String,
    pub note: String,
    pub is_self: bool,
    pub open: bool,
    pub why_not: &'static str,
    pub demographics_only: bool,
    pub sees: Vec<&'static str>,
    pub hidden: Vec<&'static str>,
    /// What changes by itself, in one sentence.
    pub next: String,
    /// For the addresses of what can be done about it.
    pub patient: String,
    pub related_person: String,
}

impl Member {
    pub fn of(house: &House, person: &Person, now: Timestamp) -> Self {
        let outlook = Outlook::of(&person.standing, &house.pack, now);
        let age = age(person.birth_date.as_deref(), &house.pack, now);
        let label = relation(person);
        let parts = [age.as_str(), &label];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Self {
            name: person.name.clone(),
            initial: person.name.chars().next().unwrap_or('?').to_string(),
            note: parts.join(" · "),
            is_self: person.is_self,
            open: outlook.open(),
            why_not: why_not(person, house, now).unwrap_or(outlook.why_not.unwrap_or_default()),
            demographics_only: outlook.demographics_only,
            next: next(house, &outlook),
            patient: person.patient.clone(),
            related_person: person.related_person.clone().unwrap_or_default(),
            sees: outlook.sees,
            hidden: outlook.hidden,
        }
    }
}

/// What a parent reads whose access ended with the child's majority, whatever has been written down since.
fn why_not(person: &Person, house: &House, now: Timestamp) -> Option<&'static str> {
    use access::actor::RelationshipKind::{Guardian, Parent};
    let kind = person.standing.relationship.as_ref().map(|it| it.kind);
    let birth = access::time::BirthDate::parse(person.birth_date.as_deref()?)?;
    let (pack, zone) = (&house.pack, house.pack.zone());
    let age = pack.parent_auto_remove_age;
    let grown = access::time::attained(birth.latest, age, pack.leap_day, zone, now);
    let living = person
        .standing
        .patient
        .as_ref()
        .is_some_and(|it| !it.deceased);
    let parental = matches!(kind, Some(Parent | Guardian));
    (grown && living && parental).then_some(
        "They are an adult now, and decide alone who opens their record. They can let you act for them again.",
    )
}

/// What the one signed in is to the patient.
fn relation(person: &Person) -> String {
    match (person.is_self, &person.relationship_label) {
        (true, _) => "you".to_owned(),
        (false, Some(label)) => format!("you are their {}", label.to_lowercase()),
        (false, None) => String::new(),
    }
}

fn next(house: &House, outlook: &Outlook) -> String {
    let Some((at, then)) = &outlook.next else {
        return String::new();
    };
    let day = day(*at, &house.pack);
    match (outlook.open(), then.open(), then.demographics_only) {
        (true, false, _) => format!("From {day} your access ends."),
        (true, true, true) => {
            format!("From {day} you will see only name, address and contact details.")
        }
        (true, true, false) => format!("From {day} what you see changes."),
        (false, true, _) => format!("From {day} your access starts."),
        (false, false, _) => String::new(),
    }
}

/// Somebody who acts for the one signed in.
struct Helper {
    id: String,
    name: String,
    initial: String,
    note: String,
    level: String,
    until: String,
    /// Asked, and no answer yet.
    waits: bool,
}

/// Something that waits for an answer.
struct Waiting {
    task: String,
    name: String,
    label: String,
    /// A parent of before asks nothing: the way back lies ready.
    again: bool,
}

/// A request of one's own.
struct Own {
    task: String,
    name: String,
    on: String,
    how: How,
}

#[derive(Template)]
#[template(path = "family.html")]
struct Page {
    frame: Frame,
    csrf: String,
    done: &'static str,
    open: Vec<Member>,
    closed: Vec<Member>,
    helpers: Vec<Helper>,
    waiting: Vec<Waiting>,
    requests: Vec<Own>,
    staff: bool,
    /// Has a record here.
    own: bool,
    /// An emancipated minor for whom parents still act.
    may_terminate: bool,
    /// Of age, or emancipated.
    may_give: bool,
    /// A minor's court order is being looked at.
    order_waits: bool,
}

/// How long a request that is decided is shown.
const HISTORY_HOURS: i64 = 90 * 24;

/// What was done, in a sentence.
const DONE: &[(&str, &str)] = &[
    (
        "invited",
        "Your invitation is on its way. Nothing is open before it is accepted.",
    ),
    ("accepted", "You act for somebody new: choose them below."),
    ("declined", "You said no. Nothing was opened."),
    (
        "asked",
        "Your request is with us. We will write to you as soon as it is decided.",
    ),
    ("paper", "Thank you: your paper is with us."),
    ("no-paper", "No paper was chosen."),
    ("changed", "Saved. It holds from their next step on."),
    ("ended", "Ended: your record is closed to them now."),
    ("left", "You act for them no longer."),
    ("agreed", "They may act for you from now on."),
    ("refused", "You said no. Nothing was opened."),
    ("terminated", "Your parents’ access has ended."),
    (
        "order",
        "Thank you: your order is with us. We will write to you as soon as it is checked.",
    ),
];

/// `GET /account/family`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let word = query.get("done");
    let done = DONE.iter().find(|(of, _)| *of == word);
    match build(&house, &person, done.map_or("", |(_, text)| text)).await {
        Ok(page) => page::html(StatusCode::OK, &page),
        Err(error) => told(error).map_or_else(|page| page, |_| words::absent()),
    }
}

async fn build(house: &House, person: &SignedIn, done: &'static str) -> Result<Page, Error> {
    let now = house.clock.now();
    let people = house
        .storage
        .accounts()
        .people(&person.account, now)
        .await?;
    let members = people.iter().map(|one| Member::of(house, one, now));
    let (open, closed) = members.partition(|member| member.open);
    let desk = desk(house, person);
    let staff = person.account.kind == storage::accounts::Kind::Staff;
    let relations = match &person.account.patient {
        Some(patient) => Relation::of_patient(&desk, patient).await?,
        None => Vec::new(),
    };
    let may_terminate = relations
        .iter()
        .any(|it| it.is_parental() && it.emancipated && !it.terminated);
    let (may_give, order_waits) = match &person.account.patient {
        Some(patient) => (
            proxies::may_give(&desk, patient).await?,
            proxies::emancipation_waits(&desk, patient).await?,
        ),
        None => (false, false),
    };
    Ok(Page {
        may_give,
        order_waits,
        frame: Frame::of(person, "family"),
        csrf: person.session.csrf.clone(),
        done,
        open,
        closed,
        helpers: helpers(house, &relations),
        waiting: waiting(&desk).await?,
        requests: match staff {
            true => Vec::new(),
            false => requests(house, &desk).await?,
        },
        own: person.account.patient.is_some(),
        may_terminate,
        staff,
    })
}

fn helpers(house: &House, relations: &[Relation]) -> Vec<Helper> {
    use access::actor::RelationshipStatus::{Active, Pending};
    let now = house.clock.now();
    let listed = relations.iter().filter(|it| {
        let over = it.facts.end.is_some_and(|end| end <= now);
        // What a court or the patient's safety decided does not show here, in either direction.
        let waits = it.facts.status == Pending && it.consent().is_some();
        !over && (it.facts.status == Active || waits)
    });
    listed
        .map(|it| Helper {
            id: it.id().to_owned(),
            initial: it.name().chars().next().unwrap_or('?').to_string(),
            name: it.name(),
            note: it.label().to_owned(),
            level: level_title(house, &it.extent().level),
            until: last_day(house, it),
            waits: it.facts.status == Pending,
        })
        .collect()
}

async fn waiting(desk: &Desk<'_>) -> Result<Vec<Waiting>, Error> {
    let waiting = proxies::waiting_for_me(desk).await?;
    Ok(waiting
        .into_iter()
        .map(|(task, relation)| Waiting {
            task: task.id().to_owned(),
            name: relation.name(),
            label: relation.label().to_owned(),
            again: task
                .json
                .pointer("/code/coding/0/code")
                .and_then(|it| it.as_str())
                == Some("proxy-reestablish"),
        })
        .collect())
}

/// Decided, and asked for so long ago that nobody waits to read it.
fn is_history(one: &proxies::Asked, now: Timestamp) -> bool {
    let decided = matches!(one.state, How::Granted | How::NotGranted);
    let asked = one.asked.parse::<Timestamp>().ok();
    let past = asked.is_some_and(|at| now.duration_since(at).as_hours() > HISTORY_HOURS);
    decided && past
}

async fn requests(house: &House, desk: &Desk<'_>) -> Result<Vec<Own>, Error> {
    let all = proxies::requests(desk).await?;
    let now = house.clock.now();
    Ok(all
        .into_iter()
        .filter(|one| !is_history(one, now))
        .map(|one| Own {
            on: words::day(house, &one.asked),
            task: one.task,
            name: one.name,
            how: one.state,
        })
        .collect())
}
