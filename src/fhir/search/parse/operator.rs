//! What an operator of `_filter` asks of one parameter (R4 3.1.3).

use super::{unsupported, wrong};
use crate::Issue;
use crate::search::expression::Operator;
use crate::search::value::{self, Context};
use crate::search::{Condition, Filter, Match, Modifier, ParamType, Prefix, Subject};

/// Reads `parameter operator value`. Errors name the pair and the rule.
pub(super) fn read(
    context: &Context<'_>,
    subject: Subject,
    operator: Operator,
    value: &str,
) -> Result<Condition, Issue> {
    if operator == Operator::Pr {
        return present(context, subject, value);
    }
    if subject == Subject::Id {
        return id(context, operator, value);
    }
    let kind = context.param.kind;
    let (modifier, found) = match kind {
        ParamType::String => (text(operator), Some(Match::String(value.to_owned()))),
        ParamType::Uri => (text(operator), Some(Match::Uri(value.to_owned()))),
        ParamType::Token => match operator {
            Operator::Co | Operator::Sw | Operator::Ew => {
                (text(operator), Some(Match::Letters(value.to_owned())))
            }
            _ => (identity(operator), None),
        },
        ParamType::Reference => (identity(operator), None),
        ParamType::Date | ParamType::Number | ParamType::Quantity => {
            return compared(context, subject, operator, value);
        }
        ParamType::Composite | ParamType::Special => (None, None),
    };
    if let Some(modifier) = modifier {
        let found = match found {
            Some(found) => found,
            None => value::plain(context, value)?,
        };
        return Ok(filter(subject, modifier, vec![found]));
    }
    // The questions of terminology are those of the modifiers.
    let asked = match operator {
        Operator::In => "in",
        Operator::Ni => "not-in",
        Operator::Ss => "above",
        Operator::Sb => "below",
        _ => return Err(does_not_apply(context, operator)),
    };
    let (modifier, values) = value::values(context, &subject, Some(asked), value)?;
    Ok(filter(subject, modifier, values))
}

fn filter(param: Subject, modifier: Modifier, values: Vec<Match>) -> Condition {
    Condition::Filter(Filter {
        param,
        modifier,
        values,
    })
}

fn does_not_apply(context: &Context<'_>, operator: Operator) -> Issue {
    let (code, operator) = (context.param.code, operator.name());
    unsupported(
        context.name,
        &format!("operator {operator} does not apply to {code}"),
    )
}

/// `pr`: whether there is any value.
fn present(context: &Context<'_>, subject: Subject, value: &str) -> Result<Condition, Issue> {
    let wanted = match value {
        "true" => true,
        "false" => false,
        _ => return Err(wrong(context.name, "pr takes true or false")),
    };
    Ok(match (subject, wanted) {
        (Subject::Param(_), _) => filter(subject, Modifier::Missing, vec![Match::Missing(!wanted)]),
        // Every resource has an id and a time.
        (_, true) => Condition::All(Vec::new()),
        (_, false) => Condition::Any(Vec::new()),
    })
}

fn id(context: &Context<'_>, operator: Operator, value: &str) -> Result<Condition, Issue> {
    let is = filter(
        Subject::Id,
        Modifier::None,
        vec![Match::String(value.to_owned())],
    );
    match operator {
        Operator::Eq => Ok(is),
        Operator::Ne => Ok(Condition::Not(Box::new(is))),
        _ => Err(does_not_apply(context, operator)),
    }
}

fn text(operator: Operator) -> Option<Modifier> {
    Some(match operator {
        Operator::Eq => Modifier::Equals,
        Operator::Ne => Modifier::Other,
        Operator::Co => Modifier::Contains,
        Operator::Sw => Modifier::Begins,
        Operator::Ew => Modifier::Ends,
        _ => return None,
    })
}

fn identity(operator: Operator) -> Option<Modifier> {
    Some(match operator {
        Operator::Eq | Operator::Re => Modifier::None,
        Operator::Ne => Modifier::Other,
        _ => return None,
    })
}

/// Dates, numbers and quantities: by the prefix of the same name.
fn compared(
    context: &Context<'_>,
    subject: Subject,
    operator: Operator,
    text: &str,
) -> Result<Condition, Issue> {
    let dated = context.param.kind == ParamType::Date;
    let prefixed = match operator {
        Operator::Eq
        | Operator::Ne
        | Operator::Gt
        | Operator::Lt
        | Operator::Ge
        | Operator::Le
        | Operator::Sa
        | Operator::Eb
        | Operator::Ap => operator.name(),
        Operator::Po if dated => "eq",
        _ => return Err(does_not_apply(context, operator)),
    };
    let mut found = value::plain(context, &format!("{prefixed}{}", text.trim()))?;
    // Two periods overlap as they are; only `ap` widens the one asked for.
    if let (Operator::Po, Match::Date { prefix, .. }) = (operator, &mut found) {
        *prefix = Prefix::Ap;
    }
    Ok(filter(subject, Modifier::None, vec![found]))
}
