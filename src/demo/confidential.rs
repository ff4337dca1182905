//! Care that minors consented to alone: each resource says under which statute, and carries the
//! labels.

use crate::chart::{Chart, Secret};
use crate::labs;
use crate::notes::{self, Note};
use crate::ongoing;
use crate::places::{BEHAVIORAL, display_of};
use crate::seen::Seen;
use crate::seen::VisitKind;
use crate::story::{Medication, Visit};
use crate::visits;
use crate::words::{Code, icd10, loinc, rxnorm, snomed};
use population::private_care::{CONTRACEPTION, HIV, MENTAL_HEALTH, STI};

const DOXYCYCLINE: Medication = Medication {
    slug: "doxycycline",
    code: rxnorm("1649988", "doxycycline hyclate 100 MG Oral Capsule"),
    text: "Take 1 capsule twice a day for 7 days",
    dose: (1.0, "capsule"),
    per_day: 2,
    as_needed: false,
    reason: snomed("240589008", "Chlamydia trachomatis infection"),
    started_days_ago: 33,
    active: false,
    quantity: 14,
    refills: 0,
};

const PILL: Medication = Medication {
    slug: "contraceptive",
    code: rxnorm(
        "242297",
        "ethinyl estradiol 0.02 MG / levonorgestrel 0.1 MG Oral Tablet",
    ),
    text: "Take 1 tablet every evening at the same time",
    dose: (1.0, "tablet"),
    per_day: 1,
    as_needed: false,
    reason: snomed("13197004", "Contraception"),
    started_days_ago: 70,
    active: true,
    quantity: 28,
    refills: 11,
};

/// Teo's confidential visits: an infection with an HIV test, and counselling.
pub fn teo(chart: &mut Chart<'_>) {
    const DIAGNOSES: &[Code] = &[icd10("A56.01", "Chlamydial cystitis and urethritis")];
    let visit = Visit {
        slug: "confidential-visit",
        days_ago: 35,
        kind: VisitKind::Acute,
        reason: snomed("49650001", "Dysuria"),
        diagnoses: DIAGNOSES.to_vec(),
        story: "",
        plan: "",
        draws: Vec::new(),
    };
    chart.under(STI, |chart| {
        let seen = visits::open(chart, &visit);
        let chlamydia = loinc(
            "43304-5",
            "Chlamydia trachomatis rRNA [Presence] in Specimen by NAA with probe detection",
        );
        let urine = snomed("122575003", "Urine specimen");
        labs::finding(chart, &seen, "chlamydia", chlamydia, urine, true);
        ongoing::medication(chart, &DOXYCYCLINE, &seen);
        write(chart, &seen, "confidential-visit", loinc("11506-3", "Progress note"),
            "Burning with urination for a week, new partner. Seen alone at his wish; consents to \
             testing and treatment under Connecticut law. Chlamydia found, treated the same day. \
             Partner to be treated. Condoms given. Does not want his parents told.");
        crate::billing::invoice(chart, &crate::billing::Bill {
            slug: "confidential",
            days_ago: 30,
            text: "Office visit and laboratory",
            cents: 9_400,
            paid: false,
        });
        crate::messages::from_staff(chart, &crate::messages::Letter {
            slug: "confidential-result",
            sender: "Practitioner/samuel-osei",
            days_ago: 32,
            category: "test-result-question",
            text: "Your test result is ready. The treatment we gave you is the right one. Please come back for a repeat test in three months.",
            read: false,
        });
        crate::scheduling::appointment(chart, &crate::scheduling::Booking {
            slug: "confidential-follow-up",
            in_days: 9,
            hour: 15,
            status: "booked",
            reason: snomed("390906007", "Follow-up encounter"),
        });
        chart_hiv(chart, &seen);
    });
    counselling(chart, 20, "counselling");
}

fn chart_hiv(chart: &mut Chart<'_>, seen: &Seen) {
    chart.under(HIV, |chart| {
        let test = loinc(
            "56888-1",
            "HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay",
        );
        labs::finding(
            chart,
            seen,
            "hiv",
            test,
            snomed("119297000", "Blood specimen"),
            false,
        );
    });
}

fn counselling(chart: &mut Chart<'_>, days_ago: i64, slug: &'static str) {
    const DIAGNOSES: &[Code] = &[icd10("F41.1", "Generalized anxiety disorder")];
    let visit = Visit {
        slug,
        days_ago,
        kind: VisitKind::FollowUp,
        reason: snomed("48694002", "Anxiety"),
        diagnoses: DIAGNOSES.to_vec(),
        story: "",
        plan: "",
        draws: Vec::new(),
    };
    chart.under(MENTAL_HEALTH, |chart| {
        let mut seen = visits::open(chart, &visit);
        seen.practitioner = BEHAVIORAL.to_owned();
        seen.practitioner_name = display_of(BEHAVIORAL);
        write(
            chart,
            &seen,
            slug,
            loinc("11506-3", "Progress note"),
            "Second session. Worry about school and family arguments, sleeps six hours. Breathing \
             exercise practised together. No thoughts of self-harm. Consents to counselling alone.",
        );
    });
}

/// Sofia's contraception.
pub fn sofia(chart: &mut Chart<'_>) {
    const DIAGNOSES: &[Code] = &[icd10(
        "Z30.011",
        "Encounter for initial prescription of contraceptive pills",
    )];
    let visit = Visit {
        slug: "confidential-visit",
        days_ago: 70,
        kind: VisitKind::FollowUp,
        reason: snomed("13197004", "Contraception"),
        diagnoses: DIAGNOSES.to_vec(),
        story: "",
        plan: "",
        draws: Vec::new(),
    };
    chart.under(CONTRACEPTION, |chart| {
        let seen = visits::open(chart, &visit);
        ongoing::medication(chart, &PILL, &seen);
        write(
            chart,
            &seen,
            "confidential-visit",
            loinc("11506-3", "Progress note"),
            "Asks for contraception. Migraine without aura, blood pressure normal, does not smoke. \
             Choices explained; wants the pill. Consents alone under Connecticut law.",
        );
    });
}

/// Jade's psychotherapy notes: kept apart, no patient-facing access.
pub fn jade(chart: &mut Chart<'_>, seen: &Seen) {
    let psychotherapy = Secret {
        basis: "psychotherapy-notes",
        labels: &["PSYTHPN"],
    };
    chart.under(psychotherapy, |chart| {
        write(
            chart,
            seen,
            "psychotherapy",
            loinc("11506-3", "Progress note"),
            "Analysis of the session's conversation, kept apart from the record.",
        );
    });
}

fn write(chart: &mut Chart<'_>, seen: &Seen, slug: &str, kind: Code, text: &str) {
    let note = Note {
        slug,
        kind,
        title: "Visit note",
        text: text.to_owned(),
        binary: false,
    };
    notes::record(chart, seen, &note);
}
