//! Compiles SearchParameter and CompartmentDefinition resources into the tables of `profiles/r4`.
//!
//! A maintainer's step: the input is every resource of a definitions package, the output facts
//! only. Each expression is resolved against the StructureDefinitions, so that the server needs no
//! types at run time: `Observation.effective` becomes `effectiveDateTime:dateTime
//! effectivePeriod:Period …`.

mod composite;
mod elements;
mod expression;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use composite::Codes;
use elements::Elements;

const CORE: &str = "http://hl7.org/fhir/SearchParameter/";

/// The text of both tables, and what could not be compiled (one line each, naming the parameter).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// `profiles/r4/search.txt`
    pub search: String,
    /// `profiles/r4/compartments.txt`
    pub compartments: String,
    pub skipped: Vec<String>,
}

/// One row before it is written: kind letter, url, targets, terms.
struct Row {
    kind: char,
    url: String,
    targets: String,
    terms: Vec<String>,
}

/// Compiles the definitions among `resources`. A parameter of the same base and code as an earlier
/// one is dropped, so the base standard comes first and guides after it.
pub fn compile(resources: &[Value]) -> Compiled {
    let elements = Elements::of(resources);
    let codes = composite::codes(resources);
    let mut out = Compiled::default();
    let mut types: BTreeMap<String, BTreeMap<String, Row>> = BTreeMap::new();
    for parameter in resources.iter().filter(|r| is(r, "SearchParameter")) {
        for base in strings(parameter, "base") {
            let Some(code) = text(parameter, "code") else {
                continue;
            };
            let rows = types.entry(base.to_owned()).or_default();
            let of_every_type = code.starts_with('_') && base != "Resource";
            if rows.contains_key(code) || of_every_type || !belongs(parameter) {
                continue;
            }
            match row(parameter, base, &elements, &codes) {
                Ok(row) => {
                    rows.insert(code.to_owned(), row);
                }
                Err(why) => out.skipped.push(format!("{base}.{code}: {why}")),
            }
        }
    }
    out.search = write_search(&types);
    out.compartments = write_compartments(resources);
    out
}

/// Examples in the core package look like definitions; real ones carry the version of the standard.
fn belongs(parameter: &Value) -> bool {
    let core = text(parameter, "url").is_some_and(|u| u.starts_with(CORE));
    !core || text(parameter, "version") == Some("4.0.1")
}

fn row(
    parameter: &Value,
    base: &str,
    elements: &Elements,
    codes: &Codes<'_>,
) -> Result<Row, String> {
    let kind = match text(parameter, "type") {
        Some("string") => 's',
        Some("token") => 't',
        Some("reference") => 'r',
        Some("date") => 'd',
        Some("number") => 'n',
        Some("quantity") => 'q',
        Some("uri") => 'u',
        Some("composite") => 'c',
        Some("special") => 'x',
        other => return Err(format!("unknown type {other:?}")),
    };
    let url = text(parameter, "url").ok_or("no url")?;
    let targets = strings(parameter, "target");
    let targets = match targets.len() {
        0 => "-".to_owned(),
        n if n > 100 => "*".to_owned(),
        _ => targets.join(","),
    };
    let expression = text(parameter, "expression").ok_or("no expression")?;
    let terms = match kind {
        'c' => composite::terms(parameter, base, elements, codes)?,
        'x' => Vec::new(),
        _ if base == "Resource" && matches!(text(parameter, "code"), Some("_id")) => Vec::new(),
        _ => expression::terms(expression, base, kind, elements)?,
    };
    Ok(Row {
        kind,
        url: url.strip_prefix(CORE).unwrap_or(url).to_owned(),
        targets,
        terms,
    })
}

fn write_search(types: &BTreeMap<String, BTreeMap<String, Row>>) -> String {
    let mut out = String::new();
    for (base, rows) in types.iter().filter(|(_, rows)| !rows.is_empty()) {
        let _ = writeln!(out, "{base}");
        for (code, row) in rows {
            let terms = row.terms.join(" ");
            let _ = write!(
                out,
                "\t{code}\t{}\t{}\t{}\t{terms}",
                row.kind, row.url, row.targets
            );
            out.push('\n');
        }
    }
    out
}

