//! The pages by which people act for each other.

use super::{Guard, Route, get, post};

/// Acting for others.
pub(super) fn routes() -> Vec<Route> {
    use Guard::Session;
    use account::family::{answer, emancipation, grant, invite, preview, request, waiting};
    const INVITE: &str = "/account/family/invite";
    const ANSWER: &str = "/account/family/answer";
    const REQUEST: &str = "/account/family/request";
    const GRANT: &str = "/account/family/grant";
    const LEAVE: &str = "/account/family/leave";
    const WAITING: &str = "/account/family/waiting";
    const EMANCIPATION: &str = "/account/family/emancipation";
    const TERMINATE: &str = "/account/family/terminate";
    vec![
        get(INVITE, Session, invite::form),
        post(INVITE, Session, invite::submit),
        post("/account/family/end", Session, invite::withdraw),
        get(ANSWER, Session, answer::form),
        post(ANSWER, Session, answer::submit),
        get(REQUEST, Session, request::form),
        post(REQUEST, Session, request::submit),
        post("/account/family/paper", Session, request::add),
        get(GRANT, Session, grant::page),
        post(GRANT, Session, grant::change),
        get(LEAVE, Session, grant::leave),
        post(LEAVE, Session, grant::resign),
        get(WAITING, Session, waiting::form),
        post(WAITING, Session, waiting::submit),
        get(EMANCIPATION, Session, emancipation::form),
        post(EMANCIPATION, Session, emancipation::submit),
        get(TERMINATE, Session, grant::before_terminating),
        post(TERMINATE, Session, grant::terminate),
        get("/account/family/preview", Session, preview::page),
    ]
}
