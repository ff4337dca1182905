//! Ana's reports that are prose, and the notes US Core names.

use crate::chart::Chart;
use crate::labs;
use crate::notes::{self, Note};
use crate::seen::Seen;
use crate::words::{loinc, snomed};
use population::reports::{self, CARDIOLOGY, PATHOLOGY, RADIOLOGY, Report};

const REPORTS: &[Report<'static>] = &[
    Report {
        slug: "ecg",
        category: CARDIOLOGY,
        code: loinc("11524-6", "EKG study"),
        note: loinc("28570-0", "Procedure note"),
        text: "ELECTROCARDIOGRAM\nSinus rhythm, 68 a minute. Normal axis and intervals. No change since the last tracing.\n",
    },
    Report {
        slug: "ankle-xray",
        category: RADIOLOGY,
        code: loinc("24541-5", "XR Ankle Views"),
        note: loinc("18748-4", "Diagnostic imaging study"),
        text: "RIGHT ANKLE, THREE VIEWS\nNo fracture or dislocation. Soft tissue swelling over the outer malleolus.\n",
    },
    Report {
        slug: "cervical-screening",
        category: PATHOLOGY,
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

/// All of them, on the visit.
pub fn record(chart: &mut Chart<'_>, seen: &Seen) {
    for report in REPORTS {
        let more = if report.slug == "cervical-screening" {
            vec![human_papillomavirus(chart, seen)]
        } else {
            Vec::new()
        };
        reports::record(chart, seen, report, &more);
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
