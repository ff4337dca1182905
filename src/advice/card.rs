//! Cards as CDS Hooks 2.0 has them, and the rules they come from.

use serde_json::{Value, json};

/// Longest summary, in characters (CDS Hooks 2.0, card attributes).
pub const SUMMARY_CHARACTERS_MAX: usize = 140;

/// How much a card matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indicator {
    Info,
    Warning,
    Critical,
}

impl Indicator {
    fn code(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// The rule a card comes from. Its number is part of the card's id, so that feedback can be counted without
/// remembering cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    OverdueVaccines = 1,
    MissingScreening = 2,
    GrowthUnmeasured = 3,
    ProxyRequest = 4,
    ComingOfAge = 5,
    Deceased = 6,
    PatientDoubleBooked = 7,
    ClinicianDoubleBooked = 8,
    SlotTaken = 9,
    MayNotBook = 10,
    NoCoverage = 11,
    OpenBalance = 12,
    ComesOfAgeBefore = 13,
}

impl Rule {
    pub const ALL: [Self; 13] = [
        Self::OverdueVaccines,
        Self::MissingScreening,
        Self::GrowthUnmeasured,
        Self::ProxyRequest,
        Self::ComingOfAge,
        Self::Deceased,
        Self::PatientDoubleBooked,
        Self::ClinicianDoubleBooked,
        Self::SlotTaken,
        Self::MayNotBook,
        Self::NoCoverage,
        Self::OpenBalance,
        Self::ComesOfAgeBefore,
    ];
    /// Its name in counts and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::OverdueVaccines => "overdue-vaccines",
            Self::MissingScreening => "missing-screening",
            Self::GrowthUnmeasured => "growth-unmeasured",
            Self::ProxyRequest => "proxy-request",
            Self::ComingOfAge => "coming-of-age",
            Self::Deceased => "deceased",
            Self::PatientDoubleBooked => "patient-double-booked",
            Self::ClinicianDoubleBooked => "clinician-double-booked",
            Self::SlotTaken => "slot-taken",
            Self::MayNotBook => "may-not-book",
            Self::NoCoverage => "no-coverage",
            Self::OpenBalance => "open-balance",
            Self::ComesOfAgeBefore => "comes-of-age-before",
        }
    }
    /// Sixteen random bytes as the bytes of a card's id: a UUID of version 8 (RFC 9562 section 5.8) whose first
    /// byte is the rule's number.
    pub fn mark(self, mut bytes: [u8; 16]) -> [u8; 16] {
        bytes[0] = self as u8;
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        bytes
    }
    /// The rule a card's id names; `None` for an id that is none of ours.
    pub fn of_mark(bytes: &[u8; 16]) -> Option<Self> {
        let ours = bytes[6] >> 4 == 8 && bytes[8] >> 6 == 2;
        Self::ALL
            .into_iter()
            .find(|rule| ours && *rule as u8 == bytes[0])
    }
}

/// What a person may click on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub url: String,
    /// A SMART app to launch in context, rather than a page.
    pub smart: bool,
}

/// A resource to make at one click, as a draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    pub label: String,
    pub resource: Value,
}

/// What one rule has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub rule: Rule,
    pub indicator: Indicator,
    pub summary: String,
    /// Markdown.
    pub detail: String,
    /// Whose rule it is: the guideline or the policy.
    pub source: Source,
    pub suggestions: Vec<Suggestion>,
    pub links: Vec<Link>,
}

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Advisory Committee on Immunization Practices.
    Immunization,
    /// US Preventive Services Task Force.
    Prevention,
    /// Bright Futures periodicity.
    Pediatrics,
    /// American Diabetes Association.
    Diabetes,
    /// The organization's own policy pack.
    Policy,
    /// The practice's books.
    Practice,
}

impl Source {
    fn json(self) -> Value {
        let (label, url) = match self {
            Self::Immunization => (
                "CDC immunization schedules",
                Some("https://www.cdc.gov/vaccines/hcp/imz-schedules/"),
            ),
            Self::Prevention => (
                "US Preventive Services Task Force",
                Some("https://www.uspreventiveservicestaskforce.org/uspstf/"),
            ),
            Self::Pediatrics => (
                "Bright Futures",
                Some("https://www.aap.org/en/practice-management/bright-futures/"),
            ),
            Self::Diabetes => (
                "ADA Standards of Care",
                Some("https://diabetesjournals.org/care"),
            ),
            Self::Policy => ("Proxy access policy", None),
            Self::Practice => ("Practice records", None),
        };
        match url {
            Some(url) => json!({"label": label, "url": url}),
            None => json!({"label": label}),
        }
    }
}

