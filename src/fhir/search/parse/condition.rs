//! One condition of a search: `name:modifier=a,b`, a chain of references, or `_has`.

use super::{composite, operator, shown, unsupported, wrong};
use crate::search::expression::{self, Expression, Fault, Operator, Segment};
use crate::search::value::{self, Context};
use crate::search::{
    CHAIN_STEPS_MAX, CONDITIONS_MAX, Chain, Condition, Filter, HAS_STEPS_MAX, Has, Param,
    ParamType, Settings, Subject,
};
use crate::{Issue, IssueCode, ResourceType};

/// Reads one pair. Errors name the pair and the rule.
pub(super) fn read(
    resource_type: ResourceType,
    (name, value): (&str, &str),
    settings: &Settings<'_>,
) -> Result<Condition, Issue> {
    let mut reader = Reader {
        name,
        base: settings.base,
        settings,
        tried: 0,
    };
    let first = Step::first(resource_type);
    if name == "_filter" {
        let found = expression::parse(value).map_err(|fault| reader.refused(fault))?;
        return reader.expression(&first, &found);
    }
    let path: Vec<Segment> = name
        .split('.')
        .map(|name| Segment {
            name: name.to_owned(),
            bracket: None,
        })
        .collect();
    reader.condition(&first, &path, &Values::Listed(value))
}

/// What a parameter is to be.
enum Values<'a> {
    /// Alternatives, with escapes.
    Listed(&'a str),
    /// Of an expression.
    Asked(Operator, &'a str),
}

/// Where on its way along references a condition is.
#[derive(Debug, Clone, Copy)]
struct Step {
    resource_type: ResourceType,
    steps: usize,
    has: usize,
}

impl Step {
    fn first(resource_type: ResourceType) -> Self {
        Self {
            resource_type,
            steps: 0,
            has: 0,
        }
    }
    fn chained(self, resource_type: ResourceType) -> Self {
        Self {
            resource_type,
            steps: self.steps + 1,
            ..self
        }
    }
    fn reversed(self, resource_type: ResourceType) -> Self {
        Self {
            resource_type,
            steps: self.steps + 1,
            has: self.has + 1,
        }
    }
}

struct Reader<'a> {
    /// As the client wrote it, for what is said about it.
    name: &'a str,
    base: &'a str,
    settings: &'a Settings<'a>,
    /// Conditions tried so far: chains to any type branch.
    tried: usize,
}

