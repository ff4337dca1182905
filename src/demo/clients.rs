//! The OAuth clients that are always there, their keys and secrets made anew for each demo
//! database.

use crate::Error;
use crate::keys::{elliptic, random_text, rsa};
use serde_json::Value;
use storage::clients::{Client, Kind};
use workflows::own_apps::own_apps;

/// A client with what only the manifest may know.
#[derive(Debug, Clone)]
pub struct Registration {
    pub client: Client,
    pub secret: Option<String>,
    pub private_jwk: Option<Value>,
    /// What the manifest proposes to ask for.
    pub asks: &'static str,
}

/// Where the manifest's clients are called back; public ones on any loopback port (RFC 8252 section
/// 7.3).
pub const CALLBACK: &str = "http://127.0.0.1:8765/callback";

const LAUNCH_ASKS: &str = "launch/patient openid fhirUser offline_access patient/*.rs";
const PORTAL_ASKS: &str =
    "launch/patient openid fhirUser offline_access patient/*.rs patient/Communication.cu";
const EHR_ASKS: &str = "launch openid fhirUser offline_access patient/*.rs user/*.rs";
const STAFF_ASKS: &str = "openid fhirUser online_access user/*.cruds";
const GROWTH_ASKS: &str =
    "launch openid fhirUser online_access patient/Patient.rs patient/Observation.rs";
const MOST: &str = "launch launch/patient launch/encounter openid fhirUser profile offline_access \
    online_access patient/*.cruds user/*.cruds";

fn client(id: &str, name: &str, kind: Kind) -> Client {
    Client {
        redirect_uris: vec![CALLBACK.to_owned()],
        scopes: MOST.to_owned(),
        ..Client::new(id, name, kind)
    }
}

/// All clients of a demo at that base address.
pub fn registrations(base_url: &str) -> Result<Vec<Registration>, Error> {
    let plain = |client, asks| Registration {
        client,
        secret: None,
        private_jwk: None,
        asks,
    };
    let public = client("public-app", "Health Notebook", Kind::Public);
    let mut confidential = secret(
        client(
            "confidential-app",
            "CareJournal",
            Kind::ConfidentialSymmetric,
        ),
        LAUNCH_ASKS,
    )?;
    confidential.client.launch_uri = Some("http://127.0.0.1:8765/launch".to_owned());
    let asymmetric = {
        let pair = elliptic("asymmetric-app-1")?;
        let mut client = client("asymmetric-app", "Lab Lens", Kind::ConfidentialAsymmetric);
        client.jwks = Some(pair.public_set());
        Registration {
            private_jwk: Some(pair.private),
            ..plain(client, LAUNCH_ASKS)
        }
    };
    let backend = {
        let pair = rsa("backend-1")?;
        let mut client = client("backend", "Riverbend data warehouse", Kind::Backend);
        client.jwks = Some(pair.public_set());
        client.redirect_uris = Vec::new();
        client.scopes = "system/*.cruds".to_owned();
        Registration {
            private_jwk: Some(pair.private),
            ..plain(client, "system/*.cruds")
        }
    };
    let mut clinic = secret(
        client("clinic-app", "Growth Charts", Kind::ConfidentialSymmetric),
        EHR_ASKS,
    )?;
    clinic.client.launch_uri = Some("http://127.0.0.1:8765/launch".to_owned());
    let [portal, workspace, growth] = own_apps(base_url, "Riverbend");
    Ok(vec![
        plain(public, LAUNCH_ASKS),
        confidential,
        asymmetric,
        backend,
        clinic,
        plain(portal, PORTAL_ASKS),
        plain(workspace, STAFF_ASKS),
        plain(growth, GROWTH_ASKS),
    ])
}

fn secret(mut client: Client, asks: &'static str) -> Result<Registration, Error> {
    let secret = random_text(160)?;
    client.secret_hash = Some(smart::jwk::hash_of_secret(&secret));
    Ok(Registration {
        client,
        secret: Some(secret),
        private_jwk: None,
        asks,
    })
}

/// The manifest's word for a kind of client.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Public => "public",
        Kind::ConfidentialSymmetric => "confidential-symmetric",
        Kind::ConfidentialAsymmetric => "confidential-asymmetric",
        Kind::Backend => "backend",
    }
}
