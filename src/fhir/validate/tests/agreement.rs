//! Rules in code and the standard's own expressions say the same of whatever they are shown.

use std::collections::HashSet;

use super::super::constraints::{Constraint, lines, read};
use super::super::invariants;
use super::*;
use crate::Element;
use crate::definitions::{self, Content, Primitive, Slot, Type};
use crate::path::{Expression, Fault, FhirType, Item, Node, Scene, Verdict};

/// Every constraint of the table with the type it stands on.
fn all() -> Vec<(&'static Type, Constraint)> {
    lines()
        .filter_map(|(path, line)| read(path, line))
        .collect()
}

#[test]
fn every_constraint_of_the_standard_can_be_read() {
    // Those of DomainResource are part of the walk.
    let lines = lines().filter(|(path, _)| *path != "DomainResource");
    assert_eq!(all().len(), lines.count());
    for (of, constraint) in all() {
        let found = Expression::parse(constraint.text);
        assert!(found.is_ok(), "{} {}: {found:?}", of.name, constraint.key);
    }
    let keys: HashSet<&str> = all().iter().map(|(_, one)| one.key).collect();
    assert!(keys.len() > 220, "{}", keys.len());
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.roll(from.len())]
    }
}

/// What an expression speaks of: the names in it, and the texts it compares with.
struct Words {
    names: HashSet<String>,
    texts: Vec<String>,
}

impl Words {
    fn of(expression: &str) -> Self {
        let mut names = HashSet::new();
        let mut texts = vec!["x".to_owned()];
        for (at, part) in expression.split('\'').enumerate() {
            if at % 2 == 1 {
                texts.push(part.to_owned());
                continue;
            }
            let words = part.split(|c: char| !c.is_ascii_alphanumeric());
            names.extend(words.filter(|w| !w.is_empty()).map(str::to_owned));
        }
        for hidden in ["coding", "resource", "url"] {
            names.insert(hidden.to_owned());
        }
        if expression.contains("%ucum") {
            texts.push("http://unitsofmeasure.org".to_owned());
        }
        Self { names, texts }
    }
}

/// Something of a type that may or may not keep its constraints.
fn sample(of: &Type, words: &Words, dice: &mut Dice, depth: usize) -> String {
    let mut members = Vec::new();
    for definition in &of.elements {
        let spoken = words.names.contains(definition.name);
        let slots: Vec<&Slot> = of
            .slots()
            .iter()
            .filter(|slot| std::ptr::eq(of.definition(slot), definition))
            .collect();
        let left_out = definition.min == 0 && dice.roll(5) < 2;
        if !spoken || slots.is_empty() || left_out {
            continue;
        }
        let slot = slots[dice.roll(slots.len())];
        let value = |dice: &mut Dice| value(slot, words, dice, depth);
        let text = match definition.repeats() {
            true => {
                let count = 1 + dice.roll(3);
                let all: Vec<String> = (0..count).map(|_| value(dice)).collect();
                format!("[{}]", all.join(","))
            }
            false => value(dice),
        };
        members.push(format!("\"{}\":{text}", slot.name));
    }
    format!("{{{}}}", members.join(","))
}

fn value(slot: &Slot, words: &Words, dice: &mut Dice, depth: usize) -> String {
    let texts: Vec<&str> = words.texts.iter().map(String::as_str).collect();
    match slot.content {
        Content::Primitive(Primitive::Boolean) => dice.pick(&["true", "false"]).to_owned(),
        Content::Primitive(
            Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt,
        ) => dice.pick(&["0", "1", "2"]).to_owned(),
        Content::Primitive(Primitive::Decimal) => {
            dice.pick(&["-1", "0", "1", "1.5", "100", "101"]).to_owned()
        }
        Content::Primitive(Primitive::Date | Primitive::DateTime | Primitive::Instant) => {
            format!(
                "\"{}\"",
                dice.pick(&["2020-01-01", "2021-06-01", "2019-12-31"])
            )
        }
        Content::Primitive(_) => format!("\"{}\"", dice.pick(&texts)),
        Content::Complex(id) if depth < 4 => {
            sample(definitions::r4().of(id), words, dice, depth + 1)
        }
        Content::Complex(_) => "{\"id\":\"x\"}".to_owned(),
        Content::Resource => {
            let of = dice.pick(&["Composition", "MessageHeader", "Patient"]);
            format!(
                r#"{{"resourceType":"{of}","id":"{}"}}"#,
                dice.pick(&["a", "b"])
            )
        }
    }
}

