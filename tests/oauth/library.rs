//! A launch made by an ordinary OAuth library, which knows nothing of this server.

use crate::support::{BASE, House, query_of};
use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, PkceCodeChallenge,
    RedirectUrl, Scope, TokenResponse, TokenUrl,
};
use smart::scope::Scopes;
use storage::accounts::Kind;

/// Carries the library's requests into the router.
async fn carry(house: &House, request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let path = request.uri().path().to_owned();
    let mut caller = house.anonymous();
    for (name, value) in request.headers() {
        caller = caller.with(name.as_str(), value.to_str().unwrap());
    }
    let body = String::from_utf8(request.body().clone()).unwrap();
    let reply = caller
        .send(request.method().clone(), &path, Some(body))
        .await;
    let mut response = HttpResponse::new(reply.body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

#[tokio::test]
async fn an_oauth_library_launches_and_refreshes() {
    let house = House::with_apps().await;
    let app = BasicClient::new(ClientId::new("public-app".to_owned()))
        .set_auth_type(oauth2::AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new(format!("{BASE}/oauth2/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(format!("{BASE}/oauth2/token")).unwrap())
        .set_redirect_uri(RedirectUrl::new("http://127.0.0.1:4711/callback".to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let wanted = "launch/patient offline_access patient/*.rs";
    let (url, state) = app
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new(wanted.to_owned()))
        .add_extra_param("aud", format!("{BASE}/fhir"))
        .set_pkce_challenge(challenge)
        .url();
    let path = format!("{}?{}", url.path(), url.query().unwrap());
    let asked = house.anonymous().get(&path).await.expect(303);
    let request = query_of(asked.header("location"))["request"].clone();
    let account = house.account("ada", Kind::Patient).await;
    let account = house
        .storage
        .accounts()
        .find(&account)
        .await
        .unwrap()
        .unwrap();
    let chosen = Scopes::parse(wanted);
    let approval = oauth::issue::Approval {
        account: &account,
        signed_in_at: house.now(),
        session: None,
        patient: Some("ada"),
        encounter: None,
        without: Vec::new(),
        chosen: &chosen,
    };
    let agreed = oauth::issue::approve(&house.web, &request, approval).await;
    let back = query_of(&agreed.unwrap());
    assert_eq!(back["state"], *state.secret());
    let send = |request| carry(&house, request);
    let first = app
        .exchange_code(AuthorizationCode::new(back["code"].clone()))
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .unwrap();
    let second = app
        .exchange_refresh_token(first.refresh_token().unwrap())
        .request_async(&send)
        .await
        .unwrap();
    let chart = house.bearer(second.access_token().secret());
    chart.get("/fhir/Patient/ada").await.expect(200);
}
