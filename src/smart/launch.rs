//! An EHR launch: the context an app is opened in (SMART App Launch 2.2 sections 4.0.1 and 4.0.3).

use crate::token::ContextItem;
use serde::{Deserialize, Serialize};

/// Longest `intent`, in bytes.
pub const INTENT_BYTES_MAX: usize = 256;
/// Entries of `fhirContext`.
pub const CONTEXT_ITEMS_MAX: usize = 32;

/// What the token response says of a launch besides `patient` and `encounter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    #[serde(default, rename = "fhirContext", skip_serializing_if = "Vec::is_empty")]
    pub fhir_context: Vec<ContextItem>,
    /// Whether the app must show whose chart it is.
    pub need_patient_banner: bool,
}

impl Opening {
    /// What is wrong with it: the member, and the rule.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        let fault = |at, text: &str| Some((at, text.to_owned()));
        if let Some(intent) = &self.intent
            && (intent.is_empty() || intent.len() > INTENT_BYTES_MAX)
        {
            return fault("intent", "intent is a word of at most 256 bytes");
        }
        if self.fhir_context.len() > CONTEXT_ITEMS_MAX {
            return fault("fhirContext", "fhirContext holds at most 32 resources");
        }
        let mut faults = self.fhir_context.iter().filter_map(ContextItem::fault);
        faults.next().map(|text| ("fhirContext", text))
    }
}

/// The address that opens an app: its launch URI with `iss` and `launch` (section 2.0.7). `None` for
/// an address that is no absolute http or https URL, or has a fragment.
pub fn launch_url(launch_uri: &str, iss: &str, launch: &str) -> Option<String> {
    let mut url = url::Url::parse(launch_uri).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.fragment().is_some() {
        return None;
    }
    url.query_pairs_mut()
        .append_pair("iss", iss)
        .append_pair("launch", launch);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn opening(item: ContextItem) -> Opening {
        Opening {
            intent: None,
            fhir_context: vec![item],
            need_patient_banner: true,
        }
    }
    fn to(reference: &str, role: Option<&str>) -> ContextItem {
        ContextItem {
            role: role.map(str::to_owned),
            ..ContextItem::to(reference)
        }
    }

    #[test]
    fn patient_and_encounter_have_parameters_of_their_own() {
        assert_eq!(opening(to("ImagingStudy/1", None)).fault(), None);
        assert!(opening(to("Patient/1", None)).fault().is_some());
        assert!(opening(to("Encounter/1", Some("launch"))).fault().is_some());
        let other = to("Patient/1", Some("https://example.org/fetus"));
        assert_eq!(opening(other).fault(), None);
    }

    #[test]
    fn an_entry_says_what_it_is_about() {
        assert!(opening(ContextItem::default()).fault().is_some());
        for bad in [
            "ImagingStudy",
            "https://elsewhere.example/fhir/ImagingStudy/1",
            "Imaging study/1",
            "ImagingStudy/a b",
        ] {
            assert!(opening(to(bad, None)).fault().is_some(), "{bad}");
        }
        let canonical = ContextItem {
            canonical: Some("https://example.org/Questionnaire/phq|2".to_owned()),
            kind: Some("Questionnaire".to_owned()),
            ..ContextItem::default()
        };
        assert_eq!(opening(canonical).fault(), None);
    }

    #[test]
    fn the_launch_address_keeps_the_apps_own_query() {
        assert_eq!(
            launch_url("https://app.example/go?a=1", "http://h/fhir", "x").unwrap(),
            "https://app.example/go?a=1&iss=http%3A%2F%2Fh%2Ffhir&launch=x"
        );
        for bad in ["app:go", "/go", "https://app.example/#go", ""] {
            assert_eq!(launch_url(bad, "i", "l"), None, "{bad}");
        }
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let mut kept = opening(to("ImagingStudy/1", Some("launch")));
        kept.intent = Some("reconcile-medications".to_owned());
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Opening>(&text).unwrap(), kept);
    }
}
