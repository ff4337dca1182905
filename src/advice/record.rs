//! What is known of the patient a hook is about, list by list, and the setting rules run in.

use access::{Pack, PatientFacts, time};
use fhir::Element;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The lists of a patient that were there to be seen. A list that is missing is unknown; one that is empty was
/// looked for and nothing was found.
#[derive(Debug, Clone)]
pub struct Record<'d> {
    pub patient: Element<'d>,
    lists: BTreeMap<&'static str, Vec<Element<'d>>>,
}

impl<'d> Record<'d> {
    pub fn new(patient: Element<'d>) -> Self {
        Self {
            patient,
            lists: BTreeMap::new(),
        }
    }
    /// Takes in a list under its prefetch key.
    pub fn put(&mut self, key: &'static str, list: Vec<Element<'d>>) {
        self.lists.insert(key, list);
    }
    /// A list by its prefetch key; `None` when it is unknown.
    pub fn list(&self, key: &str) -> Option<&[Element<'d>]> {
        self.lists.get(key).map(Vec::as_slice)
    }
    /// What Patient and Flags say, as decisions need it.
    pub fn facts(&self) -> PatientFacts {
        let flags = self.list("flags").unwrap_or_default();
        access::standing::patient_facts(self.patient, flags)
    }
    /// The day of birth when it is known to the day.
    pub fn birth(&self) -> Option<Date> {
        let text = self.patient.text_at("birthDate")?;
        let birth = time::BirthDate::parse(&text)?;
        (birth.earliest == birth.latest).then_some(birth.earliest)
    }
    pub fn is_deceased(&self) -> bool {
        self.facts().deceased
    }
    pub fn is_female(&self) -> bool {
        self.patient.text_at("gender").as_deref() == Some("female")
    }
    pub fn id(&self) -> String {
        self.patient.text_at("id").unwrap_or_default().into_owned()
    }
    /// What to call the patient.
    pub fn name(&self) -> String {
        name_of(self.patient)
    }
}

/// `Ana Rivera` of a resource with HumanNames.
pub(crate) fn name_of(resource: Element<'_>) -> String {
    let name = resource.first("name");
    let given = name.and_then(|name| name.text_at("given"));
    let family = name.and_then(|name| name.text_at("family"));
    let parts: Vec<&str> = [given.as_deref(), family.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    match parts.is_empty() {
        true => "Somebody without a name on record".to_owned(),
        false => parts.join(" "),
    }
}

/// When and by whose rules cards are made.
#[derive(Debug, Clone)]
pub struct Setting {
    pub now: Timestamp,
    pub pack: Arc<Pack>,
    /// `Practitioner/…`: who looks.
    pub user: String,
    /// Where a growth chart app is launched, when one is registered.
    pub growth_app: Option<String>,
}

impl Setting {
    pub fn zone(&self) -> &TimeZone {
        self.pack.zone()
    }
    /// The organization's own day.
    pub fn today(&self) -> Date {
        self.zone().to_datetime(self.now).date()
    }
    /// The organization's day of a FHIR date or dateTime; the first day of a year or month.
    pub fn day(&self, text: &str) -> Option<Date> {
        let at = time::start_instant(text, self.zone())?;
        Some(self.zone().to_datetime(at).date())
    }
}

/// Whole months from one day to a later one, 0 where it is earlier.
pub(crate) fn months_between(from: Date, to: Date) -> i64 {
    let months = (i64::from(to.year()) - i64::from(from.year())) * 12 + i64::from(to.month())
        - i64::from(from.month());
    (months - i64::from(to.day() < from.day())).max(0)
}

/// Whether a concept has one of the codes, in any system.
pub(crate) fn has_code(resource: Element<'_>, path: &str, codes: &[&str]) -> bool {
    resource
        .all(&format!("{path}.coding.code"))
        .into_iter()
        .filter_map(Element::str)
        .any(|code| codes.contains(&&*code))
}

/// `June 19, 2026`
pub(crate) fn written(date: Date) -> String {
    date.strftime("%B %-d, %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_are_whole() {
        assert_eq!(months_between(date(2025, 1, 31), date(2025, 2, 28)), 0);
        assert_eq!(months_between(date(2025, 1, 31), date(2025, 3, 31)), 2);
        assert_eq!(months_between(date(2025, 6, 1), date(2025, 1, 1)), 0);
        assert_eq!(written(date(2026, 6, 9)), "June 9, 2026");
    }
}
