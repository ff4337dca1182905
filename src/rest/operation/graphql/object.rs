//! The fields of an object: its members filtered and shaped, and what its references lead to.

use std::pin::Pin;
use std::sync::Arc;

use fhir::definitions::{self, Content, Slot, Type, TypeKind, r4};
use fhir::graphql::{Field, Member, Selection, member};
use fhir::json::Kind;
use fhir::path::{Expression, FhirType, Item, Scene};
use fhir::{Document, Element, Reference, ResourceType};

use super::output::{Object, Out};
use super::run::{Collected, Done, Run, Stop};
use super::values;

/// Steps all expressions of one list may take.
const STEPS_MAX: u64 = 100_000;

/// An object of a resource.
#[derive(Clone, Copy)]
pub(super) struct Place<'d> {
    element: Element<'d>,
    of: &'static Type,
    /// The resource it is in, where contained ones are looked for.
    resource: Element<'d>,
}

impl<'d> Place<'d> {
    pub fn of(document: &'d Document) -> Self {
        let root = document.root();
        Self {
            element: root,
            of: type_of(root),
            resource: root,
        }
    }
}

/// How values come into the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Mode {
    /// Fields are those of a list that was flattened away.
    listed: bool,
    /// Appended to names (`@slice`).
    suffix: String,
}

/// A value of a member.
#[derive(Clone, Copy)]
struct Found<'d> {
    element: Element<'d>,
    content: Content,
}

type Future<'s> = Pin<Box<dyn std::future::Future<Output = Done<()>> + Send + 's>>;

