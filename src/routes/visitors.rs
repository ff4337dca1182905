//! The part of the table for those without an account: guests who pay a bill, openers of a share link.

use super::{Guard, Route, get, post};

/// For visitors. What they show stands in the request itself.
pub(super) fn routes() -> Vec<Route> {
    use Guard::{Anyone, Client, Session};
    use account::guest_pay;
    const LEAVE: &str = "/account/guest-pay/leave";
    vec![
        get(guest_pay::PATH, Anyone, guest_pay::form),
        post(guest_pay::PATH, Anyone, guest_pay::submit),
        get(guest_pay::STATEMENT_PATH, Anyone, guest_pay::statement),
        post(LEAVE, Anyone, guest_pay::leave),
        post("/guest-pay/lookup", Anyone, visitors::guest_pay::lookup),
        get(
            "/guest-pay/statement",
            Client,
            visitors::guest_pay::statement,
        ),
        post("/shl/{address}", Client, visitors::shl::manifest),
        get("/shl/{address}", Client, visitors::shl::direct),
        get("/shl/file/{ticket}", Client, visitors::shl::located),
        get("/account/links", Session, account::links::page),
        post("/account/links", Session, account::links::submit),
        get("/account/links/code", Session, account::links::code),
        post("/account/links/end", Session, account::links::end),
    ]
}
