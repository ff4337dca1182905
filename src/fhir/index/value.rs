//! From the FHIR types a parameter may hold to index rows (R4 3.1.1.4).

use super::tree::Leaf;
use super::{CANONICAL, Entry, ParamId, Value, cut, in_canonical_unit, typed};
use crate::reference::Reference;
use crate::search::table::Held;
use crate::search::{ParamType, fold};
use crate::{Element, ResourceType, datetime};

const CURRENCIES: &str = "urn:iso:std:iso:4217";

/// Where rows go.
pub(super) struct Sink<'a> {
    pub base: &'a str,
    /// Which element of several is read for a composite parameter: its parts have a number each.
    pub element: Option<i32>,
    out: &'a mut Vec<Entry>,
}

impl<'a> Sink<'a> {
    pub fn new(base: &'a str, out: &'a mut Vec<Entry>) -> Self {
        Self {
            base,
            element: None,
            out,
        }
    }
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }
    /// Adds the rows there are from a place on once more, under another number.
    pub(super) fn repeat(&mut self, from: usize, param: ParamId) {
        let rows = self.out.get(from..).unwrap_or_default();
        let rows: Vec<Entry> = rows
            .iter()
            .map(|row| Entry {
                param,
                value: row.value.clone(),
            })
            .collect();
        self.out.extend(rows);
    }
    pub(super) fn push(&mut self, param: ParamId, value: Value) {
        let param = match self.element {
            None => param,
            Some(number) if param.0 < 0 => ParamId(param.0 | number),
            // Texts and identifiers beside a part are not compared.
            Some(_) => return,
        };
        self.out.push(Entry { param, value });
    }
    pub(super) fn string(&mut self, param: ParamId, text: &str) {
        let exact = cut(text.trim());
        if !exact.is_empty() {
            let folded = fold(exact);
            self.push(
                param,
                Value::String {
                    exact: exact.to_owned(),
                    folded: cut(&folded).to_owned(),
                },
            );
        }
    }
    pub(super) fn token(&mut self, param: ParamId, system: &str, code: &str) {
        if !code.is_empty() {
            let (system, code) = (cut(system).to_owned(), cut(code).to_owned());
            self.push(param, Value::Token { system, code });
        }
    }
    fn url(&mut self, param: ParamId, url: &str) {
        if !url.is_empty() {
            self.push(
                param,
                Value::Reference {
                    resource_type: None,
                    id: cut(url).to_owned(),
                },
            );
        }
    }
}

/// Appends the rows one element gives a parameter. An element of another shape gives none.
pub(super) fn index(leaf: Leaf, item: Element<'_>, sink: &mut Sink<'_>) {
    let param = leaf.param;
    match leaf.held {
        // Versions and the like: a token without a system.
        Held::Text if leaf.kind == ParamType::Token => {
            each(item, &[], |t| sink.token(param, "", t));
        }
        Held::Text => each(item, &[], |t| sink.string(param, t)),
        Held::HumanName => each(
            item,
            &["family", "given", "prefix", "suffix", "text"],
            |t| sink.string(param, t),
        ),
        Held::Address => each(
            item,
            &[
                "line",
                "city",
                "district",
                "state",
                "country",
                "postalCode",
                "text",
            ],
            |t| sink.string(param, t),
        ),
        Held::Code => each(item, &[], |t| sink.token(param, "", t)),
        Held::Boolean => boolean(param, item.bool(), sink),
        Held::Exists => boolean(param, item.bool().or(item.str().map(|_| true)), sink),
        Held::Coding => coding(param, item, sink),
        Held::CodeableConcept => concept(param, item, sink),
        Held::Identifier => {
            identifier(param, item, sink);
            of_type(param, item, sink);
        }
        Held::ContactPoint => sink.token(param, &text(item, "system"), &text(item, "value")),
        Held::Reference => reference(leaf, item, sink),
        Held::Canonical => canonical(leaf, item, sink),
        Held::Resource => resource(param, item, sink),
        Held::Moment | Held::Period | Held::Timing => date(leaf, item, sink),
        Held::Number | Held::Quantity | Held::Money | Held::Range | Held::SampledData => {
            quantity(leaf, item, sink);
        }
    }
}

/// Calls with the strings of the members named, or of the item itself when none is named.
fn each(item: Element<'_>, names: &[&str], mut call: impl FnMut(&str)) {
    if names.is_empty() {
        item.str().iter().for_each(|t| call(t));
    }
    for name in names {
        let member = item.get(name);
        for text in member.into_iter().flat_map(Element::items) {
            text.str().iter().for_each(|t| call(t));
        }
    }
}

