//! What an operation is given: query and Parameters (or a bare resource), checked against the
//! table.

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::{Operation, Parameter};
use crate::{
    Document, Element, Issue, IssueCode, ResourceType,
    definitions::Primitive,
    json::{Kind, quote},
    validate,
};

/// How many values an operation may be given, in all.
pub const VALUES_MAX: usize = 1_000;

/// One value of one input.
#[derive(Debug, Clone)]
pub enum Given {
    /// A primitive, its format checked.
    Text(String),
    /// A datatype such as Coding, its structure checked; or the whole `parameter` of one with
    /// parts.
    Element(Document),
    /// A resource as the client wrote it, nothing checked but that its type is the one wanted.
    Resource(Document),
}

/// All inputs of one invocation.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    given: Vec<(&'static Parameter, Given)>,
    /// Search parameters, for operations that take them.
    pub search: Vec<(String, String)>,
}

/// A request's body.
#[derive(Debug, Clone, Default)]
pub enum Body {
    #[default]
    Nothing,
    Parameters(Document),
    /// The resource itself, where the operation has one input that can be that.
    Bare(Document),
}

impl Body {
    /// Tells Parameters from a bare resource. Parameters posted to their own type are the subject,
    /// unless they hold the input that a subject is given by.
    pub fn of(document: Document, operation: &Operation, of: Option<ResourceType>) -> Self {
        let root = document.root();
        let names_input = operation.bare().is_some_and(|bare| {
            let mut names = root.all("parameter.name").into_iter();
            names.any(|name| name.is(bare.name))
        });
        let itself = of == Some(ResourceType::PARAMETERS) && !names_input;
        if root.resource_type_name().as_deref() == Some("Parameters") && !itself {
            Self::Parameters(document)
        } else {
            Self::Bare(document)
        }
    }
}

impl Inputs {
    /// Every value given for an input, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Given> {
        let named = self.given.iter().filter(move |(p, _)| p.name == name);
        named.map(|(_, given)| given)
    }
    /// Every primitive given for an input.
    pub fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).filter_map(|given| match given {
            Given::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut named = self.given.iter().filter(|(p, _)| p.name == name);
        named.find_map(|(_, given)| match given {
            Given::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|text| text == "true")
    }
    /// A whole number, as any of the three integer types.
    pub fn whole(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }
    /// The first instant of what a date, dateTime or instant covers.
    pub fn instant(&self, name: &str) -> Option<Timestamp> {
        let covered = crate::datetime::interval(self.text(name)?)?;
        Timestamp::from_microsecond(covered.low).ok()
    }
    /// The first datatype (or parameter with parts) given for an input.
    pub fn element(&self, name: &str) -> Option<Element<'_>> {
        let mut named = self.given.iter().filter(|(p, _)| p.name == name);
        named.find_map(|(_, given)| match given {
            Given::Element(document) => Some(document.root()),
            _ => None,
        })
    }
    pub fn resource(&self, name: &str) -> Option<&Document> {
        let mut named = self.given.iter().filter(|(p, _)| p.name == name);
        named.find_map(|(_, given)| match given {
            Given::Resource(document) => Some(document),
            _ => None,
        })
    }
    /// Every datatype given for an input.
    pub fn elements<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Element<'a>> {
        self.all(name).filter_map(|given| match given {
            Given::Element(document) => Some(document.root()),
            _ => None,
        })
    }
    /// The pairs an invocation by GET would have, for links: what is not primitive is left out.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.given.iter().filter_map(|(p, given)| match given {
            Given::Text(text) => Some((p.name, text.as_str())),
            _ => None,
        });
        own.chain(self.search.iter().map(|(n, v)| (n.as_str(), v.as_str())))
    }
}

/// Merges query and body into inputs. Errors: one issue per parameter at fault, named: unknown, of
/// the wrong type, too often, or missing. Names that begin with `_` and shape the answer
/// (`_format`, `_pretty`, `_summary`, `_elements`) are passed over.
pub fn read(
    operation: &'static Operation,
    query: &[(String, String)],
    body: Body,
) -> Result<Inputs, Vec<Issue>> {
    let mut reading = Reading {
        operation,
        inputs: Inputs::default(),
        issues: Vec::new(),
    };
    for (name, value) in query {
        reading.pair(name, value);
    }
    match body {
        Body::Nothing => {}
        Body::Parameters(document) => reading.parameters(document.root()),
        Body::Bare(document) => reading.bare(document),
    }
    reading.count();
    if reading.issues.is_empty() {
        Ok(reading.inputs)
    } else {
        Err(reading.issues)
    }
}

/// Whether a parameter belongs to every interaction and says nothing to an operation.
pub fn shapes_the_answer(name: &str) -> bool {
    matches!(name, "_format" | "_pretty" | "_summary" | "_elements")
}

struct Reading {
    operation: &'static Operation,
    inputs: Inputs,
    issues: Vec<Issue>,
}

