//! No search tells more than reading: for generated questions over references, what is found is what
//! the caller could have worked out from everything it can read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::{Access, Actor, Standing};
use fhir::ResourceType;
use serde_json::Value;

use super::agreeing::{callers, states};
use super::{NOW, Scene, house, ids, pack, query};
use crate::Found;

const QUESTIONS: usize = 48;

/// Parameter, operator and value of a test, and what it finds in the JSON of a resource.
type Leaf = (&'static str, &'static str, &'static str, fn(&Value) -> bool);

/// The tests there are for each type.
const LEAVES: &[(&str, &[Leaf])] = &[
    (
        "Patient",
        &[
            ("gender", "eq", "female", |r| r["gender"] == "female"),
            ("gender", "eq", "male", |r| r["gender"] == "male"),
            ("family", "sw", "x", |r| {
                starts(&r["name"][0]["family"], "x")
            }),
            ("family", "sw", "z", |r| {
                starts(&r["name"][0]["family"], "z")
            }),
            ("birthdate", "lt", "2000-01-01", |r| {
                r["birthDate"].as_str().is_some_and(|d| d < "2000")
            }),
            ("identifier", "eq", "urn:t|secret", |r| {
                r["identifier"][0]["value"] == "secret"
            }),
            ("_id", "eq", "kid", |r| r["id"] == "kid"),
        ],
    ),
    (
        "Observation",
        &[
            ("category", "eq", "laboratory", |r| {
                r["category"][0]["coding"][0]["code"] == "laboratory"
            }),
            ("status", "eq", "final", |r| r["status"] == "final"),
            ("_id", "eq", "s5", |r| r["id"] == "s5"),
            ("_security", "eq", "SEX", |r| {
                let labels = r["meta"]["security"].as_array();
                labels.is_some_and(|all| all.iter().any(|label| label["code"] == "SEX"))
            }),
            ("has-member", "pr", "true", |r| r["hasMember"].is_array()),
        ],
    ),
    (
        "Encounter",
        &[("status", "eq", "finished", |r| r["status"] == "finished")],
    ),
    (
        "Practitioner",
        &[("family", "sw", "d", |r| {
            starts(&r["name"][0]["family"], "d")
        })],
    ),
    (
        "Organization",
        &[("name", "sw", "house", |r| starts(&r["name"], "house"))],
    ),
    (
        "Provenance",
        &[("recorded", "lt", "2024-01-05", |r| {
            r["recorded"].as_str().is_some_and(|d| d < "2024-01-05")
        })],
    ),
];

/// The references there are: from which type by which parameter and element to which types.
const REFERENCES: &[(&str, &str, &str, &[&str])] = &[
    ("Observation", "subject", "/subject", &["Patient"]),
    ("Observation", "patient", "/subject", &["Patient"]),
    (
        "Observation",
        "performer",
        "/performer/0",
        &["Practitioner"],
    ),
    (
        "Observation",
        "has-member",
        "/hasMember/0",
        &["Observation"],
    ),
    ("Observation", "encounter", "/encounter", &["Encounter"]),
    ("Encounter", "subject", "/subject", &["Patient"]),
    (
        "Patient",
        "general-practitioner",
        "/generalPractitioner/0",
        &["Practitioner"],
    ),
    (
        "Patient",
        "organization",
        "/managingOrganization",
        &["Organization"],
    ),
    (
        "Provenance",
        "target",
        "/target/0",
        &["Observation", "Patient"],
    ),
];

/// What may be asked of a patient whose other facts are hidden.
const SHOWN_OF_REDACTED: &[&str] = &["gender", "family", "birthdate", "_id"];

fn starts(value: &Value, prefix: &str) -> bool {
    value
        .as_str()
        .is_some_and(|t| t.to_lowercase().starts_with(prefix))
}

/// A question about a resource of a type.
#[derive(Debug, Clone)]
enum Question {
    Leaf(usize, usize),
    /// By a reference to a type, perhaps with another question asked there.
    Chain(usize, &'static str, Option<Box<Question>>, Box<Question>),
    /// By a reference back from it.
    Has(usize, Box<Question>),
    All(Vec<Question>),
    Any(Vec<Question>),
    Not(Box<Question>),
}

/// Choices that are the same at every run.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    /// A path of references that ends in a test.
    fn path(&mut self, of: &'static str, depth: u32) -> Question {
        let mut ways: Vec<(usize, &'static str, bool)> = Vec::new();
        for (n, (source, _, _, targets)) in REFERENCES.iter().enumerate() {
            if *source == of {
                ways.extend(targets.iter().map(|target| (n, *target, true)));
            }
            if targets.contains(&of) {
                ways.push((n, source, false));
            }
        }
        if depth == 0 || ways.is_empty() || self.roll(4) == 0 {
            let at = LEAVES.iter().position(|(name, _)| *name == of).unwrap();
            return Question::Leaf(at, self.roll(LEAVES[at].1.len()));
        }
        let (n, far, forward) = ways[self.roll(ways.len())];
        let inner = Box::new(self.path(far, depth - 1));
        match forward {
            true => {
                let bracket = self.roll(3) == 0;
                let bracket = bracket.then(|| Box::new(self.question(far, 1, 0)));
                Question::Chain(n, far, bracket, inner)
            }
            false => Question::Has(n, inner),
        }
    }

    fn question(&mut self, of: &'static str, words: u32, depth: u32) -> Question {
        match (words, self.roll(5)) {
            (1.., 0) => Question::Not(Box::new(self.question(of, words - 1, depth))),
            (1.., 1) => Question::Any(vec![
                self.question(of, words - 1, depth),
                self.question(of, words - 1, depth),
            ]),
            (1.., 2) => Question::All(vec![
                self.question(of, words - 1, depth),
                self.question(of, words - 1, depth),
            ]),
            _ => self.path(of, depth),
        }
    }
}

impl Question {
    /// As a `_filter` expression.
    fn text(&self) -> String {
        match self {
            Self::Leaf(at, n) => {
                let (param, operator, value, _) = LEAVES[*at].1[*n];
                format!("{param} {operator} {value}")
            }
            Self::Chain(n, target, bracket, inner) => {
                let bracket = bracket.as_ref().map(|q| format!("[{}]", q.text()));
                let bracket = bracket.unwrap_or_default();
                format!("{}:{target}{bracket}.{}", REFERENCES[*n].1, inner.text())
            }
            Self::Has(n, inner) => {
                let (source, param, ..) = REFERENCES[*n];
                format!("_has:{source}:{param}:{}", inner.text())
            }
            Self::All(parts) => format!("({} and {})", parts[0].text(), parts[1].text()),
            Self::Any(parts) => format!("({} or {})", parts[0].text(), parts[1].text()),
            Self::Not(inner) => format!("not ({})", inner.text()),
        }
    }

    /// As a parameter of its own, where it is no more than a path that ends in equality.
    fn parameter(&self) -> Option<String> {
        match self {
            Self::Leaf(at, n) => {
                let (param, operator, value, _) = LEAVES[*at].1[*n];
                let prefix = match operator {
                    "eq" | "sw" => "",
                    "lt" => "lt",
                    _ => return None,
                };
                Some(format!("{param}={prefix}{value}"))
            }
            Self::Chain(n, target, None, inner) => Some(format!(
                "{}:{target}.{}",
                REFERENCES[*n].1,
                inner.parameter()?
            )),
            Self::Has(n, inner) => {
                let (source, param, ..) = REFERENCES[*n];
                Some(format!("_has:{source}:{param}:{}", inner.parameter()?))
            }
            _ => None,
        }
    }

    /// The parameters it looks at in the resource itself.
    fn subjects(&self, out: &mut BTreeSet<&'static str>) {
        match self {
            Self::Leaf(at, n) => {
                out.insert(LEAVES[*at].1[*n].0);
            }
            Self::Chain(n, ..) => {
                out.insert(REFERENCES[*n].1);
            }
            Self::Has(..) => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|q| q.subjects(out)),
            Self::Not(inner) => inner.subjects(out),
        }
    }
}

/// Everything one caller can read, by type.
struct Readable {
    resources: BTreeMap<&'static str, Vec<(Value, bool)>>,
    hides_labels: bool,
}

impl Readable {
    async fn of(scene: &Scene, who: &Standing) -> Self {
        let access = open(who);
        let mut resources = BTreeMap::new();
        for (name, _) in LEAVES {
            let resource_type = ResourceType::from_name(name).unwrap();
            let mut all = Vec::new();
            for id in scene.find(&house(), name, "_count=1000").await {
                let records = scene.storage.records(&access);
                if let Found::Seen(seen) = records.read(resource_type, &id).await.unwrap() {
                    let json = serde_json::from_slice(seen.body()).unwrap();
                    all.push((json, seen.redacted()));
                }
            }
            resources.insert(*name, all);
        }
        Self {
            resources,
            hides_labels: matches!(who.actor, Actor::Proxy { .. }),
        }
    }

    /// Whether a resource may be asked about such things at all.
    fn open(&self, redacted: bool, subjects: &BTreeSet<&'static str>) -> bool {
        let hidden = |subject: &&str| !SHOWN_OF_REDACTED.contains(subject);
        !(redacted && subjects.iter().any(hidden)
            || self.hides_labels && subjects.contains("_security"))
    }

    /// What of a type satisfies questions, reached by a parameter of its own if one is named.
    fn answer(&self, of: &str, all: &[&Question], by: Option<&'static str>) -> Vec<&Value> {
        let mut subjects: BTreeSet<&'static str> = by.into_iter().collect();
        all.iter().for_each(|q| q.subjects(&mut subjects));
        let found: Vec<BTreeSet<String>> = all.iter().map(|q| self.names(q, of)).collect();
        let rows = self.resources[of].iter();
        rows.filter(|(_, redacted)| self.open(*redacted, &subjects))
            .map(|(resource, _)| resource)
            .filter(|resource| {
                found
                    .iter()
                    .all(|names| names.contains(&name(of, resource)))
            })
            .collect()
    }

    /// `Type/id` of everything of a type that a question is true of.
    fn names(&self, question: &Question, of: &str) -> BTreeSet<String> {
        let rows = self.resources[of].iter().map(|(resource, _)| resource);
        let all = rows.clone().map(|resource| name(of, resource));
        let target = |from: &Value, n: usize| {
            let reference = from.pointer(&format!("{}/reference", REFERENCES[n].2));
            reference.and_then(Value::as_str).map(str::to_owned)
        };
        match question {
            Question::Leaf(at, n) => rows
                .filter(|r| LEAVES[*at].1[*n].3(r))
                .map(|r| name(of, r))
                .collect(),
            Question::Chain(n, far, bracket, inner) => {
                let mut asked: Vec<&Question> = bracket.iter().map(|b| &**b).collect();
                asked.push(inner);
                let there = self.answer(far, &asked, None);
                let there: BTreeSet<String> = there.iter().map(|r| name(far, r)).collect();
                rows.filter(|r| target(r, *n).is_some_and(|t| there.contains(&t)))
                    .map(|r| name(of, r))
                    .collect()
            }
            Question::Has(n, inner) => {
                let (source, param, ..) = REFERENCES[*n];
                let there = self.answer(source, &[inner], Some(param));
                let pointed: BTreeSet<String> =
                    there.iter().filter_map(|r| target(r, *n)).collect();
                all.filter(|name| pointed.contains(name)).collect()
            }
            Question::All(parts) => {
                let (one, other) = (self.names(&parts[0], of), self.names(&parts[1], of));
                one.intersection(&other).cloned().collect()
            }
            Question::Any(parts) => {
                let (one, other) = (self.names(&parts[0], of), self.names(&parts[1], of));
                one.union(&other).cloned().collect()
            }
            Question::Not(inner) => {
                let inner = self.names(inner, of);
                all.filter(|name| !inner.contains(name)).collect()
            }
        }
    }
}

fn name(of: &str, resource: &Value) -> String {
    format!("{of}/{}", resource["id"].as_str().unwrap())
}

fn open(who: &Standing) -> Access {
    Access::open(Arc::new(who.clone()), pack(), NOW.parse().unwrap()).unwrap()
}

/// A family whose members' charts point to each other, in every state that decides.
async fn fill(scene: &Scene) {
    for (n, text) in states().into_iter().enumerate() {
        let next = format!(
            r#""status":"final","performer":[{{"reference":"Practitioner/doc{}"}}],
            "hasMember":[{{"reference":"Observation/s{}"}}],
            "encounter":{{"reference":"Encounter/e{}"}}"#,
            n % 2,
            n * 7 % 80,
            n % 3
        );
        scene
            .put(&text.replacen(r#""status":"final""#, &next, 1))
            .await;
        let what = if n % 5 == 0 {
            "Patient/kid".to_owned()
        } else {
            format!("Observation/s{n}")
        };
        scene
            .put(&format!(
                r#"{{"resourceType":"Provenance","id":"v{n}","target":[{{"reference":"{what}"}}],
                "recorded":"2024-01-{:02}T00:00:00Z","agent":[{{"who":{{"display":"x"}}}}]}}"#,
                n % 9 + 1
            ))
            .await;
    }
    for text in [
        r#"{"resourceType":"Practitioner","id":"doc0","name":[{"family":"Dale"}]}"#,
        r#"{"resourceType":"Practitioner","id":"doc1","name":[{"family":"Else"}]}"#,
        r#"{"resourceType":"Patient","id":"kid","birthDate":"2011-01-01","gender":"male",
        "name":[{"family":"X"}],"identifier":[{"system":"urn:t","value":"secret"}],
        "managingOrganization":{"reference":"Organization/org"},
        "generalPractitioner":[{"reference":"Practitioner/doc1"}]}"#,
    ] {
        scene.put(text).await;
    }
    for (n, patient) in ["p1", "kid", "p2"].into_iter().enumerate() {
        scene
            .put(&format!(
                r#"{{"resourceType":"Encounter","id":"e{n}","status":"finished",
                "class":{{"code":"AMB"}},"subject":{{"reference":"Patient/{patient}"}}}}"#
            ))
            .await;
    }
}

