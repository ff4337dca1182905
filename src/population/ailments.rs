//! What lasts: chronic conditions with when they begin, what is measured and what is taken for them.

use crate::medicines::{Medicine, daily, inhaled};
use crate::words::{Code, icd10, rxnorm, snomed};

/// A chronic condition.
#[derive(Debug, PartialEq)]
pub struct Ailment {
    pub slug: &'static str,
    pub code: Code,
    pub icd10: Code,
    /// Youngest, usual and oldest age at the beginning, in years.
    pub onset: (f64, f64, f64),
    /// How many women and men of a hundred have it at some time.
    pub lifetime: (f64, f64),
    /// Months between visits for it; none where the yearly check-up is enough.
    pub check_months: Option<i64>,
    /// Slugs of the panels drawn for it.
    pub panels: &'static [&'static str],
    pub medicines: &'static [Medicine],
    /// What is aimed at.
    pub aim: Option<&'static str>,
    /// Years after which it is usually over.
    pub over_after: Option<f64>,
    /// What makes it likelier, and by how much.
    pub risk: Option<(Risk, f64)>,
    /// What the note says of it.
    pub finding: &'static str,
}

/// What makes an ailment likelier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    Weight,
    Smoking,
    /// Another ailment, by slug.
    Ailment(&'static str),
}

const PLAIN: Ailment = Ailment {
    slug: "",
    code: snomed("", ""),
    icd10: icd10("", ""),
    onset: (0.0, 0.0, 0.0),
    lifetime: (0.0, 0.0),
    check_months: None,
    panels: &[],
    medicines: &[],
    aim: None,
    over_after: None,
    risk: None,
    finding: "No change.",
};

