//! The usual US schedules of vaccines as data: which codes count, and by which age each dose should have been given.

/// A vaccine people should have had, whatever product it came in.
#[derive(Debug, Clone, Copy)]
pub struct Vaccine {
    pub name: &'static str,
    /// CVX codes that count, combinations included.
    pub cvx: &'static [&'static str],
    /// Age in months from which the first, second, … dose is overdue: the end of the recommended time and a month.
    pub overdue_from: &'static [i64],
    /// Nothing is asked for from this age in months on.
    pub until: i64,
    /// A dose given from this age in months on completes the series.
    pub completed_by_dose_from: Option<i64>,
}

const YEAR: i64 = 12;
const FOR_LIFE: i64 = 1_500;

/// Childhood, adolescent and adult series (CDC, 2025). The codes are those of the CDC's vaccine groups (CVX to group,
/// 2025), with the foreign products that hold the antigen and are in no group.
pub const SERIES: &[Vaccine] = &[
    Vaccine {
        name: "hepatitis B",
        cvx: &[
            "08", "42", "43", "44", "45", "51", "102", "104", "110", "132", "146", "189", "193",
            "198", "220",
        ],
        overdue_from: &[2, 4, 19],
        until: 18 * YEAR,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "rotavirus",
        cvx: &["74", "116", "119", "122"],
        overdue_from: &[3, 5],
        until: 8,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "DTaP",
        cvx: &[
            "01", "20", "22", "28", "50", "102", "106", "107", "110", "120", "130", "132", "146",
            "170", "198",
        ],
        overdue_from: &[3, 5, 7, 20, 6 * YEAR + 1],
        until: 7 * YEAR,
        completed_by_dose_from: Some(4 * YEAR),
    },
    Vaccine {
        name: "Hib",
        cvx: &[
            "17", "22", "46", "47", "48", "49", "50", "51", "102", "120", "132", "146", "148",
            "170", "198",
        ],
        overdue_from: &[3, 5, 17],
        until: 5 * YEAR,
        completed_by_dose_from: Some(15),
    },
    Vaccine {
        name: "pneumococcal conjugate",
        cvx: &["100", "109", "133", "152", "177", "215", "216"],
        overdue_from: &[3, 5, 7, 17],
        until: 5 * YEAR,
        completed_by_dose_from: Some(2 * YEAR),
    },
    Vaccine {
        name: "polio",
        // Of the oral vaccines only the trivalent counts here: no "178" (bivalent), no "179" (monovalent).
        cvx: &[
            "02", "10", "89", "110", "120", "130", "132", "146", "170", "182", "195",
        ],
        overdue_from: &[3, 5, 20, 6 * YEAR + 1],
        until: 18 * YEAR,
        completed_by_dose_from: Some(4 * YEAR),
    },
    Vaccine {
        name: "MMR",
        cvx: &["03", "94"],
        overdue_from: &[17, 6 * YEAR + 1],
        until: 19 * YEAR,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "varicella",
        cvx: &["21", "94"],
        overdue_from: &[17, 6 * YEAR + 1],
        until: 19 * YEAR,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "hepatitis A",
        cvx: &["31", "52", "83", "84", "85", "104", "169", "193"],
        overdue_from: &[25, 31],
        until: 19 * YEAR,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "Tdap",
        cvx: &["115"],
        overdue_from: &[13 * YEAR],
        until: 19 * YEAR,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "HPV",
        cvx: &["62", "118", "137", "165"],
        overdue_from: &[13 * YEAR, 13 * YEAR + 6],
        until: 27 * YEAR,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "meningococcal ACWY",
        cvx: &["32", "108", "114", "136", "147", "203", "316", "328"],
        overdue_from: &[13 * YEAR, 17 * YEAR],
        until: 19 * YEAR,
        completed_by_dose_from: Some(16 * YEAR),
    },
    Vaccine {
        name: "zoster (recombinant)",
        cvx: &["187"],
        overdue_from: &[50 * YEAR + 6, 51 * YEAR],
        until: FOR_LIFE,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "pneumococcal (PCV15, PCV20 or PCV21)",
        cvx: &["215", "216", "327"],
        overdue_from: &[50 * YEAR + 6],
        until: FOR_LIFE,
        completed_by_dose_from: None,
    },
    Vaccine {
        name: "RSV",
        cvx: &["303", "304", "305", "314", "326"],
        overdue_from: &[75 * YEAR + 6],
        until: FOR_LIFE,
        completed_by_dose_from: None,
    },
];

/// What protects adults against tetanus, and for how long.
pub const TETANUS: &[&str] = &["09", "35", "113", "115", "138", "139", "195", "196"];
pub const TETANUS_MONTHS: i64 = 10 * YEAR;
pub const TETANUS_FROM: i64 = 19 * YEAR;

/// Influenza, of a season.
pub const INFLUENZA: &[&str] = &[
    "15", "16", "88", "111", "135", "140", "141", "144", "149", "150", "151", "153", "155", "158",
    "161", "166", "168", "171", "185", "186", "194", "197", "200", "201", "202", "205", "231",
    "320", "331", "333",
];
pub const INFLUENZA_FROM: i64 = 6;

/// Shortest time from one dose of a series to the next, in days; a dose sooner is given the time to come due.
pub const INTERVAL_DAYS: i64 = 56;
