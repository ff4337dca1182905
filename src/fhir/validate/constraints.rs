//! The constraints of the base standard, run by the FHIRPath engine where no faster form exists.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::invariants;
use super::place::Place;
use super::structure::{Scope, Walk};
use crate::definitions::{self, Content, Type, TypeId, TypeKind};
use crate::path::{Expression, Fault, FhirType, Item, STEPS_MAX, Scene, Verdict};
use crate::{Element, IssueCode, Severity};

/// One constraint, compiled when it is first asked.
#[derive(Debug)]
pub(super) struct Constraint {
    pub(super) key: &'static str,
    pub(super) severity: Severity,
    /// The child of the type it stands on; none where it stands on the type itself.
    pub(super) member: Option<&'static str>,
    pub(super) text: &'static str,
    expression: OnceLock<Option<Expression>>,
}

/// Keys whose rules are part of the walk itself, or of the values it meets.
const WALKED: [&str; 8] = [
    "ele-1", "dom-2", "dom-3", "dom-4", "dom-5", "ref-1", "txt-1", "txt-2",
];

/// Constraints whose text in the standard does not say what the standard means, put right.
const MENDED: &[(&str, &str)] = &[
    // Where there is no max there is nothing to compare.
    ("md-1", "max.empty() or max = '*' or (max.toInteger() > 0)"),
    // A category is a concept, never a string.
    (
        "con-3",
        "clinicalStatus.exists() or verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or category.coding.where(code='problem-list-item').empty()",
    ),
];

/// Constraints by type number: errors the walk does not find otherwise, then warnings.
struct Table {
    errors: Vec<Vec<Constraint>>,
    warnings: Vec<Vec<Constraint>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let types = &definitions::r4().types;
    let mut table = Table {
        errors: types.iter().map(|_| Vec::new()).collect(),
        warnings: types.iter().map(|_| Vec::new()).collect(),
    };
    for (path, line) in lines() {
        let Some((of, constraint)) = read(path, line) else {
            continue;
        };
        if is_known(of, constraint.key) {
            continue;
        }
        let into = match constraint.severity {
            Severity::Error => &mut table.errors,
            _ => &mut table.warnings,
        };
        if let Some(list) = into.get_mut(of.id.number()) {
            list.push(constraint);
        }
    }
    table
});

/// Each line of the table with the path it stands under.
pub(super) fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut path = "";
    include_str!("../../../profiles/r4/invariants.txt")
        .lines()
        .filter_map(move |line| match line.strip_prefix("= ") {
            Some(next) => {
                path = next;
                None
            }
            None => Some((path, line)),
        })
}

/// Types by name or path.
static TYPES: LazyLock<HashMap<&'static str, &'static Type>> = LazyLock::new(|| {
    let types = definitions::r4().types.iter();
    types.map(|of| (of.name, of)).collect()
});

/// The constraint of a line and the type it stands on.
pub(super) fn read(path: &'static str, line: &'static str) -> Option<(&'static Type, Constraint)> {
    let mut words = line.splitn(3, ' ');
    let (key, severity, text) = (words.next()?, words.next()?, words.next()?);
    let (of, member) = match TYPES.get(path) {
        Some(of) => (*of, None),
        None => {
            let (owner, member) = path.rsplit_once('.')?;
            (*TYPES.get(owner)?, Some(member.trim_end_matches("[x]")))
        }
    };
    let mended = MENDED.iter().find(|(mended, _)| *mended == key);
    let constraint = Constraint {
        key,
        severity: match severity {
            "error" => Severity::Error,
            _ => Severity::Warning,
        },
        member,
        text: mended.map_or(text, |(_, text)| text),
        expression: OnceLock::new(),
    };
    Some((of, constraint))
}

/// Whether the walk or a rule in code has this constraint already.
fn is_known(of: &Type, key: &str) -> bool {
    let holders = [of.id].into_iter().chain(children(of));
    WALKED.contains(&key)
        || holders
            .flat_map(|id| invariants::of(id).iter())
            .any(|rule| rule.key == key)
}

/// The nested elements of a type, on which a rule in code may stand in its place.
fn children(of: &Type) -> impl Iterator<Item = TypeId> {
    of.slots().iter().filter_map(|slot| match slot.content {
        Content::Complex(id) => Some(id),
        _ => None,
    })
}

impl Constraint {
    /// What it says of an item. Errors: the expression cannot be evaluated there.
    pub(super) fn holds<'d>(&'d self, item: Item<'d>, scene: &Scene<'d>) -> Result<Verdict, Fault> {
        let expression = self
            .expression
            .get_or_init(|| Expression::parse(self.text).ok());
        match expression {
            Some(expression) => expression.judge(item, scene),
            None => Ok(Verdict::Unknown),
        }
    }
}

impl Walk {
    /// Runs the constraints of a type that have no faster form: errors where all else is
    /// `in_order`, warnings where they are looked for.
    pub(super) fn constraints(
        &mut self,
        element: Element<'_>,
        of: &Type,
        place: &Place<'_>,
        scope: Scope<'_>,
        in_order: bool,
    ) {
        let number = of.id.number();
        let errors = TABLE.errors.get(number).filter(|list| !list.is_empty());
        if let Some(errors) = errors.filter(|_| in_order) {
            self.run(errors, element, of, place, scope);
        }
        if !self.warns {
            return;
        }
        if let Some(warnings) = TABLE.warnings.get(number) {
            self.run(warnings, element, of, place, scope);
        }
        let is_domain =
            of.kind == TypeKind::Resource && !["Bundle", "Binary", "Parameters"].contains(&of.name);
        if is_domain && !scope.contained && element.first("text.div").is_none() {
            let why = "dom-6: a resource should have a narrative, so that people can read it";
            self.warning(place, why.to_owned());
        }
    }

    fn run(
        &mut self,
        constraints: &'static [Constraint],
        element: Element<'_>,
        of: &Type,
        place: &Place<'_>,
        scope: Scope<'_>,
    ) {
        // As many steps again as the resource is long, so that a large one is not refused for it.
        let steps = STEPS_MAX + 20 * scope.container.raw().len() as u64;
        let scene = Scene::of(scope.resource)
            .within(scope.container)
            .steps(steps);
        let item = Item::typed(element, FhirType::Complex(of.id));
        for constraint in constraints {
            let Some(member) = constraint.member else {
                self.judge(constraint, item.clone(), &scene, place);
                continue;
            };
            let repeats = of.elements.iter().any(|e| e.name == member && e.repeats());
            let children = item.node().map(|node| node.children(member));
            for (index, child) in children.unwrap_or_default().into_iter().enumerate() {
                let place = place.member(member);
                let place = if repeats { place.item(index) } else { place };
                self.judge(constraint, Item::Element(child), &scene, &place);
            }
        }
    }

    /// A constraint that makes no sense of what it meets does not accuse.
    fn judge<'d>(
        &mut self,
        constraint: &'d Constraint,
        item: Item<'d>,
        scene: &Scene<'d>,
        place: &Place<'_>,
    ) {
        let why = match constraint.holds(item, scene) {
            Ok(Verdict::Broken) => format!("{}: {} must hold", constraint.key, constraint.text),
            Err(fault @ Fault::Steps(_)) => {
                let why = format!("{}: {fault}", constraint.key);
                return self.fault(IssueCode::TooCostly, place, why);
            }
            _ => return,
        };
        match constraint.severity {
            Severity::Error => self.fault(IssueCode::Invariant, place, why),
            _ => self.warning(place, why),
        }
    }
}
