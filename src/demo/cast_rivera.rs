//! The Rivera family's stories: Ana, the main sign-in, her four children, and her mother Rosa.

use crate::calendar::Birth;
use crate::labs::{A1C, CBC, IRON, KIDNEY, LIPIDS, METABOLIC, THYROID, VITAMIN_D};
use crate::member::{Gender, Member, Race};
use crate::ongoing::{FORMER_SMOKER, NEVER_SMOKER};
use crate::story::{
    Aim, Allergy, Draw, Medication, Operation, Problem, Story, Visit, VisitKind,
};
use crate::words::{Code, icd10, rxnorm, snomed};

/// A member of the household at 27 Alder Lane.
const fn rivera(
    id: &'static str,
    given: &'static [&'static str],
    gender: Gender,
    birth: Birth,
    phone: &'static str,
    email: Option<&'static str>,
    build: (f64, f64),
) -> Member {
    Member {
        id,
        given,
        family: "Rivera",
        gender,
        birth,
        street: "27 Alder Lane",
        city: "Middletown",
        postal_code: "06457",
        phone,
        email,
        race: Race::White,
        hispanic: true,
        language: "en",
        died_days_ago: None,
        tall: build.0,
        heavy: build.1,
    }
}

const CHECK_UP: Code = snomed("185349003", "Check-up");
const WELL_CHILD: Code = snomed("410620009", "Well child visit");
const ADULT_EXAM: Code = icd10("Z00.00", "Encounter for general adult medical examination");
const CHILD_EXAM: Code = icd10("Z00.129", "Encounter for routine child health examination");
const DIABETES: Code = snomed("44054006", "Type 2 diabetes mellitus");
const DIABETES_ICD: Code = icd10("E11.9", "Type 2 diabetes mellitus without complications");
const HYPERTENSION: Code = snomed("59621000", "Essential hypertension");
const HYPERTENSION_ICD: Code = icd10("I10", "Essential (primary) hypertension");
const ASTHMA: Code = snomed("195967001", "Asthma");
const ASTHMA_ICD: Code = icd10("J45.20", "Mild intermittent asthma, uncomplicated");

