//! A query against the definitions: fields there are, selections where they belong, and no more than
//! is answered at once.

use super::member::{Member, Root, member, of_resource, root};
use super::{
    At, DEPTH_MAX, Directive, FIELDS_MAX, Fault, Field, Operation, Request, Selection, Value,
};
use crate::ResourceType;
use crate::definitions::{self, Content, Type, r4};

const DIRECTIVES: &[&str] = &["skip", "include", "flatten", "first", "singleton", "slice"];
/// Types that stand for any other.
const GENERAL: &[&str] = &["Resource", "DomainResource", "Element", "BackboneElement"];

/// What a selection is made in.
#[derive(Clone, Copy)]
enum Scope {
    System,
    Connection(ResourceType),
    Edge(ResourceType),
    Of(&'static Type),
    /// A resource or choice whose type only its content tells.
    Any,
}

/// What a field leads to.
enum Below {
    Nothing,
    Scope(Scope),
    /// Only the content tells.
    Either,
}

/// Checks an operation; `None` for the whole system, or the type it is asked of. Errors: the first
/// fault.
pub fn check(
    request: &Request,
    operation: &Operation,
    of: Option<ResourceType>,
) -> Result<(), Fault> {
    let mut check = Check {
        request,
        left: FIELDS_MAX,
        open: Vec::new(),
    };
    let scope = of.map_or(Scope::System, |of| Scope::Of(definitions::resource(of)));
    check.selections(&operation.selections, scope, 0)
}

/// Whether an object of a type is one a fragment on a named type is for.
pub fn narrowed(of: &Type, named: &str) -> bool {
    of.name == named || GENERAL.contains(&named)
}

struct Check<'q> {
    request: &'q Request,
    left: usize,
    /// Fragments that are being put in.
    open: Vec<&'q str>,
}

