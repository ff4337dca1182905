//! Search parameters that come as SearchParameter resources while the server runs (R4 3.1.1.6).

mod component;
mod interned;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::composite::Composite;
use super::{Param, ParamType, param};
use crate::index::ParamId;
use crate::path::Expression;
use crate::{Element, Issue, IssueCode, ResourceType};

use component::Component;
pub use component::{COMPONENTS_MAX, resolve};

/// Longest code of a parameter, in bytes.
const CODE_BYTES_MAX: usize = 64;
/// Parameters that are searched by at the same time; more are stored only.
pub const POSTED_MAX: usize = 1_000;

/// One parameter of one type.
#[derive(Debug, Clone)]
pub struct Posted {
    pub param: &'static Param,
    pub expression: Arc<Expression>,
    pub(crate) composed: Option<Arc<Composed>>,
    /// Every resource there is has been indexed by it. Until then: how many, of how many.
    pub ready: bool,
    pub progress: (u64, u64),
}

/// What a composite one compares in each element its expression gives.
#[derive(Debug)]
pub(crate) struct Composed {
    pub composite: Composite,
    /// What each component reads from such an element.
    pub expressions: Vec<Expression>,
}

/// All of them at one moment.
#[derive(Debug, Clone, Default)]
pub struct PostedParams {
    by_type: HashMap<ResourceType, BTreeMap<&'static str, Posted>>,
    /// Composite ones whose components have not been looked up.
    drafts: Vec<Arc<Draft>>,
}

impl PostedParams {
    pub fn is_empty(&self) -> bool {
        self.by_type.is_empty()
    }
    pub fn all(&self) -> impl Iterator<Item = &Posted> {
        self.by_type.values().flat_map(BTreeMap::values)
    }
    pub fn of(&self, resource_type: ResourceType) -> impl Iterator<Item = &Posted> {
        let of_type = self.by_type.get(&resource_type);
        of_type.into_iter().flat_map(BTreeMap::values)
    }
    pub fn get(&self, resource_type: ResourceType, code: &str) -> Option<&Posted> {
        self.by_type.get(&resource_type)?.get(code)
    }
    /// The composite a parameter is, if it is a composite one.
    pub(crate) fn composite(&self, param: &Param) -> Option<&Composite> {
        let posted = self.get(param.resource_type, param.code)?;
        let composed = posted.composed.as_deref()?;
        (posted.param.id == param.id).then_some(&composed.composite)
    }
    /// Takes the parameters of a SearchParameter in. Of two with one code, the first stays. What is
    /// composite waits for [`PostedParams::compose`].
    pub fn add(&mut self, search_parameter: Element<'_>) {
        if search_parameter.text_at("status").as_deref() != Some("active") {
            return;
        }
        match read(search_parameter) {
            Ok(draft) if draft.kind == ParamType::Composite => {
                if self.drafts.len() < POSTED_MAX {
                    self.drafts.push(Arc::new(draft));
                }
            }
            Ok(draft) => self.keep(draft.simple()),
            Err(_) => {}
        }
    }
    /// Makes the composite ones that were taken in, of the others that are there by now. One with
    /// a component that is unknown makes none.
    pub fn compose(&mut self) {
        for draft in std::mem::take(&mut self.drafts) {
            let made = component::compose(&draft, self);
            self.keep(made.unwrap_or_default());
        }
    }
    fn keep(&mut self, made: Vec<Posted>) {
        for posted in made {
            if self.all().count() < POSTED_MAX {
                let of_type = self.by_type.entry(posted.param.resource_type);
                let codes = of_type.or_default();
                codes.entry(posted.param.code).or_insert(posted);
            }
        }
    }
    /// Says which are ready, and how far the others are: by their number.
    pub fn settle(&mut self, told: &HashMap<ParamId, (bool, u64, u64)>) {
        for posted in self.by_type.values_mut().flat_map(BTreeMap::values_mut) {
            if let Some((ready, done, total)) = told.get(&posted.param.id) {
                (posted.ready, posted.progress) = (*ready, (*done, *total));
            }
        }
    }
}

