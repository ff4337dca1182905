//! The part of the table about opening an account and finding the way back in.

use super::{Guard, Route, get, post};

/// Opening an account, and finding the way back in.
pub(super) fn routes() -> Vec<Route> {
    use Guard::{Anyone, Session};
    use account::sign_up::{self, credentials, existing, proxy, request};
    use account::{email, recover, welcome};
    const REQUEST: &str = "/account/sign-up/request";
    const EMAIL: &str = "/account/email";
    const NEW_PASSWORD: &str = "/account/recover/new-password";
    vec![
        get(sign_up::PATH, Anyone, sign_up::form),
        post(sign_up::PATH, Anyone, sign_up::submit),
        get(credentials::PATH, Anyone, credentials::form),
        post(credentials::PATH, Anyone, credentials::submit),
        post("/account/sign-up/join", Session, credentials::join),
        get(existing::PATH, Anyone, existing::form),
        post(existing::PATH, Anyone, existing::submit),
        get(REQUEST, Anyone, request::form),
        post(REQUEST, Anyone, request::submit),
        get(proxy::PATH, Anyone, proxy::form),
        post(proxy::PATH, Anyone, proxy::submit),
        get(proxy::OPEN, Anyone, proxy::open_form),
        post(proxy::OPEN, Anyone, proxy::open),
        get(EMAIL, Anyone, email::form),
        post(EMAIL, Anyone, email::submit),
        get("/account/email/change", Session, email::change_form),
        post("/account/email/change", Session, email::change),
        get("/account/recover", Anyone, recover::form),
        post("/account/recover/username", Anyone, recover::username),
        post("/account/recover/password", Anyone, recover::password),
        get(NEW_PASSWORD, Anyone, recover::new_password),
        post(NEW_PASSWORD, Anyone, recover::renew),
        get("/terms/{pack}/{version}", Anyone, account::terms::document),
        get("/account/welcome", Session, welcome::page),
        get("/account/quick-start", Anyone, welcome::quick_start),
    ]
}