fn write_compartments(resources: &[Value]) -> String {
    let mut by_code: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for definition in resources
        .iter()
        .filter(|r| is(r, "CompartmentDefinition") && text(r, "version") == Some("4.0.1"))
    {
        let Some(code) = text(definition, "code") else {
            continue;
        };
        for member in definition
            .get("resource")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let params = strings(member, "param").into_iter();
            // The compartment's own resource belongs to it by its id.
            let params = params.map(|p| if p == "{def}" { "_id" } else { p });
            let params: Vec<&str> = params.collect();
            if let (Some(name), false) = (text(member, "code"), params.is_empty()) {
                by_code.entry(code).or_default().insert(name, params);
            }
        }
    }
    let mut out = String::new();
    for (code, members) in by_code {
        let _ = writeln!(out, "{code}");
        for (name, params) in members {
            let _ = writeln!(out, "\t{name}\t{}", params.join(" "));
        }
    }
    out
}

fn is(resource: &Value, name: &str) -> bool {
    text(resource, "resourceType") == Some(name)
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

fn strings<'v>(value: &'v Value, name: &str) -> Vec<&'v str> {
    let items = value.get(name).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn structure(name: &str, elements: &[(&str, &[&str])]) -> Value {
        let elements: Vec<Value> = elements
            .iter()
            .map(|(path, types)| {
                let types: Vec<Value> = types.iter().map(|t| json!({ "code": t })).collect();
                json!({ "path": path, "type": types })
            })
            .collect();
        json!({ "resourceType": "StructureDefinition", "type": name, "kind": "resource",
                "snapshot": { "element": elements } })
    }

    fn parameter(code: &str, kind: &str, expression: &str) -> Value {
        json!({ "resourceType": "SearchParameter", "url": format!("{CORE}Vital-{code}"),
                "version": "4.0.1", "code": code, "base": ["Vital"], "type": kind,
                "target": ["Patient"], "expression": expression })
    }

    fn compiled(parameters: Vec<Value>) -> Compiled {
        let mut all = vec![structure(
            "Vital",
            &[
                ("Vital", &[]),
                ("Vital.effective[x]", &["dateTime", "Period", "string"]),
                ("Vital.subject", &["Reference"]),
                ("Vital.telecom", &["ContactPoint"]),
                ("Vital.part", &["BackboneElement"]),
                ("Vital.part.code", &["CodeableConcept"]),
                ("Vital.extension", &["Extension"]),
                ("Vital.deceased[x]", &["boolean", "dateTime"]),
            ],
        )];
        all.push(structure(
            "Extension",
            &[
                ("Extension", &[]),
                ("Extension.value[x]", &["string", "Coding", "Reference"]),
            ],
        ));
        all.extend(parameters);
        compile(&all)
    }

    fn terms(kind: &str, expression: &str) -> String {
        let out = compiled(vec![parameter("x", kind, expression)]);
        assert_eq!(out.skipped, Vec::<String>::new());
        let line = out.search.lines().nth(1).unwrap();
        line.rsplit('\t').next().unwrap().to_owned()
    }

    #[test]
    fn choice_elements_become_their_json_names() {
        let want = "effectiveDateTime:dateTime effectivePeriod:Period";
        assert_eq!(terms("date", "Vital.effective"), want);
        let want = "effectivePeriod:Period";
        assert_eq!(terms("date", "(Vital.effective as Period)"), want);
        assert_eq!(terms("date", "Vital.effective.as(Period)"), want);
        assert_eq!(terms("date", "Vital.effective.ofType(Period)"), want);
    }

    #[test]
    fn filters_stay_with_their_step() {
        let want = "subject:Reference(Patient)";
        let expression = "Vital.subject.where(resolve() is Patient)";
        assert_eq!(terms("reference", expression), want);
        let want = "telecom[system=email]:ContactPoint";
        let expression = "Vital.telecom.where(system='email')";
        assert_eq!(terms("token", expression), want);
    }

    #[test]
    fn other_bases_of_a_union_are_left_out() {
        let expression = "Patient.name | Vital.part.code | (Other.value as string)";
        assert_eq!(terms("token", expression), "part.code:CodeableConcept");
    }

    #[test]
    fn extensions_take_the_value_types_of_the_parameter() {
        let want = "extension[url=http://x.org/a.b].valueString:string";
        assert_eq!(terms("string", "Vital.extension('http://x.org/a.b')"), want);
    }

    #[test]
    fn existence_of_a_choice_is_a_token_of_its_own() {
        let expression = "Vital.deceased.exists() and Vital.deceased != false";
        let want = "deceasedBoolean:exists deceasedDateTime:exists";
        assert_eq!(terms("token", expression), want);
    }

    #[test]
    fn what_cannot_be_compiled_is_named() {
        let out = compiled(vec![parameter("x", "token", "Vital.nothing")]);
        assert_eq!(out.search, "");
        assert_eq!(out.skipped.len(), 1);
        assert!(out.skipped[0].starts_with("Vital.x: "));
    }
}
