//! To whom a message of a patient goes: written into it when it is stored, so that whoever reads it knows.

use access::{Access, facts, messages, shape};
use fhir::{Document, Element, ResourceType, Valid};

use super::write::{again, relative_to};
use crate::{Inner, Result};

impl Inner {
    /// A message somebody sends, addressed to the pool that answers it: as the pack routes it, else to whoever has the
    /// thread. Pools there are none of are left out.
    pub(crate) async fn with_pool(&self, access: &Access, valid: Valid) -> Result<Valid> {
        let root = valid.document().root();
        if valid.resource_type() != ResourceType::COMMUNICATION
            || !shape::applies(access)
            || !messages::is_sent(root)
        {
            return Ok(valid);
        }
        let relative = relative_to(&self.settings.base, valid.document());
        let about = relative.as_ref().map_or(root, Document::root);
        let named = facts::pool(ResourceType::COMMUNICATION, about);
        let of_thread = match named {
            Some(_) => None,
            None => self.pool_of_thread(access, about).await?,
        };
        let addressed = named.as_deref().or(of_thread.as_deref());
        let (category, topic) = (messages::category(about), messages::topic(about));
        let routing = &access.pack().routing;
        let routed = routing.pool(&category, &topic, addressed);
        for pool in [routed, addressed].into_iter().flatten() {
            if named.as_deref() == Some(pool) {
                return Ok(valid);
            }
            let found = self.current(ResourceType::HEALTHCARE_SERVICE, pool).await?;
            if found.is_some_and(|row| !row.deleted) {
                return Ok(again(valid, |message| {
                    messages::addressed_to(message, pool)
                }));
            }
        }
        Ok(valid)
    }

    /// The pool of the thread a message belongs to, where that is the same patient's.
    async fn pool_of_thread(
        &self,
        access: &Access,
        message: Element<'_>,
    ) -> Result<Option<String>> {
        let patient = access.standing().patient.as_ref();
        let (Some(parent), Some(patient)) = (messages::parent(message), patient) else {
            return Ok(None);
        };
        let head = self.current(ResourceType::COMMUNICATION, &parent).await?;
        let head = head.filter(|row| row.owner.as_deref() == Some(patient.id.as_str()));
        Ok(head.and_then(|row| row.pool.as_deref().map(str::to_owned)))
    }
}
