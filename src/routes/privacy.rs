//! The pages by which people say what is kept from whom.

use super::{Guard, Route, get, post};

/// What is kept from whom, thing by thing, in writing, and looked at ahead.
pub(super) fn routes() -> Vec<Route> {
    use Guard::Session;
    use account::privacy::{self, limit, private, receipts};
    const PRIVACY: &str = "/account/privacy";
    const LIMIT: &str = "/account/privacy/limit";
    const PRIVATE: &str = "/account/privacy/private";
    vec![
        get(PRIVACY, Session, privacy::page),
        post(PRIVACY, Session, privacy::submit),
        get(LIMIT, Session, limit::form),
        post(LIMIT, Session, limit::submit),
        get(PRIVATE, Session, private::page),
        post(PRIVATE, Session, private::mark),
        get("/account/privacy/receipts", Session, receipts::page),
        get("/account/privacy/receipt", Session, receipts::download),
        get("/account/preview", Session, account::preview::page),
    ]
}