/// Ana: the adult with a full record.
pub const ANA: Story = Story {
    member: rivera(
        "ana",
        &["Ana", "Lucia"],
        Gender::Female,
        Birth::Ago { years: 42, days: 100 },
        "860-555-0142",
        Some("ana.rivera@mail.example"),
        (1.0, 3.0),
    ),
    visits: &[
        Visit {
            slug: "diagnosis-visit",
            days_ago: 760,
            kind: VisitKind::FollowUp,
            reason: snomed("80394007", "Hyperglycemia"),
            diagnoses: &[DIABETES_ICD, HYPERTENSION_ICD],
            story: "Tired and thirsty for three months, two kilograms of weight lost without trying. Fasting glucose was high on two mornings. Feet: pulses and sensation normal.",
            plan: "Start metformin with the evening meal. Meet the diabetes educator. Check glucose in the morning. Come back in three months.",
            draws: &[
                Draw { panel: &A1C, values: &[("4548-4", 8.4)] },
                Draw { panel: &METABOLIC, values: &[("2345-7", 186.0)] },
                Draw { panel: &LIPIDS, values: &[("2093-3", 231.0), ("18262-6", 151.0), ("2571-8", 204.0)] },
                Draw { panel: &KIDNEY, values: &[("14959-1", 41.0)] },
            ],
        },
        Visit {
            slug: "diabetes-3-months",
            days_ago: 665,
            kind: VisitKind::FollowUp,
            reason: DIABETES,
            diagnoses: &[DIABETES_ICD],
            story: "Taking metformin every evening, stomach settled after two weeks. Walks thirty minutes most days. Morning glucose 120 to 150.",
            plan: "Raise metformin to twice a day. Start atorvastatin. Eye examination this year.",
            draws: &[Draw { panel: &A1C, values: &[("4548-4", 7.6)] }],
        },
        Visit {
            slug: "diabetes-9-months",
            days_ago: 480,
            kind: VisitKind::FollowUp,
            reason: DIABETES,
            diagnoses: &[DIABETES_ICD, HYPERTENSION_ICD],
            story: "Feels well. Home blood pressure around 128 over 82. No low sugars.",
            plan: "Keep all medicines. Repeat A1c in four months.",
            draws: &[
                Draw { panel: &A1C, values: &[("4548-4", 7.1)] },
                Draw { panel: &LIPIDS, values: &[("2093-3", 184.0), ("18262-6", 101.0), ("2571-8", 158.0)] },
                Draw { panel: &METABOLIC, values: &[("2345-7", 128.0)] },
            ],
        },
        Visit {
            slug: "diabetes-13-months",
            days_ago: 355,
            kind: VisitKind::FollowUp,
            reason: DIABETES,
            diagnoses: &[DIABETES_ICD],
            story: "Holiday weeks without much walking. Otherwise well. Annual foot examination normal.",
            plan: "Back to walking. Same medicines.",
            draws: &[
                Draw { panel: &A1C, values: &[("4548-4", 7.3)] },
                Draw { panel: &KIDNEY, values: &[("14959-1", 28.0)] },
            ],
        },
        Visit {
            slug: "ankle-sprain",
            days_ago: 290,
            kind: VisitKind::Emergency,
            reason: snomed("44465007", "Sprain of ankle"),
            diagnoses: &[icd10("S93.401A", "Sprain of unspecified ligament of right ankle, initial encounter")],
            story: "Turned the right ankle on the stairs. Swelling below the outer malleolus, can take four steps. X-ray shows no fracture.",
            plan: "Rest, ice, compression, elevation. Ibuprofen with food for five days. See your doctor if you cannot walk normally in two weeks.",
            draws: &[],
        },
        Visit {
            slug: "physical-2026",
            days_ago: 130,
            kind: VisitKind::Physical,
            reason: CHECK_UP,
            diagnoses: &[ADULT_EXAM, DIABETES_ICD, HYPERTENSION_ICD],
            story: "Yearly examination. Sleeps well, no chest pain, no visual change. Heart and lungs normal, abdomen soft, feet intact with normal monofilament test.",
            plan: "A1c is close to goal. Mammogram this spring. Cervical screening is up to date until 2029. Continue all medicines.",
            draws: &[
                Draw { panel: &A1C, values: &[("4548-4", 6.9)] },
                Draw { panel: &CBC, values: &[] },
                Draw { panel: &METABOLIC, values: &[("2345-7", 118.0)] },
                Draw { panel: &LIPIDS, values: &[("2093-3", 168.0), ("18262-6", 84.0), ("2571-8", 139.0)] },
                Draw { panel: &THYROID, values: &[] },
                Draw { panel: &VITAMIN_D, values: &[("1989-3", 24.0)] },
            ],
        },
        Visit {
            slug: "diabetes-video",
            days_ago: 45,
            kind: VisitKind::Telehealth,
            reason: DIABETES,
            diagnoses: &[DIABETES_ICD],
            story: "Video visit. Reads her meter values from the screen: 98 to 124 fasting. No low sugars.",
            plan: "Blood test before the next visit in June. Keep walking.",
            draws: &[],
        },
        Visit {
            slug: "diabetes-june",
            days_ago: 12,
            kind: VisitKind::FollowUp,
            reason: DIABETES,
            diagnoses: &[DIABETES_ICD, HYPERTENSION_ICD],
            story: "Doing well, three kilograms lighter than two years ago. Home blood pressure 122 over 76.",
            plan: "A1c at goal. Next visit in four months with a urine test. Take vitamin D 1,000 units daily.",
            draws: &[
                Draw { panel: &A1C, values: &[("4548-4", 6.6)] },
                Draw { panel: &METABOLIC, values: &[("2345-7", 109.0)] },
                Draw { panel: &KIDNEY, values: &[("14959-1", 19.0)] },
            ],
        },
    ],
    problems: &[
        Problem { slug: "diabetes", code: DIABETES, icd10: DIABETES_ICD, onset_days_ago: 760, resolved_days_ago: None },
        Problem { slug: "hypertension", code: HYPERTENSION, icd10: HYPERTENSION_ICD, onset_days_ago: 760, resolved_days_ago: None },
        Problem { slug: "hyperlipidemia", code: snomed("55822004", "Hyperlipidemia"), icd10: icd10("E78.5", "Hyperlipidemia, unspecified"), onset_days_ago: 665, resolved_days_ago: None },
        Problem { slug: "vitamin-d", code: snomed("34713006", "Vitamin D deficiency"), icd10: icd10("E55.9", "Vitamin D deficiency, unspecified"), onset_days_ago: 130, resolved_days_ago: None },
        Problem { slug: "ankle", code: snomed("44465007", "Sprain of ankle"), icd10: icd10("S93.401D", "Sprain of unspecified ligament of right ankle, subsequent encounter"), onset_days_ago: 290, resolved_days_ago: Some(255) },
    ],
    medications: &[
        Medication { slug: "metformin", code: rxnorm("861007", "metformin hydrochloride 500 MG Oral Tablet"), text: "Take 1 tablet twice a day with meals", dose: (1.0, "tablet"), per_day: 2, as_needed: false, reason: DIABETES, started_days_ago: 665, active: true, quantity: 60, refills: 5 },
        Medication { slug: "lisinopril", code: rxnorm("314076", "lisinopril 10 MG Oral Tablet"), text: "Take 1 tablet every morning", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: HYPERTENSION, started_days_ago: 755, active: true, quantity: 30, refills: 5 },
        Medication { slug: "atorvastatin", code: rxnorm("617312", "atorvastatin 20 MG Oral Tablet"), text: "Take 1 tablet every evening", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: snomed("55822004", "Hyperlipidemia"), started_days_ago: 665, active: true, quantity: 30, refills: 3 },
        Medication { slug: "ibuprofen", code: rxnorm("197806", "ibuprofen 600 MG Oral Tablet"), text: "Take 1 tablet every 8 hours with food for 5 days", dose: (1.0, "tablet"), per_day: 3, as_needed: true, reason: snomed("44465007", "Sprain of ankle"), started_days_ago: 290, active: false, quantity: 15, refills: 0 },
    ],
    allergies: &[
        Allergy { slug: "penicillin", code: rxnorm("7980", "penicillin G"), category: "medication", high: true, manifestation: snomed("247472004", "Hives"), noted_days_ago: 3_000 },
        Allergy { slug: "peanut", code: snomed("762952008", "Peanut"), category: "food", high: false, manifestation: snomed("418290006", "Itching"), noted_days_ago: 2_400 },
    ],
    operations: &[
        Operation { slug: "appendectomy", code: snomed("80146002", "Appendectomy"), days_ago: 3_150, reason: snomed("74400008", "Appendicitis") },
        Operation { slug: "retina-photo", code: snomed("3047001", "Fundus photography"), days_ago: 300, reason: DIABETES },
    ],
    aims: &[
        Aim { slug: "a1c", description: "Hemoglobin A1c below 7 percent", due_days_ahead: 120 },
        Aim { slug: "walking", description: "Walk at least 30 minutes on five days a week", due_days_ahead: 90 },
    ],
    smoking: Some(NEVER_SMOKER),
    covid_test: (520, true),
    pressure: (16.0, 9.0),
};

