//! Where a search starts: the rows of one patient, the rows an index finds, or all rows of the
//! type.

use fhir::search::{
    Condition, Filter, Match, Modifier, Param, ParamType, Prefix, Subject, System, is_subject,
    system_is_implied,
};

use super::text;

/// How candidate rows are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver {
    /// `resource` itself: by id, by owner, or all of the type in order.
    Resource,
    /// What this condition (at its place among all) finds.
    Condition(usize),
}

/// What a step along a reference multiplies the rows by, as a guess: a patient has many
/// observations.
const ROWS_PER_TARGET: u64 = 5;
/// As many codes of a value set are looked up one by one, at most.
const CODES_DRIVING: usize = 64;

/// The patient whose rows alone can match, where one is named by the very element that makes the
/// owner: its filter (at its place among all) then needs no probe.
pub(crate) fn implied_owner<'q>(
    conditions: impl Iterator<Item = &'q Condition>,
) -> Option<(usize, &'q str)> {
    conditions.enumerate().find_map(|(at, condition)| {
        let filter = condition.as_filter()?;
        let (Subject::Param(param), Modifier::None) = (filter.param, filter.modifier) else {
            return None;
        };
        let [Match::Reference { resource_types, id }] = filter.values.as_slice() else {
            return None;
        };
        let patient = matches!(resource_types.as_slice(), [t] if t.name() == "Patient");
        (patient && is_subject(param)).then_some((at, id.as_str()))
    })
}

/// Chooses the driver. `owned`: the visible set or the query already narrows to few patients' rows.
pub(super) fn choose(conditions: &[&Condition], owned: bool) -> Driver {
    let by_id = |c: &&Condition| c.as_filter().is_some_and(|f| f.param == Subject::Id);
    if owned || conditions.iter().any(by_id) {
        return Driver::Resource;
    }
    let costs = conditions.iter().enumerate();
    let costs = costs.filter_map(|(at, condition)| Some((rows(condition)?, at)));
    match costs.min() {
        Some((_, at)) => Driver::Condition(at),
        None => Driver::Resource,
    }
}

/// How many rows a condition is guessed to find when a search starts from it; `None` where that is
/// no way to start.
fn rows(condition: &Condition) -> Option<u64> {
    match condition {
        Condition::Filter(filter) => match filter.param {
            Subject::Param(param) => rank(param, filter).map(|rank| 10_u64.pow(u32::from(rank))),
            Subject::Id => Some(1),
            Subject::LastUpdated | Subject::Text => None,
        },
        Condition::Chain(chain) => {
            let far = chain.to.iter().map(|(_, inner)| rows(inner));
            let sum = far.sum::<Option<u64>>()?;
            Some(sum.saturating_mul(ROWS_PER_TARGET))
        }
        Condition::Has(has) => rows(&has.condition),
        Condition::Text(asked) => text::start(asked).map(|_| ROWS_PER_TARGET * 50),
        Condition::Within(_) => Some(ROWS_PER_TARGET * 10),
        Condition::Listed(_) | Condition::Contained(_) => Some(ROWS_PER_TARGET),
        Condition::All(parts) => parts.iter().filter_map(rows).min(),
        Condition::Any(parts) if parts.is_empty() => None,
        Condition::Any(parts) => parts.iter().map(rows).sum(),
        Condition::Not(_) => None,
    }
}

/// The part of several that all hold to start from.
pub(super) fn best(parts: &[Condition]) -> Option<&Condition> {
    let costs = parts.iter().filter_map(|part| Some((rows(part)?, part)));
    costs.min_by_key(|(rows, _)| *rows).map(|(_, part)| part)
}

/// Whether what a search finds when it starts from a condition satisfies it, so that no probe is
/// needed.
pub(super) fn is_exact(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::Filter(_) | Condition::Chain(_) | Condition::Has(_) | Condition::Contained(_)
    )
}

/// How few rows an index lookup is expected to find, fewest first; `None` for too many or no
/// lookup.
fn rank(param: &Param, filter: &Filter) -> Option<u8> {
    let all = |test: fn(&Match) -> bool| filter.values.iter().all(test);
    match (&filter.modifier, param.kind) {
        (Modifier::None, ParamType::Token) => {
            let coded = all(|m| matches!(m, Match::Token { code: Some(_), .. }));
            let systems = all(|m| {
                matches!(
                    m,
                    Match::Token {
                        system: System::Is(_) | System::None,
                        ..
                    }
                )
            });
            // Statuses and the like are on every row.
            match (system_is_implied(param), coded) {
                (true, _) | (_, false) => None,
                _ if param.code == "identifier" => Some(0),
                _ => Some(if systems { 4 } else { 5 }),
            }
        }
        // Few codes are looked up one by one; many are as good as on every row.
        (Modifier::In | Modifier::Above | Modifier::Below, ParamType::Token) => {
            let few = all(|m| matches!(m, Match::Terms(terms) if terms.count() <= CODES_DRIVING));
            (few && !system_is_implied(param)).then_some(5)
        }
        (Modifier::Identifier, _) => Some(1),
        (Modifier::OfType, _) => Some(0),
        (Modifier::None, ParamType::Reference) => Some(1),
        (Modifier::Above | Modifier::Below, ParamType::Reference) => Some(2),
        (Modifier::None | Modifier::Equals | Modifier::Below, ParamType::Uri) => Some(4),
        (Modifier::Exact | Modifier::Equals, ParamType::String) => Some(2),
        (Modifier::None | Modifier::Begins, ParamType::String) => {
            all(|m| matches!(m, Match::String(t) if !t.trim().is_empty())).then_some(3)
        }
        (Modifier::None, ParamType::Date) => {
            let narrow = all(|m| {
                matches!(
                    m,
                    Match::Date {
                        prefix: Prefix::Eq,
                        ..
                    }
                )
            });
            narrow.then_some(6)
        }
        _ => None,
    }
}
