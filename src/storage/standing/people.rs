//! Whom an account may open: itself, and everyone it is or was proxy for.

use std::sync::Arc;

use access::Standing;
use fhir::{Document, Element};
use jiff::Timestamp;

use super::facts::{Chart, patient_of};
use super::{agent_of, facts};
use crate::Result;
use crate::accounts::{Account, Accounts, Kind};

/// One person an account may act for, as the family and patient-choice pages show them.
#[derive(Debug, Clone)]
pub struct Person {
    pub patient: String,
    pub name: String,
    pub birth_date: Option<String>,
    pub is_self: bool,
    pub related_person: Option<String>,
    pub relationship_label: Option<String>,
    /// What a session of this account for this patient stands on; open it with `Access::open` to
    /// learn what is possible now.
    pub standing: Arc<Standing>,
}

impl Accounts<'_> {
    /// Whom this account may open: self first, then everyone it is or was proxy for, with the
    /// standing of each. Members of staff have nobody here.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn people(&self, account: &Account, now: Timestamp) -> Result<Vec<Person>> {
        let mut people: Vec<Person> = Vec::new();
        if account.kind == Kind::Staff {
            return Ok(people);
        }
        if let Some(own) = &account.patient
            && let Some(chart) = self.storage.chart(account, own, None, now).await?
        {
            people.push(person(account, chart, true));
        }
        for related in self.storage.inner.linked(account).await? {
            let Some(patient) = patient_of(&related) else {
                continue;
            };
            if people.iter().any(|person| person.patient == patient) {
                continue;
            }
            let chart = self
                .storage
                .proxy_chart(account, &patient, Some(related), now);
            if let Some(chart) = chart.await? {
                people.push(person(account, chart, false));
            }
        }
        Ok(people)
    }
}

fn person(account: &Account, chart: Chart, is_self: bool) -> Person {
    let root = chart.patient_document.root();
    let related = chart.related_person.as_ref().map(Document::root);
    Person {
        patient: chart.patient.id.clone(),
        name: name_of(root).unwrap_or_else(|| chart.patient.id.clone()),
        birth_date: chart.patient.birth_date.clone(),
        is_self,
        related_person: facts::id_of(&chart.acting_as, "RelatedPerson").map(str::to_owned),
        relationship_label: related.and_then(label),
        standing: {
            let agent = agent_of(account, Some(&chart));
            Arc::new(chart.into_standing(None, agent))
        },
    }
}

/// What a patient is called: the official name, or the first: given names and family name, else its text.
pub fn name_of(patient: Element<'_>) -> Option<String> {
    let names = patient.all("name");
    let official = names
        .iter()
        .find(|name| name.text_at("use").as_deref() == Some("official"))
        .or_else(|| names.first())?;
    let given = official.all("given");
    let mut words: Vec<_> = given.into_iter().filter_map(Element::str).collect();
    words.extend(official.text_at("family"));
    if words.is_empty() {
        words.extend(official.text_at("text"));
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// The relationship in words, as recorded.
pub(super) fn label(related_person: Element<'_>) -> Option<String> {
    let text = related_person
        .text_at("relationship.text")
        .or_else(|| related_person.text_at("relationship.coding.display"))
        .or_else(|| related_person.text_at("relationship.coding.code"))?;
    Some(text.into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn people_are_called_by_their_official_name() {
        let patient = Document::parse(
            r#"{"resourceType":"Patient","name":[{"use":"nickname","given":["Bo"]},
            {"use":"official","given":["Robert","J."],"family":"Lee"}]}"#,
        )
        .unwrap();
        assert_eq!(name_of(patient.root()).as_deref(), Some("Robert J. Lee"));
        let text = Document::parse(r#"{"resourceType":"Patient","name":[{"text":"R. L."}]}"#);
        assert_eq!(name_of(text.unwrap().root()).as_deref(), Some("R. L."));
        let none = Document::parse(r#"{"resourceType":"Patient"}"#).unwrap();
        assert_eq!(name_of(none.root()), None);
    }
}
