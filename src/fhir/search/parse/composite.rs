//! The values of a composite parameter: `code$value`, to be found in one element.

use super::{shown, unsupported, wrong};
use crate::Issue;
use crate::search::composite::Composite;
use crate::search::value::{self, Context};
use crate::search::{Condition, Filter, Focus, Match, Modifier, Param, Part, Settings, Subject};

/// Reads `a$b,c$d` for a composite parameter. Errors name the pair and the rule.
pub(super) fn read(
    name: &str,
    settings: &Settings<'_>,
    param: &'static Param,
    modifier: Option<&str>,
    text: &str,
) -> Result<Condition, Issue> {
    let Some(composite) = settings.composite(param) else {
        return Err(unsupported(name, "cannot be searched by"));
    };
    match (modifier, text) {
        (None, _) => {}
        (Some("missing"), "false") => return Ok(present(composite)),
        (Some("missing"), "true") => return Ok(Condition::Not(Box::new(present(composite)))),
        (Some("missing"), _) => return Err(wrong(name, "must be true or false")),
        (Some(other), _) => {
            let reason = format!("modifier :{} is not supported", shown(other));
            return Err(unsupported(name, &reason));
        }
    }
    let mut any = Vec::new();
    for alternative in value::alternatives(name, text)? {
        let pieces = value::split(alternative, '$');
        if pieces.len() != composite.components.len() {
            let codes: Vec<&str> = composite.components.iter().map(|c| c.code).collect();
            return Err(wrong(name, &format!("must be {}", codes.join("$"))));
        }
        let mut matches = Vec::with_capacity(pieces.len());
        for (component, piece) in composite.components.iter().zip(pieces) {
            let context = Context {
                name,
                param: component,
                base: settings.base,
            };
            matches.push(Some(value::plain(&context, piece)?));
        }
        let foci = composite.foci.iter();
        any.extend(foci.map(|focus| in_focus(composite, focus, &matches)));
    }
    Ok(one_of(any))
}

fn one_of(mut any: Vec<Condition>) -> Condition {
    match (any.len(), any.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            any.extend(last);
            Condition::Any(any)
        }
    }
}

/// Every component is there, whatever its value.
fn present(composite: &Composite) -> Condition {
    let anything = vec![None; composite.components.len()];
    let foci = composite.foci.iter();
    one_of(
        foci.map(|focus| in_focus(composite, focus, &anything))
            .collect(),
    )
}

/// Each component is found in the resource by its own parameter; that they are in one element is
/// asked after that.
fn in_focus(composite: &Composite, focus: &Focus, matches: &[Option<Match>]) -> Condition {
    let (each, parts) = match focus {
        Focus::Resource(params) => (params, None),
        Focus::Element(_, parts) => (&composite.components, Some(parts)),
    };
    let alone = each.iter().zip(matches);
    let mut all: Vec<Condition> = alone.map(|(param, value)| filter(param, value)).collect();
    if let Some(parts) = parts {
        let parts = parts.iter().zip(&composite.components).zip(matches);
        let together = parts.filter_map(|((part, component), value)| {
            let Part::Within(id, _) = part else {
                return None;
            };
            Some((component.kind, *id, value.clone()))
        });
        all.push(Condition::Filter(Filter {
            param: Subject::Param(composite.param),
            modifier: Modifier::None,
            values: vec![Match::Together(together.collect())],
        }));
    }
    Condition::All(all)
}

fn filter(param: &'static Param, value: &Option<Match>) -> Condition {
    let (modifier, value) = match value {
        Some(value) => (Modifier::None, value.clone()),
        None => (Modifier::Missing, Match::Missing(false)),
    };
    Condition::Filter(Filter {
        param: Subject::Param(param),
        modifier,
        values: vec![value],
    })
}
