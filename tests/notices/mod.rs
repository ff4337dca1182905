//! Mail about new information: who is told, how often, and that nobody learns from it what it is.

mod choosing;
mod digest;
mod sending;
mod smtp;
mod words;

use serde_json::{Value, json};
use storage::accounts::Kind;
use storage::contacts::Contact;
use workflows::notices::news;

use crate::support::House;

/// The doctor's result for somebody.
pub fn result(id: &str, patient: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final",
        "subject": {"reference": format!("Patient/{patient}")},
        "category": [{"coding": [{"code": "laboratory",
            "system": "http://terminology.hl7.org/CodeSystem/observation-category"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}], "text": "Glucose"},
        "valueQuantity": {"value": 91, "unit": "mg/dL"}})
}

/// A house with the fixtures in it, of which nobody is told, and ada and dan, who said YES to mail.
pub async fn house() -> House {
    let house = House::with_people().await;
    assert_eq!(house.news().await, 0);
    for person in ["ada", "dan"] {
        house.wants_mail(person).await;
    }
    house
}

impl House {
    /// Where and when news are told.
    pub fn news_desk(&self) -> news::Desk<'_> {
        news::Desk {
            storage: &self.storage,
            pack: &self.web.pack,
            base_url: &self.web.base_url,
            now: self.now(),
        }
    }
    /// Gives a person an account with a proven address to which mail about news is wanted.
    pub async fn wants_mail(&self, person: &str) -> String {
        let account = self.account(person, Kind::Patient).await;
        self.mail_to(&account, &format!("{person}@example.org"))
            .await;
        let contact = Contact {
            verified: Some(self.now()),
            notify: true,
            ..Contact::default()
        };
        let contacts = self.storage.contacts();
        contacts.save(&account, &contact, self.now()).await.unwrap();
        account
    }
    /// Looks for news, and tells of them. How many mails that made.
    pub async fn news(&self) -> usize {
        // Writes are in the trail when they are answered; looks at them are not awaited.
        news::gather(self.news_desk()).await.unwrap();
        news::tell(self.news_desk()).await.unwrap()
    }
    /// Moves the clock on.
    pub fn minutes_later(&self, minutes: i64) {
        let later = self.now() + jiff::SignedDuration::from_mins(minutes);
        assert!(self.clock.set(Some(later)));
    }
}
