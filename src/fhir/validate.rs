//! Base R4 structure, checked on every write.

mod coded;
mod invariants;
mod links;
pub(crate) mod narrative;
mod place;
mod primitive;
mod rules;
mod structure;
#[cfg(test)]
mod tests;

use crate::{Document, Issue, IssueCode, ResourceType};
use place::Place;
use structure::Walk;

/// Why a text is not a value of that primitive datatype, or `None` where it is one.
pub fn primitive_fault(of: crate::definitions::Primitive, text: &str) -> Option<&'static str> {
    primitive::fault(of, text)
}

/// A resource that passed validation: the only thing storage will write.
#[derive(Debug, Clone)]
pub struct Valid {
    resource_type: ResourceType,
    document: Document,
}

impl Valid {
    pub fn resource_type(&self) -> ResourceType {
        self.resource_type
    }
    pub fn document(&self) -> &Document {
        &self.document
    }
    pub fn id(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.document.root().get("id")?.str()
    }
}

/// Validates a document as a resource of the type it names.
///
/// Checks unknown elements, cardinality, JSON types, choice types, primitive formats, required
/// bindings, reference target types, and the invariants of [`crate::definitions`] known to the
/// table. Every fault is one issue with a FHIRPath expression. Errors: all issues found (the first
/// 100), never empty.
pub fn validate(document: Document) -> Result<Valid, Vec<Issue>> {
    let root = document.root();
    let name = root.resource_type_name();
    let resource_type = name.as_deref().and_then(ResourceType::from_name);
    let Some(resource_type) = resource_type else {
        let why = match name {
            _ if root.kind() != crate::json::Kind::Object => "a resource is a JSON object",
            None => "resourceType is missing",
            Some(_) => "resourceType names no R4 resource",
        };
        return Err(vec![
            Issue::error(IssueCode::Structure, why).at("resourceType"),
        ]);
    };
    let mut walk = Walk::default();
    walk.resource(root, &Place::root(resource_type.name()), None);
    let issues = walk.into_issues();
    if issues.is_empty() {
        Ok(Valid {
            resource_type,
            document,
        })
    } else {
        Err(issues)
    }
}