#[test]
fn rules_in_code_and_expressions_agree() {
    let mut dice = Dice(7);
    let (mut compared, mut broken, mut apart) = (0, HashSet::new(), Vec::new());
    for (of, constraint) in all() {
        let rule = invariants::of(of.id)
            .iter()
            .find(|rule| rule.key == constraint.key);
        let Some(rule) = rule.filter(|_| constraint.member.is_none()) else {
            continue;
        };
        // `answer is Boolean` names a type of the language, not of FHIR: it can never be.
        if constraint.key == "que-7" {
            continue;
        }
        let words = Words::of(constraint.text);
        for _ in 0..150 {
            let text = sample(of, &words, &mut dice, 0);
            let document = Document::parse(text.as_str()).unwrap();
            let root = document.root();
            let mut scene = Scene::of(root);
            if constraint.text.contains("%resource") {
                scene = scene.with(
                    "resource",
                    vec![Item::typed(root, FhirType::Complex(of.id))],
                );
            }
            let item = Item::typed(root, FhirType::Complex(of.id));
            // What has no clear answer is left to the rule.
            let holds = match Expression::parse(constraint.text)
                .unwrap()
                .holds(item, &scene)
            {
                Ok(Some(holds)) => holds,
                _ => continue,
            };
            compared += 1;
            if !holds {
                broken.insert((of.name, constraint.key));
            }
            if rule.holds(root) != holds {
                apart.push(format!(
                    "{} {}: {holds} by the expression: {text}",
                    of.name, constraint.key
                ));
                break;
            }
        }
    }
    assert!(apart.is_empty(), "{}", apart.join("\n"));
    assert!(
        compared > 10_000 && broken.len() > 90,
        "{compared} {}",
        broken.len()
    );
}

#[test]
fn constraints_without_a_rule_in_code_are_run() {
    for (text, key, at) in [
        (
            r#"{"resourceType":"MeasureReport","status":"complete","type":"data-collection","measure":"http://x/m","period":{"start":"2020"},"group":[{"id":"g","code":{"text":"x"}}]}"#,
            "mrp-1",
            "MeasureReport",
        ),
        (
            r#"{"resourceType":"CodeSystem","status":"draft","content":"complete","concept":[{"code":"a"},{"code":"b","concept":[{"code":"a"}]}]}"#,
            "csd-1",
            "CodeSystem",
        ),
        (
            r#"{"resourceType":"ValueSet","status":"draft","expansion":{"timestamp":"2020-01-01","contains":[{"display":"x"}]}}"#,
            "vsd-9",
            "ValueSet.expansion.contains[0]",
        ),
        (
            r#"{"resourceType":"MessageDefinition","status":"draft","date":"2020","eventUri":"http://x/e","focus":[{"code":"Patient","min":0,"max":"0"}]}"#,
            "md-1",
            "MessageDefinition.focus[0]",
        ),
        (
            r#"{"resourceType":"CapabilityStatement","status":"draft","date":"2020","kind":"capability","fhirVersion":"4.0.1","format":["json"],"software":{"name":"s"},
            "messaging":[{"endpoint":[{"protocol":{"code":"http"},"address":"http://x"}]}]}"#,
            "cpb-3",
            "CapabilityStatement",
        ),
        (
            r#"{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/1"},"prediction":[{"probabilityRange":{"low":{"value":1,"code":"mg","system":"http://unitsofmeasure.org"}}}]}"#,
            "ras-1",
            "RiskAssessment.prediction[0].probability",
        ),
        (
            r#"{"resourceType":"NamingSystem","name":"N","status":"draft","kind":"codesystem","date":"2020","uniqueId":[
            {"type":"uri","value":"a","preferred":true},{"type":"uri","value":"b","preferred":true}]}"#,
            "nsd-2",
            "NamingSystem",
        ),
        (
            r#"{"resourceType":"StructureDefinition","url":"http://x/s","name":"S","status":"draft","kind":"resource","abstract":false,"type":"Patient",
            "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
            "differential":{"element":[{"id":"Patient","path":"Patient"},{"id":"Person.name","path":"Person.name"}]}}"#,
            "sdf-8a",
            "StructureDefinition.differential",
        ),
        (
            r#"{"resourceType":"StructureDefinition","url":"http://x/s","name":"S","status":"draft","kind":"resource","abstract":false,"type":"Patient",
            "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
            "differential":{"element":[{"id":"Patient","path":"Patient"},{"id":"Patient.name","path":"Patient.name","max":"many"}]}}"#,
            "eld-3",
            "StructureDefinition.differential.element[1].max",
        ),
        (r#"{"resourceType":"TriggerDefinition"}"#, "", ""),
    ] {
        let found = faults(text);
        if key.is_empty() {
            continue;
        }
        assert_eq!(found.len(), 1, "{key}: {found:?}");
        assert!(found[0].diagnostics.starts_with(key), "{key}: {found:?}");
        assert_eq!(found[0].expression.as_deref(), Some(at), "{key}");
    }
}

