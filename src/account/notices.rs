//! Mail about new information: whether somebody wants it, and whether it arrives.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use web::csrf::SignedForm;
use web::page::{self, Frame, Query};
use web::{House, SignedIn};
use workflows::notices::preferences::{self, Address, Preferences};

/// Where it is said.
pub const PATH: &str = "/account/notices";

#[derive(Template)]
#[template(path = "notices.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    said: Preferences,
    /// As the pack allows, in words.
    pause: String,
    /// What was just done, in words.
    done: &'static str,
}

impl Page<'_> {
    fn has_no_address(&self) -> bool {
        self.said.address == Address::None
    }
    fn is_unproven(&self) -> bool {
        self.said.address == Address::Unproven
    }
    fn is_shared(&self) -> bool {
        self.said.address == Address::Shared
    }
    fn is_bounced(&self) -> bool {
        self.said.address == Address::Bounced
    }
}

/// `GET /account/notices`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    if !preferences::concern(&person.account) {
        return gone();
    }
    let done = match query.get("done") {
        "yes" => "Saved. We write to you when there is something new.",
        "no" => {
            "Saved. You get no more mail about news; mail about the safety of your account still comes."
        }
        _ => "",
    };
    match preferences::of(&house.storage, &house.pack, &person.account).await {
        Ok(said) => page::html(
            StatusCode::OK,
            &Page {
                frame: Frame::of(&person, "security"),
                csrf: &person.session.csrf,
                pause: pause(said.minutes),
                said,
                done,
            },
        ),
        Err(error) => page::unavailable(&error),
    }
}

fn gone() -> Response {
    page::sorry(
        StatusCode::NOT_FOUND,
        "There is nothing to choose here",
        "Mail about news is for patients and those who act for them.",
    )
}

/// `POST /account/notices`: `notify` is `yes`, or is not there.
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    if !preferences::concern(&person.account) {
        return gone();
    }
    let notify = form.get("notify") == "yes";
    let now = house.clock.now();
    match preferences::choose(&house.storage, &person.account, notify, now).await {
        Ok(()) => page::see_other(&format!(
            "{PATH}?done={}",
            if notify { "yes" } else { "no" }
        )),
        Err(error) => page::unavailable(&error),
    }
}

/// A span of minutes, as people say it.
fn pause(minutes: u16) -> String {
    match (minutes, minutes % 1_440, minutes % 60) {
        (60, ..) => "an hour".to_owned(),
        (1_440, ..) => "a day".to_owned(),
        (_, 0, _) => format!("{} days", minutes / 1_440),
        (.., 0) => format!("{} hours", minutes / 60),
        _ => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_said_as_people_say_it() {
        let said = [60, 90, 120, 1_440, 2_880].map(pause);
        assert_eq!(
            said,
            ["an hour", "90 minutes", "2 hours", "a day", "2 days"]
        );
    }
}
