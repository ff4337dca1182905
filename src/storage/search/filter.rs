//! One filter as a condition on a row of `resource`, or as the rows of an index it finds.

use fhir::index::ParamId;
use fhir::search::{Filter, Match, Modifier, Param, ParamType, Subject};

use super::quantity::Amount;
use super::{composite, date, kin, quantity, reference, string, token, uri};
use crate::{db::Db, sql::Statement};

/// The index table and number a filter on a parameter looks under.
pub(super) fn place(param: &Param, modifier: &Modifier) -> (&'static str, ParamId) {
    match (modifier, param.kind) {
        (Modifier::Text | Modifier::CodeText, _) => ("ix_string", param.id.text()),
        (Modifier::OfType, _) => ("ix_token", param.id.of_type()),
        (Modifier::Identifier, _) => ("ix_token", param.id.identifier()),
        (_, kind) => (table(kind), param.id),
    }
}

pub(super) fn table(kind: ParamType) -> &'static str {
    match kind {
        ParamType::String => "ix_string",
        ParamType::Token => "ix_token",
        ParamType::Reference => "ix_reference",
        ParamType::Date => "ix_date",
        ParamType::Number | ParamType::Quantity => "ix_quantity",
        // Composite and special ones are refused when a query is read.
        ParamType::Uri | ParamType::Composite | ParamType::Special => "ix_uri",
    }
}

/// Writes the condition that the row `r` passes a filter.
pub(crate) fn probe(s: &mut Statement, db: &Db, filter: &Filter) {
    match &filter.param {
        Subject::Id => ids(s, &filter.values),
        Subject::LastUpdated => alternatives(s, &filter.values, |s, value| {
            if let Match::Date { prefix, low, high } = value {
                date::updated(s, *prefix, *low, *high);
            }
        }),
        Subject::Param(param) if param.kind == ParamType::Composite => {
            alternatives(s, &filter.values, |s, value| {
                if let Match::Together(parts) = value {
                    composite::together(s, db, parts);
                }
            });
        }
        // Words are conditions of their own.
        Subject::Text => {
            s.push("1 = 0");
        }
        Subject::Param(param) if filter.modifier == Modifier::Missing => {
            missing(s, db, param, &filter.values);
        }
        Subject::Param(param) => {
            if matches!(filter.modifier, Modifier::Not | Modifier::NotIn) {
                s.push("NOT ");
            }
            let (table, id) = place(param, &filter.modifier);
            exists(s, db, table, id);
            s.push(" AND ");
            alternatives(s, &filter.values, |s, value| match value {
                Match::Terms(terms) => token::listed(s, db, terms, &db.at_hand("x.code")),
                value => condition(s, db, &filter.modifier, value),
            });
            close(s);
        }
    }
}

/// Writes the SELECT of the rids an index finds for a filter, those after a place only.
pub(super) fn drive(s: &mut Statement, db: &Db, filter: &Filter, after: Option<i64>) {
    let Subject::Param(param) = filter.param else {
        return;
    };
    let (table, id) = place(param, &filter.modifier);
    for (at, value) in filter.values.iter().enumerate() {
        s.push(if at == 0 { "SELECT" } else { " UNION SELECT" });
        s.push(" x.rid FROM ").push(table);
        s.push(" x WHERE x.param = ").push_bind(id.0).push(" AND ");
        condition(s, db, &filter.modifier, value);
        if let Some(after) = after {
            s.push(" AND x.rid > ").push_bind(after);
        }
    }
}

fn ids(s: &mut Statement, values: &[Match]) {
    s.push("r.id IN (");
    for (at, value) in values.iter().enumerate() {
        s.push(if at == 0 { "" } else { ", " });
        if let Match::String(id) = value {
            s.push_bind(id);
        }
    }
    s.push(")");
}

/// A token may have only a text, a reference only an identifier: those are not missing.
fn missing(s: &mut Statement, db: &Db, param: &Param, values: &[Match]) {
    let absent = values.contains(&Match::Missing(true));
    if absent && values.contains(&Match::Missing(false)) {
        s.push("1 = 1");
        return;
    }
    let mut places = vec![(table(param.kind), param.id)];
    match param.kind {
        ParamType::Token => places.push(("ix_string", param.id.text())),
        ParamType::Reference => places.push(("ix_token", param.id.identifier())),
        _ => {}
    }
    s.push(if absent { "NOT (" } else { "(" });
    for (at, (table, id)) in places.into_iter().enumerate() {
        s.push(if at == 0 { "" } else { " OR " });
        exists(s, db, table, id);
        close(s);
    }
    s.push(")");
}

fn exists(s: &mut Statement, db: &Db, table: &str, id: ParamId) {
    let param = s.number(id.0);
    s.push("EXISTS (SELECT 1 ").push(&db.of_row(table, param));
}

/// The offset keeps a planner from turning the probe into a join and choosing its own order.
fn close(s: &mut Statement) {
    s.push(" LIMIT 1 OFFSET 0)");
}

fn alternatives(s: &mut Statement, values: &[Match], mut one: impl FnMut(&mut Statement, &Match)) {
    s.push("(");
    for (at, value) in values.iter().enumerate() {
        s.push(if at == 0 { "(" } else { " OR (" });
        one(s, value);
        s.push(")");
    }
    s.push(")");
}

/// Writes the condition on `x`, a row of the index table of the value's kind.
pub(super) fn condition(s: &mut Statement, db: &Db, modifier: &Modifier, value: &Match) {
    if *modifier == Modifier::Other {
        s.push("NOT (");
        condition(s, db, &Modifier::Equals, value);
        s.push(")");
        return;
    }
    match value {
        Match::String(text) => string::condition(s, modifier, text),
        Match::Letters(text) => string::letters(s, "x.code", modifier, text),
        Match::Token { system, code } => token::condition(s, system, code.as_deref()),
        Match::Reference { resource_types, id } => reference::local(s, resource_types, id),
        Match::Url(url) => reference::elsewhere(s, url),
        Match::Kin(found) => kin::condition(s, db, found),
        Match::Date { prefix, low, high } => date::condition(s, *prefix, *low, *high),
        Match::Quantity {
            prefix,
            value,
            low,
            high,
            system,
            code,
        } => quantity::condition(
            s,
            &Amount {
                prefix: *prefix,
                value: *value,
                low: *low,
                high: *high,
                system: system.as_deref(),
                code: code.as_deref(),
            },
        ),
        Match::Uri(text) => uri::condition(s, modifier, text),
        Match::Terms(terms) => token::listed(s, db, terms, "x.code"),
        Match::Together(_) | Match::Missing(_) => {
            s.push("1 = 0");
        }
    }
}