/// A member's string, or nothing.
fn text<'d>(item: Element<'d>, name: &str) -> std::borrow::Cow<'d, str> {
    item.get(name).and_then(Element::str).unwrap_or_default()
}

fn boolean(param: ParamId, value: Option<bool>, sink: &mut Sink<'_>) {
    match value {
        Some(true) => sink.token(param, "", "true"),
        Some(false) => sink.token(param, "", "false"),
        None => {}
    }
}

fn coding(param: ParamId, item: Element<'_>, sink: &mut Sink<'_>) {
    sink.token(param, &text(item, "system"), &text(item, "code"));
    sink.string(param.text(), &text(item, "display"));
}

fn concept(param: ParamId, item: Element<'_>, sink: &mut Sink<'_>) {
    if let Some(codings) = item.get("coding") {
        codings.items().for_each(|c| coding(param, c, sink));
    }
    sink.string(param.text(), &text(item, "text"));
}

fn identifier(param: ParamId, item: Element<'_>, sink: &mut Sink<'_>) {
    sink.token(param, &text(item, "system"), &text(item, "value"));
    if let Some(kind) = item.get("type") {
        sink.string(param.text(), &text(kind, "text"));
    }
}

/// An identifier by each coding of its type.
fn of_type(param: ParamId, item: Element<'_>, sink: &mut Sink<'_>) {
    let codings = item.get("type").and_then(|kind| kind.get("coding"));
    for coding in codings.into_iter().flat_map(Element::items) {
        let system = typed(&text(coding, "system"), &text(coding, "code"));
        sink.token(param.of_type(), &system, &text(item, "value"));
    }
}

fn reference(leaf: Leaf, item: Element<'_>, sink: &mut Sink<'_>) {
    let named = text(item, "type");
    let wanted = |t: ResourceType| leaf.only.is_none_or(|only| only == t);
    // What a reference without a type of ours leads to is known by `Reference.type` or its URL, if
    // at all.
    let may_be = |url: &str| {
        leaf.only
            .is_none_or(|only| named == only.name() || url.contains(&format!("/{}/", only.name())))
    };
    let text_of = text(item, "reference");
    match Reference::parse(&text_of, Some(sink.base)) {
        Reference::Local {
            resource_type, id, ..
        } if wanted(resource_type) => sink.push(
            leaf.param,
            Value::Reference {
                resource_type: Some(resource_type),
                id,
            },
        ),
        Reference::Absolute(url) | Reference::Urn(url) if may_be(&url) => {
            sink.url(leaf.param, &url);
        }
        _ => {}
    }
    if let Some(found) = item.get("identifier")
        && (leaf.only.is_none() || named.is_empty() || may_be(""))
    {
        identifier(leaf.param.identifier(), found, sink);
    }
}

/// A canonical URL, with its version and without; below our base, a local reference.
fn canonical(leaf: Leaf, item: Element<'_>, sink: &mut Sink<'_>) {
    let param = leaf.param;
    let Some(url) = item.str() else { return };
    let plain = url.split('|').next().unwrap_or_default();
    match leaf.kind {
        ParamType::Uri => {
            for text in [plain, &*url] {
                if !text.is_empty() {
                    sink.push(param, Value::Uri(cut(text).to_owned()));
                }
            }
        }
        ParamType::Token => sink.token(param, "", &url),
        _ => match Reference::parse(plain, Some(sink.base)) {
            Reference::Local {
                resource_type, id, ..
            } => sink.push(
                param,
                Value::Reference {
                    resource_type: Some(resource_type),
                    id,
                },
            ),
            _ => {
                sink.url(param, plain);
                sink.url(param, &url);
            }
        },
    }
}

/// A resource inside a Bundle, by its own type and id.
fn resource(param: ParamId, item: Element<'_>, sink: &mut Sink<'_>) {
    let name = text(item, "resourceType");
    let id = text(item, "id");
    if let (Some(resource_type), false) = (ResourceType::from_name(&name), id.is_empty()) {
        sink.push(
            param,
            Value::Reference {
                resource_type: Some(resource_type),
                id: id.into_owned(),
            },
        );
    }
}

fn date(leaf: Leaf, item: Element<'_>, sink: &mut Sink<'_>) {
    if let Some((low, high)) = interval(leaf.held, item) {
        sink.push(leaf.param, Value::Date { low, high });
    }
}

