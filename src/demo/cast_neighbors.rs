//! The other families' stories: Novak, Doyle, Larsen, Bennett, and the two patients without an account.

use crate::calendar::Birth;
use crate::labs::{A1C, CBC, KIDNEY, LEAD, LIPIDS, METABOLIC, THYROID};
use crate::member::{Gender, Member, Race};
use crate::ongoing::{FORMER_SMOKER, NEVER_SMOKER};
use crate::story::{
    Aim, Allergy, Draw, Medication, Operation, Problem, Story, Visit, VisitKind,
};
use crate::words::{Code, icd10, rxnorm, snomed};

const CHECK_UP: Code = snomed("185349003", "Check-up");
const WELL_CHILD: Code = snomed("410620009", "Well child visit");
const ADULT_EXAM: Code = icd10("Z00.00", "Encounter for general adult medical examination");
const CHILD_EXAM: Code = icd10("Z00.129", "Encounter for routine child health examination");
const HYPOTHYROID: Code = snomed("40930008", "Hypothyroidism");
const HYPOTHYROID_ICD: Code = icd10("E03.9", "Hypothyroidism, unspecified");
const ECZEMA: Code = snomed("24079001", "Atopic dermatitis");
const ECZEMA_ICD: Code = icd10("L20.9", "Atopic dermatitis, unspecified");
const DEPRESSION: Code = snomed("370143000", "Major depressive disorder");
const DEPRESSION_ICD: Code = icd10("F32.1", "Major depressive disorder, single episode, moderate");
const EMOLLIENT: Medication = Medication {
    slug: "hydrocortisone",
    code: rxnorm("103403", "hydrocortisone 10 MG/ML Topical Cream"),
    text: "Thin layer on itchy skin twice a day, at most 7 days",
    dose: (1.0, "application"),
    per_day: 2,
    as_needed: true,
    reason: ECZEMA,
    started_days_ago: 150,
    active: true,
    quantity: 30,
    refills: 2,
};

/// Name, sex, birth and build of somebody in Middletown.
const fn person(
    id: &'static str,
    given: &'static [&'static str],
    family: &'static str,
    gender: Gender,
    birth: Birth,
    build: (f64, f64),
) -> Member {
    Member {
        id,
        given,
        family,
        gender,
        birth,
        street: "88 Washington Street",
        city: "Middletown",
        postal_code: "06457",
        phone: "860-555-0110",
        email: None,
        race: Race::White,
        hispanic: false,
        language: "en",
        died_days_ago: None,
        tall: build.0,
        heavy: build.1,
    }
}

/// Helen Novak: her husband Paul is her proxy at level full.
pub const HELEN: Story = Story {
    member: Member {
        street: "14 Orchard Terrace",
        phone: "860-555-0159",
        email: Some("helen.novak@mail.example"),
        ..person("helen", &["Helen"], "Novak", Gender::Female, Birth::Ago { years: 59, days: 210 }, (0.0, 1.0))
    },
    visits: &[
        Visit { slug: "annual-2025", days_ago: 420, kind: VisitKind::Physical, reason: CHECK_UP, diagnoses: &[ADULT_EXAM, HYPOTHYROID_ICD], story: "Well. Thyroid medicine every morning. Hot flashes have stopped.", plan: "Mammogram and colon screening due.", draws: &[Draw { panel: &THYROID, values: &[("3016-3", 5.8)] }, Draw { panel: &LIPIDS, values: &[("2093-3", 214.0)] }] },
        Visit { slug: "thyroid-check", days_ago: 300, kind: VisitKind::FollowUp, reason: HYPOTHYROID, diagnoses: &[HYPOTHYROID_ICD], story: "More energy on the higher dose.", plan: "Keep the dose.", draws: &[Draw { panel: &THYROID, values: &[("3016-3", 3.1)] }] },
        Visit { slug: "annual-2026", days_ago: 40, kind: VisitKind::Physical, reason: CHECK_UP, diagnoses: &[ADULT_EXAM], story: "Feels well. Small mole on the shoulder has changed and was removed today.", plan: "We will call about the mole. Sun cream. Thyroid test once a year.", draws: &[Draw { panel: &THYROID, values: &[("3016-3", 2.4)] }, Draw { panel: &CBC, values: &[] }, Draw { panel: &METABOLIC, values: &[] }] },
    ],
    problems: &[Problem { slug: "thyroid", code: HYPOTHYROID, icd10: HYPOTHYROID_ICD, onset_days_ago: 2_500, resolved_days_ago: None }],
    medications: &[Medication { slug: "levothyroxine", code: rxnorm("966247", "levothyroxine sodium 0.075 MG Oral Tablet"), text: "Take 1 tablet every morning on an empty stomach", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: HYPOTHYROID, started_days_ago: 415, active: true, quantity: 90, refills: 3 }],
    allergies: &[Allergy { slug: "latex", code: snomed("111088007", "Latex"), category: "environment", high: false, manifestation: snomed("40275004", "Contact dermatitis"), noted_days_ago: 3_300 }],
    operations: &[Operation { slug: "mole", code: snomed("177300000", "Excision of mole"), days_ago: 40, reason: snomed("400010006", "Melanocytic nevus of skin") }],
    aims: &[Aim { slug: "thyroid", description: "TSH between 0.4 and 4.5 mIU/L", due_days_ahead: 300 }],
    smoking: Some(NEVER_SMOKER),
    covid_test: (610, true),
    pressure: (4.0, 2.0),
};

