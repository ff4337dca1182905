//! What people did with cards (CDS Hooks 2.0, "Feedback").

use fhir::{Element, Issue, IssueCode, json::Kind};

/// Entries of one feedback request, at most.
pub const FEEDBACK_ENTRIES_MAX: usize = 100;

/// How a card was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Overridden,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Overridden => "overridden",
        }
    }
}

/// One card's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The card's id as it was sent.
    pub card: String,
    pub outcome: Outcome,
}

/// Reads the body of a feedback request.
///
/// # Errors
/// Every fault with its place.
pub fn read(root: Element<'_>) -> Result<Vec<Feedback>, Vec<Issue>> {
    let fault = |code, at: &str, rule: &str| Issue::error(code, format!("{at} {rule}")).at(at);
    let list = root.get("feedback").filter(|it| it.kind() == Kind::Array);
    let Some(list) = list.filter(|it| it.count() > 0) else {
        let rule = "must be an array of at least one entry";
        return Err(vec![fault(IssueCode::Required, "feedback", rule)]);
    };
    if list.count() > FEEDBACK_ENTRIES_MAX {
        let rule = format!("holds more than {FEEDBACK_ENTRIES_MAX} entries");
        return Err(vec![fault(IssueCode::TooCostly, "feedback", &rule)]);
    }
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for (index, entry) in list.items().enumerate() {
        let at = |name: &str| format!("feedback[{index}].{name}");
        let card = entry.text_at("card").filter(|card| !card.is_empty());
        let outcome = match entry.text_at("outcome").as_deref() {
            Some("accepted") => Some(Outcome::Accepted),
            Some("overridden") => Some(Outcome::Overridden),
            _ => None,
        };
        if card.is_none() {
            faults.push(fault(IssueCode::Required, &at("card"), "is required"));
        }
        if outcome.is_none() {
            let rule = "must be accepted or overridden";
            faults.push(fault(IssueCode::Value, &at("outcome"), rule));
        }
        let stamp = entry.text_at("outcomeTimestamp");
        if !stamp.is_some_and(|stamp| fhir::datetime::is_instant(&stamp)) {
            let rule = "must be an instant";
            faults.push(fault(IssueCode::Value, &at("outcomeTimestamp"), rule));
        }
        if let (Some(card), Some(outcome)) = (card, outcome) {
            let card = card.into_owned();
            read.push(Feedback { card, outcome });
        }
    }
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(faults)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    #[test]
    fn each_entry_says_card_outcome_and_time() {
        let body = r#"{"feedback":[{"card":"c1","outcome":"accepted","outcomeTimestamp":"2026-06-15T12:00:00Z"}]}"#;
        let read_one = |body: &str| read(Document::parse(body).unwrap().root());
        let found = read_one(body).unwrap();
        assert_eq!(
            (found[0].card.as_str(), found[0].outcome),
            ("c1", Outcome::Accepted)
        );
        for (from, to, at) in [
            ("\"c1\"", "\"\"", "feedback[0].card"),
            ("accepted", "liked", "feedback[0].outcome"),
            (
                "2026-06-15T12:00:00Z",
                "today",
                "feedback[0].outcomeTimestamp",
            ),
            ("\"feedback\"", "\"x\"", "feedback"),
        ] {
            let faults = read_one(&body.replace(from, to)).unwrap_err();
            assert_eq!(faults[0].expression.as_deref(), Some(at));
        }
        let many = format!(r#"{{"feedback":[{}]}}"#, vec!["{}"; 101].join(","));
        assert_eq!(read_one(&many).unwrap_err()[0].code, IssueCode::TooCostly);
    }
}