impl Card {
    pub fn new(rule: Rule, indicator: Indicator, source: Source, summary: &str) -> Self {
        Self {
            rule,
            indicator,
            summary: shortened(summary),
            detail: String::new(),
            source,
            suggestions: Vec::new(),
            links: Vec::new(),
        }
    }
    #[must_use]
    pub fn with_detail(mut self, detail: String) -> Self {
        self.detail = detail;
        self
    }
    /// As the response holds it, under an id of its own; `next` gives further ids for suggestions.
    pub fn json(&self, id: &str, next: &mut dyn FnMut() -> String) -> Value {
        let mut card = json!({
            "uuid": id, "summary": self.summary, "indicator": self.indicator.code(),
            "source": self.source.json(),
        });
        let Some(map) = card.as_object_mut() else {
            return card;
        };
        if !self.detail.is_empty() {
            map.insert("detail".to_owned(), json!(self.detail));
        }
        if !self.suggestions.is_empty() {
            let all = self.suggestions.iter().map(|it| {
                json!({"label": it.label, "uuid": next(), "actions": [
                    {"type": "create", "description": it.label, "resource": it.resource}]})
            });
            map.insert("suggestions".to_owned(), Value::Array(all.collect()));
            map.insert("selectionBehavior".to_owned(), json!("any"));
        }
        if !self.links.is_empty() {
            let all = self.links.iter().map(|it| {
                let kind = if it.smart { "smart" } else { "absolute" };
                json!({"label": it.label, "url": it.url, "type": kind})
            });
            map.insert("links".to_owned(), Value::Array(all.collect()));
        }
        card
    }
}

/// A summary that fits.
fn shortened(text: &str) -> String {
    if text.chars().count() <= SUMMARY_CHARACTERS_MAX {
        return text.to_owned();
    }
    let kept: String = text.chars().take(SUMMARY_CHARACTERS_MAX - 1).collect();
    let kept = kept
        .rsplit_once(' ')
        .map_or(kept.as_str(), |(kept, _)| kept);
    format!("{}…", kept.trim_end_matches([',', ';', ':']))
}

/// `a, b and c`
pub(crate) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_rule_and_a_foreign_one_tells_none() {
        for rule in Rule::ALL {
            let mark = rule.mark([0xff; 16]);
            assert_eq!(Rule::of_mark(&mark), Some(rule));
        }
        assert_eq!(Rule::of_mark(&[1; 16]), None);
        assert_eq!(
            Rule::of_mark(&Rule::Deceased.mark([0; 16])),
            Some(Rule::Deceased)
        );
        let mut unknown = Rule::Deceased.mark([0; 16]);
        unknown[0] = 200;
        assert_eq!(Rule::of_mark(&unknown), None);
    }

    #[test]
    fn a_summary_never_passes_140_characters() {
        let long = "overdue, ".repeat(40);
        let card = Card::new(
            Rule::OverdueVaccines,
            Indicator::Info,
            Source::Practice,
            &long,
        );
        assert!(card.summary.chars().count() <= SUMMARY_CHARACTERS_MAX);
        assert!(card.summary.ends_with("overdue…"), "{}", card.summary);
    }

    #[test]
    fn suggestions_say_how_many_may_be_taken() {
        let mut card = Card::new(
            Rule::MissingScreening,
            Indicator::Info,
            Source::Prevention,
            "x",
        );
        let bare = card.json("1", &mut String::new);
        assert!(bare.get("selectionBehavior").is_none() && bare.get("detail").is_none());
        card.suggestions.push(Suggestion {
            label: "Order".to_owned(),
            resource: json!({}),
        });
        let full = card.json("1", &mut || "2".to_owned());
        assert_eq!(full["selectionBehavior"], "any");
        assert_eq!(full["suggestions"][0]["uuid"], "2");
        assert_eq!(full["suggestions"][0]["actions"][0]["type"], "create");
    }
}
