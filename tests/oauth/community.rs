//! A trust community in a test's hand, and members of it that register and ask for tokens.

use crate::support::{BASE, House, REDIRECT, Reply};
use demo::authority::{Authority, Certificate};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

pub const REGISTER: &str = "http://kinchart.test/oauth2/register";

pub fn community() -> Authority {
    Authority::new().unwrap()
}

/// A house with people in it that is a member of a community.
pub async fn house_in() -> (House, Authority) {
    let (house, authority) = (House::with_people().await, community());
    let membership = authority.membership(&format!("{BASE}/fhir")).unwrap();
    house.web.udap.replace(Some(membership));
    kinchart::server::trust(&house.storage, &house.web.udap);
    (house, authority)
}

/// Whoever holds a certificate.
pub struct Member {
    pub uri: String,
    pub certificate: Certificate,
}

impl Member {
    pub fn of(authority: &Authority, uri: &str) -> Self {
        Self {
            uri: uri.to_owned(),
            certificate: authority.certify("Member", uri).unwrap(),
        }
    }
    fn once(&self, house: &House, iss: &str, aud: &str) -> Value {
        let now = house.now().as_second();
        json!({"iss": iss, "sub": iss, "aud": aud, "iat": now, "exp": now + 300,
            "jti": uuid::Uuid::new_v4().to_string()})
    }
    /// Claims of a software statement of a backend service.
    pub fn backend(&self, house: &House) -> Value {
        let mut all = self.once(house, &self.uri, REGISTER);
        all["client_name"] = json!("Exchange");
        all["grant_types"] = json!(["client_credentials"]);
        all["contacts"] = json!(["mailto:ops@client.example"]);
        all["token_endpoint_auth_method"] = json!("private_key_jwt");
        all["scope"] = json!("system/*.cruds");
        all
    }
    /// Claims of a software statement of an app for people.
    pub fn app(&self, house: &House) -> Value {
        let mut all = self.backend(house);
        all["client_name"] = json!("Notebook");
        all["grant_types"] = json!(["authorization_code"]);
        all["response_types"] = json!(["code"]);
        all["redirect_uris"] = json!([REDIRECT]);
        all["logo_uri"] = json!("https://client.example/logo.png");
        all["scope"] = json!("openid launch/patient offline_access patient/*.rs");
        all
    }
    /// Claims of an authentication token, for treatment.
    pub fn claims(&self, house: &House, client: &str) -> Value {
        let mut all = self.once(house, client, &format!("{BASE}/oauth2/token"));
        all["extensions"] = json!({"hl7-b2b": {"version": "1", "subject_name": "Dr. Ruth Lind",
            "organization_name": "Harbor Clinic", "organization_id": "https://harbor.example/org",
            "purpose_of_use": ["TREAT"]}});
        all
    }
    pub fn sign(&self, claims: &Value) -> String {
        let header = Header {
            x5c: Some(self.certificate.x5c().unwrap()),
            ..Header::new(Algorithm::RS256)
        };
        let key = EncodingKey::from_rsa_pem(self.certificate.key_pem.as_bytes()).unwrap();
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }
    pub async fn send(&self, house: &House, statement: &str) -> Reply {
        let body = json!({"software_statement": statement, "udap": "1"}).to_string();
        house
            .anonymous()
            .post("/oauth2/register", body.as_str())
            .await
    }
    pub async fn register(&self, house: &House, claims: &Value) -> Reply {
        self.send(house, &self.sign(claims)).await
    }
    /// A token request with these claims.
    pub fn form(&self, claims: &Value, more: &[(&str, &str)]) -> String {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let assertion = self.sign(claims);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(more)
            .append_pair("client_assertion_type", kind)
            .append_pair("client_assertion", &assertion)
            .append_pair("udap", "1");
        form.finish()
    }
    /// A token for treatment.
    pub async fn token(&self, house: &House, client: &str) -> Reply {
        let claims = self.claims(house, client);
        let form = self.form(&claims, &[("grant_type", "client_credentials")]);
        house.anonymous().post_form("/oauth2/token", &form).await
    }
}

/// Id of a backend that is registered.
pub async fn registered(house: &House, member: &Member) -> String {
    let made = member.register(house, &member.backend(house)).await;
    made.expect(201).json()["client_id"]
        .as_str()
        .unwrap()
        .to_owned()
}