#[test]
fn warnings_are_told_by_a_check_and_never_refuse() {
    for (text, keys) in [
        (r#"{"resourceType":"Patient"}"#, &["dom-6"][..]),
        (
            r#"{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}"#,
            &[],
        ),
        (
            r#"{"resourceType":"ValueSet","status":"draft","name":"not a name"}"#,
            &["vsd-0", "dom-6"],
        ),
        (
            r#"{"resourceType":"Condition","subject":{"reference":"Patient/1"},"category":[{"coding":[{"code":"problem-list-item"}]}]}"#,
            &["con-3", "dom-6"],
        ),
        (
            r#"{"resourceType":"Condition","subject":{"reference":"Patient/1"},"category":[{"coding":[{"code":"encounter-diagnosis"}]}]}"#,
            &["dom-6"],
        ),
        (r#"{"resourceType":"Bundle","type":"collection"}"#, &[]),
    ] {
        let document = Document::parse(text).unwrap();
        let found = check(&document);
        let told: Vec<&str> = found
            .iter()
            .map(|i| i.diagnostics.split(':').next().unwrap())
            .collect();
        assert_eq!(told, keys, "{text}");
        assert!(
            found
                .iter()
                .all(|issue| issue.severity == crate::Severity::Warning)
        );
        assert!(validate(document).is_ok());
    }
    let wrong = Document::parse(r#"{"resourceType":"Patient","gender":"x"}"#).unwrap();
    let errors = check(&wrong)
        .iter()
        .filter(|i| i.severity == crate::Severity::Error)
        .count();
    assert_eq!(errors, 1);
}

/// Every element of a resource that stands in no other resource.
fn nodes(root: Element<'_>) -> Vec<Node<'_>> {
    let mut found: Vec<Node<'_>> = Item::resource(root).node().into_iter().collect();
    let mut at = 0;
    while let Some(node) = found.get(at).copied() {
        at += 1;
        let Some(of) = node.definition() else {
            continue;
        };
        for definition in &of.elements {
            let children = node.children(definition.name);
            found.extend(children.into_iter().filter(|child| !child.is_resource()));
        }
    }
    found
}

/// Set `R4_EXAMPLES` to the unpacked examples to see what the expressions make of them.
#[test]
fn the_expressions_make_sense_of_the_examples() {
    let Ok(folder) = std::env::var("R4_EXAMPLES") else {
        return;
    };
    let compiled: Vec<(&Type, Constraint, Expression)> = all()
        .into_iter()
        .map(|(of, one)| {
            let e = Expression::parse(one.text).unwrap();
            (of, one, e)
        })
        .collect();
    let (mut asked, mut odd) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".json") || entry.metadata().unwrap().len() > 400_000 {
            continue;
        }
        let document = Document::parse(std::fs::read_to_string(entry.path()).unwrap()).unwrap();
        if document.root().resource_type_name().is_none() {
            continue;
        }
        let scene = Scene::of(document.root());
        for node in nodes(document.root()) {
            let Some(of) = node.definition() else {
                continue;
            };
            for (_, one, expression) in compiled.iter().filter(|(on, ..)| std::ptr::eq(*on, of)) {
                if one.severity != crate::Severity::Error {
                    continue;
                }
                let items = match one.member {
                    Some(member) => node.children(member),
                    None => vec![node],
                };
                for item in items {
                    asked += 1;
                    let found: Result<Verdict, Fault> =
                        expression.judge(Item::Element(item), &scene);
                    let rule = invariants::of(of.id)
                        .iter()
                        .find(|rule| rule.key == one.key);
                    let expected = rule.is_none_or(|rule| rule.holds(node.json().unwrap()));
                    if found != Ok(Verdict::Met) || !expected {
                        odd.push(format!(
                            "{name} {} {}: {found:?} {expected}",
                            item.location(),
                            one.key
                        ));
                    }
                }
            }
        }
    }
    println!("{asked} asked");
    println!("{}", odd.join("\n"));
}
