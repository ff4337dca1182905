//! Acting for others, lived through: asked for, given, changed by birthdays, and ended.

mod addresses;
mod desk;
mod divorced;
mod doors;
mod ending;
mod inviting;
mod majority;
mod orders;
mod persons;
mod requesting;
mod transitions;

use serde_json::{Value, json};
use storage::accounts::{Account, Kind};
use storage::grants::Issued;

use crate::support::{Caller, House};
use workflows::transitions::Round;

/// A full scope of a person's own.
pub const OWN: &str = "openid launch/patient offline_access patient/*.cruds";

/// Parameters: name, member and value of each.
pub fn params(all: &[(&str, &str, Value)]) -> Value {
    let one = |(name, member, value): &(&str, &str, Value)| {
        let mut made = json!({"name": name});
        made[*member] = value.clone();
        made
    };
    json!({"resourceType": "Parameters", "parameter": all.iter().map(one).collect::<Vec<_>>()})
}

impl House {
    /// Does what is due in every family at the house's time.
    pub async fn round(&self) -> Round {
        let run = workflows::transitions::run(&self.storage, &self.web.pack, self.now());
        run.await.unwrap().unwrap()
    }
    /// Gives an account a mail address.
    pub async fn mail_to(&self, account: &str, email: &str) {
        let accounts = self.storage.accounts();
        assert!(accounts.set_email(account, Some(email)).await.unwrap());
    }
    /// The subjects of the mails to an address, oldest first.
    pub async fn mails(&self, to: &str) -> Vec<String> {
        let mut all = self.storage.mail().list(200).await.unwrap();
        all.reverse();
        let of = all.into_iter().filter(|mail| mail.to == to);
        of.map(|mail| format!("{}\n{}", mail.subject, mail.text))
            .collect()
    }
    /// Somebody of the staff with that role.
    pub async fn staff(&self, role: &str) -> Caller {
        let accounts = self.storage.accounts();
        let id = format!("account-{role}");
        if accounts.find(&id).await.unwrap().is_none() {
            let template = self.account("dr-wu", Kind::Staff).await;
            let template = accounts.find(&template).await.unwrap().unwrap();
            let account = Account {
                id: id.clone(),
                username: role.to_owned(),
                role: Some(role.to_owned()),
                display: format!("Somebody of {role}"),
                ..template
            };
            accounts.create(&account, self.now()).await.unwrap();
        }
        let client = self
            .client("clinic", storage::clients::Kind::Public, true)
            .await;
        let mut grant = self.grant(&client, "user/*.cruds");
        grant.account = Some(id);
        grant.fhir_user = Some("Practitioner/dr-wu".into());
        let token = self.token(grant, 86_400 * 365 * 10).await;
        self.bearer(&token)
    }
    /// A grant of a proxy with its refresh token.
    pub async fn proxy_grant(&self, person: &str, patient: &str, client: &str) -> Issued {
        let account = self.account(person, Kind::Patient).await;
        let mut grant = self.grant(client, OWN);
        grant.account = Some(account);
        grant.patient = Some(patient.to_owned());
        grant.fhir_user = Some(format!("RelatedPerson/{person}-for-{patient}"));
        let grants = self.storage.grants();
        let issued = grants.issue(&grant, 86_400 * 365 * 10, true, self.now());
        issued.await.unwrap()
    }
    /// Stores a resource under its own id.
    pub async fn put(&self, resource: &Value) {
        let path = format!(
            "/fhir/{}/{}",
            resource["resourceType"].as_str().unwrap(),
            resource["id"].as_str().unwrap()
        );
        let reply = self.backend().await.put(&path, resource).await;
        assert!(
            matches!(reply.status.as_u16(), 200 | 201),
            "{}",
            reply.text()
        );
    }
    /// Lets dan act for ada from then until then.
    pub async fn adult_proxy(&self, level: &str, end: Option<&str>) {
        let related = json!({"resourceType": "RelatedPerson", "id": "dan-for-ada", "active": true,
            "patient": {"reference": "Patient/ada"}, "name": [{"given": ["Dan"], "family": "Cole"}],
            "extension": [{"url": access::vocabulary::PROXY_RELATIONSHIP, "valueCode": "adult"}]});
        self.put(&related).await;
        let mut period = json!({"start": "2026-01-01"});
        if let Some(end) = end {
            period["end"] = json!(end);
        }
        self.put(&json!({"resourceType": "Consent", "id": "proxy-dan-for-ada", "status": "active",
            "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
                "code": "patient-privacy"}]},
            "category": [{"coding": [{"system": access::vocabulary::CONSENT_KIND, "code": "proxy"}]}],
            "extension": [{"url": access::vocabulary::PROXY_LEVEL, "valueCode": level}],
            "patient": {"reference": "Patient/ada"}, "dateTime": "2026-01-01T12:00:00Z",
            "policy": [{"uri": "https://kinchart.org/fhir/terms/proxy/1"}],
            "provision": {"type": "permit", "period": period,
                "actor": [{"role": {"coding": [{"code": "IRCP"}]},
                    "reference": {"reference": "RelatedPerson/dan-for-ada"}}]}}))
            .await;
        self.put(
            &json!({"resourceType": "Person", "id": "person-dan", "active": true,
            "birthDate": "1971-07-30",
            "link": [{"target": {"reference": "Patient/dan"}},
                {"target": {"reference": "RelatedPerson/dan-for-ada"}}]}),
        )
        .await;
    }
}