/// The outer bounds of a date, period or timing, in microseconds.
pub(super) fn interval(held: Held, item: Element<'_>) -> Option<(i64, i64)> {
    let moment = |t: Element<'_>| datetime::interval(&t.str()?);
    match held {
        Held::Moment => moment(item).map(|i| (i.low, i.high)),
        Held::Period => {
            let (start, end) = (item.get("start"), item.get("end"));
            if start.is_none() && end.is_none() {
                return None;
            }
            let low = start.and_then(moment).map_or(i64::MIN, |i| i.low);
            let high = end.and_then(moment).map_or(i64::MAX, |i| i.high);
            // A period that ends before it starts still is somewhere.
            Some((low.min(high), high.max(low)))
        }
        Held::Timing => {
            let events = item.get("event").into_iter().flat_map(Element::items);
            let moments = events.filter_map(moment).map(|i| (i.low, i.high));
            let bounds = item.get("repeat").and_then(|r| r.get("boundsPeriod"));
            moments
                .chain(bounds.and_then(|b| interval(Held::Period, b)))
                .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        }
        _ => None,
    }
}

fn decimal(item: Element<'_>) -> Option<f64> {
    let value: f64 = item.number()?.parse().ok()?;
    value.is_finite().then_some(value)
}

fn quantity(leaf: Leaf, item: Element<'_>, sink: &mut Sink<'_>) {
    let member = |name: &str| item.get(name).and_then(decimal);
    match leaf.held {
        Held::Number => {
            if let Some(value) = decimal(item) {
                amount(leaf.param, (value, value), ("", ""), sink);
            }
        }
        Held::Money => {
            if let Some(value) = member("value") {
                let unit = (CURRENCIES, &*text(item, "currency"));
                amount(leaf.param, (value, value), unit, sink);
            }
        }
        Held::Quantity => {
            if let Some(value) = member("value") {
                let range = match &*text(item, "comparator") {
                    "<" | "<=" => (f64::NEG_INFINITY, value),
                    ">" | ">=" => (value, f64::INFINITY),
                    _ => (value, value),
                };
                units(leaf.param, range, item, sink);
            }
        }
        Held::Range => {
            let (low, high) = (item.get("low"), item.get("high"));
            let value = |e: Option<Element<'_>>| e.and_then(|q| q.get("value")).and_then(decimal);
            let range = (
                value(low).unwrap_or(f64::NEG_INFINITY),
                value(high).unwrap_or(f64::INFINITY),
            );
            if let (Some(unit), true) = (low.or(high), range.0 <= range.1) {
                units(leaf.param, range, unit, sink);
            }
        }
        Held::SampledData => {
            if let (Some(origin), Some(range)) = (item.get("origin"), sampled(item)) {
                units(leaf.param, range, origin, sink);
            }
        }
        _ => {}
    }
}

/// One row under the coded unit, one in UCUM's canonical unit, and one under the unit as written
/// where that differs.
fn units(param: ParamId, range: (f64, f64), quantity: Element<'_>, sink: &mut Sink<'_>) {
    let (system, code) = (text(quantity, "system"), text(quantity, "code"));
    amount(param, range, (&system, &code), sink);
    if let Some(([low, high], unit)) = in_canonical_unit(&system, &code, [range.0, range.1]) {
        amount(param, (low, high), (CANONICAL, &unit), sink);
    }
    let unit = text(quantity, "unit");
    if !unit.is_empty() && unit != code {
        amount(param, range, ("", &unit), sink);
    }
}

fn amount(param: ParamId, range: (f64, f64), unit: (&str, &str), sink: &mut Sink<'_>) {
    sink.push(
        param,
        Value::Quantity {
            low: range.0,
            high: range.1,
            system: cut(unit.0).to_owned(),
            code: cut(unit.1).to_owned(),
        },
    );
}

/// The bounds of sampled data: its limits where given, else its least and greatest sample.
fn sampled(item: Element<'_>) -> Option<(f64, f64)> {
    let number = |name: &str| item.get(name).and_then(decimal);
    let factor = number("factor").unwrap_or(1.0);
    let origin = item.get("origin")?.get("value").and_then(decimal)?;
    let data = text(item, "data");
    let samples = data
        .split(' ')
        .filter_map(|d| d.parse::<f64>().ok())
        .filter(|d| d.is_finite());
    let (least, most) = samples.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), d| {
        (least.min(d), most.max(d))
    });
    let actual = |d: f64| origin + d * factor;
    let low = number("lowerLimit").map_or(least, |l| l);
    let high = number("upperLimit").map_or(most, |l| l);
    let (low, high) = (actual(low), actual(high));
    (low <= high && low.is_finite() && high.is_finite()).then_some((low, high))
}
