//! Reports that are prose: cardiology, radiology, pathology, filed as a report and as a document.

use crate::chart::Chart;
use crate::notes::{self, Note};
use crate::observations::{category, observe};
use crate::seen::Seen;
use crate::words::{Code, loinc, named, tho, to, us_core};
use serde_json::json;

/// A report with its text.
#[derive(Debug, Clone, Copy)]
pub struct Report<'r> {
    pub slug: &'r str,
    /// LOINC part: cardiology, radiology or pathology.
    pub category: Code,
    pub code: Code,
    /// What kind of note the same text is.
    pub note: Code,
    /// The first line is the title, the second the conclusion.
    pub text: &'r str,
}

pub const CARDIOLOGY: Code = loinc("LP29708-2", "Cardiology");
pub const RADIOLOGY: Code = loinc("LP29684-5", "Radiology");
pub const PATHOLOGY: Code = loinc("LP7839-6", "Pathology");

/// Files a report whose text is also a document: the same attachment in both. `more` are results of others
/// (`Observation/…`) that belong to it. Returns its reference.
pub fn record(chart: &mut Chart<'_>, seen: &Seen, report: &Report<'_>, more: &[String]) -> String {
    let note = Note {
        slug: report.slug,
        kind: report.note,
        title: report.code.display,
        text: report.text.to_owned(),
        binary: true,
    };
    let (_, url) = notes::record(chart, seen, &note);
    let media = json!({
        "resourceType": "Media", "id": chart.id(&format!("media-{}", report.slug)),
        "status": "completed", "subject": chart.subject(),
        "type": tho("media-type", "image", "Image"), "createdDateTime": seen.start,
        "content": {"contentType": "text/plain", "title": report.code.display,
            "url": url.clone().unwrap_or_default()}
    });
    let media = chart.add(media, &seen.practitioner, &seen.start);
    let finding = observe(
        chart,
        seen,
        &format!("{}-impression", report.slug),
        "us-core-observation-clinical-result",
        json!([category("imaging", "Imaging")]),
        loinc(
            "19005-8",
            "Radiology Imaging study [Impression] (narrative)",
        ),
        (
            "valueString",
            json!(report.text.lines().nth(1).unwrap_or("Normal")),
        ),
    );
    let mut results = vec![to(&finding)];
    results.extend(more.iter().map(|reference| to(reference)));
    let made = json!({
        "resourceType": "DiagnosticReport", "id": chart.id(&format!("report-{}", report.slug)),
        "meta": {"profile": [us_core("us-core-diagnosticreport-note")]},
        "status": "final", "category": [report.category.concept()],
        "code": report.code.concept(), "subject": chart.subject(),
        "encounter": to(&seen.encounter), "effectiveDateTime": seen.start, "issued": seen.end,
        "performer": [seen.by(),
            named(chart.home.organization, chart.home.name)],
        "resultsInterpreter": [seen.by()],
        "result": results, "media": [{"link": to(&media)}],
        "conclusion": report.text.lines().nth(1).unwrap_or("Normal"),
        "presentedForm": [{"contentType": "text/plain; charset=utf-8",
            "url": url.unwrap_or_default(), "title": report.code.display}]
    });
    chart.add(made, &seen.practitioner, &seen.end)
}
