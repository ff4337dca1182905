//! The laboratory's panels: what is measured, its usual value and reference range.

use crate::words::{Code, loinc, snomed};

/// One measured quantity with its usual value and reference range.
#[derive(Debug, Clone, Copy)]
pub struct Analyte {
    pub code: Code,
    pub unit: &'static str,
    pub ucum: &'static str,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub decimals: u32,
    pub usual: f64,
    pub spread: f64,
}

/// Analytes reported together.
#[derive(Debug)]
pub struct Panel {
    pub slug: &'static str,
    pub code: Code,
    pub specimen: Code,
    pub analytes: &'static [Analyte],
}

const fn analyte(
    code: &'static str,
    display: &'static str,
    unit: (&'static str, &'static str),
    range: (Option<f64>, Option<f64>),
    decimals: u32,
    usual: (f64, f64),
) -> Analyte {
    Analyte {
        code: loinc(code, display),
        unit: unit.0,
        ucum: unit.1,
        low: range.0,
        high: range.1,
        decimals,
        usual: usual.0,
        spread: usual.1,
    }
}

/// Venous blood.
pub const BLOOD: Code = snomed("119297000", "Blood specimen");
const URINE: Code = snomed("122575003", "Urine specimen");
const MG_DL: (&str, &str) = ("mg/dL", "mg/dL");
const MMOL_L: (&str, &str) = ("mmol/L", "mmol/L");

const CBC: Panel = Panel {
    slug: "cbc",
    code: loinc("58410-2", "CBC panel - Blood by Automated count"),
    specimen: BLOOD,
    analytes: &[
        analyte(
            "6690-2",
            "Leukocytes",
            ("10*3/uL", "10*3/uL"),
            (Some(4.0), Some(11.0)),
            1,
            (6.8, 1.2),
        ),
        analyte(
            "789-8",
            "Erythrocytes",
            ("10*6/uL", "10*6/uL"),
            (Some(3.9), Some(5.7)),
            2,
            (4.6, 0.2),
        ),
        analyte(
            "718-7",
            "Hemoglobin",
            ("g/dL", "g/dL"),
            (Some(11.5), Some(17.0)),
            1,
            (13.6, 0.5),
        ),
        analyte(
            "4544-3",
            "Hematocrit",
            ("%", "%"),
            (Some(34.0), Some(50.0)),
            1,
            (40.8, 1.5),
        ),
        analyte(
            "787-2",
            "MCV",
            ("fL", "fL"),
            (Some(76.0), Some(100.0)),
            0,
            (88.0, 2.0),
        ),
        analyte(
            "777-3",
            "Platelets",
            ("10*3/uL", "10*3/uL"),
            (Some(150.0), Some(400.0)),
            0,
            (255.0, 30.0),
        ),
    ],
};

const METABOLIC: Panel = Panel {
    slug: "bmp",
    code: loinc("51990-0", "Basic metabolic panel - Blood"),
    specimen: BLOOD,
    analytes: &[
        analyte(
            "2345-7",
            "Glucose",
            MG_DL,
            (Some(70.0), Some(99.0)),
            0,
            (90.0, 6.0),
        ),
        analyte(
            "3094-0",
            "Urea nitrogen",
            MG_DL,
            (Some(7.0), Some(20.0)),
            0,
            (13.0, 3.0),
        ),
        analyte(
            "2160-0",
            "Creatinine",
            MG_DL,
            (Some(0.5), Some(1.2)),
            2,
            (0.82, 0.06),
        ),
        analyte(
            "2951-2",
            "Sodium",
            MMOL_L,
            (Some(135.0), Some(145.0)),
            0,
            (140.0, 2.0),
        ),
        analyte(
            "2823-3",
            "Potassium",
            MMOL_L,
            (Some(3.5), Some(5.1)),
            1,
            (4.2, 0.2),
        ),
        analyte(
            "2075-0",
            "Chloride",
            MMOL_L,
            (Some(98.0), Some(107.0)),
            0,
            (102.0, 2.0),
        ),
        analyte(
            "2028-9",
            "Carbon dioxide",
            MMOL_L,
            (Some(22.0), Some(29.0)),
            0,
            (25.0, 1.0),
        ),
        analyte(
            "17861-6",
            "Calcium",
            MG_DL,
            (Some(8.6), Some(10.3)),
            1,
            (9.4, 0.2),
        ),
    ],
};

