//! Where a search starts: the rows of one patient, the rows an index finds, or all rows of the
//! type.

use fhir::search::{
    Filter, Match, Modifier, Param, ParamType, Prefix, Query, Subject, System, is_subject,
    system_is_implied,
};

/// How candidate rows are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver<'q> {
    /// `resource` itself: by id, by owner, or all of the type in order.
    Resource,
    /// The rows of the index that this filter (at its place in the query) finds.
    Index(usize, &'q Param),
}

/// The patient whose rows alone can match, where the query names one by the very element that makes
/// the
/// owner: its filter then needs no probe.
pub(crate) fn implied_owner(query: &Query) -> Option<(usize, &str)> {
    query.filters.iter().enumerate().find_map(|(at, filter)| {
        let (Subject::Param(param), Modifier::None) = (&filter.param, &filter.modifier) else {
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
pub(super) fn choose(query: &Query, owned: bool) -> Driver<'_> {
    let by_id = query.filters.iter().any(|f| f.param == Subject::Id);
    if owned || by_id {
        return Driver::Resource;
    }
    let ranked = query.filters.iter().enumerate().filter_map(|(at, filter)| {
        let Subject::Param(param) = &filter.param else {
            return None;
        };
        Some((rank(param, filter)?, at, *param))
    });
    match ranked.min_by_key(|(rank, at, _)| (*rank, *at)) {
        Some((_, at, param)) => Driver::Index(at, param),
        None => Driver::Resource,
    }
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
        (Modifier::Identifier, _) => Some(1),
        (Modifier::None, ParamType::Reference) => Some(1),
        (Modifier::None, ParamType::Uri) => Some(4),
        (Modifier::Exact, ParamType::String) => Some(2),
        (Modifier::None, ParamType::String) => {
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
