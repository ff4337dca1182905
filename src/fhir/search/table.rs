//! The compiled search parameters, decoded once from `profiles/r4/search.txt`.

use std::sync::LazyLock;

use super::{Param, ParamType};
use crate::{ResourceType, index::ParamId};

const TEXT: &str = include_str!("../../../profiles/r4/search.txt");
const CORE: &str = "http://hl7.org/fhir/SearchParameter/";

/// The FHIR type a term ends in, as far as indexing tells types apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Text,
    Code,
    Boolean,
    Exists,
    HumanName,
    Address,
    Coding,
    CodeableConcept,
    Identifier,
    ContactPoint,
    Reference,
    Canonical,
    Resource,
    Moment,
    Period,
    Timing,
    Number,
    Quantity,
    Money,
    Range,
    SampledData,
}

/// What a member must satisfy for a step to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    None,
    /// A member of that name with that string.
    Member(&'static str, &'static str),
    /// An extension of that url on it.
    Extension(&'static str),
    Index(usize),
}

/// One way a parameter is read from a resource: JSON member names with conditions, then the type
/// found there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// As the table writes it.
    pub text: &'static str,
    pub steps: Vec<(&'static str, Condition)>,
    pub held: Held,
    /// `where(resolve() is T)`
    pub only: Option<ResourceType>,
}

pub(crate) struct Tables {
    /// By type ordinal, sorted by code.
    pub params: Vec<Vec<Param>>,
    /// By type ordinal, in step with `params`.
    pub terms: Vec<Vec<Vec<Term>>>,
    /// By type ordinal: code and text of each composite parameter.
    pub composites: Vec<Vec<(&'static str, &'static str)>>,
}

/// The rows of one base: code, kind, url, targets, terms.
struct Row {
    code: &'static str,
    kind: ParamType,
    url: &'static str,
    targets: Vec<ResourceType>,
    terms: Vec<Term>,
    /// Components and elements of a composite one.
    composite: Option<&'static str>,
}

pub(crate) static TABLES: LazyLock<Tables> = LazyLock::new(decode);

/// The parameter of a type by code, `_id` and the like included.
pub fn param(resource_type: ResourceType, code: &str) -> Option<&'static Param> {
    let all = params(resource_type);
    let at = all.binary_search_by(|p| p.code.cmp(code)).ok()?;
    all.get(at)
}

/// All parameters of a type, sorted by code, `_id` and the like included.
pub fn params(resource_type: ResourceType) -> &'static [Param] {
    let tables: &'static Tables = &TABLES;
    tables
        .params
        .get(resource_type.ordinal())
        .map_or(&[], Vec::as_slice)
}

/// Whether a reference parameter reads exactly the one element that says whose a resource is, so
/// that the patient it names is the owner: `Observation.patient` does, `Appointment.patient` (any
/// participant) does not.
pub fn is_subject(param: &Param) -> bool {
    // An account may have several subjects; a task for nobody belongs to whoever its focus is about.
    matches!(param.code, "patient" | "subject" | "beneficiary")
        && param.resource_type.name() != "Account"
        && terms(param).is_some_and(|terms| match terms {
            [one] => matches!(
                one.steps.as_slice(),
                [("subject" | "patient" | "beneficiary", _)]
            ),
            _ => false,
        })
}

/// How a parameter of the tables is read.
pub(crate) fn terms(param: &Param) -> Option<&'static [Term]> {
    let tables: &'static Tables = &TABLES;
    let all = params(param.resource_type);
    let at = all.binary_search_by(|p| p.code.cmp(param.code)).ok()?;
    let of_type = tables.terms.get(param.resource_type.ordinal())?;
    of_type.get(at).map(Vec::as_slice)
}

/// Whether the codes of a token parameter are FHIR `code` or `boolean` values, whose system is
/// implied.
pub fn system_is_implied(param: &Param) -> bool {
    terms(param).is_some_and(|terms| {
        let implied = |t: &Term| matches!(t.held, Held::Code | Held::Boolean | Held::Exists);
        !terms.is_empty() && terms.iter().all(implied)
    })
}