/// Paul Novak: his wife Helen helps with scheduling and billing only.
pub const PAUL: Story = Story {
    member: Member {
        street: "14 Orchard Terrace",
        phone: "860-555-0161",
        email: Some("paul.novak@mail.example"),
        ..person("paul", &["Paul", "Josef"], "Novak", Gender::Male, Birth::Ago { years: 61, days: 30 }, (3.0, 5.0))
    },
    visits: &[
        Visit { slug: "annual-2025", days_ago: 380, kind: VisitKind::Physical, reason: CHECK_UP, diagnoses: &[ADULT_EXAM, icd10("R73.03", "Prediabetes")], story: "Drives a truck, sits a lot. Snores. Knees ache.", plan: "Sleep study. Walk in the breaks. Repeat A1c.", draws: &[Draw { panel: &A1C, values: &[("4548-4", 6.2)] }, Draw { panel: &LIPIDS, values: &[("2093-3", 226.0), ("18262-6", 148.0)] }] },
        Visit { slug: "sleep-clinic", days_ago: 200, kind: VisitKind::FollowUp, reason: snomed("78275009", "Obstructive sleep apnea"), diagnoses: &[icd10("G47.33", "Obstructive sleep apnea (adult)")], story: "Sleep study: 24 events an hour. Mask fitted.", plan: "Wear the mask every night.", draws: &[] },
        Visit { slug: "annual-2026", days_ago: 25, kind: VisitKind::Physical, reason: CHECK_UP, diagnoses: &[ADULT_EXAM, icd10("R73.03", "Prediabetes")], story: "Wakes rested. Lost four kilograms.", plan: "Same plan. Colon screening ordered.", draws: &[Draw { panel: &A1C, values: &[("4548-4", 5.9)] }, Draw { panel: &LIPIDS, values: &[("2093-3", 189.0), ("18262-6", 112.0)] }, Draw { panel: &METABOLIC, values: &[("2345-7", 104.0)] }] },
    ],
    problems: &[
        Problem { slug: "prediabetes", code: snomed("714628002", "Prediabetes"), icd10: icd10("R73.03", "Prediabetes"), onset_days_ago: 380, resolved_days_ago: None },
        Problem { slug: "apnea", code: snomed("78275009", "Obstructive sleep apnea"), icd10: icd10("G47.33", "Obstructive sleep apnea (adult)"), onset_days_ago: 200, resolved_days_ago: None },
    ],
    medications: &[Medication { slug: "rosuvastatin", code: rxnorm("859747", "rosuvastatin calcium 10 MG Oral Tablet"), text: "Take 1 tablet every evening", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: snomed("55822004", "Hyperlipidemia"), started_days_ago: 375, active: true, quantity: 90, refills: 3 }],
    allergies: &[],
    operations: &[Operation { slug: "hernia", code: snomed("44558001", "Repair of inguinal hernia"), days_ago: 2_000, reason: snomed("396232000", "Inguinal hernia") }],
    aims: &[Aim { slug: "weight", description: "Lose another three kilograms", due_days_ahead: 150 }],
    smoking: Some(FORMER_SMOKER),
    covid_test: (590, true),
    pressure: (9.0, 5.0),
};

