//! Search parameters that come as SearchParameter resources while the server runs (R4 3.1.1.6).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, RwLock};

use super::{Param, ParamType, param, params};
use crate::index::ParamId;
use crate::path::Expression;
use crate::{Element, Issue, IssueCode, ResourceType};

/// Longest code of a parameter, in bytes.
const CODE_BYTES_MAX: usize = 64;
/// Parameters that are searched by at the same time; more are stored only.
pub const POSTED_MAX: usize = 1_000;

/// One parameter of one type.
#[derive(Debug, Clone)]
pub struct Posted {
    pub param: &'static Param,
    pub expression: Arc<Expression>,
    /// Every resource there is has been indexed by it. Until then: how many, of how many.
    pub ready: bool,
    pub progress: (u64, u64),
}

/// All of them at one moment.
#[derive(Debug, Clone, Default)]
pub struct PostedParams {
    by_type: HashMap<ResourceType, BTreeMap<&'static str, Posted>>,
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
    /// Takes the parameters of a SearchParameter in. Of two with one code, the first stays.
    pub fn add(&mut self, search_parameter: Element<'_>) {
        if search_parameter.text_at("status").as_deref() != Some("active") {
            return;
        }
        for posted in read(search_parameter).unwrap_or_default() {
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

/// What keeps a SearchParameter from being searched by, each with its place.
pub fn check(search_parameter: Element<'_>) -> Vec<Issue> {
    match search_parameter.text_at("status").as_deref() {
        Some("active") => read(search_parameter).err().unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn fault(member: &str, text: impl Into<String>) -> Issue {
    Issue::error(IssueCode::Invariant, text).at(format!("SearchParameter.{member}"))
}

/// The parameters a SearchParameter makes, one for each type. A code that the standard gives a type
/// under the very same address is the standard's, and makes none.
fn read(resource: Element<'_>) -> Result<Vec<Posted>, Vec<Issue>> {
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
        let text = "is searched by only if it is string, token, reference, date, number, quantity \
                    or uri";
        faults.push(fault("type", text));
    }
    let text = resource.text_at("expression").unwrap_or_default();
    let expression = match Expression::parse(&text) {
        _ if text.is_empty() => Err("an expression is needed".to_owned()),
        Ok(expression) => Ok(Arc::new(expression)),
        Err(error) => Err(error.to_string()),
    };
    if let Err(why) = &expression {
        faults.push(fault("expression", why.clone()));
    }
    let mut types = Vec::new();
    for base in resource.all("base") {
        let name = base.str().unwrap_or_default();
        match (&*name, ResourceType::from_name(&name)) {
            ("Resource" | "DomainResource", _) => types.extend(ResourceType::all()),
            (_, Some(resource_type)) => types.push(resource_type),
            (_, None) => {
                faults.push(fault(
                    "base",
                    format!("{name} is not a resource type of FHIR R4"),
                ));
            }
        }
    }
    if types.is_empty() && faults.is_empty() {
        faults.push(fault("base", "a resource type is needed"));
    }
    types.retain(|t| param(*t, &code).is_none_or(|known| known.url != url));
    if let Some(taken) = types.iter().find(|t| param(**t, &code).is_some()) {
        faults.push(fault(
            "code",
            format!("{taken} has a parameter {code} already"),
        ));
    }
    let (Some(kind), Ok(expression), true) = (kind, expression, faults.is_empty()) else {
        return Err(faults);
    };
    let targets: Vec<ResourceType> = resource
        .all("target")
        .into_iter()
        .filter_map(|target| ResourceType::from_name(&target.str()?))
        .collect();
    // Whatever becomes of it afterwards, rows of this version never answer for another.
    let id = resource.text_at("id").unwrap_or_default();
    let version = resource.text_at("meta.versionId").unwrap_or_default();
    let origin = format!("{text}\n{id}\n{version}");
    let made = types.into_iter().map(|resource_type| Posted {
        param: intern(resource_type, (&code, kind), (&url, &origin), &targets),
        expression: expression.clone(),
        ready: false,
        progress: (0, 0),
    });
    Ok(made.collect())
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
        _ => return None,
    })
}

/// Parameters live as long as the process: there are as many as there were distinct definitions.
static INTERNED: LazyLock<RwLock<HashMap<ParamId, &'static Param>>> =
    LazyLock::new(RwLock::default);

fn intern(
    resource_type: ResourceType,
    (code, kind): (&str, ParamType),
    (url, origin): (&str, &str),
    targets: &[ResourceType],
) -> &'static Param {
    let mut name = format!("{code}\n{kind:?}\n{url}\n{origin}\n{targets:?}");
    loop {
        let id = ParamId::of(resource_type, &name);
        let wanted = Param {
            id,
            resource_type,
            code: "",
            kind,
            url: "",
            targets: targets.to_vec(),
        };
        let alike = |p: &Param| {
            let same = (p.resource_type, p.kind, &p.targets)
                == (wanted.resource_type, wanted.kind, &wanted.targets);
            same && p.code == code && p.url == url
        };
        if let Ok(known) = INTERNED.read()
            && let Some(found) = known.get(&id)
            && alike(found)
        {
            return found;
        }
        let taken = INTERNED.read().is_ok_and(|known| known.contains_key(&id));
        if taken || params(resource_type).iter().any(|p| p.id == id) {
            name.push('+');
            continue;
        }
        let made: &'static Param = Box::leak(Box::new(Param {
            code: String::leak(code.to_owned()),
            url: String::leak(url.to_owned()),
            ..wanted
        }));
        if let Ok(mut known) = INTERNED.write() {
            return known.entry(id).or_insert(made);
        }
        return made;
    }
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
}
