//! What an update keeps though whoever sends it leaves it out: stated labels, and the hold.

use access::{Access, marks, shape, waiting};
use fhir::Valid;

use super::{stored::document, write::again};
use crate::{Inner, Result};

impl Inner {
    /// An update as it was stated, with the labels it left out, and the hold.
    pub(super) async fn with_labels_kept(
        &self,
        access: &Access,
        valid: Valid,
        id: &str,
    ) -> Result<Valid> {
        let valid = again(valid, marks::as_stated);
        if access.task().is_some() {
            return Ok(valid);
        }
        let before = self.current(valid.resource_type(), id).await?;
        Ok(match before.filter(|row| !row.deleted && row.marked) {
            Some(row) => {
                let before = document(&row.body)?;
                let valid = again(valid, |after| marks::kept(&before, after));
                // A person sends back what they were shown, and may not see the hold there is.
                match shape::applies(access) {
                    true => valid,
                    false => again(valid, |after| waiting::kept(&before, after)),
                }
            }
            None => valid,
        })
    }
}