/// Walter Novak, Paul's father, died in spring; Paul represents the estate.
pub const WALTER: Story = Story {
    member: Member {
        street: "14 Orchard Terrace",
        died_days_ago: Some(80),
        phone: "860-555-0183",
        ..person("walter", &["Walter"], "Novak", Gender::Male, Birth::Ago { years: 87, days: 60 }, (-2.0, -3.0))
    },
    visits: &[
        Visit { slug: "heart-clinic", days_ago: 420, kind: VisitKind::FollowUp, reason: snomed("42343007", "Congestive heart failure"), diagnoses: &[icd10("I50.22", "Chronic systolic (congestive) heart failure")], story: "Short of breath on the stairs. Weight steady.", plan: "Weigh every morning; call if two kilograms up in three days.", draws: &[Draw { panel: &METABOLIC, values: &[("2160-0", 1.6)] }, Draw { panel: &CBC, values: &[("718-7", 10.9)] }] },
        Visit { slug: "last-admission", days_ago: 86, kind: VisitKind::Inpatient, reason: snomed("42343007", "Congestive heart failure"), diagnoses: &[icd10("I50.23", "Acute on chronic systolic (congestive) heart failure")], story: "Admitted with fluid on the lungs. Chose comfort care at home with his family.", plan: "Home hospice.", draws: &[Draw { panel: &METABOLIC, values: &[("2160-0", 2.3)] }] },
    ],
    problems: &[Problem { slug: "heart", code: snomed("42343007", "Congestive heart failure"), icd10: icd10("I50.22", "Chronic systolic (congestive) heart failure"), onset_days_ago: 2_100, resolved_days_ago: None }],
    medications: &[Medication { slug: "furosemide", code: rxnorm("310429", "furosemide 20 MG Oral Tablet"), text: "Take 1 tablet every morning", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: snomed("42343007", "Congestive heart failure"), started_days_ago: 800, active: false, quantity: 30, refills: 0 }],
    allergies: &[],
    operations: &[Operation { slug: "pacemaker", code: snomed("307280005", "Implantation of cardiac pacemaker"), days_ago: 1_900, reason: snomed("233916004", "Heart block") }],
    aims: &[Aim { slug: "comfort", description: "Be at home with the family", due_days_ahead: 30 }],
    smoking: Some(FORMER_SMOKER),
    covid_test: (87, false),
    pressure: (2.0, 0.0),
};

/// Owen Doyle, 9: his parents are divorced and a court restricts his father.
pub const OWEN: Story = Story {
    member: Member {
        street: "301 Pine Street",
        phone: "860-555-0133",
        ..person("owen", &["Owen"], "Doyle", Gender::Male, Birth::Ago { years: 9, days: 150 }, (2.0, 1.0))
    },
    visits: &[
        Visit { slug: "well-child-8", days_ago: 470, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Healthy. Third grade, likes dinosaurs.", plan: "Brush twice a day.", draws: &[Draw { panel: &CBC, values: &[] }] },
        Visit { slug: "well-child-9", days_ago: 110, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM, ECZEMA_ICD], story: "Healthy. Dry, itchy elbows in winter.", plan: "Moisturizer every day, cream for flares.", draws: &[Draw { panel: &CBC, values: &[] }] },
    ],
    problems: &[Problem { slug: "eczema", code: ECZEMA, icd10: ECZEMA_ICD, onset_days_ago: 1_300, resolved_days_ago: None }],
    medications: &[EMOLLIENT],
    allergies: &[],
    operations: &[Operation { slug: "stitches", code: snomed("288086009", "Suture open wound"), days_ago: 700, reason: snomed("283396008", "Laceration of knee") }],
    aims: &[Aim { slug: "skin", description: "Moisturize every evening", due_days_ahead: 60 }],
    smoking: None,
    covid_test: (330, true),
    pressure: (0.0, 0.0),
};

