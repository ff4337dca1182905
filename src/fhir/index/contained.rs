//! What contained resources say to the search parameters of their own types.

use super::{Entry, order, tree};
use crate::{Element, ResourceType};

/// Contained resources of one resource that are found by what they say; those beyond only come with
/// it.
pub const CONTAINED_MAX: usize = 256;

/// A contained resource with its index rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Contained {
    pub resource_type: ResourceType,
    /// Its id inside its container.
    pub id: String,
    pub entries: Vec<Entry>,
}

/// The index rows of each contained resource of a resource: of the R4 parameters of its type.
pub fn contained(resource: Element<'_>, base: &str) -> Vec<Contained> {
    let Some(inside) = resource.get("contained") else {
        return Vec::new();
    };
    let one = |element: Element<'_>| {
        let resource_type = ResourceType::from_name(&element.resource_type_name()?)?;
        let mut entries = Vec::new();
        tree::walk(resource_type, element, base, &mut entries);
        entries.sort_unstable_by(|a, b| {
            let param = a.param.cmp(&b.param);
            param.then_with(|| order(&a.value, &b.value))
        });
        entries.dedup();
        Some(Contained {
            resource_type,
            id: element.text_at("id").unwrap_or_default().into_owned(),
            entries,
        })
    };
    inside.items().take(CONTAINED_MAX).filter_map(one).collect()
}
