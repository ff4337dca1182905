//! The components of composite parameters that come as resources: what they read, and as what kind
//! of parameter (R4 3.1.1.4.18).

use std::sync::Arc;

use super::{Composed, Draft, Posted, PostedParams, fault, interned, parsed, read as read_draft};
use crate::path::Expression;
use crate::search::composite::{Composite, Focus, Part};
use crate::search::{Param, ParamType, params};
use crate::{Element, Issue, ResourceType};

/// Components a composite parameter may have.
pub const COMPONENTS_MAX: usize = 8;

/// One component as it is written.
#[derive(Debug)]
pub(super) struct Component {
    /// The address of the parameter it is compared as.
    pub definition: String,
    /// What it reads from an element that the whole expression gives.
    pub expression: Expression,
}

/// Reads all of them.
pub(super) fn read(resource: Element<'_>, faults: &mut Vec<Issue>) -> Vec<Component> {
    let all = resource.all("component");
    if !(2..=COMPONENTS_MAX).contains(&all.len()) {
        let text = format!("a composite parameter has 2 to {COMPONENTS_MAX} components");
        faults.push(fault("component", text));
        return Vec::new();
    }
    let mut components = Vec::with_capacity(all.len());
    for (number, component) in all.into_iter().enumerate() {
        let definition = component.text_at("definition").unwrap_or_default();
        let plain = definition.split('|').next().unwrap_or_default();
        match parsed(&component.text_at("expression").unwrap_or_default()) {
            Ok(expression) => components.push(Component {
                definition: plain.to_owned(),
                expression,
            }),
            Err(why) => faults.push(fault(&format!("component[{number}].expression"), why)),
        }
    }
    components
}

/// What keeps a composite SearchParameter from being made of the parameters there are: each
/// component that is none of them, with its place. Nothing for any other.
pub fn resolve(search_parameter: Element<'_>, posted: &PostedParams) -> Vec<Issue> {
    if search_parameter.text_at("status").as_deref() != Some("active") {
        return Vec::new();
    }
    match read_draft(search_parameter) {
        Ok(draft) if draft.kind == ParamType::Composite => {
            let each = draft.types.iter();
            let mut faults = each.filter_map(|of| components(&draft, *of, posted).err());
            faults.next().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The parameters a composite one makes, one for each type. Errors: its components that are unknown.
pub(super) fn compose(draft: &Draft, posted: &PostedParams) -> Result<Vec<Posted>, Vec<Issue>> {
    let mut made = Vec::with_capacity(draft.types.len());
    for resource_type in &draft.types {
        let known = components(draft, *resource_type, posted)?;
        made.push(one(draft, *resource_type, &known));
    }
    Ok(made)
}

fn one(draft: &Draft, resource_type: ResourceType, known: &[&'static Param]) -> Posted {
    let origin = interned::Origin {
        resource_type,
        code: &draft.code,
        kind: draft.kind,
        url: &draft.url,
        text: &draft.origin,
    };
    let expressions: Vec<Expression> = draft
        .components
        .iter()
        .map(|component| component.expression.clone())
        .collect();
    let read: Vec<&str> = expressions.iter().map(Expression::text).collect();
    let (param, components) = interned::composite(&origin, known, &read);
    let parts = (0..components.len()).map(|number| Part::Within(param.id.part(number), Vec::new()));
    let composite = Composite {
        param,
        foci: vec![Focus::Element(Vec::new(), parts.collect())],
        components,
    };
    Posted {
        param,
        expression: draft.expression.clone(),
        composed: Some(Arc::new(Composed {
            composite,
            expressions,
        })),
        ready: false,
        progress: (0, 0),
    }
}

/// The parameters that the components are compared as.
fn components(
    draft: &Draft,
    resource_type: ResourceType,
    posted: &PostedParams,
) -> Result<Vec<&'static Param>, Vec<Issue>> {
    let (mut known, mut faults) = (Vec::new(), Vec::new());
    for (number, component) in draft.components.iter().enumerate() {
        let why = match defined(resource_type, &component.definition, posted) {
            Some(param) if !matches!(param.kind, ParamType::Composite | ParamType::Special) => {
                known.push(param);
                continue;
            }
            Some(_) => "is itself a composite or special parameter".to_owned(),
            None => format!(
                "{} is no search parameter of this server",
                component.definition
            ),
        };
        faults.push(fault(&format!("component[{number}].definition"), why));
    }
    match faults.is_empty() {
        true => Ok(known),
        false => Err(faults),
    }
}

/// The parameter of an address: of the type itself if there is one, else of any.
fn defined(
    resource_type: ResourceType,
    url: &str,
    posted: &PostedParams,
) -> Option<&'static Param> {
    let shipped = |of: ResourceType| params(of).iter().find(|p| p.url == url);
    let stored = |p: &Posted| (p.param.url == url).then_some(p.param);
    let own = shipped(resource_type).or_else(|| posted.of(resource_type).find_map(stored));
    own.or_else(|| ResourceType::all().find_map(shipped))
        .or_else(|| posted.all().find_map(stored))
}
