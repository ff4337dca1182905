//! Signing out other browsers, and apps with them.

use axum::extract::State;
use axum::response::Response;
use web::House;
use web::csrf::SignedForm;
use web::page;
use workflows::apps::{self, Desk};

use super::back;

/// `POST /account/security/sessions/end`: one browser.
pub async fn end(State(house): State<House>, SignedForm { person, form }: SignedForm) -> Response {
    let sessions = house.storage.sessions();
    let id = form.get("session");
    // This browser's own session ends by signing out.
    if id == person.session.id {
        return page::see_other(super::PATH);
    }
    match sessions.close_one(&person.account.id, id).await {
        Ok(_) => back("session"),
        Err(error) => page::unavailable(&error),
    }
}

/// `POST /account/security/sessions/end-others`: all browsers but this one; with `apps` ticked, every
/// connected app too.
pub async fn end_others(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let (id, now) = (&person.account.id, house.clock.now());
    let sessions = house.storage.sessions();
    if let Err(error) = sessions.close_others(id, &person.session.id).await {
        return page::unavailable(&error);
    }
    if form.get("apps").is_empty() {
        return back("others");
    }
    let grants = match house.storage.grants().of_account(id, now).await {
        Ok(grants) => grants,
        Err(error) => return page::unavailable(&error),
    };
    for grant in grants {
        let desk = Desk {
            storage: &house.storage,
            pack: &house.pack,
            now,
        };
        let ended = apps::disconnect(desk, &person.account, &grant).await;
        if let Err(apps::Error::Storage(error)) = ended {
            return page::unavailable(&error);
        }
    }
    back("apps")
}