impl Reader<'_> {
    /// A `_filter` expression about one type.
    fn expression(&mut self, at: &Step, asked: &Expression) -> Result<Condition, Issue> {
        let mut each = |parts: &[Expression]| -> Result<Vec<Condition>, Issue> {
            parts.iter().map(|p| self.expression(at, p)).collect()
        };
        Ok(match asked {
            Expression::All(parts) => Condition::All(each(parts)?),
            Expression::Any(parts) => Condition::Any(each(parts)?),
            Expression::Not(inner) => Condition::Not(Box::new(self.expression(at, inner)?)),
            Expression::Test {
                path,
                operator,
                value,
            } => self.condition(at, path, &Values::Asked(*operator, value))?,
        })
    }

    fn condition(
        &mut self,
        at: &Step,
        path: &[Segment],
        values: &Values<'_>,
    ) -> Result<Condition, Issue> {
        self.tried += 1;
        if self.tried > CONDITIONS_MAX {
            return Err(self.costly(&format!(
                "leads to more than {CONDITIONS_MAX} conditions; name the types of the references"
            )));
        }
        if at.steps > CHAIN_STEPS_MAX {
            let rule = format!("follows more than {CHAIN_STEPS_MAX} references");
            return Err(self.costly(&rule));
        }
        let Some((first, rest)) = path.split_first() else {
            return Err(wrong(self.name, "names no parameter"));
        };
        if let Some(reverse) = first.name.strip_prefix("_has:") {
            return self.has(at, reverse, (first, rest), values);
        }
        match (rest, &first.bracket) {
            ([], None) => self.filter(at.resource_type, &first.name, values),
            ([], Some(_)) => Err(wrong(self.name, "a bracket must be followed by a path")),
            _ => self.chain(at, first, rest, values),
        }
    }

    /// `Type:reference:rest`
    fn has(
        &mut self,
        at: &Step,
        text: &str,
        (first, rest): (&Segment, &[Segment]),
        values: &Values<'_>,
    ) -> Result<Condition, Issue> {
        let mut parts = text.splitn(3, ':');
        let (Some(source), Some(code), Some(name)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong(self.name, "must be _has:Type:reference:parameter"));
        };
        if at.has >= HAS_STEPS_MAX {
            return Err(self.costly(&format!("has more than {HAS_STEPS_MAX} _has in each other")));
        }
        let Some(source) = ResourceType::from_name(source) else {
            let reason = format!("{} is not a resource type", shown(source));
            return Err(wrong(self.name, &reason));
        };
        let target = at.resource_type;
        let found = self.settings.param(source, code)?.filter(|p| {
            p.kind == ParamType::Reference && (p.targets.is_empty() || p.targets.contains(&target))
        });
        let Some(found) = found else {
            let code = shown(code);
            let reason = format!("{code} is not a reference of {source} to {target}");
            return Err(unsupported(self.name, &reason));
        };
        let mut path = vec![Segment {
            name: name.to_owned(),
            bracket: first.bracket.clone(),
        }];
        path.extend_from_slice(rest);
        let condition = self.condition(&at.reversed(source), &path, values)?;
        Ok(Condition::Has(Has {
            source,
            param: found,
            condition: Box::new(condition),
        }))
    }

    /// `reference[:Type].rest`
    fn chain(
        &mut self,
        at: &Step,
        first: &Segment,
        rest: &[Segment],
        values: &Values<'_>,
    ) -> Result<Condition, Issue> {
        let (code, named) = match first.name.split_once(':') {
            Some((code, named)) => (code, Some(named)),
            None => (first.name.as_str(), None),
        };
        let from = at.resource_type;
        let Some(found) = self.settings.param(from, code)? else {
            let reason = format!("{} is not a search parameter of {from}", shown(code));
            return Err(unsupported(self.name, &reason));
        };
        if found.kind != ParamType::Reference {
            let reason = format!("{code} is not a reference, so nothing can be chained to it");
            return Err(unsupported(self.name, &reason));
        }
        let bracket = first.bracket.as_deref();
        if let Some(named) = named {
            let target = ResourceType::from_name(named)
                .filter(|t| found.targets.is_empty() || found.targets.contains(t));
            let Some(target) = target else {
                let reason = format!("{code} of {from} does not lead to {}", shown(named));
                return Err(unsupported(self.name, &reason));
            };
            let inner = self.beyond(&at.chained(target), bracket, rest, values)?;
            return Ok(chained(found, vec![(target, inner)]));
        }
        self.any_type(at, found, (bracket, rest), values)
    }

    /// What is asked at the far end of a reference.
    fn beyond(
        &mut self,
        at: &Step,
        bracket: Option<&Expression>,
        rest: &[Segment],
        values: &Values<'_>,
    ) -> Result<Condition, Issue> {
        let asked = bracket.map(|bracket| self.expression(at, bracket));
        let inner = self.condition(at, rest, values)?;
        match asked {
            Some(asked) => Ok(Condition::All(vec![asked?, inner])),
            None => Ok(inner),
        }
    }

    /// A chain without type asks of every type that has such a parameter.
    fn any_type(
        &mut self,
        at: &Step,
        found: &'static Param,
        (bracket, rest): (Option<&Expression>, &[Segment]),
        values: &Values<'_>,
    ) -> Result<Condition, Issue> {
        let targets: Vec<ResourceType> = match found.targets.as_slice() {
            [] => ResourceType::all().collect(),
            some => some.to_vec(),
        };
        let (mut to, mut fault) = (Vec::new(), None);
        for target in targets {
            match self.beyond(&at.chained(target), bracket, rest, values) {
                Ok(inner) => to.push((target, inner)),
                Err(issue) if issue.code == IssueCode::TooCostly => return Err(issue),
                // A type without such a parameter is only left out; a value no type can read is
                // wrong.
                Err(issue) => match &fault {
                    Some(Issue { code, .. }) if *code != IssueCode::NotSupported => {}
                    _ => fault = Some(issue),
                },
            }
        }
        match (to.is_empty(), fault) {
            (true, Some(fault)) => Err(fault),
            _ => Ok(chained(found, to)),
        }
    }

    fn filter(
        &self,
        resource_type: ResourceType,
        name: &str,
        values: &Values<'_>,
    ) -> Result<Condition, Issue> {
        let (code, modifier) = match name.split_once(':') {
            Some((code, modifier)) => (code, Some(modifier)),
            None => (name, None),
        };
        let Some(found) = self.settings.param(resource_type, code)? else {
            return Err(self.unknown(resource_type, code));
        };
        let subject = match code {
            "_id" => Subject::Id,
            "_lastUpdated" => Subject::LastUpdated,
            _ => Subject::Param(found),
        };
        let context = Context {
            name: self.name,
            param: found,
            base: self.base,
        };
        let text = match values {
            Values::Listed(text) => text,
            Values::Asked(..) if modifier.is_some() => {
                let reason = format!("{} has a modifier beside an operator", shown(name));
                return Err(unsupported(self.name, &reason));
            }
            Values::Asked(Operator::Eq, text) if found.kind == ParamType::Composite => text,
            Values::Asked(operator, text) => {
                return operator::read(&context, subject, *operator, text);
            }
        };
        match found.kind {
            ParamType::Composite => {
                composite::read(self.name, self.settings, found, modifier, text)
            }
            ParamType::Special => Err(unsupported(
                self.name,
                "special parameters are not supported",
            )),
            _ => {
                let (modifier, values) = value::values(&context, &subject, modifier, text)?;
                Ok(Condition::Filter(Filter {
                    param: subject,
                    modifier,
                    values,
                }))
            }
        }
    }

    fn unknown(&self, resource_type: ResourceType, code: &str) -> Issue {
        let reason = match code == self.name || self.name.starts_with(&format!("{code}:")) {
            true => format!("is not a search parameter of {resource_type}"),
            false => format!(
                "{} is not a search parameter of {resource_type}",
                shown(code)
            ),
        };
        unsupported(self.name, &reason)
    }

    fn refused(&self, fault: Fault) -> Issue {
        match fault {
            Fault::Syntax(rule) => wrong(self.name, &rule),
            Fault::Costly(rule) => self.costly(&rule),
        }
    }

    fn costly(&self, rule: &str) -> Issue {
        Issue::error(
            IssueCode::TooCostly,
            format!("search parameter {}: {rule}", shown(self.name)),
        )
    }
}

fn chained(param: &'static Param, to: Vec<(ResourceType, Condition)>) -> Condition {
    Condition::Chain(Chain { param, to })
}