const LIPIDS: Panel = Panel {
    slug: "lipids",
    code: loinc("57698-3", "Lipid panel with direct LDL - Serum or Plasma"),
    specimen: BLOOD,
    analytes: &[
        analyte(
            "2093-3",
            "Cholesterol",
            MG_DL,
            (None, Some(200.0)),
            0,
            (172.0, 12.0),
        ),
        analyte(
            "2571-8",
            "Triglyceride",
            MG_DL,
            (None, Some(150.0)),
            0,
            (98.0, 18.0),
        ),
        analyte(
            "2085-9",
            "Cholesterol in HDL",
            MG_DL,
            (Some(40.0), None),
            0,
            (54.0, 4.0),
        ),
        analyte(
            "18262-6",
            "Cholesterol in LDL (direct)",
            MG_DL,
            (None, Some(130.0)),
            0,
            (98.0, 10.0),
        ),
    ],
};

const A1C: Panel = Panel {
    slug: "a1c",
    code: loinc("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
    specimen: BLOOD,
    analytes: &[analyte(
        "4548-4",
        "Hemoglobin A1c",
        ("%", "%"),
        (Some(4.0), Some(5.6)),
        1,
        (5.2, 0.2),
    )],
};

const THYROID: Panel = Panel {
    slug: "tsh",
    code: loinc("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma"),
    specimen: BLOOD,
    analytes: &[analyte(
        "3016-3",
        "TSH",
        ("m[IU]/L", "m[IU]/L"),
        (Some(0.4), Some(4.5)),
        2,
        (2.1, 0.5),
    )],
};

const FILTRATION: Panel = Panel {
    slug: "egfr",
    code: loinc(
        "98979-8",
        "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI 2021)",
    ),
    specimen: BLOOD,
    analytes: &[analyte(
        "98979-8",
        "eGFR",
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
        (Some(60.0), None),
        0,
        (92.0, 8.0),
    )],
};

const KIDNEY: Panel = Panel {
    slug: "uacr",
    code: loinc("14959-1", "Microalbumin/Creatinine [Mass Ratio] in Urine"),
    specimen: URINE,
    analytes: &[analyte(
        "14959-1",
        "Albumin/Creatinine ratio",
        ("mg/g", "mg/g"),
        (None, Some(30.0)),
        0,
        (12.0, 4.0),
    )],
};

const IRON: Panel = Panel {
    slug: "ferritin",
    code: loinc("2276-4", "Ferritin [Mass/volume] in Serum or Plasma"),
    specimen: BLOOD,
    analytes: &[analyte(
        "2276-4",
        "Ferritin",
        ("ng/mL", "ng/mL"),
        (Some(15.0), Some(150.0)),
        0,
        (48.0, 12.0),
    )],
};

const LEAD: Panel = Panel {
    slug: "lead",
    code: loinc("77307-7", "Lead [Mass/volume] in Venous blood"),
    specimen: BLOOD,
    analytes: &[analyte(
        "77307-7",
        "Lead",
        ("ug/dL", "ug/dL"),
        (None, Some(3.5)),
        1,
        (1.1, 0.4),
    )],
};

const VITAMIN_D: Panel = Panel {
    slug: "vitd",
    code: loinc(
        "1989-3",
        "25-hydroxyvitamin D3 [Mass/volume] in Serum or Plasma",
    ),
    specimen: BLOOD,
    analytes: &[analyte(
        "1989-3",
        "25-hydroxyvitamin D3",
        ("ng/mL", "ng/mL"),
        (Some(30.0), Some(100.0)),
        0,
        (36.0, 5.0),
    )],
};

/// Every panel, found by its slug.
pub const PANELS: &[&Panel] = &[
    &CBC,
    &METABOLIC,
    &LIPIDS,
    &A1C,
    &THYROID,
    &FILTRATION,
    &KIDNEY,
    &IRON,
    &LEAD,
    &VITAMIN_D,
];

/// The panel of a slug.
pub fn panel(slug: &str) -> Option<&'static Panel> {
    PANELS.iter().copied().find(|panel| panel.slug == slug)
}
