//! Care that minors may consent to alone in Connecticut, and the visits they come for.

use crate::chart::Secret;
use crate::illnesses::{Illness, PLAIN};
use crate::medicines::{Medicine, daily};
use crate::words::{icd10, loinc, rxnorm, snomed};

/// Connecticut 19a-216: sexually transmitted infections.
pub const STI: Secret = Secret {
    basis: "minor:19a-216",
    labels: &["STD", "ADOL"],
};
/// Connecticut 19a-582: HIV testing.
pub const HIV: Secret = Secret {
    basis: "minor:19a-582",
    labels: &["HIV", "ADOL"],
};
/// Connecticut 19a-14c: outpatient mental health.
pub const MENTAL_HEALTH: Secret = Secret {
    basis: "minor:19a-14c",
    labels: &["MH", "ADOL"],
};
/// Connecticut HB 7213 (2025): pregnancy prevention.
pub const CONTRACEPTION: Secret = Secret {
    basis: "minor:hb7213",
    labels: &["SEX", "ADOL"],
};

/// A visit made alone, under the secret it is kept by.
#[derive(Debug, PartialEq)]
pub struct Alone {
    pub secret: Secret,
    pub illness: Illness,
}

/// All of them; `weight` tells how often.
pub const ALONE: &[Alone] = &[
    Alone {
        secret: MENTAL_HEALTH,
        illness: Illness {
            slug: "counselling",
            weight: 3.0,
            ages: (14.0, 18.0),
            reason: snomed("48694002", "Anxiety"),
            diagnosis: icd10("F43.22", "Adjustment disorder with anxiety"),
            days: 120,
            story: "Came alone. Worry about school and the family, sleeps six hours. No thoughts of self-harm. \
                Consents to counselling under Connecticut law.",
            plan: "Second session in two weeks. Breathing exercise practised together.",
            ..PLAIN
        },
    },
    Alone {
        secret: CONTRACEPTION,
        illness: Illness {
            slug: "contraception",
            weight: 3.0,
            ages: (15.0, 18.0),
            women_only: true,
            reason: snomed("13197004", "Contraception"),
            diagnosis: icd10(
                "Z30.011",
                "Encounter for initial prescription of contraceptive pills",
            ),
            days: 365,
            medicine: Some(Medicine {
                quantity: 28,
                refills: 11,
                ..daily(
                    "contraceptive",
                    rxnorm(
                        "242297",
                        "ethinyl estradiol 0.02 MG / levonorgestrel 0.1 MG Oral Tablet",
                    ),
                    "1 tablet every evening at the same time",
                    1,
                    0,
                )
            }),
            story: "Came alone and asks for contraception. Blood pressure normal, does not smoke. Choices explained.",
            plan: "Pill started. Back in three months, or sooner with headache.",
            ..PLAIN
        },
    },
    Alone {
        secret: STI,
        illness: Illness {
            slug: "chlamydia",
            weight: 1.5,
            ages: (15.0, 18.0),
            reason: snomed("49650001", "Dysuria"),
            diagnosis: icd10(
                "A56.00",
                "Chlamydial infection of lower genitourinary tract, unspecified",
            ),
            days: 14,
            test: Some((
                "chlamydia",
                loinc(
                    "43304-5",
                    "Chlamydia trachomatis rRNA [Presence] in Specimen by NAA with probe detection",
                ),
                snomed("122575003", "Urine specimen"),
            )),
            medicine: Some(Medicine {
                dose: (1.0, "capsule"),
                quantity: 14,
                refills: 0,
                ..daily(
                    "doxycycline",
                    rxnorm("1649988", "doxycycline hyclate 100 MG Oral Capsule"),
                    "1 capsule twice a day for 7 days",
                    2,
                    0,
                )
            }),
            story: "Came alone with burning for a week, new partner. Consents to test and treatment under Connecticut law.",
            plan: "Treated the same day, partner to be treated, condoms given. Repeat test in three months.",
            ..PLAIN
        },
    },
];