/// Felix Larsen, born on a 29 February.
pub const FELIX: Story = Story {
    member: Member {
        street: "9 Harbor View",
        phone: "860-555-0116",
        ..person("felix", &["Felix"], "Larsen", Gender::Male, Birth::LeapDay { years: 8 }, (1.0, -1.0))
    },
    visits: &[
        Visit { slug: "well-child-9", days_ago: 460, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Healthy. Plays chess and climbs trees.", plan: "See you next year.", draws: &[Draw { panel: &CBC, values: &[] }] },
        Visit { slug: "well-child-10", days_ago: 95, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Healthy ten-year-old. Constipation now and then.", plan: "Water, fruit, and polyethylene glycol when needed.", draws: &[Draw { panel: &LIPIDS, values: &[] }] },
    ],
    problems: &[Problem { slug: "constipation", code: snomed("14760008", "Constipation"), icd10: icd10("K59.00", "Constipation, unspecified"), onset_days_ago: 400, resolved_days_ago: None }],
    medications: &[Medication { slug: "polyethylene-glycol", code: rxnorm("876193", "polyethylene glycol 3350 17000 MG Powder for Oral Solution"), text: "1 capful in a glass of water once a day when needed", dose: (1.0, "capful"), per_day: 1, as_needed: true, reason: snomed("14760008", "Constipation"), started_days_ago: 95, active: true, quantity: 14, refills: 1 }],
    allergies: &[Allergy { slug: "amoxicillin", code: rxnorm("723", "amoxicillin"), category: "medication", high: false, manifestation: snomed("271807003", "Rash"), noted_days_ago: 2_900 }],
    operations: &[Operation { slug: "splint", code: snomed("79321009", "Application of splint"), days_ago: 900, reason: snomed("263102004", "Fracture of wrist") }],
    aims: &[Aim { slug: "fiber", description: "Five portions of fruit or vegetables a day", due_days_ahead: 60 }],
    smoking: None,
    covid_test: (280, false),
    pressure: (0.0, 0.0),
};

/// Mila Larsen, 18 months old.
pub const MILA: Story = Story {
    member: Member {
        street: "9 Harbor View",
        phone: "860-555-0116",
        ..person("mila", &["Mila"], "Larsen", Gender::Female, Birth::Ago { years: 1, days: 190 }, (1.0, 1.0))
    },
    visits: &[
        Visit { slug: "well-baby-9-months", days_ago: 280, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "Sits, crawls, says mama. Eats everything.", plan: "No honey before the first birthday. Cover the sockets.", draws: &[] },
        Visit { slug: "well-baby-12-months", days_ago: 188, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM], story: "First steps along the sofa. Six teeth.", plan: "Whole milk. Vaccines today; fever is possible in a week.", draws: &[Draw { panel: &LEAD, values: &[] }, Draw { panel: &CBC, values: &[("718-7", 11.9), ("787-2", 78.0)] }] },
        Visit { slug: "well-baby-18-months", days_ago: 6, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM, ECZEMA_ICD], story: "Runs, ten words, points at pictures. Development questionnaire fine.", plan: "Read together every day. Brush the teeth. Cream for the dry cheeks.", draws: &[] },
    ],
    problems: &[Problem { slug: "eczema", code: ECZEMA, icd10: ECZEMA_ICD, onset_days_ago: 150, resolved_days_ago: None }],
    medications: &[EMOLLIENT],
    allergies: &[],
    operations: &[Operation { slug: "hearing", code: snomed("417491009", "Neonatal hearing test"), days_ago: 554, reason: CHECK_UP }],
    aims: &[Aim { slug: "words", description: "Say fifty words by the second birthday", due_days_ahead: 170 }],
    smoking: None,
    covid_test: (120, false),
    pressure: (0.0, 0.0),
};

/// Jade Bennett, 16, emancipated by a court: her account is her own.
pub const JADE: Story = Story {
    member: Member {
        street: "45 College Street",
        phone: "860-555-0166",
        email: Some("jade.bennett@mail.example"),
        race: Race::Black,
        ..person("jade", &["Jade"], "Bennett", Gender::Female, Birth::Ago { years: 16, days: 220 }, (0.0, 0.0))
    },
    visits: &[
        Visit { slug: "mood-visit", days_ago: 260, kind: VisitKind::FollowUp, reason: DEPRESSION, diagnoses: &[DEPRESSION_ICD], story: "Low mood since moving out, sleeps badly. No thoughts of self-harm. Works at the bakery and goes to school.", plan: "Sertraline every morning. Counselling once a week. Call 988 any time you feel unsafe.", draws: &[Draw { panel: &THYROID, values: &[] }] },
        Visit { slug: "well-teen-16", days_ago: 75, kind: VisitKind::Physical, reason: WELL_CHILD, diagnoses: &[CHILD_EXAM, DEPRESSION_ICD], story: "Mood much better. Passed her exams.", plan: "Stay on sertraline until autumn, then talk again.", draws: &[Draw { panel: &CBC, values: &[] }, Draw { panel: &LIPIDS, values: &[] }] },
    ],
    problems: &[Problem { slug: "depression", code: DEPRESSION, icd10: DEPRESSION_ICD, onset_days_ago: 260, resolved_days_ago: None }],
    medications: &[Medication { slug: "sertraline", code: rxnorm("312941", "sertraline 50 MG Oral Tablet"), text: "Take 1 tablet every morning", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: DEPRESSION, started_days_ago: 260, active: true, quantity: 30, refills: 5 }],
    allergies: &[],
    operations: &[Operation { slug: "ecg", code: snomed("29303009", "Electrocardiographic procedure"), days_ago: 75, reason: CHECK_UP }],
    aims: &[Aim { slug: "mood", description: "PHQ-9 below 5", due_days_ahead: 110 }],
    smoking: Some(NEVER_SMOKER),
    covid_test: (370, false),
    pressure: (0.0, 0.0),
};