/// All of them; what others depend on comes first.
pub const AILMENTS: &[Ailment] = &[
    Ailment {
        slug: "obesity",
        code: snomed("414916001", "Obesity"),
        icd10: icd10("E66.9", "Obesity, unspecified"),
        onset: (6.0, 34.0, 60.0),
        // Decided by the body mass index.
        aim: Some("Lose five percent of body weight in six months"),
        finding: "Talked about meals and walking.",
        ..PLAIN
    },
    Ailment {
        slug: "asthma",
        code: snomed("195967001", "Asthma"),
        icd10: icd10("J45.20", "Mild intermittent asthma, uncomplicated"),
        onset: (2.5, 6.0, 30.0),
        lifetime: (13.0, 12.0),
        check_months: Some(8),
        medicines: &[
            inhaled(
                "albuterol",
                rxnorm("2123111", "albuterol 0.09 MG/ACTUAT Metered Dose Inhaler"),
                "2 puffs every 4 to 6 hours when wheezing or short of breath",
                true,
            ),
            inhaled(
                "fluticasone",
                rxnorm("41126", "fluticasone"),
                "2 puffs twice a day, rinse the mouth afterwards",
                false,
            ),
        ],
        aim: Some("Need the rescue inhaler no more than twice a week"),
        finding: "Lungs clear today; rescue inhaler used about once a week.",
        ..PLAIN
    },
    Ailment {
        slug: "eczema",
        code: snomed("24079001", "Atopic dermatitis"),
        icd10: icd10("L20.9", "Atopic dermatitis, unspecified"),
        onset: (0.3, 1.0, 5.0),
        lifetime: (12.0, 12.0),
        medicines: &[Medicine {
            slug: "hydrocortisone",
            code: rxnorm("106258", "hydrocortisone 10 MG/ML Topical Cream"),
            text: "Thin layer on rough patches twice a day for up to a week",
            dose: (1.0, "application"),
            per_day: 2,
            as_needed: true,
            quantity: 30,
            refills: 2,
            after_months: 0,
        }],
        over_after: Some(7.0),
        finding: "Dry patches in the creases of elbows and knees.",
        ..PLAIN
    },
    Ailment {
        slug: "allergic-rhinitis",
        code: snomed("61582004", "Allergic rhinitis"),
        icd10: icd10("J30.2", "Other seasonal allergic rhinitis"),
        onset: (5.0, 11.0, 35.0),
        lifetime: (20.0, 20.0),
        medicines: &[daily(
            "cetirizine",
            rxnorm("1014678", "cetirizine hydrochloride 10 MG Oral Tablet"),
            "1 tablet a day in the pollen season",
            1,
            0,
        )],
        finding: "Pale nasal lining, sneezes in spring.",
        ..PLAIN
    },
    Ailment {
        slug: "adhd",
        code: snomed("406506008", "Attention deficit hyperactivity disorder"),
        icd10: icd10(
            "F90.9",
            "Attention-deficit hyperactivity disorder, unspecified type",
        ),
        onset: (6.0, 8.0, 12.0),
        lifetime: (5.0, 10.0),
        check_months: Some(6),
        medicines: &[daily(
            "methylphenidate",
            rxnorm("6901", "methylphenidate"),
            "1 tablet with breakfast",
            1,
            2,
        )],
        aim: Some("Finish homework on most days"),
        over_after: Some(12.0),
        finding: "School reports better attention in the morning.",
        ..PLAIN
    },
    Ailment {
        slug: "migraine",
        code: snomed("37796009", "Migraine"),
        icd10: icd10("G43.009", "Migraine without aura, not intractable"),
        onset: (11.0, 22.0, 42.0),
        lifetime: (17.0, 6.0),
        medicines: &[Medicine {
            slug: "sumatriptan",
            code: rxnorm("37418", "sumatriptan"),
            text: "1 tablet at the first sign of a migraine; may repeat once after 2 hours",
            dose: (1.0, "tablet"),
            per_day: 1,
            as_needed: true,
            quantity: 9,
            refills: 3,
            after_months: 0,
        }],
        finding: "Two or three migraines a month, none of a new kind.",
        ..PLAIN
    },
    Ailment {
        slug: "anxiety",
        code: snomed("21897009", "Generalized anxiety disorder"),
        icd10: icd10("F41.1", "Generalized anxiety disorder"),
        onset: (15.0, 27.0, 55.0),
        lifetime: (12.0, 7.0),
        check_months: Some(9),
        medicines: &[daily(
            "escitalopram",
            rxnorm("349332", "escitalopram 10 MG Oral Tablet"),
            "1 tablet every morning",
            1,
            1,
        )],
        aim: Some("Sleep seven hours on most nights"),
        over_after: Some(6.0),
        finding: "Worries less, sleeps better.",
        ..PLAIN
    },
    Ailment {
        slug: "depression",
        code: snomed("370143000", "Major depressive disorder"),
        icd10: icd10(
            "F32.1",
            "Major depressive disorder, single episode, moderate",
        ),
        onset: (15.0, 32.0, 65.0),
        lifetime: (14.0, 8.0),
        check_months: Some(6),
        medicines: &[daily(
            "sertraline",
            rxnorm("312941", "sertraline 50 MG Oral Tablet"),
            "1 tablet every morning",
            1,
            0,
        )],
        aim: Some("PHQ-9 score below 5"),
        over_after: Some(4.0),
        finding: "Mood steadier; no thoughts of self-harm.",
        ..PLAIN
    },
    Ailment {
        slug: "type-1-diabetes",
        code: snomed("46635009", "Type 1 diabetes mellitus"),
        icd10: icd10("E10.9", "Type 1 diabetes mellitus without complications"),
        onset: (4.0, 11.0, 25.0),
        lifetime: (0.6, 0.6),
        check_months: Some(3),
        panels: &["a1c", "bmp", "lipids", "uacr"],
        medicines: &[
            Medicine {
                slug: "glargine",
                code: rxnorm("274783", "insulin glargine"),
                text: "18 units under the skin at bedtime",
                dose: (18.0, "unit"),
                per_day: 1,
                as_needed: false,
                quantity: 15,
                refills: 5,
                after_months: 0,
            },
            Medicine {
                slug: "lispro",
                code: rxnorm("86009", "insulin lispro"),
                text: "Units by carbohydrate count before each meal",
                dose: (6.0, "unit"),
                per_day: 3,
                as_needed: false,
                quantity: 15,
                refills: 5,
                after_months: 0,
            },
        ],
        aim: Some("Hemoglobin A1c below 7 percent"),
        finding: "Meter shows most values between 80 and 180; two mild lows.",
        ..PLAIN
    },
    Ailment {
        slug: "prediabetes",
        code: snomed("714628002", "Prediabetes"),
        icd10: icd10("R73.03", "Prediabetes"),
        onset: (28.0, 45.0, 70.0),
        lifetime: (20.0, 22.0),
        panels: &["a1c", "bmp"],
        aim: Some("Walk thirty minutes on five days a week"),
        risk: Some((Risk::Weight, 1.8)),
        finding: "Walks more since the last visit.",
        ..PLAIN
    },
    Ailment {
        slug: "type-2-diabetes",
        code: snomed("44054006", "Type 2 diabetes mellitus"),
        icd10: icd10("E11.9", "Type 2 diabetes mellitus without complications"),
        onset: (32.0, 52.0, 75.0),
        lifetime: (16.0, 20.0),
        check_months: Some(4),
        panels: &["a1c", "bmp", "lipids", "uacr"],
        medicines: &[
            daily(
                "metformin",
                rxnorm("861007", "metformin hydrochloride 500 MG Oral Tablet"),
                "1 tablet with breakfast and 1 with the evening meal",
                2,
                0,
            ),
            daily(
                "empagliflozin",
                rxnorm("1545653", "empagliflozin"),
                "1 tablet every morning",
                1,
                60,
            ),
        ],
        aim: Some("Hemoglobin A1c below 7 percent"),
        risk: Some((Risk::Weight, 2.4)),
        finding: "Feet: pulses and sensation normal. Morning glucose 110 to 150.",
        ..PLAIN
    },
    Ailment {
        slug: "hypertension",
        code: snomed("59621000", "Essential hypertension"),
        icd10: icd10("I10", "Essential (primary) hypertension"),
        onset: (28.0, 50.0, 78.0),
        lifetime: (62.0, 64.0),
        check_months: Some(6),
        panels: &["bmp"],
        medicines: &[
            daily(
                "lisinopril",
                rxnorm("314076", "lisinopril 10 MG Oral Tablet"),
                "1 tablet every morning",
                1,
                0,
            ),
            daily(
                "amlodipine",
                rxnorm("197361", "amlodipine 5 MG Oral Tablet"),
                "1 tablet every evening",
                1,
                14,
            ),
        ],
        aim: Some("Blood pressure below 130 over 80"),
        risk: Some((Risk::Weight, 1.4)),
        finding: "Takes the tablets daily; home readings near the target.",
        ..PLAIN
    },
    Ailment {
        slug: "hyperlipidemia",
        code: snomed("55822004", "Hyperlipidemia"),
        icd10: icd10("E78.5", "Hyperlipidemia, unspecified"),
        onset: (30.0, 49.0, 72.0),
        lifetime: (50.0, 52.0),
        check_months: Some(12),
        panels: &["lipids"],
        medicines: &[daily(
            "atorvastatin",
            rxnorm("617310", "atorvastatin 20 MG Oral Tablet"),
            "1 tablet every evening",
            1,
            3,
        )],
        aim: Some("LDL cholesterol below 100 mg/dL"),
        finding: "No muscle pain.",
        ..PLAIN
    },
    Ailment {
        slug: "hypothyroidism",
        code: snomed("40930008", "Hypothyroidism"),
        icd10: icd10("E03.9", "Hypothyroidism, unspecified"),
        onset: (24.0, 46.0, 75.0),
        lifetime: (10.0, 2.5),
        check_months: Some(10),
        panels: &["tsh"],
        medicines: &[daily(
            "levothyroxine",
            rxnorm("10582", "levothyroxine"),
            "1 tablet every morning on an empty stomach",
            1,
            0,
        )],
        aim: Some("TSH between 0.5 and 4.5"),
        finding: "No longer cold and tired; weight steady.",
        ..PLAIN
    },
    Ailment {
        slug: "reflux",
        code: snomed("235595009", "Gastroesophageal reflux disease"),
        icd10: icd10(
            "K21.9",
            "Gastro-esophageal reflux disease without esophagitis",
        ),
        onset: (25.0, 44.0, 70.0),
        lifetime: (22.0, 22.0),
        medicines: &[daily(
            "omeprazole",
            rxnorm("198051", "omeprazole 20 MG Delayed Release Oral Capsule"),
            "1 capsule before breakfast",
            1,
            0,
        )],
        risk: Some((Risk::Weight, 1.5)),
        finding: "Heartburn after late meals only.",
        ..PLAIN
    },
    Ailment {
        slug: "iron-deficiency",
        code: snomed("87522002", "Iron deficiency anemia"),
        icd10: icd10("D50.9", "Iron deficiency anemia, unspecified"),
        onset: (14.0, 30.0, 48.0),
        lifetime: (12.0, 1.0),
        check_months: Some(4),
        panels: &["cbc", "ferritin"],
        medicines: &[daily(
            "iron",
            rxnorm("310325", "ferrous sulfate 325 MG Oral Tablet"),
            "1 tablet every other day with orange juice",
            1,
            0,
        )],
        over_after: Some(1.2),
        finding: "Less tired; stools dark from the iron.",
        ..PLAIN
    },
    Ailment {
        slug: "sleep-apnea",
        code: snomed("78275009", "Obstructive sleep apnea"),
        icd10: icd10("G47.33", "Obstructive sleep apnea (adult) (pediatric)"),
        onset: (32.0, 50.0, 70.0),
        lifetime: (6.0, 12.0),
        risk: Some((Risk::Weight, 2.5)),
        finding: "Sleeps with the mask six nights a week.",
        ..PLAIN
    },
    Ailment {
        slug: "osteoarthritis",
        code: snomed("239873007", "Osteoarthritis of knee"),
        icd10: icd10("M17.9", "Osteoarthritis of knee, unspecified"),
        onset: (46.0, 61.0, 80.0),
        lifetime: (38.0, 28.0),
        medicines: &[Medicine {
            slug: "naproxen",
            code: rxnorm("198014", "naproxen 500 MG Oral Tablet"),
            text: "1 tablet twice a day with food when the knee hurts",
            dose: (1.0, "tablet"),
            per_day: 2,
            as_needed: true,
            quantity: 60,
            refills: 2,
            after_months: 0,
        }],
        aim: Some("Walk to the shops and back without stopping"),
        risk: Some((Risk::Weight, 1.5)),
        finding: "Knee crackles, no swelling; stairs hurt.",
        ..PLAIN
    },
    Ailment {
        slug: "copd",
        code: snomed("13645005", "Chronic obstructive lung disease"),
        icd10: icd10(
            "J44.9",
            "Chronic obstructive pulmonary disease, unspecified",
        ),
        onset: (48.0, 62.0, 78.0),
        lifetime: (4.0, 4.0),
        check_months: Some(6),
        medicines: &[
            inhaled(
                "albuterol-copd",
                rxnorm("2123111", "albuterol 0.09 MG/ACTUAT Metered Dose Inhaler"),
                "2 puffs every 4 to 6 hours when short of breath",
                true,
            ),
            inhaled(
                "tiotropium",
                rxnorm("69120", "tiotropium"),
                "2 puffs once a day",
                false,
            ),
        ],
        aim: Some("No hospital stay for the lungs this year"),
        risk: Some((Risk::Smoking, 6.0)),
        finding: "Breath sounds distant; walks one flight without stopping.",
        ..PLAIN
    },
    Ailment {
        slug: "chronic-kidney",
        code: snomed("433144002", "Chronic kidney disease stage 3"),
        icd10: icd10("N18.30", "Chronic kidney disease, stage 3 unspecified"),
        onset: (54.0, 68.0, 84.0),
        lifetime: (15.0, 15.0),
        check_months: Some(6),
        panels: &["bmp", "egfr", "uacr"],
        aim: Some("Keep blood pressure and glucose in range to protect the kidneys"),
        risk: Some((Risk::Ailment("type-2-diabetes"), 2.8)),
        finding: "No swelling. Avoids ibuprofen.",
        ..PLAIN
    },
    Ailment {
        slug: "atrial-fibrillation",
        code: snomed("49436004", "Atrial fibrillation"),
        icd10: icd10("I48.91", "Unspecified atrial fibrillation"),
        onset: (56.0, 71.0, 85.0),
        lifetime: (10.0, 13.0),
        check_months: Some(6),
        medicines: &[daily(
            "metoprolol",
            rxnorm(
                "866436",
                "24 HR metoprolol succinate 50 MG Extended Release Oral Tablet",
            ),
            "1 tablet every morning",
            1,
            0,
        )],
        finding: "Pulse irregular, rate controlled.",
        ..PLAIN
    },
    Ailment {
        slug: "coronary",
        code: snomed("53741008", "Coronary arteriosclerosis"),
        icd10: icd10(
            "I25.10",
            "Atherosclerotic heart disease of native coronary artery without angina pectoris",
        ),
        onset: (50.0, 66.0, 84.0),
        lifetime: (9.0, 18.0),
        check_months: Some(6),
        panels: &["lipids"],
        medicines: &[daily(
            "aspirin",
            rxnorm("243670", "aspirin 81 MG Oral Tablet"),
            "1 tablet every morning",
            1,
            0,
        )],
        risk: Some((Risk::Smoking, 1.8)),
        finding: "No chest pain on the stairs.",
        ..PLAIN
    },
    Ailment {
        slug: "prostate",
        code: snomed("266569009", "Benign prostatic hyperplasia"),
        icd10: icd10(
            "N40.0",
            "Benign prostatic hyperplasia without lower urinary tract symptoms",
        ),
        onset: (52.0, 66.0, 82.0),
        lifetime: (0.0, 42.0),
        medicines: &[daily(
            "tamsulosin",
            rxnorm("77492", "tamsulosin"),
            "1 capsule half an hour after the evening meal",
            1,
            4,
        )],
        finding: "Up once a night.",
        ..PLAIN
    },
    Ailment {
        slug: "osteoporosis",
        code: snomed("64859006", "Osteoporosis"),
        icd10: icd10(
            "M81.0",
            "Age-related osteoporosis without current pathological fracture",
        ),
        onset: (58.0, 68.0, 82.0),
        lifetime: (20.0, 4.0),
        panels: &["vitd"],
        medicines: &[daily(
            "alendronate",
            rxnorm("904431", "alendronate sodium 70 MG Oral Tablet"),
            "1 tablet a week with a full glass of water",
            1,
            0,
        )],
        finding: "No fall since the last visit.",
        ..PLAIN
    },
];

/// The ailment of a slug.
pub fn ailment(slug: &str) -> Option<&'static Ailment> {
    AILMENTS.iter().find(|it| it.slug == slug)
}