/// Whether a token parameter reads identifiers, which can be searched by their type (`:of-type`).
pub(super) fn holds_identifiers(param: &Param) -> bool {
    terms(param).is_some_and(|terms| terms.iter().any(|t| t.held == Held::Identifier))
}

fn decode() -> Tables {
    let mut blocks: Vec<(&'static str, Vec<Row>)> = Vec::with_capacity(150);
    for line in TEXT.lines() {
        match line.strip_prefix('\t') {
            None => blocks.push((line, Vec::new())),
            Some(rest) => {
                if let (Some((_, rows)), Some(row)) = (blocks.last_mut(), row(rest)) {
                    rows.push(row);
                }
            }
        }
    }
    let shared = blocks.iter().position(|(name, _)| *name == "Resource");
    let shared = shared.map_or_else(Vec::new, |at| blocks.swap_remove(at).1);
    let mut tables = Tables {
        params: Vec::new(),
        terms: Vec::new(),
        composites: Vec::new(),
    };
    for resource_type in ResourceType::all() {
        let own = blocks
            .iter()
            .find(|(name, _)| *name == resource_type.name());
        let own = own.map_or(&[][..], |(_, rows)| rows.as_slice());
        let mut rows: Vec<&Row> = shared.iter().chain(own).collect();
        rows.sort_by_key(|r| r.code);
        tables.params.push(
            rows.iter()
                .map(|r| Param {
                    id: ParamId::of(resource_type, r.code),
                    resource_type,
                    code: r.code,
                    kind: r.kind,
                    url: r.url,
                    targets: r.targets.clone(),
                })
                .collect(),
        );
        tables
            .terms
            .push(rows.iter().map(|r| r.terms.clone()).collect());
        let composites = rows.iter().filter_map(|r| Some((r.code, r.composite?)));
        tables.composites.push(composites.collect());
    }
    tables
}

fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.split('\t');
    let (code, kind, url) = (cells.next()?, cells.next()?, cells.next()?);
    let targets = cells.next()?;
    let last = cells.next()?;
    let composite = (kind == "c").then_some(last);
    let terms: Vec<Term> = if composite.is_some() { "" } else { last }
        .split(' ')
        .filter(|t| !t.is_empty())
        .filter_map(term)
        .collect();
    let kind = match kind {
        "s" => ParamType::String,
        "t" => ParamType::Token,
        "r" => ParamType::Reference,
        "d" => ParamType::Date,
        "n" => ParamType::Number,
        "q" => ParamType::Quantity,
        "u" => ParamType::Uri,
        "c" => ParamType::Composite,
        _ => ParamType::Special,
    };
    let mut targets: Vec<ResourceType> = match targets {
        "-" | "*" => Vec::new(),
        names => names
            .split(',')
            .filter_map(ResourceType::from_name)
            .collect(),
    };
    if !terms.is_empty() && terms.iter().all(|t| t.only.is_some()) {
        targets.retain(|t| terms.iter().any(|term| term.only == Some(*t)));
    }
    let url = match url.starts_with("http") {
        true => url,
        // Once per process: the tables live as long as it does.
        false => String::leak(format!("{CORE}{url}")),
    };
    Some(Row {
        code,
        kind,
        url,
        targets,
        terms,
        composite,
    })
}