impl<'q> Run<'q> {
    /// Adds the fields selected in an object.
    pub fn object<'s>(
        &'s mut self,
        place: Place<'s>,
        selections: Vec<&'q Selection>,
        out: &'s mut Object,
        mode: Mode,
    ) -> Future<'s>
    where
        'q: 's,
    {
        Box::pin(async move {
            for one in self.collect(selections, Some(place.of))? {
                self.count()?;
                self.field(place, one, out, &mode).await?;
            }
            Ok(())
        })
    }

    async fn field(
        &mut self,
        place: Place<'_>,
        one: Collected<'q>,
        out: &mut Object,
        mode: &Mode,
    ) -> Done<()> {
        let name = one.field.name.as_str();
        declare(&one, out, mode);
        let slot = |slot: &Slot| {
            let repeats = place.of.definition(slot).repeats();
            (found(place.element, slot), repeats)
        };
        let (values, repeats) = match member(place.of, name) {
            Some(Member::TypeName) => {
                let key = format!("{}{}", one.field.key(), mode.suffix);
                self.put(out, &key, mode.listed, Out::text(place.of.name));
                return Ok(());
            }
            Some(Member::Target) => return self.target(place, one, out, mode).await,
            Some(Member::Referring(root)) => {
                let id = place.element.text_at("id").unwrap_or_default();
                let target = format!("{}/{id}", place.of.name);
                return self.find(root, one, Some(target), out).await;
            }
            Some(Member::Slot(one)) => slot(one),
            Some(Member::Sibling(slot)) => {
                let content = Content::Complex(r4().element().id);
                let sibling = place.element.get(&format!("_{}", slot.name));
                let items = sibling.iter().flat_map(|all| all.items());
                let objects = items.filter(|one| one.kind() == Kind::Object);
                let values = objects.map(|element| Found { element, content }).collect();
                (values, place.of.definition(slot).repeats())
            }
            Some(Member::Choice(name)) => {
                let of_choice = |slot: &&Slot| {
                    let definition = place.of.definition(slot);
                    definition.choice && definition.name == name
                };
                let slots = place.of.slots().iter().filter(of_choice);
                (
                    slots.flat_map(|slot| found(place.element, slot)).collect(),
                    false,
                )
            }
            // The type was not known when the query was checked.
            None => return Ok(()),
        };
        let there = !values.is_empty();
        let values = self.filtered(one.field, values, place)?;
        // What arguments leave nothing of is an empty list, not an absent one.
        if there && values.is_empty() && is_list(&one, repeats, mode) && is_named(&one, mode) {
            out.open(one.field.key());
        }
        self.values(place, one, (values, repeats), out, mode).await
    }

    /// The values that arguments leave of a list.
    fn filtered<'d>(
        &mut self,
        field: &Field,
        mut values: Vec<Found<'d>>,
        place: Place<'d>,
    ) -> Done<Vec<Found<'d>>> {
        let (mut offset, mut count) = (0, usize::MAX);
        for (name, value) in &field.arguments {
            let texts = values::texts(value, &self.variables);
            let Some(text) = texts.first() else { continue };
            let number = || {
                let number = text.parse::<usize>().ok();
                number.ok_or_else(|| Stop(format!("{name} is not a number")))
            };
            match name.as_str() {
                "_offset" => offset = number()?,
                "_count" => count = number()?,
                "fhirpath" => {
                    let expression = expression(text)?;
                    let scene = self.scene(place.resource);
                    let mut fault = None;
                    values.retain(|one| {
                        let held = expression.holds(item(one), &scene);
                        let held = held.unwrap_or_else(|why| {
                            fault = Some(why.to_string());
                            None
                        });
                        held == Some(true)
                    });
                    if let Some(why) = fault {
                        self.error(format!("fhirpath of {}: {why}", field.name));
                    }
                }
                _ => values.retain(|one| {
                    let own = one.element.get(name);
                    let mut items = own.iter().flat_map(|all| all.items());
                    items.any(|item| match item.str() {
                        Some(own) => texts.contains(&own.into_owned()),
                        None => texts.iter().any(|text| text == item.raw()),
                    })
                }),
            }
        }
        Ok(values.into_iter().skip(offset).take(count).collect())
    }

    fn scene<'d>(&self, resource: Element<'d>) -> Scene<'d> {
        let scene = Scene::of(resource).steps(STEPS_MAX);
        scene.at(self.call.access.now())
    }

    async fn values(
        &mut self,
        place: Place<'_>,
        one: Collected<'q>,
        (values, repeats): (Vec<Found<'_>>, bool),
        out: &mut Object,
        mode: &Mode,
    ) -> Done<()> {
        let has = |name: &str| one.field.directive(name).is_some();
        let (first, flat) = (has("first"), has("flatten"));
        let slice = one.field.directive("slice").and_then(|slice| {
            let of = |name: &str| values::of_directive(slice, name, &self.variables);
            of("fhirpath").or_else(|| of("path"))
        });
        let several = repeats && !first;
        let listed = is_list(&one, repeats, mode);
        let most = if first { 1 } else { usize::MAX };
        for (at, value) in values.into_iter().take(most).enumerate() {
            self.count()?;
            let mut suffix = mode.suffix.clone();
            if let Some(slice) = &slice {
                suffix = format!("{suffix}.{}", self.told(slice, at, &value, place)?);
            }
            let key = format!("{}{suffix}", one.field.key());
            let of = match value.content {
                Content::Primitive(_) => {
                    if one.selections.is_empty() {
                        let raw = value.element.raw().to_owned();
                        self.put(out, &key, listed, Out::Raw(raw));
                    }
                    continue;
                }
                Content::Complex(id) => r4().of(id),
                Content::Resource => type_of(value.element),
            };
            let inner = Place {
                element: value.element,
                of,
                resource: match of.kind {
                    // A contained resource refers to others of its container.
                    TypeKind::Resource if one.field.name != "contained" => value.element,
                    _ => place.resource,
                },
            };
            let selections = one.selections.clone();
            if flat {
                let listed = !has("singleton") && (mode.listed || (several && slice.is_none()));
                let mode = Mode { listed, suffix };
                self.object(inner, selections, out, mode).await?;
            } else {
                let mut object = Object::default();
                let fresh = Mode::default();
                self.object(inner, selections, &mut object, fresh).await?;
                self.put(out, &key, listed, Out::Object(object));
            }
        }
        Ok(())
    }

    /// What `@slice` names a value by.
    fn told(&self, slice: &str, at: usize, value: &Found<'_>, place: Place<'_>) -> Done<String> {
        if slice == "$index" {
            return Ok(at.to_string());
        }
        let (expression, scene) = (expression(slice)?, self.scene(place.resource));
        let found = expression.evaluate(&[item(value)], &scene);
        let found = found.map_err(|why| Stop(format!("@slice: {why}")))?;
        let text = found.first().and_then(Item::value);
        Ok(text
            .map(|value| value.to_text().into_owned())
            .unwrap_or_default())
    }

    /// The resource a reference leads to.
    async fn target(
        &mut self,
        place: Place<'_>,
        one: Collected<'q>,
        out: &mut Object,
        mode: &Mode,
    ) -> Done<()> {
        let argument = |name: &str| values::argument(one.field, name, &self.variables);
        let optional = argument("optional").as_deref() == Some("true");
        let wanted = argument("type");
        let text = place.element.text_at("reference").unwrap_or_default();
        let reference = Reference::parse(&text, Some(self.call.base()));
        let other = |of: &str| wanted.as_deref().is_some_and(|wanted| wanted != of);
        let mut fetched: Option<Arc<Document>> = None;
        let mut inside = None;
        match reference {
            Reference::Local {
                resource_type, id, ..
            } => {
                if other(resource_type.name()) {
                    return Ok(());
                }
                fetched = self.fetch(resource_type, &id).await?;
            }
            Reference::Contained(id) => {
                let all = place.resource.get("contained");
                let mut all = all.iter().flat_map(|all| all.items());
                inside = all.find(|one| one.text_at("id").as_deref() == Some(id.as_str()));
            }
            _ => {}
        }
        let target = match (&fetched, inside) {
            (Some(document), _) => Place::of(document),
            (None, Some(element)) => Place {
                element,
                of: type_of(element),
                resource: place.resource,
            },
            (None, None) => {
                if !optional {
                    self.error(format!("the reference {} leads to nothing", shown(&text)));
                }
                return Ok(());
            }
        };
        if other(target.of.name) {
            return Ok(());
        }
        if one.field.directive("flatten").is_some() {
            return self.object(target, one.selections, out, mode.clone()).await;
        }
        let mut object = Object::default();
        let fresh = Mode::default();
        self.object(target, one.selections, &mut object, fresh)
            .await?;
        let listed = mode.listed && one.field.directive("singleton").is_none();
        let key = format!("{}{}", one.field.key(), mode.suffix);
        self.put(out, &key, listed, Out::Object(object));
        Ok(())
    }
}