/// Samuel Okafor has no account yet.
pub const SAMUEL: Story = Story {
    member: Member {
        street: "230 Main Street Extension",
        phone: "860-555-0134",
        email: Some("samuel.okafor@mail.example"),
        race: Race::Black,
        ..person("samuel", &["Samuel"], "Okafor", Gender::Male, Birth::Ago { years: 34, days: 77 }, (4.0, 2.0))
    },
    visits: &[Visit { slug: "new-patient", days_ago: 20, kind: VisitKind::Physical, reason: CHECK_UP, diagnoses: &[ADULT_EXAM, icd10("J30.2", "Other seasonal allergic rhinitis")], story: "New to the practice. Healthy, runs. Sneezes in spring.", plan: "Loratadine in spring. Your activation code for the portal is on this page.", draws: &[Draw { panel: &LIPIDS, values: &[] }, Draw { panel: &METABOLIC, values: &[] }] }],
    problems: &[Problem { slug: "rhinitis", code: snomed("367498001", "Seasonal allergic rhinitis"), icd10: icd10("J30.2", "Other seasonal allergic rhinitis"), onset_days_ago: 3_000, resolved_days_ago: None }],
    medications: &[Medication { slug: "loratadine", code: rxnorm("311372", "loratadine 10 MG Oral Tablet"), text: "Take 1 tablet a day in spring", dose: (1.0, "tablet"), per_day: 1, as_needed: true, reason: snomed("367498001", "Seasonal allergic rhinitis"), started_days_ago: 20, active: true, quantity: 30, refills: 2 }],
    allergies: &[],
    operations: &[Operation { slug: "knee", code: snomed("698740005", "Arthroscopy of knee"), days_ago: 1_600, reason: snomed("30989003", "Knee pain") }],
    aims: &[Aim { slug: "run", description: "Half marathon in autumn", due_days_ahead: 120 }],
    smoking: Some(NEVER_SMOKER),
    covid_test: (450, true),
    pressure: (2.0, 1.0),
};

/// Mei Chen has no account yet.
pub const MEI: Story = Story {
    member: Member {
        street: "71 Lincoln Street",
        phone: "860-555-0129",
        email: Some("mei.chen@mail.example"),
        race: Race::Asian,
        ..person("mei", &["Mei"], "Chen", Gender::Female, Birth::Ago { years: 29, days: 11 }, (-1.0, -3.0))
    },
    visits: &[Visit { slug: "new-patient", days_ago: 15, kind: VisitKind::Physical, reason: CHECK_UP, diagnoses: &[ADULT_EXAM, icd10("D50.9", "Iron deficiency anemia, unspecified")], story: "New to the practice. Tired since winter. Pale conjunctivae, otherwise normal.", plan: "Iron every other day. Blood test in two months. Your activation code for the portal is on this page.", draws: &[Draw { panel: &CBC, values: &[("718-7", 10.6), ("787-2", 74.0)] }, Draw { panel: &KIDNEY, values: &[] }] }],
    problems: &[Problem { slug: "anemia", code: snomed("87522002", "Iron deficiency anemia"), icd10: icd10("D50.9", "Iron deficiency anemia, unspecified"), onset_days_ago: 15, resolved_days_ago: None }],
    medications: &[Medication { slug: "ferrous-sulfate", code: rxnorm("310325", "ferrous sulfate 325 MG Oral Tablet"), text: "Take 1 tablet every other day", dose: (1.0, "tablet"), per_day: 1, as_needed: false, reason: snomed("87522002", "Iron deficiency anemia"), started_days_ago: 15, active: true, quantity: 30, refills: 1 }],
    allergies: &[Allergy { slug: "shellfish", code: snomed("227037002", "Fish - dietary"), category: "food", high: false, manifestation: snomed("126485001", "Urticaria"), noted_days_ago: 3_650 }],
    operations: &[Operation { slug: "lasik", code: snomed("312965008", "Laser in situ keratomileusis"), days_ago: 1_200, reason: snomed("57190000", "Myopia") }],
    aims: &[Aim { slug: "iron", description: "Hemoglobin above 12 g/dL", due_days_ahead: 60 }],
    smoking: Some(NEVER_SMOKER),
    covid_test: (500, false),
    pressure: (-4.0, -2.0),
};
