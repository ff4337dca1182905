//! The work on exports: counted a step at a time by whichever node is free, by the authority of the
//! token each was asked with.

use storage::{Error, exports::Export};
use web::{House, caller::Warrant};

use super::asked::Asked;

/// What a client reads whose token was revoked while the work went on.
pub(super) const NO_LEAVE: &str =
    "the access this export was asked with has ended; ask for it again";
/// What a client reads when we failed.
const BROKEN: &str = "the export failed on our side; ask for it again";

/// Does a step on the export that has waited longest. False when there was nothing to do.
///
/// # Errors
/// What the database reports; the step is tried again.
pub async fn work(house: &House) -> storage::Result<bool> {
    let exports = house.storage.exports();
    let Some(export) = exports.take(house.clock.now()).await? else {
        return Ok(false);
    };
    match step(house, &export).await {
        Ok(()) => {}
        // Ended or taken over meanwhile, or the database was busy: somebody goes on.
        Err(Fault::Storage(error @ (Error::Busy | Error::Unavailable(_) | Error::Timeout))) => {
            tracing::debug!(%error, "a step of an export is tried again");
        }
        Err(Fault::Storage(error @ (Error::TooCostly(_) | Error::Terminology(_)))) => {
            let why = format!("_typeFilter: {error}");
            exports.fail(&export, &why, house.clock.now()).await?;
        }
        Err(Fault::Storage(error)) => {
            tracing::error!(%error, "an export failed");
            exports.fail(&export, BROKEN, house.clock.now()).await?;
        }
        Err(Fault::Ended) => exports.fail(&export, NO_LEAVE, house.clock.now()).await?,
        Err(Fault::Unreadable) => exports.fail(&export, BROKEN, house.clock.now()).await?,
    }
    Ok(true)
}

enum Fault {
    Storage(Error),
    Ended,
    Unreadable,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Storage(error)
    }
}

async fn step(house: &House, export: &Export) -> Result<(), Fault> {
    let warrant = Warrant {
        token: export.token.clone(),
        at: export.as_of,
    };
    let access = warrant.access(house).await?.ok_or(Fault::Ended)?;
    access.may_export().map_err(|_| Fault::Ended)?;
    let asked = Asked::read(&export.asked).map_err(|_| Fault::Unreadable)?;
    let exported = asked.exported(house).await;
    let exported = exported.map_err(|_| Fault::Unreadable)?;
    let records = house.storage.records(&access);
    let stepped = records.export_step(export, &exported).await?;
    let exports = house.storage.exports();
    exports.note(export, stepped, house.clock.now()).await?;
    Ok(())
}
