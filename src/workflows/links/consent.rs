//! The Consent a share link rests on: what may be seen by it, until when, and what is left out.

use access::facts::ALL_SENSITIVE;
use access::links::{category, types};
use access::{labels, vocabulary::CONSENT_KIND};
use fhir::Valid;
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::links::ShareLink;

use crate::proxies::{Error, coded};

/// The Consent of a link. `who`: whose word it is.
pub(super) fn of(link: &ShareLink, who: &str, now: Timestamp) -> Value {
    let codes = || link.categories.iter().map(String::as_str);
    let class = |of: &fhir::ResourceType| json!({"system": "http://hl7.org/fhir/resource-types", "code": of.name()});
    let classes: Vec<Value> = types(codes()).iter().map(class).collect();
    json!({
        "resourceType": "Consent",
        "id": link.consent,
        "text": narrative(link),
        "status": "active",
        "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent"),
        "category": [coded(CONSENT_KIND, "link", "Sharing by link")],
        "patient": {"reference": format!("Patient/{}", link.patient)},
        "dateTime": instant(now),
        "performer": [{"reference": who}],
        "policyRule": coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN", "opt-in"),
        "provision": {
            "type": "permit",
            // No start: there is no link of it before, and a clock set back must not close it.
            "period": {"end": instant(link.expires)},
            "class": classes,
            "provision": [left_out(link)],
        },
    })
}

/// What stays out: everything sensitive but what was ticked, one by one.
fn left_out(link: &ShareLink) -> Value {
    let coding = |code: &str, system: &str| json!({"system": system, "code": code});
    let sensitive = vec![coding(ALL_SENSITIVE, labels::CONFIDENTIALITY)];
    let ticked: Vec<Value> = link
        .labels
        .iter()
        .map(|label| coding(label, labels::ACT_CODE))
        .collect();
    let mut out = json!({"type": "deny", "securityLabel": sensitive});
    if !ticked.is_empty() {
        out["provision"] = json!([{"type": "permit", "securityLabel": ticked}]);
    }
    out
}

fn narrative(link: &ShareLink) -> Value {
    let titles = link.categories.iter().filter_map(|code| category(code));
    let titles: Vec<&str> = titles.map(|one| one.title).collect();
    let sensitive = link.labels.iter().filter_map(|one| labels::describe(one));
    let sensitive: Vec<&str> = sensitive.collect();
    let along = match sensitive.is_empty() {
        true => "No sensitive care goes along.".to_owned(),
        false => format!("Sensitive care that goes along: {}.", sensitive.join(", ")),
    };
    let text = format!(
        "Whoever has the link may see until {}: {}. {along}",
        instant(link.expires),
        titles.join(", ")
    );
    json!({"status": "generated",
        "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{text}</p></div>")})
}

/// A Consent, checked.
pub(super) fn valid(json: &Value) -> Result<Valid, Error> {
    let document = fhir::Document::parse(json.to_string());
    let document = document.map_err(|e| Error::Invalid(format!("{e:?}")))?;
    fhir::validate::validate(document).map_err(|issues| Error::Invalid(format!("{issues:?}")))
}