impl<'q> Check<'q> {
    fn selections(
        &mut self,
        selections: &'q [Selection],
        scope: Scope,
        depth: usize,
    ) -> Result<(), Fault> {
        for selection in selections {
            let at = match selection {
                Selection::Field(field) => field.at,
                Selection::Spread(spread) => spread.at,
                Selection::Inline(inline) => inline.at,
            };
            let left = self.left.checked_sub(1);
            self.left = left.ok_or_else(|| {
                Fault::new(at, format!("the query has more than {FIELDS_MAX} fields"))
            })?;
            if depth > DEPTH_MAX {
                return Err(Fault::new(
                    at,
                    format!("nested more than {DEPTH_MAX} levels deep"),
                ));
            }
            match selection {
                Selection::Field(field) => self.field(field, scope, depth)?,
                Selection::Spread(spread) => {
                    directives(&spread.directives, at)?;
                    let Some(fragment) = self.request.fragments.get(&spread.name) else {
                        let why = format!("there is no fragment {}", spread.name);
                        return Err(Fault::new(at, why));
                    };
                    if self.open.contains(&spread.name.as_str()) {
                        return Err(Fault::new(at, "a fragment holds itself"));
                    }
                    self.open.push(&spread.name);
                    let scope = typed(scope, &fragment.on, at)?;
                    self.selections(&fragment.selections, scope, depth + 1)?;
                    self.open.pop();
                }
                Selection::Inline(inline) => {
                    directives(&inline.directives, at)?;
                    let scope = match &inline.on {
                        Some(on) => typed(scope, on, at)?,
                        None => scope,
                    };
                    self.selections(&inline.selections, scope, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'q Field, scope: Scope, depth: usize) -> Result<(), Fault> {
        directives(&field.directives, field.at)?;
        let below = below(field, scope)?;
        let empty = field.selections.is_empty();
        match below {
            Below::Nothing if !empty => {
                let why = format!("{} has no fields to select", field.name);
                Err(Fault::new(field.at, why))
            }
            Below::Scope(_) if empty => {
                let why = format!("fields of {} must be selected", field.name);
                Err(Fault::new(field.at, why))
            }
            Below::Nothing => Ok(()),
            Below::Scope(scope) => self.selections(&field.selections, scope, depth + 1),
            Below::Either => self.selections(&field.selections, Scope::Any, depth + 1),
        }
    }
}

fn directives(all: &[Directive], at: At) -> Result<(), Fault> {
    for one in all {
        if !DIRECTIVES.contains(&one.name.as_str()) {
            let why = format!("there is no directive @{}", one.name);
            return Err(Fault::new(at, why));
        }
        let needed = match one.name.as_str() {
            "skip" | "include" => &["if"][..],
            "slice" => &["path", "fhirpath"],
            _ => &[],
        };
        let given = |name: &&str| one.arguments.iter().any(|(own, _)| own == name);
        if !needed.is_empty() && !needed.iter().any(given) {
            let why = format!("@{} needs {}", one.name, needed.join(" or "));
            return Err(Fault::new(at, why));
        }
    }
    Ok(())
}

/// The scope of a fragment on a named type.
fn typed(scope: Scope, on: &str, at: At) -> Result<Scope, Fault> {
    if GENERAL.contains(&on) {
        return Ok(scope);
    }
    let found = of_resource(on).or_else(|| r4().named(on));
    match found {
        Some(of) => Ok(Scope::Of(of)),
        None => Err(Fault::new(at, format!("there is no type {on}"))),
    }
}

fn below(field: &Field, scope: Scope) -> Result<Below, Fault> {
    let unknown = |of: &str| {
        let why = format!("{of} has no field {}", field.name);
        Err(Fault::new(field.at, why))
    };
    let whole = |of: ResourceType| Below::Scope(Scope::Of(definitions::resource(of)));
    let name = field.name.as_str();
    Ok(match scope {
        Scope::System => match root(name) {
            _ if name == "__typename" => Below::Nothing,
            Some(Root::Read(_)) if field.argument("id").is_none() => {
                return Err(Fault::new(field.at, format!("{name} needs an id")));
            }
            Some(Root::Read(of) | Root::List(of)) => whole(of),
            Some(Root::Connection(of)) => Below::Scope(Scope::Connection(of)),
            None => return unknown("the system"),
        },
        Scope::Connection(of) => match name {
            "count" | "offset" | "pagesize" | "first" | "previous" | "next" | "last"
            | "__typename" => Below::Nothing,
            "edges" => Below::Scope(Scope::Edge(of)),
            _ => return unknown("a connection"),
        },
        Scope::Edge(of) => match name {
            "mode" | "score" | "__typename" => Below::Nothing,
            "resource" => whole(of),
            _ => return unknown("an edge"),
        },
        Scope::Any => Below::Either,
        Scope::Of(of) => match member(of, name) {
            Some(Member::TypeName) => Below::Nothing,
            Some(Member::Target) => match field.argument("type") {
                Some(Value::Text(of)) => match of_resource(of) {
                    Some(of) => Below::Scope(Scope::Of(of)),
                    None => {
                        let why = format!("there is no resource type {of}");
                        return Err(Fault::new(field.at, why));
                    }
                },
                _ => Below::Scope(Scope::Any),
            },
            Some(Member::Slot(slot)) => match slot.content {
                Content::Primitive(_) => Below::Nothing,
                Content::Complex(id) => Below::Scope(Scope::Of(r4().of(id))),
                Content::Resource => Below::Scope(Scope::Any),
            },
            Some(Member::Sibling(_)) => Below::Scope(Scope::Of(r4().element())),
            Some(Member::Choice(_)) => Below::Either,
            Some(Member::Referring(_)) if field.argument("_reference").is_none() => {
                let why = format!("{name} needs _reference, the search parameter that leads here");
                return Err(Fault::new(field.at, why));
            }
            Some(Member::Referring(Root::Connection(of))) => Below::Scope(Scope::Connection(of)),
            Some(Member::Referring(Root::Read(of) | Root::List(of))) => whole(of),
            None => return unknown(of.name),
        },
    })
}
