//! The part of FHIRPath that search parameters use, resolved into JSON paths.

use super::elements::Elements;

/// A place an expression has led to.
#[derive(Debug, Clone)]
struct Place {
    /// JSON steps so far, filters in brackets.
    steps: Vec<String>,
    definition: String,
    /// The definition one step back.
    parent: String,
    /// `where(resolve() is T)`
    target: Option<String>,
}

/// The terms (`path:Type`) of the union's members that begin at `base`.
pub(super) fn terms(
    expression: &str,
    base: &str,
    kind: char,
    elements: &Elements,
) -> Result<Vec<String>, String> {
    let mut out: Vec<String> = Vec::new();
    if let Some(path) = existence(expression) {
        for place in follow(path, base, elements)? {
            out.push(format!("{}:exists", place.steps.join(".")));
        }
        return Ok(out);
    }
    for member in expression.split('|').map(str::trim) {
        let mut member = flatten(member);
        if member.starts_with(|c: char| c.is_lowercase()) {
            member = format!("{base}.{member}");
        }
        let root = member.split(['.', ' ']).next().unwrap_or_default();
        if root != base {
            continue;
        }
        for place in follow(&member, base, elements)? {
            for term in written(place, kind, elements) {
                if !out.contains(&term) {
                    out.push(term);
                }
            }
        }
    }
    match out.is_empty() {
        true => Err(format!("nothing to index in {expression}")),
        false => Ok(out),
    }
}

/// `P.exists() and P != false`: the path, when the expression is of that one form.
fn existence(expression: &str) -> Option<&str> {
    let (left, right) = expression.split_once(".exists() and ")?;
    (right.trim() == format!("{left} != false")).then_some(left)
}

/// `(A.b as T).c` and `A.b as T` to `A.b.as(T).c`.
fn flatten(member: &str) -> String {
    let (inner, rest) = match member.strip_prefix('(').and_then(|m| m.split_once(')')) {
        Some((inner, rest)) if inner.contains(" as ") => (inner, rest),
        _ => (member, ""),
    };
    match inner.split_once(" as ") {
        Some((path, name)) => format!("{}.as({}){rest}", path.trim(), name.trim()),
        None => format!("{inner}{rest}"),
    }
}

fn follow(path: &str, base: &str, elements: &Elements) -> Result<Vec<Place>, String> {
    let mut places = vec![Place {
        steps: Vec::new(),
        definition: base.to_owned(),
        parent: String::new(),
        target: None,
    }];
    for step in split(path).into_iter().skip(1) {
        places = advance(&step, places, elements)?;
    }
    Ok(places)
}

/// Splits at dots outside parentheses and quotes.
fn split(path: &str) -> Vec<String> {
    let (mut out, mut depth, mut quoted) = (vec![String::new()], 0, false);
    for letter in path.chars() {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            '.' if depth == 0 && !quoted => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            last.push(letter);
        }
    }
    out
}

fn advance(step: &str, places: Vec<Place>, elements: &Elements) -> Result<Vec<Place>, String> {
    let (name, argument) = match step.split_once('(') {
        Some((name, rest)) => (name, Some(rest.trim_end_matches(')').trim())),
        None => (step, None),
    };
    match (name, argument) {
        ("as" | "ofType", Some(wanted)) => Ok(places
            .into_iter()
            .filter(|p| p.definition == wanted)
            .collect()),
        ("where", Some(condition)) => places.into_iter().map(|p| filter(p, condition)).collect(),
        ("extension", Some(url)) => {
            let mut out = Vec::new();
            for place in member("extension", places, elements) {
                out.push(bracket(place, &format!("url={}", url.trim_matches('\''))));
            }
            Ok(out)
        }
        (_, Some(_)) => Err(format!("unknown function {step}")),
        (name, None) => {
            let (name, index) = match name.split_once('[') {
                Some((name, index)) => (name, Some(index.trim_end_matches(']'))),
                None => (name, None),
            };
            let out = member(name, places, elements);
            if out.is_empty() {
                return Err(format!("no element {name}"));
            }
            Ok(match index {
                Some(index) => out.into_iter().map(|p| bracket(p, index)).collect(),
                None => out,
            })
        }
    }
}

fn member(name: &str, places: Vec<Place>, elements: &Elements) -> Vec<Place> {
    let mut out = Vec::new();
    for place in places {
        for child in elements.children(&place.definition, name) {
            let mut next = place.clone();
            next.steps.push(child.json);
            next.parent = std::mem::replace(&mut next.definition, child.definition);
            out.push(next);
        }
    }
    out
}

fn bracket(mut place: Place, filter: &str) -> Place {
    if let Some(last) = place.steps.last_mut() {
        last.push_str(&format!("[{filter}]"));
    }
    place
}

fn filter(mut place: Place, condition: &str) -> Result<Place, String> {
    if let Some(target) = condition.strip_prefix("resolve() is ") {
        place.target = Some(target.trim().to_owned());
        return Ok(place);
    }
    if let Some(url) = condition.strip_prefix("hasExtension(") {
        let url = url.trim_end_matches(')').trim_matches('\'');
        return Ok(bracket(place, &format!("extension={url}")));
    }
    match condition.split_once('=') {
        Some((name, literal)) => {
            let literal = literal.trim().trim_matches('\'');
            Ok(bracket(place, &format!("{}={literal}", name.trim())))
        }
        None => Err(format!("unknown condition {condition}")),
    }
}

/// The terms of a place where an expression ends: nothing for a type its kind cannot index.
fn written(mut place: Place, kind: char, elements: &Elements) -> Vec<String> {
    if place.definition == "Extension" {
        let values = member("value", vec![place], elements);
        return values
            .into_iter()
            .flat_map(|p| written(p, kind, elements))
            .collect();
    }
    // The code of a Coding is searched with its system.
    let through_extension = place.steps.iter().any(|s| s.starts_with("extension"));
    let ends_in_code = place.steps.last().is_some_and(|s| s == "code");
    if kind == 't' && through_extension && ends_in_code {
        if place.parent != "Coding" {
            return Vec::new();
        }
        place.steps.pop();
        place.definition = "Coding".to_owned();
    }
    if !indexable(kind).contains(&place.definition.as_str()) {
        return Vec::new();
    }
    let target = place.target.map_or_else(String::new, |t| format!("({t})"));
    vec![format!(
        "{}:{}{target}",
        place.steps.join("."),
        place.definition
    )]
}

/// The types each kind of parameter can be read from (R4 3.1.1.4).
fn indexable(kind: char) -> &'static [&'static str] {
    match kind {
        's' => &["string", "markdown", "HumanName", "Address", "code"],
        't' => &[
            "code",
            "Coding",
            "CodeableConcept",
            "Identifier",
            "ContactPoint",
            "boolean",
            "string",
            "uri",
            "id",
            "canonical",
        ],
        'r' => &["Reference", "canonical", "uri", "Resource"],
        'd' => &["date", "dateTime", "instant", "Period", "Timing"],
        'n' => &["decimal", "integer", "positiveInt", "unsignedInt"],
        'q' => &[
            "Quantity",
            "Age",
            "Duration",
            "Count",
            "Distance",
            "Money",
            "Range",
            "SampledData",
        ],
        'u' => &["uri", "url", "canonical", "oid", "uuid"],
        _ => &[],
    }
}
