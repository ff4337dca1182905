//! Signing out because an app asks (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Where the app shows whom it means (an id_token of ours for the very person signed in), the session ends at
//! once; otherwise a page asks first. The browser goes back to an address only if the app registered it.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{StatusCode, header};
use smart::id_token::Hint;
use smart::params::Params;
use storage::clients::Client;
use url::Url;
use url::form_urlencoded::Serializer;
use web::csrf::SignedForm;
use web::page::{self, Frame};
use web::{House, SignedIn, session};

use crate::error::Failure;
use crate::keys;

/// Longest query, in bytes: an id_token and two addresses.
const QUERY_BYTES_MAX: usize = 8 * 1024;
const NAMES: &[&str] = &[
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "logout_hint",
    "ui_locales",
];

/// What an app asks for, as far as it can be believed.
struct Asked {
    client: Option<Client>,
    hint: Option<Hint>,
    /// Registered, and with `state` on it.
    target: Option<String>,
}

#[derive(Template)]
#[template(path = "logout.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    name: &'a str,
    app: &'a str,
    client_id: &'a str,
    target: &'a str,
    state: &'a str,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    frame: Frame,
}

/// What an app, or the page on its behalf, asks for as it came.
#[derive(Default)]
struct Wish<'a> {
    hint: Option<&'a str>,
    client: Option<&'a str>,
    target: Option<&'a str>,
    state: Option<&'a str>,
}

/// `GET /oauth2/logout`
pub async fn get(
    State(house): State<House>,
    person: Option<SignedIn>,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(&query.unwrap_or_default());
    if params.once(NAMES).is_err() {
        return stay("The app asked in a way we cannot read.");
    }
    let wish = Wish {
        hint: params.get("id_token_hint"),
        client: params.get("client_id"),
        target: params.get("post_logout_redirect_uri"),
        state: params.get("state"),
    };
    let asked = match asked(&house, &wish).await {
        Ok(Ok(asked)) => asked,
        Ok(Err(why)) => return stay(why),
        Err(failure) => return failure.page(),
    };
    let Some(person) = person else {
        return leave(asked.target.as_deref());
    };
    if asked.hint.as_ref().is_some_and(|hint| means(hint, &person)) {
        return end(&house, &person, asked.target.as_deref()).await;
    }
    let client = asked.client.as_ref();
    let page = Page {
        frame: Frame::of(&person, ""),
        csrf: &person.session.csrf,
        name: &person.account.display,
        app: client.map_or("", |client| &client.name),
        client_id: client.map_or("", |client| &client.id),
        target: wish.target.unwrap_or(""),
        state: wish.state.unwrap_or(""),
    };
    page::html_leading_to(StatusCode::OK, &page, page.target)
}

/// `POST /oauth2/logout`: the same parameters as a form. A browser sends no session along with a form of
/// another site: it is asked to come again by GET.
pub async fn post(body: Bytes) -> Response {
    let params = Params::parse(&String::from_utf8_lossy(&body));
    let mut query = Serializer::new(String::new());
    for name in NAMES {
        query.extend_pairs(params.all(name).map(|value| (name, value)));
    }
    let query = query.finish();
    if query.len() > QUERY_BYTES_MAX {
        return stay("The app asked in a way we cannot read.");
    }
    page::see_other(&format!("/oauth2/logout?{query}"))
}

/// `POST /account/leave`: the person answered.
pub async fn confirm(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    fn given(text: &str) -> Option<&str> {
        Some(text).filter(|text| !text.is_empty())
    }
    if form.get("decision") != "sign-out" {
        return page::see_other("/account");
    }
    let wish = Wish {
        hint: None,
        client: given(form.get("client_id")),
        target: given(form.get("target")),
        state: given(form.get("state")),
    };
    match asked(&house, &wish).await {
        Ok(Ok(asked)) => end(&house, &person, asked.target.as_deref()).await,
        Ok(Err(why)) => stay(why),
        Err(failure) => failure.page(),
    }
}

/// Whether an app means the person in this browser, in this session.
fn means(hint: &Hint, person: &SignedIn) -> bool {
    let session = hint.sid.as_ref();
    hint.sub == person.account.id && session.is_none_or(|sid| *sid == person.session.id)
}

/// Checks what is asked. The inner error is for the person: why nothing was done.
async fn asked(house: &House, wish: &Wish<'_>) -> Result<Result<Asked, &'static str>, Failure> {
    let hint = match wish.hint {
        None => None,
        Some(token) => {
            let keys = keys::all(&house.storage, house.clock.now()).await?;
            Hint::read(token, &keys, &house.base_url)
        }
    };
    let meant = hint.as_ref().map(|hint| hint.aud.as_str());
    if meant.is_some() && wish.client.is_some() && meant != wish.client {
        return Ok(Err(
            "The app that sent you here is not the one you were signed in to.",
        ));
    }
    let client = match wish.client.or(meant) {
        Some(id) => house.storage.clients().find(id).await?,
        None => None,
    };
    let client = client.filter(Client::is_active);
    let target = match wish.target {
        None => None,
        Some(uri) => match back(client.as_ref(), uri, wish.state) {
            Some(target) => Some(target),
            None => {
                return Ok(Err(
                    "The app wants you sent to an address it has not registered.",
                ));
            }
        },
    };
    Ok(Ok(Asked {
        client,
        hint,
        target,
    }))
}

/// The page for whoever is not signed out, and why.
fn stay(why: &str) -> Response {
    let text =
        format!("{why} If you want to sign out here, open your account and choose “Sign out”.");
    page::sorry(StatusCode::BAD_REQUEST, "You were not signed out", &text)
}

/// Where the browser goes afterwards: an address the client registered, character for character, and `state`.
fn back(client: Option<&Client>, uri: &str, state: Option<&str>) -> Option<String> {
    let registered = &client?.post_logout_redirect_uris;
    let known = registered.iter().any(|one| one == uri);
    let mut target = Url::parse(uri).ok().filter(|_| known)?;
    if let Some(state) = state {
        target.query_pairs_mut().append_pair("state", state);
    }
    Some(target.into())
}

/// Ends the session and everything that lasts as long as it.
async fn end(house: &House, person: &SignedIn, target: Option<&str>) -> Response {
    if let Err(fault) = house.storage.sessions().close(&person.cookie).await {
        return page::unavailable(&fault);
    }
    let mut response = leave(target);
    let cookie = session::closed(house);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

fn leave(target: Option<&str>) -> Response {
    match target {
        Some(target) => page::see_other(target),
        None => {
            let frame = Frame::of_nobody();
            page::html(StatusCode::OK, &SignedOut { frame })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use storage::clients::Kind;

    #[test]
    fn one_goes_back_only_where_the_app_said_before() {
        let client = Client {
            post_logout_redirect_uris: vec![
                "https://app.example/bye?x=1".to_owned(),
                "com.example.app:/bye".to_owned(),
            ],
            ..Client::new("app", "App", Kind::Public)
        };
        let back = |uri, state| back(Some(&client), uri, state);
        let with_state = back("https://app.example/bye?x=1", Some("a b"));
        assert_eq!(with_state.unwrap(), "https://app.example/bye?x=1&state=a+b");
        let own_scheme = back("com.example.app:/bye", None);
        assert_eq!(own_scheme.unwrap(), "com.example.app:/bye");
        for foreign in [
            "https://app.example/bye",
            "https://app.example/bye?x=1#",
            "https://evil.example/",
            "//evil.example",
            "",
        ] {
            assert_eq!(back(foreign, None), None, "{foreign}");
        }
        assert_eq!(super::back(None, "https://app.example/bye?x=1", None), None);
    }
}