/// Leo, 11: asthma. His mother sees everything.
pub const LEO: Story = Story {
    member: rivera("leo", &["Leo", "Mateo"], Gender::Male, Birth::Ago { years: 11, days: 285 }, "860-555-0142", None, (-1.0, 1.0)),
    visits: &[
        Visit { slug: "well-child-10", days_ago: 640, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Growing along his curve. Fourth grade, plays soccer. Uses his inhaler before practice.", plan: "Flu vaccine every autumn. Inhaler before sport.", draws: &[Draw { panel: &LIPIDS, values: &[] }] },
        Visit { slug: "wheeze", days_ago: 410, kind: VisitKind::Acute, reason: snomed("56018004", "Wheezing"), diagnoses: &[icd10("J45.21", "Mild intermittent asthma with (acute) exacerbation")], story: "Cough and wheeze for two days with a cold. Oxygen 97 percent. Clear after two puffs of albuterol.", plan: "Albuterol every four hours today, then as needed. Call if he needs it more often.", draws: &[] },
        Visit { slug: "well-child-11", days_ago: 270, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM, ASTHMA_ICD], story: "Healthy eleven-year-old. Asthma quiet, inhaler twice a month. Vision and hearing pass. Vaccines for age given.", plan: "Second HPV dose in six months. Dentist twice a year. Helmet on the bicycle.", draws: &[Draw { panel: &CBC, values: &[] }, Draw { panel: &IRON, values: &[] }] },
    ],
    problems: &[Problem { slug: "asthma", code: ASTHMA, icd10: ASTHMA_ICD, onset_days_ago: 1_900, resolved_days_ago: None }],
    medications: &[
        Medication { slug: "albuterol", code: rxnorm("2123111", "albuterol 0.09 MG/ACTUAT Metered Dose Inhaler"), text: "2 puffs every 4 hours as needed for wheeze, and before sport", dose: (2.0, "puff"), per_day: 4, as_needed: true, reason: ASTHMA, started_days_ago: 410, active: true, quantity: 1, refills: 2 },
    ],
    allergies: &[Allergy { slug: "tree-nut", code: snomed("91934008", "Allergy to nut"), category: "food", high: true, manifestation: snomed("39579001", "Anaphylaxis"), noted_days_ago: 2_600 }],
    operations: &[Operation { slug: "ear-tubes", code: snomed("172680004", "Insertion of tympanostomy tube"), days_ago: 3_100, reason: snomed("65363002", "Otitis media") }],
    aims: &[Aim { slug: "asthma", description: "Play a whole soccer match without wheezing", due_days_ahead: 80 }],
    smoking: None,
    covid_test: (240, false),
    pressure: (0.0, 0.0),
};