impl Reading {
    fn fault(&mut self, code: IssueCode, text: String, at: &str) {
        self.issues.push(Issue::error(code, text).at(at));
    }

    fn unknown(&mut self, name: &str, at: &str) {
        let shown: String = name.chars().take(64).collect();
        let text = format!("{shown} is not a parameter of ${}", self.operation.code);
        self.fault(IssueCode::NotSupported, text, at);
    }

    fn pair(&mut self, name: &str, value: &str) {
        let Some(input) = self.operation.input(name) else {
            if self.operation.searches {
                self.inputs.search.push((name.to_owned(), value.to_owned()));
            } else if !shapes_the_answer(name) {
                self.unknown(name, name);
            }
            return;
        };
        match input.primitive() {
            Some(primitive) => self.text(input, primitive, value.to_owned(), name),
            None if matches!(input.type_name, "Coding" | "CodeableConcept") => {
                self.token(input, value, name);
            }
            None => {
                let what = input.type_name;
                let text = format!("{name} is a {what}; it must be posted in Parameters");
                self.fault(IssueCode::Value, text, name);
            }
        }
    }

    fn text(&mut self, input: &'static Parameter, primitive: Primitive, text: String, at: &str) {
        let fault = match primitive {
            Primitive::Boolean if !matches!(&*text, "true" | "false") => Some("not true or false"),
            Primitive::Decimal if !is_decimal(&text) => Some("not a decimal number"),
            _ => validate::primitive_fault(primitive, &text),
        };
        match fault {
            None => self.inputs.given.push((input, Given::Text(text))),
            Some(why) => {
                let text = format!("{}: {why}", input.name);
                self.fault(IssueCode::Value, text, at);
            }
        }
    }

    /// `system|code`, `|code` or `code`, as a search has it.
    fn token(&mut self, input: &'static Parameter, value: &str, at: &str) {
        let (system, code) = value.rsplit_once('|').unwrap_or(("", value));
        if validate::primitive_fault(Primitive::Code, code).is_some() {
            let text = format!("{}: a code is given as system|code", input.name);
            return self.fault(IssueCode::Value, text, at);
        }
        let mut text = format!("{{\"code\":{}}}", quote(code));
        if !system.is_empty() {
            text = format!("{{\"system\":{},\"code\":{}}}", quote(system), quote(code));
        }
        if input.type_name == "CodeableConcept" {
            text = format!("{{\"coding\":[{text}]}}");
        }
        match Document::parse(text) {
            Ok(document) => self.inputs.given.push((input, Given::Element(document))),
            Err(fault) => {
                let text = format!("{}: {fault}", input.name);
                self.fault(IssueCode::Value, text, at);
            }
        }
    }

    fn bare(&mut self, document: Document) {
        match self.operation.bare() {
            Some(input) => self.resource(input, document, "resourceType"),
            None => {
                let text = format!("${} takes a Parameters resource", self.operation.code);
                self.fault(IssueCode::Structure, text, "resourceType");
            }
        }
    }

    fn resource(&mut self, input: &'static Parameter, document: Document, at: &str) {
        let name = document.root().resource_type_name();
        let wanted = input.type_name;
        if matches!(wanted, "Resource" | "Any") || name.as_deref() == Some(wanted) {
            self.inputs.given.push((input, Given::Resource(document)));
        } else {
            let text = format!("{} must be a {wanted}", input.name);
            self.fault(IssueCode::Value, text, at);
        }
    }

    fn parameters(&mut self, root: Element<'_>) {
        let Some(list) = root.get("parameter") else {
            return;
        };
        if list.kind() != Kind::Array {
            let text = "Parameters.parameter must be an array".to_owned();
            return self.fault(IssueCode::Structure, text, "Parameters.parameter");
        }
        if list.count() > VALUES_MAX {
            let text = format!("an operation takes at most {VALUES_MAX} values");
            return self.fault(IssueCode::TooCostly, text, "Parameters.parameter");
        }
        for (number, item) in list.items().enumerate() {
            let at = format!("Parameters.parameter[{number}]");
            self.parameter(item, &at);
        }
    }

    fn parameter(&mut self, item: Element<'_>, at: &str) {
        let Some(name) = item.get("name").and_then(Element::str) else {
            let text = "a parameter must have a name".to_owned();
            return self.fault(IssueCode::Required, text, &format!("{at}.name"));
        };
        let input = self.operation.input(&name);
        if let (Some(input), Some(resource)) = (input, item.get("resource"))
            && input.is_resource()
            && resource.kind() == Kind::Object
        {
            return self.resource(input, resource.to_document(), &format!("{at}.resource"));
        }
        let value = item.members().find(|(name, _)| name.starts_with("value"));
        match (input, value) {
            (None, Some((_, value))) if self.operation.searches => match scalar(value) {
                Some(text) => self.inputs.search.push((name.into_owned(), text)),
                None => self.unknown(&name, at),
            },
            (None, _) if shapes_the_answer(&name) => {}
            (None, _) => self.unknown(&name, at),
            (Some(input), _) if input.type_name.is_empty() => {
                if self.is_sound(item, at) {
                    let given = Given::Element(item.to_document());
                    self.inputs.given.push((input, given));
                }
            }
            (Some(input), Some((member, value))) => self.value(input, &member, value, item, at),
            (Some(input), None) => {
                let wanted = wanted(input);
                let text = format!("{name} must be given as {wanted}");
                self.fault(IssueCode::Required, text, at);
            }
        }
    }

