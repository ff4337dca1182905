//! The part of the table about ending and protecting an account.

use super::{Guard, Route, get, post};

/// Ending an account, and what one may have without one.
pub(super) fn routes() -> Vec<Route> {
    use Guard::{Anyone, Session};
    use account::{close, record_copy, secure};
    vec![
        get(close::PATH, Session, close::form),
        post(close::PATH, Session, close::submit),
        get(secure::PATH, Session, secure::form),
        post(secure::PATH, Session, secure::submit),
        get(record_copy::PATH, Anyone, record_copy::form),
        post(record_copy::PATH, Anyone, record_copy::submit),
        post("/account/close/keep", Session, close::keep),
    ]
}
