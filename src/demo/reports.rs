//! Reports that are prose: cardiology, radiology, pathology, and the notes US Core names.

use crate::chart::Chart;
use crate::full_record::{category, observe};
use crate::labs;
use crate::notes::{self, Note};
use crate::places::ORGANIZATION;
use crate::seen::Seen;
use crate::words::{Code, loinc, named, snomed, tho, to, us_core};
use serde_json::json;

struct Report {
    slug: &'static str,
    category: Code,
    code: Code,
    note: Code,
    text: &'static str,
}

const REPORTS: &[Report] = &[
    Report {
        slug: "ecg",
        category: loinc("LP29708-2", "Cardiology"),
        code: loinc("11524-6", "EKG study"),
        note: loinc("28570-0", "Procedure note"),
        text: "ELECTROCARDIOGRAM\nSinus rhythm, 68 a minute. Normal axis and intervals. No change since the last tracing.\n",
    },
    Report {
        slug: "ankle-xray",
        category: loinc("LP29684-5", "Radiology"),
        code: loinc("37637-6", "XR Ankle Views"),
        note: loinc("18748-4", "Diagnostic imaging study"),
        text: "RIGHT ANKLE, THREE VIEWS\nNo fracture or dislocation. Soft tissue swelling over the outer malleolus.\n",
    },
    Report {
        slug: "cervical-screening",
        category: loinc("LP7839-6", "Pathology"),
        code: loinc(
            "19762-4",
            "General categories [Interpretation] of Cervical or vaginal smear or scraping by Cyto stain",
        ),
        note: loinc("11526-1", "Pathology study"),
        text: "CERVICAL CYTOLOGY\nSatisfactory specimen. Negative for intraepithelial lesion or malignancy. High-risk HPV not detected.\n",
    },
];

/// The laboratory's half of cervical screening.
fn human_papillomavirus(chart: &mut Chart<'_>, seen: &Seen) -> String {
    let code = loinc(
        "30167-1",
        "Human papilloma virus 16+18+31+33+35+39+45+51+52+56+58+59+68 DNA [Presence] in Cervix by Probe",
    );
    let sample = snomed("258524004", "Specimen from endocervix");
    labs::finding(chart, seen, "hpv", code, sample, false)
}

/// Reports whose text is also filed as a document: the same attachment in both.
pub fn record(chart: &mut Chart<'_>, seen: &Seen) {
    for report in REPORTS {
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
        if report.slug == "cervical-screening" {
            results.push(to(&human_papillomavirus(chart, seen)));
        }
        let made = json!({
            "resourceType": "DiagnosticReport", "id": chart.id(&format!("report-{}", report.slug)),
            "meta": {"profile": [us_core("us-core-diagnosticreport-note")]},
            "status": "final", "category": [report.category.concept()],
            "code": report.code.concept(), "subject": chart.subject(),
            "encounter": to(&seen.encounter), "effectiveDateTime": seen.start, "issued": seen.end,
            "performer": [named(&seen.practitioner, &seen.practitioner_name),
                named(ORGANIZATION, "Riverbend Health")],
            "resultsInterpreter": [named(&seen.practitioner, &seen.practitioner_name)],
            "result": results, "media": [{"link": to(&media)}],
            "conclusion": report.text.lines().nth(1).unwrap_or("Normal"),
            "presentedForm": [{"contentType": "text/plain; charset=utf-8",
                "url": url.unwrap_or_default(), "title": report.code.display}]
        });
        chart.add(made, &seen.practitioner, &seen.end);
    }
    for (slug, kind, title, text) in [
        (
            "consult",
            loinc("11488-4", "Consult note"),
            "Diabetes education",
            "DIABETES EDUCATION\nMeal planning with the whole family, meter use, foot care, what to do on sick days. Understands and can repeat the plan.\n",
        ),
        (
            "lab-summary",
            loinc("11502-2", "Laboratory report"),
            "Laboratory summary",
            "LABORATORY SUMMARY\nA1c 8.4 to 6.6 percent over two years. Urine albumin back to normal.\n",
        ),
        (
            "appendix",
            loinc("11504-8", "Surgical operation note"),
            "Operation note",
            "LAPAROSCOPIC APPENDECTOMY\nInflamed appendix removed, no perforation. No complications.\n",
        ),
    ] {
        let note = Note {
            slug,
            kind,
            title,
            text: text.to_owned(),
            binary: false,
        };
        notes::record(chart, seen, &note);
    }
}
