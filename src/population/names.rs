//! Names by where families come from, and the made-up towns they live in.

use crate::words::Code;

const OMB: &str = "urn:oid:2.16.840.1.113883.6.238";

const fn omb(code: &'static str, display: &'static str) -> Code {
    Code {
        system: OMB,
        code,
        display,
    }
}

/// Where a family comes from: its names, and what it answers about race, ethnicity and language.
#[derive(Debug, PartialEq)]
pub struct Origin {
    /// Share of families, in percent.
    pub share: f64,
    pub race: Code,
    pub hispanic: bool,
    /// A detailed ethnicity if Hispanic, else a detailed race.
    pub detail: Option<Code>,
    /// BCP 47 and its name, for families that may prefer it to English.
    pub language: Option<(&'static str, &'static str)>,
    /// Tribe (v3-TribalEntityUS).
    pub tribe: Option<(&'static str, &'static str)>,
    pub women: &'static [&'static str],
    pub men: &'static [&'static str],
    pub families: &'static [&'static str],
}

const WHITE: Code = omb("2106-3", "White");
const BLACK: Code = omb("2054-5", "Black or African American");
const ASIAN: Code = omb("2028-9", "Asian");
const NATIVE: Code = omb("1002-5", "American Indian or Alaska Native");
const OTHER: Code = omb("2131-1", "Other Race");

/// All origins. The shares are near those of the state.
pub const ORIGINS: &[Origin] = &[
    Origin {
        share: 44.0,
        race: WHITE,
        hispanic: false,
        detail: None,
        language: None,
        tribe: None,
        women: &[
            "Emily",
            "Sarah",
            "Hannah",
            "Grace",
            "Claire",
            "Margaret",
            "Laura",
            "Rebecca",
            "Julia",
            "Anne",
            "Catherine",
            "Abigail",
            "Helen",
            "Ruth",
            "Susan",
            "Karen",
            "Molly",
            "Nora",
            "Lucy",
            "Alice",
        ],
        men: &[
            "James", "William", "Thomas", "Peter", "Andrew", "Daniel", "Henry", "George", "Robert",
            "Edward", "Matthew", "Samuel", "Owen", "Jack", "Charles", "Paul", "Mark", "Stephen",
            "Luke", "Noah",
        ],
        families: &[
            "Whitfield",
            "Carver",
            "Hale",
            "Mercer",
            "Thatcher",
            "Collins",
            "Sullivan",
            "Brennan",
            "Walsh",
            "Doherty",
            "Marsh",
            "Bishop",
            "Fuller",
            "Prescott",
            "Ellis",
            "Granger",
            "Hawley",
            "Lathrop",
            "Pratt",
            "Winslow",
        ],
    },
    Origin {
        share: 9.0,
        race: WHITE,
        hispanic: false,
        detail: Some(omb("2114-7", "Italian")),
        language: None,
        tribe: None,
        women: &[
            "Gina",
            "Sofia",
            "Maria",
            "Angela",
            "Teresa",
            "Lucia",
            "Francesca",
            "Rosa",
            "Carla",
            "Nina",
        ],
        men: &[
            "Anthony", "Vincent", "Marco", "Joseph", "Frank", "Luca", "Dominic", "Paolo", "Mario",
            "Nico",
        ],
        families: &[
            "Russo", "Esposito", "Ricci", "Marino", "Conti", "DeLuca", "Moretti", "Ferraro",
            "Bianchi",
        ],
    },
    Origin {
        share: 5.0,
        race: WHITE,
        hispanic: false,
        detail: Some(omb("2115-4", "Polish")),
        language: Some(("pl", "Polish")),
        tribe: None,
        women: &[
            "Anna",
            "Katarzyna",
            "Zofia",
            "Ewa",
            "Magda",
            "Joanna",
            "Krystyna",
            "Hanna",
        ],
        men: &[
            "Adam", "Piotr", "Jan", "Tomasz", "Marek", "Pawel", "Jakub", "Stefan",
        ],
        families: &[
            "Nowak",
            "Kowalski",
            "Zielinski",
            "Wojcik",
            "Mazur",
            "Krawczyk",
            "Dudek",
        ],
    },
    Origin {
        share: 13.0,
        race: OTHER,
        hispanic: true,
        detail: Some(omb("2180-8", "Puerto Rican")),
        language: Some(("es", "Spanish")),
        tribe: None,
        women: &[
            "Carmen", "Isabel", "Elena", "Gabriela", "Valeria", "Camila", "Luz", "Marisol",
            "Daniela", "Ines",
        ],
        men: &[
            "Jose", "Luis", "Carlos", "Miguel", "Diego", "Rafael", "Mateo", "Javier", "Hector",
            "Andres",
        ],
        families: &[
            "Rivera",
            "Colon",
            "Ortiz",
            "Vega",
            "Santiago",
            "Cruz",
            "Figueroa",
            "Nieves",
            "Maldonado",
        ],
    },
    Origin {
        share: 6.0,
        race: WHITE,
        hispanic: true,
        detail: Some(omb("2148-5", "Mexican")),
        language: Some(("es", "Spanish")),
        tribe: None,
        women: &[
            "Guadalupe",
            "Alejandra",
            "Paola",
            "Ximena",
            "Rocio",
            "Beatriz",
            "Leticia",
            "Fernanda",
        ],
        men: &[
            "Juan", "Pedro", "Emilio", "Sergio", "Ricardo", "Manuel", "Santiago", "Oscar",
        ],
        families: &[
            "Hernandez",
            "Lopez",
            "Ramirez",
            "Flores",
            "Mendoza",
            "Aguilar",
            "Salazar",
            "Herrera",
        ],
    },
    Origin {
        share: 12.0,
        race: BLACK,
        hispanic: false,
        detail: Some(omb("2058-6", "African American")),
        language: None,
        tribe: None,
        women: &[
            "Imani", "Denise", "Monique", "Aaliyah", "Renee", "Tamara", "Jasmine", "Simone",
            "Gloria", "Nia",
        ],
        men: &[
            "Marcus", "Andre", "Isaiah", "Darnell", "Malik", "Jerome", "Xavier", "Terrence",
            "Elijah", "Curtis",
        ],
        families: &[
            "Washington",
            "Freeman",
            "Banks",
            "Booker",
            "Hayes",
            "Coleman",
            "Gaines",
            "Tolliver",
            "Bryant",
        ],
    },
    Origin {
        share: 2.0,
        race: BLACK,
        hispanic: false,
        detail: Some(omb("2067-7", "Bahamian")),
        language: None,
        tribe: None,
        women: &["Shanice", "Patrice", "Althea", "Marva", "Kerry", "Yvette"],
        men: &["Winston", "Desmond", "Clive", "Errol", "Devon", "Lloyd"],
        families: &["Rolle", "Knowles", "Ferguson", "Moxey", "Cartwright"],
    },
    Origin {
        share: 3.0,
        race: ASIAN,
        hispanic: false,
        detail: Some(omb("2029-7", "Asian Indian")),
        language: Some(("hi", "Hindi")),
        tribe: None,
        women: &[
            "Anjali", "Meera", "Lakshmi", "Divya", "Kavya", "Sunita", "Rani", "Pooja",
        ],
        men: &[
            "Arjun", "Vikram", "Ravi", "Sanjay", "Rohan", "Anil", "Kiran", "Dev",
        ],
        families: &[
            "Sharma", "Iyer", "Reddy", "Gupta", "Nair", "Desai", "Menon", "Kapoor",
        ],
    },
    Origin {
        share: 3.0,
        race: ASIAN,
        hispanic: false,
        detail: Some(omb("2034-7", "Chinese")),
        language: Some(("zh", "Chinese")),
        tribe: None,
        women: &["Mei", "Lihua", "Xiu", "Jing", "Yan", "Fang", "Li", "Hui"],
        men: &["Wei", "Jun", "Ming", "Hao", "Lei", "Bo", "Chen", "Tao"],
        families: &[
            "Chen", "Wang", "Liu", "Zhao", "Huang", "Lin", "Zhou", "Tang",
        ],
    },
    Origin {
        share: 2.0,
        race: ASIAN,
        hispanic: false,
        detail: Some(omb("2047-9", "Vietnamese")),
        language: Some(("vi", "Vietnamese")),
        tribe: None,
        women: &["Linh", "Mai", "Thuy", "Lan", "Hoa", "Ngoc"],
        men: &["Minh", "Duc", "Tuan", "Huy", "Quang", "Nam"],
        families: &["Nguyen", "Tran", "Pham", "Le", "Vo", "Dang"],
    },
    Origin {
        share: 1.0,
        race: NATIVE,
        hispanic: false,
        detail: None,
        language: None,
        tribe: Some(("150", "Mashantucket Pequot Tribe of Connecticut")),
        women: &["Dawn", "Wren", "Tansy", "Laurel", "Marie", "Joan"],
        men: &["Lyle", "Russell", "Wade", "Kenneth", "Roy", "Dale"],
        families: &["Sebastian", "Hoxie", "Langevin", "Wilcox", "Babcock"],
    },
];

