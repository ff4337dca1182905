//! What passes: short illnesses and injuries, with what is tested and given.

use crate::medicines::Medicine;
use crate::seen::VisitKind;
use crate::words::{Code, icd10, loinc, rxnorm, snomed};

/// A short illness or injury.
#[derive(Debug, PartialEq)]
pub struct Illness {
    pub slug: &'static str,
    /// How often it comes, against the others, at ages from and below.
    pub weight: f64,
    pub ages: (f64, f64),
    pub women_only: bool,
    pub kind: VisitKind,
    pub reason: Code,
    pub diagnosis: Code,
    pub days: i64,
    /// Degrees above the usual.
    pub fever: f64,
    /// A test with its sample, and whether it finds something.
    pub test: Option<(&'static str, Code, Code)>,
    pub medicine: Option<Medicine>,
    /// An X-ray is taken.
    pub imaging: bool,
    pub story: &'static str,
    pub plan: &'static str,
}

const SWAB: Code = snomed("258529004", "Throat swab");
const NASAL: Code = snomed("258500001", "Nasopharyngeal swab");
const URINE: Code = snomed("122575003", "Urine specimen");

const fn course(
    slug: &'static str,
    code: Code,
    text: &'static str,
    per_day: i64,
    days: i64,
) -> Medicine {
    Medicine {
        slug,
        code,
        text,
        dose: (1.0, "capsule"),
        per_day,
        as_needed: false,
        quantity: per_day * days,
        refills: 0,
        after_months: 0,
    }
}

/// What most have in common.
pub const PLAIN: Illness = Illness {
    slug: "",
    weight: 1.0,
    ages: (0.0, 120.0),
    women_only: false,
    kind: VisitKind::Acute,
    reason: snomed("", ""),
    diagnosis: icd10("", ""),
    days: 7,
    fever: 0.0,
    test: None,
    medicine: None,
    imaging: false,
    story: "",
    plan: "",
};

/// All of them.
pub const ILLNESSES: &[Illness] = &[
    Illness {
        slug: "otitis",
        weight: 4.0,
        ages: (0.4, 7.0),
        reason: snomed("65363002", "Otitis media"),
        diagnosis: icd10("H66.90", "Otitis media, unspecified, unspecified ear"),
        days: 10,
        fever: 1.6,
        medicine: Some(course(
            "amoxicillin",
            rxnorm("723", "amoxicillin"),
            "By weight, twice a day for 10 days",
            2,
            10,
        )),
        story: "Fever and ear pulling for two days after a cold. Right drum red and bulging.",
        plan: "Antibiotic for ten days, acetaminophen for pain. Back if not better in three days.",
        ..PLAIN
    },
    Illness {
        slug: "cold",
        weight: 5.0,
        reason: snomed("54150009", "Upper respiratory infection"),
        diagnosis: icd10("J06.9", "Acute upper respiratory infection, unspecified"),
        fever: 0.6,
        story: "Runny nose and cough for four days, eats and drinks. Lungs clear.",
        plan: "Rest and fluids. Honey for the cough over one year of age. No antibiotic needed.",
        ..PLAIN
    },
    Illness {
        slug: "strep",
        weight: 2.5,
        ages: (3.0, 30.0),
        reason: snomed("162397003", "Pain in throat"),
        diagnosis: icd10("J02.0", "Streptococcal pharyngitis"),
        days: 10,
        fever: 1.4,
        test: Some((
            "strep-test",
            loinc(
                "78012-2",
                "Streptococcus pyogenes Ag [Presence] in Throat by Rapid immunoassay",
            ),
            SWAB,
        )),
        medicine: Some(course(
            "penicillin-v",
            rxnorm("7984", "penicillin V"),
            "1 capsule twice a day for 10 days",
            2,
            10,
        )),
        story: "Sore throat and fever since yesterday, no cough. Tonsils swollen with white spots.",
        plan: "Antibiotic for ten days. Back at school after one day of treatment.",
        ..PLAIN
    },
    Illness {
        slug: "influenza",
        weight: 1.5,
        reason: snomed("386661006", "Fever"),
        diagnosis: icd10(
            "J10.1",
            "Influenza due to other identified influenza virus with other respiratory manifestations",
        ),
        days: 8,
        fever: 2.2,
        test: Some((
            "flu-test",
            loinc(
                "80382-5",
                "Influenza virus A Ag [Presence] in Upper respiratory specimen by Rapid immunoassay",
            ),
            NASAL,
        )),
        story: "Sudden fever, aching all over, dry cough since the night before last.",
        plan: "Rest, fluids, acetaminophen. Stay home until a day without fever.",
        ..PLAIN
    },
    Illness {
        slug: "stomach",
        weight: 2.0,
        reason: snomed("422400008", "Vomiting"),
        diagnosis: icd10("A09", "Infectious gastroenteritis and colitis, unspecified"),
        days: 4,
        fever: 0.8,
        story: "Vomiting and diarrhea for a day; drinks small sips. Belly soft, no signs of drying out.",
        plan: "Small sips often, then plain food. Back if no urine for eight hours.",
        ..PLAIN
    },
    Illness {
        slug: "sinusitis",
        weight: 1.5,
        ages: (12.0, 120.0),
        reason: snomed("444814009", "Viral sinusitis"),
        diagnosis: icd10("J01.90", "Acute sinusitis, unspecified"),
        days: 12,
        fever: 0.3,
        story: "Pressure over the cheeks and a blocked nose for a week.",
        plan: "Salt water rinses, decongestant for three days. Antibiotic only if not better in ten days.",
        ..PLAIN
    },
    Illness {
        slug: "bronchitis",
        weight: 1.5,
        ages: (18.0, 120.0),
        reason: snomed("49727002", "Cough"),
        diagnosis: icd10("J20.9", "Acute bronchitis, unspecified"),
        days: 18,
        fever: 0.3,
        story: "Cough for ten days after a cold. Chest clear, no shortness of breath.",
        plan: "It passes by itself in two to three weeks. Back with fever or breathlessness.",
        ..PLAIN
    },
    Illness {
        slug: "bladder",
        weight: 2.0,
        ages: (16.0, 120.0),
        women_only: true,
        reason: snomed("49650001", "Dysuria"),
        diagnosis: icd10("N39.0", "Urinary tract infection, site not specified"),
        days: 6,
        test: Some((
            "urine-nitrite",
            loinc("5802-4", "Nitrite [Presence] in Urine by Test strip"),
            URINE,
        )),
        medicine: Some(course(
            "nitrofurantoin",
            rxnorm(
                "1648755",
                "nitrofurantoin, macrocrystals 25 MG / nitrofurantoin, monohydrate 75 MG Oral Capsule",
            ),
            "1 capsule twice a day for 5 days",
            2,
            5,
        )),
        story: "Burning and going often for two days, no fever, no back pain.",
        plan: "Antibiotic for five days, drink plenty.",
        ..PLAIN
    },
    Illness {
        slug: "back-pain",
        weight: 2.0,
        ages: (22.0, 120.0),
        reason: snomed("279039007", "Low back pain"),
        diagnosis: icd10("M54.50", "Low back pain, unspecified"),
        days: 21,
        medicine: Some(Medicine {
            dose: (1.0, "tablet"),
            as_needed: true,
            ..course(
                "ibuprofen",
                rxnorm("197806", "ibuprofen 600 MG Oral Tablet"),
                "1 tablet every 8 hours with food when it hurts",
                3,
                7,
            )
        }),
        story: "Low back pain after lifting. Strength and feeling in the legs normal.",
        plan: "Keep moving, heat, ibuprofen for a week. Exercises shown.",
        ..PLAIN
    },
    Illness {
        slug: "ankle",
        weight: 1.2,
        ages: (7.0, 60.0),
        kind: VisitKind::Emergency,
        reason: snomed("44465007", "Sprain of ankle"),
        diagnosis: icd10(
            "S93.401A",
            "Sprain of unspecified ligament of right ankle, initial encounter",
        ),
        days: 28,
        imaging: true,
        story: "Turned the ankle at play. Swollen over the outer side, can take four steps.",
        plan: "Rest, ice, wrap, raise. Walk as pain allows.",
        ..PLAIN
    },
    Illness {
        slug: "cut",
        weight: 0.8,
        ages: (3.0, 70.0),
        kind: VisitKind::Emergency,
        reason: snomed("283371005", "Laceration of forearm"),
        diagnosis: icd10(
            "S51.811A",
            "Laceration without foreign body of right forearm, initial encounter",
        ),
        days: 12,
        story: "Clean cut of four centimeters. Feeling and movement of the hand normal. Closed with stitches.",
        plan: "Keep dry for two days. Stitches out in ten days.",
        ..PLAIN
    },
    Illness {
        slug: "pink-eye",
        weight: 1.2,
        ages: (1.0, 40.0),
        reason: snomed("9826008", "Conjunctivitis"),
        diagnosis: icd10("H10.9", "Unspecified conjunctivitis"),
        days: 6,
        story: "Red, sticky eye since yesterday. Sight normal.",
        plan: "Wash hands, warm cloths. It clears within a week.",
        ..PLAIN
    },
    Illness {
        slug: "covid",
        weight: 1.2,
        reason: snomed("840539006", "COVID-19"),
        diagnosis: icd10("U07.1", "COVID-19"),
        days: 10,
        fever: 1.2,
        test: Some((
            "covid",
            loinc(
                "94500-6",
                "SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection",
            ),
            NASAL,
        )),
        story: "Fever, sore throat and cough for two days; a contact was positive.",
        plan: "Stay home until a day without fever, then mask for five days.",
        ..PLAIN
    },
];