    fn value(
        &mut self,
        input: &'static Parameter,
        member: &str,
        value: Element<'_>,
        item: Element<'_>,
        at: &str,
    ) {
        let given = member.strip_prefix("value").unwrap_or_default();
        let place = format!("{at}.{member}");
        if !fits(input, given) {
            let wanted = wanted(input);
            let shown: String = member.chars().take(40).collect();
            let text = format!("{} must be given as {wanted}, not {shown}", input.name);
            return self.fault(IssueCode::Value, text, &place);
        }
        if !self.is_sound(item, at) {
            return;
        }
        match (input.primitive(), scalar(value)) {
            (Some(primitive), Some(text)) => self.text(input, primitive, text, &place),
            (Some(_), None) => {
                let text = format!("{} must have a value", input.name);
                self.fault(IssueCode::Value, text, &place);
            }
            (None, _) => {
                let given = Given::Element(value.to_document());
                self.inputs.given.push((input, given));
            }
        }
    }

    /// Whether one parameter is as the standard has it; says what is wrong otherwise.
    fn is_sound(&mut self, item: Element<'_>, at: &str) -> bool {
        let text = format!(
            "{{\"resourceType\":\"Parameters\",\"parameter\":[{}]}}",
            item.raw()
        );
        let faults = match Document::parse(text) {
            Ok(document) => validate::validate(document).err().unwrap_or_default(),
            Err(fault) => vec![Issue::error(IssueCode::Structure, fault.to_string())],
        };
        let sound = faults.is_empty();
        let name = item.text_at("name").unwrap_or_default();
        self.issues.extend(faults.into_iter().map(|mut issue| {
            let place = issue.expression.take().unwrap_or_default();
            issue.diagnostics = format!("{name}: {}", issue.diagnostics);
            issue.at(place.replacen("Parameters.parameter[0]", at, 1))
        }));
        sound
    }

    /// Too few or too many of an input.
    fn count(&mut self) {
        let operation = self.operation;
        for input in operation.inputs {
            let given = self.inputs.given.iter();
            let count = given.filter(|(p, _)| p.name == input.name).count();
            let said = self.issues.iter().any(|issue| {
                let place = issue.expression.as_deref();
                place == Some(input.name) || issue.diagnostics.starts_with(input.name)
            });
            if said {
                continue;
            }
            if count < input.min as usize {
                let text = format!("{} is missing", input.name);
                self.fault(IssueCode::Required, text, input.name);
            } else if input.max.is_some_and(|max| count > max as usize) {
                let max = input.max.unwrap_or_default();
                let text = format!("{} may be given at most {max} times", input.name);
                self.fault(IssueCode::Value, text, input.name);
            }
        }
    }
}

fn wanted(input: &Parameter) -> String {
    match input.type_name {
        "" => "part".to_owned(),
        _ if input.is_resource() => "resource".to_owned(),
        name => {
            let mut letters = name.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            let first = first.map_or(String::new(), |c| c.to_string());
            format!("value{first}{}", letters.as_str())
        }
    }
}

/// Families of primitives whose texts look alike: clients mix them up, and the declared type's own
/// format is checked all the same.
const FAMILIES: &[&[&str]] = &[
    &[
        "string",
        "code",
        "id",
        "markdown",
        "uri",
        "url",
        "canonical",
        "oid",
        "uuid",
    ],
    &["date", "datetime", "instant"],
    &["integer", "positiveint", "unsignedint", "decimal"],
];

/// Whether `value` + `given` may hold this input.
fn fits(input: &Parameter, given: &str) -> bool {
    let given = given.to_ascii_lowercase();
    let wanted = input.type_name.to_ascii_lowercase();
    let family =
        |names: &&[&str]| names.contains(&given.as_str()) && names.contains(&wanted.as_str());
    given == wanted || FAMILIES.iter().any(family)
}

/// A primitive's text.
fn scalar(value: Element<'_>) -> Option<String> {
    match value.kind() {
        Kind::String => value.str().map(|text| text.into_owned()),
        Kind::Number | Kind::Bool => Some(value.raw().to_owned()),
        _ => None,
    }
}

/// Whether a text is a number as JSON writes it.
fn is_decimal(text: &str) -> bool {
    Document::parse(text).is_ok_and(|document| document.root().kind() == Kind::Number)
}