/// A made-up town of the valley.
#[derive(Debug, PartialEq, Eq)]
pub struct Town {
    pub name: &'static str,
    pub postal_code: &'static str,
}

/// The towns, near the practices.
pub const TOWNS: &[Town] = &[
    Town {
        name: "Alder Falls",
        postal_code: "06411",
    },
    Town {
        name: "Coginchaug",
        postal_code: "06422",
    },
    Town {
        name: "Eastbrook",
        postal_code: "06433",
    },
    Town {
        name: "Higganum Landing",
        postal_code: "06441",
    },
    Town {
        name: "Laurel Hill",
        postal_code: "06455",
    },
    Town {
        name: "Mill Plain",
        postal_code: "06461",
    },
    Town {
        name: "North Quarry",
        postal_code: "06472",
    },
    Town {
        name: "Saltmarsh",
        postal_code: "06475",
    },
    Town {
        name: "Stonewall Corner",
        postal_code: "06481",
    },
    Town {
        name: "Westfield Green",
        postal_code: "06498",
    },
];

pub const STREETS: &[&str] = &[
    "Main Street",
    "Church Street",
    "Maple Avenue",
    "Old Mill Road",
    "Quarry Lane",
    "Pine Street",
    "River Road",
    "School Street",
    "Elm Court",
    "Prospect Hill Road",
    "Harbor View",
    "Orchard Lane",
    "Chestnut Street",
    "Brookside Drive",
    "Meadow Road",
    "Union Street",
    "Cedar Ridge",
    "Ferry Street",
];