/// Nina turns 13 within a week: that day her mother's view closes to demographics.
pub const NINA: Story = Story {
    member: rivera("nina", &["Nina", "Isabel"], Gender::Female, Birth::Ago { years: 13, days: -4 }, "860-555-0142", None, (3.0, -1.0)),
    visits: &[
        Visit { slug: "well-child-11", days_ago: 690, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Healthy, seventh grade soon, swims twice a week. Spine straight.", plan: "Vaccines for age given today.", draws: &[Draw { panel: &CBC, values: &[] }] },
        Visit { slug: "sore-throat", days_ago: 190, kind: VisitKind::Acute, reason: snomed("162397003", "Pain in throat"), diagnoses: &[icd10("J02.0", "Streptococcal pharyngitis")], story: "Sore throat and fever since yesterday. Red tonsils with spots, tender glands. Rapid strep test positive.", plan: "Amoxicillin for ten days. Back to school after one day of treatment without fever.", draws: &[] },
        Visit { slug: "well-child-12", days_ago: 330, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Healthy twelve-year-old. Good grades, sleeps nine hours. Wears glasses for reading.", plan: "Check-up every year. Eye doctor this summer.", draws: &[Draw { panel: &LIPIDS, values: &[] }, Draw { panel: &IRON, values: &[("2276-4", 13.0)] }] },
        Visit { slug: "iron-check", days_ago: 60, kind: VisitKind::FollowUp, reason: snomed("35240004", "Iron deficiency"), diagnoses: &[icd10("E61.1", "Iron deficiency")], story: "Iron drops finished. More energy at swimming.", plan: "Iron stores are normal again. Red meat or beans three times a week.", draws: &[Draw { panel: &IRON, values: &[("2276-4", 34.0)] }, Draw { panel: &CBC, values: &[] }] },
    ],
    problems: &[
        Problem { slug: "iron", code: snomed("35240004", "Iron deficiency"), icd10: icd10("E61.1", "Iron deficiency"), onset_days_ago: 330, resolved_days_ago: Some(60) },
        Problem { slug: "eyes", code: snomed("57190000", "Myopia"), icd10: icd10("H52.13", "Myopia, bilateral"), onset_days_ago: 400, resolved_days_ago: None },
    ],
    medications: &[
        Medication { slug: "ferrous-sulfate", code: rxnorm("310325", "ferrous sulfate 325 MG Oral Tablet"), text: "Take 1 tablet a day with orange juice", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: snomed("35240004", "Iron deficiency"), started_days_ago: 325, active: false, quantity: 90, refills: 0 },
        Medication { slug: "cetirizine", code: rxnorm("1014678", "cetirizine hydrochloride 10 MG Oral Tablet"), text: "Take 1 tablet a day in pollen season", dose: (1.0, "tablet"), per_day: 1, as_needed: true, reason: snomed("61582004", "Allergic rhinitis"), started_days_ago: 70, active: true, quantity: 30, refills: 3 },
    ],
    allergies: &[],
    operations: &[Operation { slug: "wrist-cast", code: snomed("79733001", "Application of short arm cast"), days_ago: 1_500, reason: snomed("263102004", "Fracture of wrist") }],
    aims: &[Aim { slug: "iron", description: "Keep ferritin above 15 ng/mL", due_days_ahead: 180 }],
    smoking: None,
    covid_test: (200, false),
    pressure: (0.0, 0.0),
};

/// Teo, 15: confidential care on record (see `confidential`).
pub const TEO: Story = Story {
    member: rivera("teo", &["Mateo", "Andres"], Gender::Male, Birth::Ago { years: 15, days: 125 }, "860-555-0148", Some("teo.rivera@mail.example"), (2.0, 0.0)),
    visits: &[
        Visit { slug: "well-teen-14", days_ago: 480, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Healthy, track team. Some time alone with the doctor, as always from 12 on.", plan: "Check-up next year.", draws: &[Draw { panel: &CBC, values: &[] }] },
        Visit { slug: "sports-physical", days_ago: 100, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM, icd10("Z02.5", "Encounter for examination for participation in sport")], story: "Fit for track and soccer. Heart without murmur sitting and lying. Old knee pain is gone.", plan: "Form for the school signed. Water and rest days.", draws: &[Draw { panel: &LIPIDS, values: &[] }, Draw { panel: &VITAMIN_D, values: &[("1989-3", 27.0)] }] },
    ],
    problems: &[
        Problem { slug: "acne", code: snomed("88616000", "Acne vulgaris"), icd10: icd10("L70.0", "Acne vulgaris"), onset_days_ago: 480, resolved_days_ago: None },
        Problem { slug: "knee", code: snomed("57773001", "Osgood-Schlatter disease"), icd10: icd10("M92.521", "Juvenile osteochondrosis of tibia tubercle, right leg"), onset_days_ago: 700, resolved_days_ago: Some(120) },
    ],
    medications: &[Medication { slug: "benzoyl-peroxide", code: rxnorm("308699", "benzoyl peroxide 50 MG/ML Topical Gel"), text: "Thin layer on the face every evening", dose: (1.0, "application"), per_day: 1, as_needed: false, reason: snomed("88616000", "Acne vulgaris"), started_days_ago: 100, active: true, quantity: 60, refills: 3 }],
    allergies: &[Allergy { slug: "sulfa", code: rxnorm("10831", "sulfamethoxazole / trimethoprim"), category: "medication", high: false, manifestation: snomed("271807003", "Rash"), noted_days_ago: 1_700 }],
    operations: &[Operation { slug: "tonsils", code: snomed("173422009", "Tonsillectomy"), days_ago: 3_300, reason: snomed("90176007", "Tonsillitis") }],
    aims: &[Aim { slug: "sleep", description: "Eight hours of sleep on school nights", due_days_ahead: 100 }],
    smoking: Some(NEVER_SMOKER),
    covid_test: (300, true),
    pressure: (0.0, 0.0),
};

/// Sofia turns 18 within a month: that day her mother's access ends.
pub const SOFIA: Story = Story {
    member: rivera("sofia", &["Sofia", "Elena"], Gender::Female, Birth::Ago { years: 18, days: -20 }, "860-555-0149", Some("sofia.rivera@mail.example"), (2.0, -2.0)),
    visits: &[
        Visit { slug: "well-teen-16", days_ago: 520, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Healthy, plays the cello, learning to drive.", plan: "Seat belt always. Check-up next year.", draws: &[Draw { panel: &CBC, values: &[] }] },
        Visit { slug: "migraine", days_ago: 220, kind: VisitKind::FollowUp, reason: snomed("37796009", "Migraine"), diagnoses: &[icd10("G43.009", "Migraine without aura, not intractable")], story: "Three headaches a month with nausea, better in the dark. Neurological examination normal.", plan: "Naproxen at the first sign. Headache diary. Regular meals and sleep.", draws: &[Draw { panel: &THYROID, values: &[] }] },
        Visit { slug: "well-teen-17", days_ago: 90, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Well, off to college in autumn. Migraine once a month now.", plan: "From her 18th birthday Sofia has her own account; her family needs her written consent.", draws: &[Draw { panel: &CBC, values: &[] }, Draw { panel: &LIPIDS, values: &[] }] },
    ],
    problems: &[Problem { slug: "migraine", code: snomed("37796009", "Migraine"), icd10: icd10("G43.009", "Migraine without aura, not intractable"), onset_days_ago: 220, resolved_days_ago: None }],
    medications: &[Medication { slug: "naproxen", code: rxnorm("198014", "naproxen 500 MG Oral Tablet"), text: "Take 1 tablet at the first sign of headache, at most twice a day", dose: (1.0, "tablet"), per_day: 2, as_needed: true, reason: snomed("37796009", "Migraine"), started_days_ago: 220, active: true, quantity: 20, refills: 2 }],
    allergies: &[],
    operations: &[Operation { slug: "wisdom-teeth", code: snomed("235337006", "Extraction of wisdom tooth"), days_ago: 160, reason: snomed("109671004", "Impacted third molar tooth") }],
    aims: &[Aim { slug: "headache", description: "No more than one headache day a month", due_days_ahead: 60 }],
    smoking: Some(NEVER_SMOKER),
    covid_test: (410, true),
    pressure: (0.0, 0.0),
};

/// Rosa, Ana's mother; her adult daughter Lucia is her proxy.
pub const ROSA: Story = Story {
    member: Member {
        family: "Morales",
        language: "es",
        street: "5 Mill Pond Road",
        ..rivera("rosa", &["Rosa", "Maria"], Gender::Female, Birth::Ago { years: 78, days: 40 }, "860-555-0178", Some("rosa.morales@mail.example"), (-4.0, 2.0))
    },
    visits: &[
        Visit { slug: "annual-2025", days_ago: 400, kind: VisitKind::Physical, reason: CHECK_UP, diagnoses: &[ADULT_EXAM, HYPERTENSION_ICD], story: "Lives alone, daughter visits daily. Walks with a stick outside. No falls this year.", plan: "Grab bar in the bathroom. Bone density test.", draws: &[Draw { panel: &METABOLIC, values: &[("2160-0", 1.31)] }, Draw { panel: &CBC, values: &[("718-7", 11.2)] }] },
        Visit { slug: "hip-fracture", days_ago: 250, kind: VisitKind::Inpatient, reason: snomed("5913000", "Fracture of neck of femur"), diagnoses: &[icd10("S72.001A", "Fracture of unspecified part of neck of right femur, initial encounter")], story: "Fell in the kitchen. Right hip fracture repaired the same evening with a hemiarthroplasty. Walking with the physiotherapist on the second day.", plan: "Home with a walker and home nursing. Apixaban for 35 days. Physiotherapy three times a week.", draws: &[Draw { panel: &CBC, values: &[("718-7", 9.8)] }] },
        Visit { slug: "hip-follow-up", days_ago: 180, kind: VisitKind::FollowUp, reason: snomed("5913000", "Fracture of neck of femur"), diagnoses: &[icd10("S72.001D", "Fracture of unspecified part of neck of right femur, subsequent encounter")], story: "Wound healed. Walks indoors without help.", plan: "Alendronate once a week. Keep the exercises.", draws: &[Draw { panel: &CBC, values: &[("718-7", 11.4)] }, Draw { panel: &VITAMIN_D, values: &[("1989-3", 22.0)] }] },
        Visit { slug: "kidney-check", days_ago: 30, kind: VisitKind::FollowUp, reason: snomed("431856006", "Chronic kidney disease stage 2"), diagnoses: &[icd10("N18.2", "Chronic kidney disease, stage 2 (mild)")], story: "Kidney function steady. Ankles a little swollen in the evening.", plan: "Less salt. No ibuprofen or naproxen. Blood test in six months.", draws: &[Draw { panel: &METABOLIC, values: &[("2160-0", 1.26)] }, Draw { panel: &CBC, values: &[("718-7", 11.8)] }] },
    ],
    problems: &[
        Problem { slug: "hypertension", code: HYPERTENSION, icd10: HYPERTENSION_ICD, onset_days_ago: 5_000, resolved_days_ago: None },
        Problem { slug: "osteoporosis", code: snomed("64859006", "Osteoporosis"), icd10: icd10("M81.0", "Age-related osteoporosis without current pathological fracture"), onset_days_ago: 1_200, resolved_days_ago: None },
        Problem { slug: "kidney", code: snomed("431856006", "Chronic kidney disease stage 2"), icd10: icd10("N18.2", "Chronic kidney disease, stage 2 (mild)"), onset_days_ago: 400, resolved_days_ago: None },
    ],
    medications: &[
        Medication { slug: "amlodipine", code: rxnorm("197361", "amlodipine 5 MG Oral Tablet"), text: "Take 1 tablet every morning", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: HYPERTENSION, started_days_ago: 1_500, active: true, quantity: 30, refills: 5 },
        Medication { slug: "alendronate", code: rxnorm("904431", "alendronate sodium 70 MG Oral Tablet"), text: "Take 1 tablet every Sunday before breakfast with a glass of water, and stay upright", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: snomed("64859006", "Osteoporosis"), started_days_ago: 180, active: true, quantity: 4, refills: 6 },
    ],
    allergies: &[Allergy { slug: "codeine", code: rxnorm("2670", "codeine"), category: "medication", high: false, manifestation: snomed("422587007", "Nausea"), noted_days_ago: 4_000 }],
    operations: &[Operation { slug: "hip", code: snomed("397956004", "Prosthetic arthroplasty of the hip"), days_ago: 250, reason: snomed("5913000", "Fracture of neck of femur") }],
    aims: &[Aim { slug: "walk", description: "Walk to the mailbox and back without the stick", due_days_ahead: 45 }],
    smoking: Some(FORMER_SMOKER),
    covid_test: (251, false),
    pressure: (8.0, 2.0),
};