/// Whether a field's values gather in a list.
fn is_list(one: &Collected<'_>, repeats: bool, mode: &Mode) -> bool {
    let has = |name: &str| one.field.directive(name).is_some();
    !has("singleton") && ((repeats && !has("first")) || mode.listed)
}

/// Whether a field's values come under its own name, each object by itself.
fn is_named(one: &Collected<'_>, mode: &Mode) -> bool {
    let has = |name: &str| one.field.directive(name).is_some();
    !has("flatten") && !has("slice") && !mode.listed && mode.suffix.is_empty()
}

/// A field that has a name of its own in the answer, whatever is found: null until something is.
fn declare(one: &Collected<'_>, out: &mut Object, mode: &Mode) {
    if is_named(one, mode) {
        out.declare(one.field.key());
    }
}

fn type_of(resource: Element<'_>) -> &'static Type {
    let named = resource.resource_type_name();
    let of = named.and_then(|name| ResourceType::from_name(&name));
    of.map_or_else(|| r4().element(), definitions::resource)
}

/// The values of a member, nulls left out.
fn found<'d>(element: Element<'d>, slot: &Slot) -> Vec<Found<'d>> {
    let content = slot.content;
    let member = element.get(slot.name);
    let items = member.iter().flat_map(|all| all.items());
    let there = items.filter(|one| one.kind() != Kind::Null);
    there.map(|element| Found { element, content }).collect()
}

fn item<'d>(found: &Found<'d>) -> Item<'d> {
    match found.content {
        Content::Primitive(one) => Item::typed(found.element, FhirType::Primitive(one)),
        Content::Complex(id) => Item::typed(found.element, FhirType::Complex(id)),
        Content::Resource => Item::resource(found.element),
    }
}

fn expression(text: &str) -> Done<Expression> {
    let parsed = Expression::parse(text);
    parsed.map_err(|why| Stop(format!("not FHIRPath: {why}")))
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}