/// What in itself keeps a SearchParameter from being searched by, each with its place. Whether the
/// components of a composite one are known is asked by [`resolve`].
pub fn check(search_parameter: Element<'_>) -> Vec<Issue> {
    match search_parameter.text_at("status").as_deref() {
        Some("active") => read(search_parameter).err().unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn fault(member: &str, text: impl Into<String>) -> Issue {
    Issue::error(IssueCode::Invariant, text).at(format!("SearchParameter.{member}"))
}

/// What a SearchParameter says, sound in itself.
#[derive(Debug)]
struct Draft {
    code: String,
    url: String,
    kind: ParamType,
    types: Vec<ResourceType>,
    targets: Vec<ResourceType>,
    expression: Arc<Expression>,
    components: Vec<Component>,
    /// Text, id and version: whatever becomes of it afterwards, rows of this version never answer
    /// for another.
    origin: String,
}

impl Draft {
    /// The parameters it makes, one for each type.
    fn simple(&self) -> Vec<Posted> {
        let made = self.types.iter().map(|resource_type| {
            let origin = interned::Origin {
                resource_type: *resource_type,
                code: &self.code,
                kind: self.kind,
                url: &self.url,
                text: &self.origin,
            };
            Posted {
                param: interned::simple(&origin, &self.targets),
                expression: self.expression.clone(),
                composed: None,
                ready: false,
                progress: (0, 0),
            }
        });
        made.collect()
    }
}

/// Reads a SearchParameter. A code that the standard gives a type under the very same address is
/// the standard's, and makes none.
fn read(resource: Element<'_>) -> Result<Draft, Vec<Issue>> {
    let mut faults = Vec::new();
    let code = resource.text_at("code").unwrap_or_default();
    let url = resource.text_at("url").unwrap_or_default();
    let sound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if code.is_empty() || code.len() > CODE_BYTES_MAX || !code.bytes().all(sound) {
        let text = format!("a code is 1 to {CODE_BYTES_MAX} letters, digits, - and _");
        faults.push(fault("code", text));
    } else if code.starts_with('_') {
        faults.push(fault("code", "codes that begin with _ are the standard's"));
    }
    let kind = kind(&resource.text_at("type").unwrap_or_default());
    if kind.is_none() {
        let text = "is searched by only if it is string, token, reference, date, number, quantity, \
                    uri or composite";
        faults.push(fault("type", text));
    }
    let text = resource.text_at("expression").unwrap_or_default();
    let expression = parsed(&text).map(Arc::new);
    if let Err(why) = &expression {
        faults.push(fault("expression", why.clone()));
    }
    let components = match kind {
        Some(ParamType::Composite) => component::read(resource, &mut faults),
        _ => Vec::new(),
    };
    let mut types = bases(resource, &mut faults);
    types.retain(|t| param(*t, &code).is_none_or(|known| known.url != url));
    if let Some(taken) = types.iter().find(|t| param(**t, &code).is_some()) {
        let text = format!("{taken} has a parameter {code} already");
        faults.push(fault("code", text));
    }
    let (Some(kind), Ok(expression), true) = (kind, expression, faults.is_empty()) else {
        return Err(faults);
    };
    let targets = resource.all("target").into_iter();
    let targets = targets.filter_map(|target| ResourceType::from_name(&target.str()?));
    let id = resource.text_at("id").unwrap_or_default();
    let version = resource.text_at("meta.versionId").unwrap_or_default();
    Ok(Draft {
        types,
        kind,
        targets: targets.collect(),
        components,
        expression,
        origin: format!("{text}\n{id}\n{version}"),
        code: code.into_owned(),
        url: url.into_owned(),
    })
}

fn parsed(text: &str) -> Result<Expression, String> {
    match text.is_empty() {
        true => Err("an expression is needed".to_owned()),
        false => Expression::parse(text).map_err(|error| error.to_string()),
    }
}

/// The types that are searched by it.
fn bases(resource: Element<'_>, faults: &mut Vec<Issue>) -> Vec<ResourceType> {
    let before = faults.len();
    let mut types = Vec::new();
    for base in resource.all("base") {
        let name = base.str().unwrap_or_default();
        match (&*name, ResourceType::from_name(&name)) {
            ("Resource" | "DomainResource", _) => types.extend(ResourceType::all()),
            (_, Some(resource_type)) => types.push(resource_type),
            (_, None) => {
                let text = format!("{name} is not a resource type of FHIR R4");
                faults.push(fault("base", text));
            }
        }
    }
    if types.is_empty() && faults.len() == before {
        faults.push(fault("base", "a resource type is needed"));
    }
    types
}

fn kind(name: &str) -> Option<ParamType> {
    Some(match name {
        "string" => ParamType::String,
        "token" => ParamType::Token,
        "reference" => ParamType::Reference,
        "date" => ParamType::Date,
        "number" => ParamType::Number,
        "quantity" => ParamType::Quantity,
        "uri" => ParamType::Uri,
        "composite" => ParamType::Composite,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Document;

    fn made(members: &str) -> Document {
        Document::parse(format!(
            r#"{{"resourceType":"SearchParameter","url":"urn:x","status":"active",{members}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (members, at) in [
            (
                r#""code":"a b","type":"string","base":["Patient"],"expression":"x""#,
                "code",
            ),
            (
                r#""code":"name","type":"string","base":["Patient"],"expression":"x""#,
                "code",
            ),
            (
                r#""code":"x","type":"special","base":["Patient"],"expression":"x""#,
                "type",
            ),
            (
                r#""code":"x","type":"string","base":["Nope"],"expression":"x""#,
                "base",
            ),
            (
                r#""code":"x","type":"string","base":["Patient"],"expression":"(x""#,
                "expression",
            ),
            (
                r#""code":"x","type":"string","base":["Patient"]"#,
                "expression",
            ),
        ] {
            let issues = check(made(members).root());
            let places: Vec<_> = issues.iter().filter_map(|i| i.expression.clone()).collect();
            assert_eq!(places, [format!("SearchParameter.{at}")], "{members}");
        }
        let draft = r#""code":"a b","type":"string","base":["Patient"]"#;
        let draft = made(draft).text().replace("active", "draft");
        assert!(check(Document::parse(draft).unwrap().root()).is_empty());
    }

    #[test]
    fn one_definition_is_one_parameter_and_another_is_another() {
        let one = |expression: &str| {
            let members = format!(
                r#""code":"eye","type":"token","base":["Patient"],"expression":"{expression}""#
            );
            let mut all = PostedParams::default();
            all.add(made(&members).root());
            all.get(ResourceType::PATIENT, "eye").unwrap().param
        };
        assert_eq!(one("Patient.extension").id, one("Patient.extension").id);
        assert_ne!(one("Patient.extension").id, one("Patient.name").id);
    }

    const PAIR: &str = r#""code":"rank-name","type":"composite","base":["Patient"],
        "expression":"Patient.contact","component":[
        {"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"gender"},
        {"definition":"urn:rank","expression":"extension.value"}]"#;
    const RANK: &str = r#""code":"rank","type":"number","base":["Patient"],
        "expression":"Patient.extension.value""#;

    fn places(members: &str, known: &PostedParams) -> Vec<String> {
        let document = made(members);
        let issues = check(document.root()).into_iter();
        let issues = issues.chain(resolve(document.root(), known));
        issues.filter_map(|issue| issue.expression).collect()
    }

    #[test]
    fn a_composite_parameter_is_made_once_its_components_are_known() {
        let rank = Document::parse(made(RANK).text().replace("urn:x", "urn:rank")).unwrap();
        let mut all = PostedParams::default();
        assert_eq!(
            places(PAIR, &all),
            ["SearchParameter.component[1].definition"]
        );
        // Whichever was stored first.
        all.add(made(PAIR).root());
        let mut alone = all.clone();
        alone.compose();
        assert!(alone.get(ResourceType::PATIENT, "rank-name").is_none());
        all.add(rank.root());
        all.compose();
        assert!(places(PAIR, &all).is_empty());
        let param = all.get(ResourceType::PATIENT, "rank-name").unwrap().param;
        let composite = all.composite(param).unwrap();
        let kinds: Vec<ParamType> = composite.components.iter().map(|c| c.kind).collect();
        assert_eq!(kinds, [ParamType::Token, ParamType::Number]);
        let mut again = PostedParams::default();
        again.add(rank.root());
        again.add(made(PAIR).root());
        again.compose();
        let same = again.get(ResourceType::PATIENT, "rank-name").unwrap();
        assert_eq!(same.param.id, param.id);
    }

    #[test]
    fn what_is_wrong_with_components_is_named() {
        let none = PostedParams::default();
        let one = PAIR.replace(
            r#",
        {"definition":"urn:rank","expression":"extension.value"}"#,
            "",
        );
        assert_eq!(places(&one, &none), ["SearchParameter.component"]);
        let odd = PAIR.replace("\"gender\"", "\"gender.(\"");
        assert_eq!(
            places(&odd, &none),
            ["SearchParameter.component[0].expression"]
        );
        let nested = PAIR.replace(
            "urn:rank",
            "http://hl7.org/fhir/SearchParameter/Group-value",
        );
        let nested = nested.replace("individual-gender", "Observation-code-value-quantity");
        let places = places(&nested, &none);
        assert!(
            places.contains(&"SearchParameter.component[0].definition".to_owned()),
            "{places:?}"
        );
    }
}
