//! The small named people of the fixtures, as callers with tokens.

use jiff::Timestamp;
use storage::{accounts, clients};

use super::{Caller, House};

/// A token that outlives a test that moves the clock by years.
const LONG_SECONDS: i64 = 5 * 365 * 86_400;

/// Scopes of a patient app that may read everything.
pub const READ_ALL: &str = "launch/patient patient/*.rs";

impl House {
    /// Signs a patient up, if need be, and gives them a token for the organization's own portal.
    pub async fn patient(&self, id: &str) -> Caller {
        self.patient_with(id, READ_ALL).await
    }
    pub async fn patient_with(&self, id: &str, scopes: &str) -> Caller {
        let token = self.patient_token(id, scopes, 3_600).await;
        self.bearer(&token)
    }
    /// A token of a patient for their own chart.
    pub async fn patient_token(&self, id: &str, scopes: &str, lifetime_seconds: i64) -> String {
        let account = self.account(id, accounts::Kind::Patient).await;
        let client = self.client("portal", clients::Kind::Public, true).await;
        let mut grant = self.grant(&client, scopes);
        grant.account = Some(account);
        grant.patient = Some(id.to_owned());
        grant.fhir_user = Some(format!("Patient/{id}"));
        grant.auth_time = Some(self.now());
        self.token(grant, lifetime_seconds).await
    }
    /// `person` (of the fixtures) acting for `patient` through their RelatedPerson.
    pub async fn proxy_of(&self, person: &str, patient: &str) -> Caller {
        self.proxy_under_grant(person, patient).await.0
    }
    /// The same, with the id of the grant the token stands on.
    pub async fn proxy_under_grant(&self, person: &str, patient: &str) -> (Caller, String) {
        self.proxy_with(person, patient, READ_ALL).await
    }
    /// The same, with scopes of one's own.
    pub async fn proxy_with(&self, person: &str, patient: &str, scopes: &str) -> (Caller, String) {
        let account = self.account(person, accounts::Kind::Patient).await;
        let client = self.client("portal", clients::Kind::Public, true).await;
        let mut grant = self.grant(&client, scopes);
        grant.account = Some(account);
        grant.patient = Some(patient.to_owned());
        grant.fhir_user = Some(format!("RelatedPerson/{person}-for-{patient}"));
        let id = grant.id.clone();
        let token = self.token(grant, LONG_SECONDS).await;
        (self.bearer(&token), id)
    }
    /// The fixtures' doctor, on ada's care team.
    pub async fn clinician(&self) -> Caller {
        self.bearer(&self.clinician_token().await)
    }
    /// That doctor's access token.
    pub async fn clinician_token(&self) -> String {
        let account = self.account("dr-wu", accounts::Kind::Staff).await;
        let client = self.client("portal", clients::Kind::Public, true).await;
        let mut grant = self.grant(&client, "user/*.cruds");
        grant.account = Some(account);
        grant.fhir_user = Some("Practitioner/dr-wu".into());
        self.token(grant, 3_600).await
    }

    /// The sign-in account of one of the fixtures' people.
    pub async fn account(&self, person: &str, kind: accounts::Kind) -> String {
        let accounts = self.storage.accounts();
        let id = format!("account-{person}");
        if accounts.find(&id).await.unwrap().is_some() {
            return id;
        }
        let staff = kind == accounts::Kind::Staff;
        let account = accounts::Account {
            id: id.clone(),
            username: person.to_owned(),
            password_hash: "!".into(),
            kind,
            state: access::actor::Account::Active,
            role: staff.then(|| "clinician".to_owned()),
            display: person.to_owned(),
            email: None,
            person: (!staff).then(|| format!("person-{person}")),
            patient: (kind == accounts::Kind::Patient).then(|| person.to_owned()),
            practitioner: staff.then(|| person.to_owned()),
            pools: Vec::new(),
            terms_accepted: true,
            failed_sign_ins: 0,
            locked_until: None::<Timestamp>,
        };
        accounts.create(&account, self.now()).await.unwrap();
        id
    }
}
