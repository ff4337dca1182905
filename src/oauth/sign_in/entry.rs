//! From a proof to a session: every way of signing in ends here.

use axum::response::Response;
use config::limits;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use smart::jwk::hash_of_secret;
use storage::accounts::{Account, Kind};
use storage::second_steps::{SecondStep, Wants};
use web::csrf::OpenForm;
use web::page;
use web::{House, Visit, session};
use workflows::notices;
use workflows::sessions::{self, Arriving};

/// The box of the sign-in form for a computer that others use too.
pub(super) const SHARED: &str = "shared_computer";
/// Digits of a mailed code.
const MAILED_DIGITS: usize = 8;

/// Somebody at the door: from where, and on the way to what.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub house: &'a House,
    pub headers: &'a HeaderMap,
    pub visit: &'a Visit,
    /// A path of ours, or nothing.
    pub next: &'a str,
    pub now: Timestamp,
    /// The computer is one that others use too.
    pub shared: bool,
}

impl<'a> Entry<'a> {
    /// Whoever sent a form of signing in.
    pub fn of(house: &'a House, visit: &'a Visit, sent: &'a OpenForm) -> Self {
        Self {
            house,
            headers: &sent.headers,
            visit,
            next: session::local_path(sent.form.get("next")).unwrap_or(""),
            now: house.clock.now(),
            shared: sent.form.get(SHARED) == "yes" || session::is_shared(&sent.headers, house),
        }
    }

    /// Lets in whoever gave a proof (`amr`: how, in the words of RFC 8176; with `mfa` in it nothing
    /// more is asked), or leads on to what else must be proved. `besieged`: so many guesses were made
    /// at this account that a browser new to it needs more than the password.
    pub async fn enter(
        self,
        account: &Account,
        amr: &str,
        besieged: bool,
    ) -> Result<Response, storage::Error> {
        if amr.split(' ').any(|word| word == "mfa") {
            return self.admit(account, amr).await;
        }
        let held = self.house.storage.factors().of(&account.id).await?;
        let must = self.house.sign_in.staff_second_factor && account.kind == Kind::Staff;
        if held.is_any() {
            self.lead_on(account, amr, Wants::Factor, None).await
        } else if besieged {
            let code = mailed_code()?;
            notices::code(&self.house.storage, account, &code, self.now).await?;
            let hash = Some(hash_of_secret(&code));
            self.lead_on(account, amr, Wants::Mail, hash).await
        } else if must {
            self.lead_on(account, amr, Wants::Enrolment, None).await
        } else {
            self.admit(account, amr).await
        }
    }

    /// Opens a session in place of the one there was, and leads to where the person wanted to go.
    pub async fn admit(self, account: &Account, amr: &str) -> Result<Response, storage::Error> {
        let mut response = page::see_other(landing(account, self.next));
        for cookie in self.open(account, amr).await? {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// Opens a session in place of the one there was; the cookies to set.
    pub async fn open(
        self,
        account: &Account,
        amr: &str,
    ) -> Result<Vec<HeaderValue>, storage::Error> {
        let Self {
            house, visit, now, ..
        } = self;
        let before = session::session_cookie(self.headers, house);
        let arriving = Arriving {
            before: before.as_deref(),
            device: visit.device.as_deref(),
            agent: &visit.agent,
            source: &visit.source,
            moment: &web::words::moment(now, &house.pack),
            lifetime_seconds: match self.shared {
                true => limits::SHARED_SESSION_SECONDS,
                false => limits::SESSION_SECONDS,
            },
            shared: self.shared,
        };
        let opened = sessions::open(&house.storage, account, amr, arriving, now).await?;
        let mut cookies = vec![session::step_over(house), session::shared_over(house)];
        if self.shared {
            // Gone with the browser's window, and the computer is not known again.
            cookies.push(session::opened_here(house, &opened.session));
        } else {
            let lifetime = limits::SESSION_SECONDS;
            cookies.push(session::opened(house, &opened.session, lifetime));
            cookies.push(session::device(house, &opened.device));
        }
        Ok(cookies)
    }

    /// Remembers the first proof and asks for the second.
    async fn lead_on(
        self,
        account: &Account,
        amr: &str,
        wants: Wants,
        mailed: Option<String>,
    ) -> Result<Response, storage::Error> {
        let step = SecondStep {
            account: account.id.clone(),
            amr: amr.to_owned(),
            wants,
            mailed,
        };
        let steps = self.house.storage.second_steps();
        let cookie = steps.open(&step, self.now).await?;
        let path = match wants {
            Wants::Factor | Wants::Mail => super::code::PATH,
            Wants::Enrolment => super::enrolment::PATH,
        };
        let mut response = page::see_other(&super::with_next(path, self.next));
        let cookie = session::step(self.house, &cookie);
        response.headers_mut().append(header::SET_COOKIE, cookie);
        if self.shared {
            let cookie = session::shared(self.house);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// A random number, as many digits as are typed without a fault.
fn mailed_code() -> Result<String, storage::Error> {
    let mut bytes = [0_u8; 8];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| storage::Error::Other("no randomness".to_owned()))?;
    let number = u64::from_be_bytes(bytes) % 100_000_000;
    Ok(format!("{number:0MAILED_DIGITS$}"))
}

/// Where somebody signed in goes: where they wanted to, or home.
pub(crate) fn landing<'a>(account: &Account, next: &'a str) -> &'a str {
    match (next, account.kind) {
        ("", Kind::Patient | Kind::Proxy | Kind::Staff) => "/account",
        ("", Kind::Developer) => "/account/developer",
        (next, _) => next,
    }
}

/// Writes a sign-in, or a failed one, into the audit.
pub(super) fn note(house: &House, account: &Account, permitted: bool, at: Timestamp) {
    sessions::note(&house.storage, account, permitted, at);
}
