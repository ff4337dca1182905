//! Base R4 structure, checked on every write.

mod coded;
mod constraints;
mod invariants;
mod links;
pub(crate) mod narrative;
pub(crate) mod place;
mod primitive;
pub use primitive::STRING_MAX;
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
/// bindings, reference target types, and the invariants of R4 that are errors. Every fault is one
/// issue with a FHIRPath expression. Errors: all issues found (the first 100), never empty.
pub fn validate(document: Document) -> Result<Valid, Vec<Issue>> {
    let resource_type = named(&document).map_err(|issue| vec![issue])?;
    let issues = walked(&document, resource_type, false);
    if issues.is_empty() {
        Ok(Valid {
            resource_type,
            document,
        })
    } else {
        Err(issues)
    }
}

/// All that [`validate`] finds, and what only warns besides: constraints the standard asks for but
/// does not insist on, such as a narrative. Empty where there is nothing to say.
pub fn check(document: &Document) -> Vec<Issue> {
    match named(document) {
        Ok(resource_type) => walked(document, resource_type, true),
        Err(issue) => vec![issue],
    }
}

fn walked(document: &Document, resource_type: ResourceType, warns: bool) -> Vec<Issue> {
    let mut walk = Walk::new(warns);
    walk.resource(document.root(), &Place::root(resource_type.name()), None);
    walk.into_issues()
}

/// The type a document names. Errors: it names none.
fn named(document: &Document) -> Result<ResourceType, Issue> {
    let root = document.root();
    let name = root.resource_type_name();
    let resource_type = name.as_deref().and_then(ResourceType::from_name);
    resource_type.ok_or_else(|| {
        let why = match name {
            _ if root.kind() != crate::json::Kind::Object => "a resource is a JSON object",
            None => "resourceType is missing",
            Some(_) => "resourceType names no R4 resource",
        };
        Issue::error(IssueCode::Structure, why).at("resourceType")
    })
}