/// Asks one question in each of its forms, and of what comes along.
async fn compare(scene: &Scene, who: &Standing, readable: &Readable, of: &str, asked: &Question) {
    let mut wanted: Vec<String> = readable
        .answer(of, &[asked], None)
        .iter()
        .map(|r| r["id"].as_str().unwrap().to_owned())
        .collect();
    wanted.sort();
    let access = open(who);
    let forms = [Some(format!("_filter={}", asked.text())), asked.parameter()];
    for text in forms.into_iter().flatten() {
        let all =
            format!("{text}&_count=1000&_total=accurate&_include=*&_revinclude=Provenance:target");
        let page = scene.page(&access, &query(of, &all)).await;
        let mut found = ids(&page);
        found.sort();
        assert_eq!(found, wanted, "{of}?{text} for {who:?}");
        assert_eq!(
            page.total,
            Some(wanted.len() as u64),
            "{of}?{text} for {who:?}"
        );
        for one in &page.included {
            let Some(of_type) = readable.resources.get(one.resource_type().name()) else {
                continue;
            };
            let body: Value = serde_json::from_slice(one.body()).unwrap();
            assert!(
                of_type.iter().any(|(r, _)| *r == body),
                "{body} for {who:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_search_finds_what_reading_would_have_told() {
    for scene in Scene::filled().await {
        fill(&scene).await;
        let mut answered = 0;
        let mut dice = Dice(7);
        let mut questions = Vec::new();
        for n in 0..QUESTIONS {
            let of = LEAVES[n % LEAVES.len()].0;
            questions.push((of, dice.question(of, 2, 3)));
        }
        for who in callers() {
            let readable = Readable::of(&scene, &who).await;
            for (of, asked) in &questions {
                answered += readable.answer(of, &[asked], None).len();
                compare(&scene, &who, &readable, of, asked).await;
            }
        }
        assert!(answered > 100, "{answered}");
    }
}
