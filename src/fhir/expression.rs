//! The FHIRPath of an element: where an issue says it is.

use std::fmt::Write as _;

use crate::definitions::{self, Content, Type, TypeKind};
use crate::json::Kind;
use crate::{Element, ResourceType};

/// The FHIRPath from a resource to an element within it, such as `Patient.name[0].given[1]`.
///
/// Choices go by their plain name (`Observation.value`), primitive siblings by their element's.
/// An element that is not within the resource gives the resource's own name.
pub fn expression(resource: Element<'_>, element: Element<'_>) -> String {
    trace(resource, element).0
}

/// The type an element within a resource is defined in, and its name there without `[x]`; of the
/// resource itself, its type alone.
pub(crate) fn defined(resource: Element<'_>, element: Element<'_>) -> Option<Defined> {
    match resource.span() == element.span() {
        true => Some((typed(resource)?, None)),
        false => trace(resource, element).1,
    }
}

/// Where an element is defined: its type and its name; a whole resource has no name.
type Defined = (&'static Type, Option<&'static str>);

fn trace(resource: Element<'_>, element: Element<'_>) -> (String, Option<Defined>) {
    let name = resource.resource_type_name().unwrap_or_default();
    let mut of = typed(resource);
    let (mut here, mut path, at) = (resource, name.into_owned(), element.span());
    let mut place = None;
    while here.span() != at {
        let holds = |inner: &Element<'_>| {
            let span = inner.span();
            span.start <= at.start && at.end <= span.end
        };
        let Some(member) = here.members().map(|(_, member)| member).find(holds) else {
            break;
        };
        let name = member.name().unwrap_or_default();
        let bare = name.strip_prefix('_').unwrap_or(&name);
        let slot = of.and_then(|of| of.slot(bare).map(|slot| (of, slot)));
        place = slot.map(|(of, slot)| (of, Some(of.definition(slot).name)));
        path.push('.');
        path.push_str(slot.map_or(&name, |(of, slot)| of.definition(slot).name));
        here = member;
        if member.kind() == Kind::Array
            && let Some((index, item)) = member.items().enumerate().find(|(_, i)| holds(i))
        {
            let _ = write!(path, "[{index}]");
            here = item;
        }
        of = match slot.map(|(_, slot)| slot.content) {
            Some(Content::Complex(id)) => Some(definitions::r4().of(id)),
            Some(Content::Resource) => typed(here),
            Some(Content::Primitive(_)) => Some(definitions::r4().element()),
            None => None,
        };
        // A whole resource inside another is defined by its own type.
        if let (Some(inner), true) = (of, here.span() == at)
            && inner.kind == TypeKind::Resource
        {
            return (path, Some((inner, None)));
        }
    }
    (path, place)
}

fn typed(resource: Element<'_>) -> Option<&'static Type> {
    let name = resource.resource_type_name()?;
    ResourceType::from_name(&name).map(definitions::resource)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Document;

    #[test]
    fn every_element_of_a_resource_has_its_path() {
        let text = r#"{"resourceType":"Observation","contained":[{"resourceType":"Patient",
            "_birthDate":{"extension":[{"url":"u","valueReference":{"reference":"A/1"}}]}}],
            "valueQuantity":{"value":1},"nope":{"deep":[5]}}"#;
        let document = Document::parse(text).unwrap();
        let root = document.root();
        let path = |at: &str| expression(root, root.first(at).unwrap());
        assert_eq!(path("valueQuantity.value"), "Observation.value.value");
        assert_eq!(
            path("contained._birthDate.extension.valueReference.reference"),
            "Observation.contained[0].birthDate.extension[0].value.reference"
        );
        assert_eq!(path("nope.deep"), "Observation.nope.deep[0]");
        assert_eq!(expression(root, root), "Observation");
        let other = Document::parse("[1]").unwrap();
        assert_eq!(expression(root, other.root()), "Observation");
    }
}
