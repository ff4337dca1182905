//! The part of the table about ending and protecting an account.

use super::{Guard, Route, get, post};

/// Ending an account, and what one may have without one.
pub(super) fn routes() -> Vec<Route> {
    use Guard::Session;
    use account::close;
    vec![
        get(close::PATH, Session, close::form),
        post(close::PATH, Session, close::submit),
        post("/account/close/keep", Session, close::keep),
    ]
}
