//! Apps opened from a chart, and the organization's own: who may go on with the request, and when nothing is
//! asked any more.

use axum::response::Response;
use http::StatusCode;
use storage::accounts::Kind;
use web::page;
use web::{House, SignedIn};

use crate::issue::{self, Approval, ApproveFault, Asked};

/// The page for somebody who is not the one who opened the app.
pub fn other_person(person: &SignedIn) -> Response {
    let text = format!(
        "It was opened from a chart by somebody else, and you are signed in as {}. \
         Sign out, sign in as the person who opened it, and open the app again.",
        person.account.display
    );
    page::sorry(
        StatusCode::FORBIDDEN,
        "This app was opened by somebody else",
        &text,
    )
}

/// Goes on without a question where there is none: a member of staff opened an app that this
/// organization runs itself (`first_party`), from a chart or for no single chart. Where to send the
/// browser; `None` where the page must ask.
///
/// # Errors
/// See [`ApproveFault`].
pub async fn go_on(
    house: &House,
    person: &SignedIn,
    asked: &Asked,
) -> Result<Option<String>, ApproveFault> {
    let is_settled = !asked.needs_patient()
        && person.account.kind == Kind::Staff
        && asked.client.first_party
        && !asked.wants_encounter();
    if !is_settled {
        return Ok(None);
    }
    let approval = Approval {
        account: &person.account,
        signed_in_at: person.session.authenticated_at,
        session: Some(&person.session.id),
        patient: None,
        encounter: None,
        without: Vec::new(),
        chosen: &asked.scopes,
    };
    let address = issue::approve(house, &asked.pending.id, approval).await?;
    Ok(Some(address))
}
