//! How much somebody may do for a patient and how long, and the rules of it.

use access::Pack;
use access::actor::RelationshipKind;
use access::labels::ACT_CODE;
use access::time::{BirthDate, attained, end_instant, start_instant};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::Error;

/// What is given to somebody who acts for a patient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extent {
    /// A level of the pack; empty where age decides.
    pub level: String,
    /// First and last day, or instants: FHIR dateTime. Empty is from now on, and for good.
    pub start: String,
    pub end: String,
    /// Look, but change nothing.
    pub read_only: bool,
    /// Without what is labelled sensitive.
    pub without_sensitive: bool,
}

impl Extent {
    /// Whether this may be given to somebody of that kind at `now`.
    ///
    /// # Errors
    /// `Rule`, with the input at fault.
    pub fn check(&self, pack: &Pack, kind: RelationshipKind, now: Timestamp) -> Result<(), Error> {
        let by_age = super::relation::is_parental(kind);
        let known = pack.adult_proxy_levels.contains(&self.level);
        if !(known || by_age && self.level.is_empty()) {
            let levels = pack.adult_proxy_levels.join(", ");
            return Err(Error::rule(
                "level",
                format!("the levels here are {levels}"),
            ));
        }
        let zone = pack.zone();
        let start = match &*self.start {
            "" => now,
            text => start_instant(text, zone)
                .ok_or_else(|| Error::rule("start", "a day such as 2026-11-21"))?,
        };
        let end = match &*self.end {
            "" => None,
            text => {
                let end = end_instant(text, zone);
                Some(end.ok_or_else(|| Error::rule("end", "a day such as 2027-11-21"))?)
            }
        };
        if end.is_some_and(|end| end <= start.max(now)) {
            return Err(Error::rule(
                "end",
                "the last day must lie ahead, and after the first",
            ));
        }
        if kind == RelationshipKind::DiminishedCapacity {
            let months = pack.proxy.diminished_capacity_months_max;
            let latest = zone
                .to_datetime(start)
                .saturating_add(i64::from(months).months().days(1));
            let latest = zone.to_ambiguous_timestamp(latest).compatible().ok();
            if end.zip(latest).is_none_or(|(end, latest)| end > latest) {
                let text = format!("diminished capacity is attested for {months} months at most");
                return Err(Error::rule("end", text));
            }
        }
        Ok(())
    }
    /// The provision of the Consent that says so.
    pub(crate) fn provision(&self, pack: &Pack, related: &str, start: &str) -> Value {
        let mut period = json!({"start": if self.start.is_empty() { start } else { &self.start }});
        if !self.end.is_empty() {
            period["end"] = json!(self.end);
        }
        let mut provision = json!({
            "type": "permit", "period": period,
            "actor": [{
                "role": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                    "code": "IRCP", "display": "information recipient"}]},
                "reference": {"reference": format!("RelatedPerson/{related}")}
            }]
        });
        if self.read_only {
            provision["action"] = json!([{"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "access"}]}]);
        }
        if self.without_sensitive {
            let labels = pack.minor_consent_labels.iter();
            let labels: Vec<Value> = labels
                .map(|code| json!({"system": ACT_CODE, "code": code}))
                .collect();
            provision["provision"] = json!([{"type": "deny", "securityLabel": labels}]);
        }
        provision
    }
}

/// Whether somebody is surely of that age.
pub(crate) fn has_attained(pack: &Pack, birth_date: &str, age: u8, now: Timestamp) -> Option<bool> {
    let birth = BirthDate::parse(birth_date)?;
    Some(attained(birth.latest, age, pack.leap_day, pack.zone(), now))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fault(extent: &Extent, kind: RelationshipKind) -> Option<&'static str> {
        let pack = Pack::shipped("middlesex").unwrap();
        let now = "2026-06-15T16:00:00Z".parse().unwrap();
        match extent.check(&pack, kind, now) {
            Ok(()) => None,
            Err(Error::Rule { element, .. }) => Some(element),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_level_of_the_pack_and_an_end_ahead_are_needed() {
        let adult = RelationshipKind::Adult;
        let full = Extent {
            level: "full".to_owned(),
            ..Extent::default()
        };
        assert_eq!(fault(&full, adult), None);
        assert_eq!(fault(&Extent::default(), adult), Some("level"));
        assert_eq!(fault(&Extent::default(), RelationshipKind::Parent), None);
        for (level, end, at) in [
            ("teen-safe", "", Some("level")),
            ("full", "2026-06-14", Some("end")),
            ("full", "2026-06-15", None),
            ("full", "tomorrow", Some("end")),
        ] {
            let extent = Extent {
                level: level.to_owned(),
                end: end.to_owned(),
                ..Extent::default()
            };
            assert_eq!(fault(&extent, adult), at, "{level} {end}");
        }
    }

    #[test]
    fn diminished_capacity_ends_within_a_year() {
        let of = |end: &str| {
            let extent = Extent {
                level: "full".to_owned(),
                end: end.to_owned(),
                ..Extent::default()
            };
            fault(&extent, RelationshipKind::DiminishedCapacity)
        };
        assert_eq!(of("2027-06-15"), None);
        assert_eq!(of("2027-06-17"), Some("end"));
        assert_eq!(of(""), Some("end"));
    }
}
