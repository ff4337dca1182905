//! `prompt=none`: a code without a page, for who is signed in and agreed before, or the reason why a page is
//! needed (OpenID Connect Core section 3.1.2.6).

use config::limits;
use jiff::{SignedDuration, Timestamp};
use smart::id_token::Hint;
use smart::pkce::Challenge;
use smart::request::Checked;
use smart::scope::Scopes;
use smart::{Error, ErrorCode};
use storage::accounts::Account;
use storage::grants::{Binding, Grant, Occasion};
use web::{House, SignedIn};

use crate::authorize::{launched, pending};
use crate::consent::choosable;
use crate::error::Failure;
use crate::issue::{self, ApproveFault, is_online};
use crate::keys;
use crate::opened::go_on;

/// Whether an app that expects somebody by name expects this person.
pub(crate) fn is_expected(hint: Option<&str>, account: &Account) -> bool {
    let same = |name: &str| hint.is_none_or(|hint| hint.trim().eq_ignore_ascii_case(name));
    same(&account.username) || account.email.as_deref().is_some_and(same)
}

/// The address to send the browser to, or why a page is needed.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn answer(
    house: &House,
    checked: &Checked,
    person: Option<&SignedIn>,
    now: Timestamp,
) -> Result<Result<String, Error>, Failure> {
    let needed = |code, text: &str| Ok(Err(Error::new(code, text)));
    let Some(person) = person else {
        let text = "nobody is signed in; ask again without prompt=none";
        return needed(ErrorCode::LoginRequired, text);
    };
    if let Some(why) = not_this_sign_in(house, checked, person, now).await? {
        return needed(ErrorCode::LoginRequired, why);
    }
    if !person.account.terms_accepted {
        let text = "a page must be shown first; ask again without prompt=none";
        return needed(ErrorCode::InteractionRequired, text);
    }
    if checked.launch.is_some() {
        return opened(house, checked, person, now).await;
    }
    let Some(grant) = granted_before(house, checked, &person.account, now).await? else {
        let text = "the person has not agreed to this before, or to more than is asked for now; \
                    ask again without prompt=none";
        return needed(ErrorCode::ConsentRequired, text);
    };
    if !still_open(house, &grant, person).await? {
        let text = "whose record it is must be chosen again; ask again without prompt=none";
        return needed(ErrorCode::InteractionRequired, text);
    }
    let occasion = Occasion {
        nonce: checked.nonce.as_deref(),
        signed_in_at: person.session.authenticated_at,
        session: &person.session.id,
    };
    let binding = Binding {
        redirect_uri: checked.redirect_uri.as_str(),
        challenge: checked.challenge.as_ref().map_or("", Challenge::as_str),
        jkt: checked.dpop_jkt.as_deref(),
    };
    let grants = house.storage.grants();
    let lifetime = limits::CODE_SECONDS;
    let code = grants.authorize_again(&grant.id, occasion, binding, lifetime, now);
    let (code, state) = (code.await?, checked.state.as_str());
    let pairs = [("code", &*code), ("state", state), ("iss", &house.base_url)];
    Ok(Ok(checked.redirect_uri.with(&pairs)))
}

/// An app opened from a chart: answered for who opened it, where nothing would be asked on a page either.
async fn opened(
    house: &House,
    checked: &Checked,
    person: &SignedIn,
    now: Timestamp,
) -> Result<Result<String, Error>, Failure> {
    let needed = |code, text: &str| Ok(Err(Error::new(code, text)));
    let launch = match launched(house, checked, now).await? {
        Ok(launch) => launch,
        Err(error) => return Ok(Err(error)),
    };
    let pending = pending(checked.clone(), launch, now);
    let id = house.storage.pending().open(&pending, now).await?;
    let Some(asked) = issue::asked(house, &id).await? else {
        let text = "this launch is over; open the app again";
        return needed(ErrorCode::InvalidRequest, text);
    };
    if !asked.is_for(&person.account) {
        house.storage.pending().close(&id).await?;
        let text = "somebody else than who opened the app is signed in";
        return needed(ErrorCode::LoginRequired, text);
    }
    match go_on(house, person, &asked).await {
        Ok(Some(address)) => Ok(Ok(address)),
        Err(ApproveFault::Failed(failure)) => Err(failure),
        Ok(None) | Err(_) => {
            // The launch stays open: the app may ask again with a page.
            house.storage.pending().close(&id).await?;
            let text = "the person must be asked first; ask again without prompt=none";
            needed(ErrorCode::ConsentRequired, text)
        }
    }
}

/// Why somebody must sign in first: it is another person than the app expects, or it was too long ago.
async fn not_this_sign_in(
    house: &House,
    checked: &Checked,
    person: &SignedIn,
    now: Timestamp,
) -> Result<Option<&'static str>, Failure> {
    let prompt = &checked.prompt;
    if !is_expected(prompt.login_hint.as_deref(), &person.account) {
        return Ok(Some("somebody else than login_hint says is signed in"));
    }
    if let Some(token) = &prompt.id_token_hint {
        let keys = keys::all(&house.storage, now).await?;
        let hint = Hint::read(token, &keys, &house.base_url);
        if hint.is_none_or(|hint| hint.sub != person.account.id) {
            return Ok(Some("somebody else than id_token_hint says is signed in"));
        }
    }
    let too_old = prompt.max_age.is_some_and(|seconds| {
        let after = now.checked_sub(SignedDuration::from_secs(seconds));
        after.is_ok_and(|after| person.session.authenticated_at < after)
    });
    Ok(too_old.then_some("the person signed in longer ago than max_age allows"))
}

/// What the person granted this app last that lies within what is asked for now.
async fn granted_before(
    house: &House,
    checked: &Checked,
    account: &Account,
    now: Timestamp,
) -> Result<Option<Grant>, Failure> {
    let grants = house.storage.grants().of_account(&account.id, now).await?;
    Ok(grants.into_iter().find(|grant| {
        let granted = Scopes::parse(&grant.scopes);
        grant.client == checked.client_id && granted.narrow(&checked.scopes) == granted
    }))
}

/// Whether the person may still act for that patient, and an app that is there as long as the session is in
/// the session it was let in.
async fn still_open(house: &House, grant: &Grant, person: &SignedIn) -> Result<bool, Failure> {
    if is_online(&Scopes::parse(&grant.scopes)) {
        let session = house.storage.grants().session_of(&grant.id).await?;
        if session.as_ref() != Some(&person.session.id) {
            return Ok(false);
        }
    }
    let Some(patient) = &grant.patient else {
        return Ok(true);
    };
    match choosable(house, person, patient).await {
        Ok(()) => Ok(true),
        Err(ApproveFault::Failed(failure)) => Err(failure),
        Err(_) => Ok(false),
    }
}
