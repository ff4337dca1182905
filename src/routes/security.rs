//! The part of the table about proving who one is, and what protects an account.

use super::{Guard, Route, get, post};

/// Proving who one is, and what an account is protected with.
pub(super) fn routes() -> Vec<Route> {
    use Guard::{Anyone, Session};
    use account::security::{self, factors, password, sessions};
    use oauth::{prove, sign_in};
    const CODE: &str = sign_in::code::PATH;
    const ENROLMENT: &str = sign_in::enrolment::PATH;
    const PASSKEY: &str = sign_in::passkey::PATH;
    const PROVE: &str = web::session::PROVE_PATH;
    const TOTP: &str = "/account/security/totp";
    const NEW_PASSKEY: &str = "/account/security/passkeys/new";
    const PASSWORD: &str = "/account/security/password";
    let end = "/account/security/sessions/end";
    let end_others = "/account/security/sessions/end-others";
    let remove_passkey = "/account/security/passkeys/remove";
    let recovery_codes = "/account/security/recovery-codes";
    let remove_totp = "/account/security/totp/remove";
    vec![
        get(CODE, Anyone, sign_in::code::form),
        post(CODE, Anyone, sign_in::code::submit),
        get(ENROLMENT, Anyone, sign_in::enrolment::form),
        post(ENROLMENT, Anyone, sign_in::enrolment::submit),
        get(PASSKEY, Anyone, sign_in::passkey::form),
        post(PASSKEY, Anyone, sign_in::passkey::submit),
        get(PROVE, Session, prove::form),
        post(PROVE, Session, prove::submit),
        get(security::PATH, Session, security::page),
        get(TOTP, Session, factors::totp),
        post(TOTP, Session, factors::confirm_totp),
        post(remove_totp, Session, factors::remove_totp),
        get(NEW_PASSKEY, Session, factors::passkey),
        post(NEW_PASSKEY, Session, factors::add_passkey),
        post(remove_passkey, Session, factors::remove_passkey),
        post(recovery_codes, Session, factors::recovery_codes),
        get(PASSWORD, Session, password::form),
        post(PASSWORD, Session, password::submit),
        post(end, Session, sessions::end),
        post(end_others, Session, sessions::end_others),
    ]
}
