//! The items of a List, as far as a caller may see it.

use access::Action;
use fhir::{Element, ResourceType, reference::Reference, search::LIST_ITEMS_MAX};

use super::{Records, stored::document};
use crate::{Error, Result};

impl Records<'_> {
    /// The resources of ours that are items of a List. None where the caller may not read it, as
    /// where there is none.
    pub(super) async fn list_items(&self, id: &str) -> Result<Vec<(ResourceType, String)>> {
        let inner = &self.storage.inner;
        let Some(list) = ResourceType::from_name("List") else {
            return Ok(Vec::new());
        };
        let Some(row) = inner.current(list, id).await? else {
            return Ok(Vec::new());
        };
        let (_, seen) = inner.seen(self.access, Action::Read, &row)?;
        let Some(seen) = seen else {
            return Ok(Vec::new());
        };
        let document = document(seen.body())?;
        let mut items = Vec::new();
        let removed = |item: &Element<'_>| {
            let deleted = item.get("deleted").and_then(Element::bool);
            deleted.unwrap_or_default()
        };
        let found = document.root().all("entry");
        if found.len() > LIST_ITEMS_MAX {
            return Err(Error::TooCostly(format!(
                "_list: List/{id} has more than {LIST_ITEMS_MAX} items"
            )));
        }
        for item in found {
            let reference = item.text_at("item.reference").unwrap_or_default();
            let parsed = Reference::parse(&reference, Some(&inner.settings.base));
            if let (
                Reference::Local {
                    resource_type, id, ..
                },
                false,
            ) = (parsed, removed(&item))
            {
                items.push((resource_type, id));
            }
        }
        Ok(items)
    }

    /// Whether the caller may read a resource that is there. Tells nothing else, and leaves no
    /// trace: what is then done with it does.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn can_read(&self, resource_type: ResourceType, id: &str) -> Result<bool> {
        let row = self.storage.inner.current(resource_type, id).await?;
        Ok(row.is_some_and(|row| {
            let decision = self.access.decide(Action::Read, &row.facts());
            !row.deleted && decision.permits()
        }))
    }
}