fn term(text: &'static str) -> Option<Term> {
    let (path, held) = text.rsplit_once(':')?;
    let (held, only) = match held.split_once('(') {
        Some((held, only)) => (held, ResourceType::from_name(only.trim_end_matches(')'))),
        None => (held, None),
    };
    let held = match held {
        "string" | "markdown" => Held::Text,
        "code" | "id" => Held::Code,
        "boolean" => Held::Boolean,
        "exists" => Held::Exists,
        "HumanName" => Held::HumanName,
        "Address" => Held::Address,
        "Coding" => Held::Coding,
        "CodeableConcept" => Held::CodeableConcept,
        "Identifier" => Held::Identifier,
        "ContactPoint" => Held::ContactPoint,
        "Reference" => Held::Reference,
        "canonical" | "uri" | "url" | "oid" | "uuid" => Held::Canonical,
        "Resource" => Held::Resource,
        "date" | "dateTime" | "instant" => Held::Moment,
        "Period" => Held::Period,
        "Timing" => Held::Timing,
        "decimal" | "integer" | "positiveInt" | "unsignedInt" => Held::Number,
        "Quantity" | "Age" | "Duration" | "Count" | "Distance" => Held::Quantity,
        "Money" => Held::Money,
        "Range" => Held::Range,
        "SampledData" => Held::SampledData,
        _ => return None,
    };
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (condition, after) = match after.strip_prefix('[').and_then(|a| a.split_once(']')) {
            Some((inner, after)) => (condition(inner)?, after),
            None => (Condition::None, after),
        };
        steps.push((name, condition));
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    Some(Term {
        text,
        steps,
        held,
        only,
    })
}

fn condition(text: &'static str) -> Option<Condition> {
    Some(match text.split_once('=') {
        Some(("extension", url)) => Condition::Extension(url),
        Some((name, literal)) => Condition::Member(name, literal),
        None => Condition::Index(text.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn every_row_and_term_of_the_table_is_understood() {
        let mut types = 0;
        for line in TEXT.lines() {
            match line.strip_prefix('\t') {
                None => {
                    types += 1;
                    let known = line == "Resource" || ResourceType::from_name(line).is_some();
                    assert!(known, "{line}");
                }
                Some(rest) => {
                    let row = row(rest).unwrap();
                    if row.composite.is_some() {
                        continue;
                    }
                    let terms = rest.split('\t').nth(4).unwrap();
                    let count = terms.split(' ').filter(|t| !t.is_empty()).count();
                    assert_eq!(row.terms.len(), count, "{line}");
                }
            }
        }
        assert!(types > 130);
    }

    #[test]
    fn numbers_of_parameters_do_not_collide() {
        let mut seen = HashMap::new();
        for p in ResourceType::all().flat_map(params) {
            for (id, what) in [
                (p.id, ""),
                (p.id.text(), ":text"),
                (p.id.identifier(), ":identifier"),
                (p.id.of_type(), ":of-type"),
            ] {
                let name = format!("{}.{}{what}", p.resource_type, p.code);
                if let Some(other) = seen.insert(id, name.clone()) {
                    panic!("{name} and {other}");
                }
            }
        }
        for t in ResourceType::all() {
            assert!(
                seen.insert(ParamId::of(t, "_binary"), String::new())
                    .is_none()
            );
        }
    }

    #[test]
    fn patient_parameters_name_patients_only() {
        let observation = ResourceType::from_name("Observation").unwrap();
        let patient = param(observation, "patient").unwrap();
        let names: Vec<_> = patient.targets.iter().map(|t| t.name()).collect();
        assert_eq!(names, ["Patient"]);
        assert_eq!(
            patient.url,
            "http://hl7.org/fhir/SearchParameter/clinical-patient"
        );
        assert!(param(observation, "_id").is_some());
        assert!(param(observation, "nothing").is_none());
    }

    #[test]
    fn only_the_subject_names_the_owner() {
        let is = |name, code| {
            let resource_type = ResourceType::from_name(name).unwrap();
            is_subject(param(resource_type, code).unwrap())
        };
        assert!(is("Observation", "patient") && is("Observation", "subject"));
        assert!(is("Coverage", "beneficiary") && is("Coverage", "patient"));
        assert!(is("Immunization", "patient") && is("Consent", "patient"));
        assert!(!is("Appointment", "patient") && !is("Account", "patient"));
        assert!(!is("Task", "patient"));
        assert!(!is("Observation", "performer") && !is("Provenance", "patient"));
    }

    #[test]
    fn codes_with_an_implied_system_are_known() {
        let observation = ResourceType::from_name("Observation").unwrap();
        assert!(system_is_implied(param(observation, "status").unwrap()));
        assert!(!system_is_implied(param(observation, "code").unwrap()));
    }
}
