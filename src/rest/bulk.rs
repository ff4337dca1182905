//! Bulk Data Access 2.0.0: exports asked for, watched, fetched and ended.
//!
//! An export keeps no copy of anybody's record: a file is read from the record while it is fetched, with
//! the eyes of whoever fetches it, so that what is no longer allowed is no longer delivered.

mod asked;
mod file;
mod group;
mod kick_off;
mod status;
mod work;

pub use file::fetch;
pub use status::{cancel, status};
pub use work::work;

pub(crate) use kick_off::run;

use access::Access;
use storage::exports::Export;
use web::House;

use crate::error::Error;

/// The export of an address, if it is this caller's own. Another client's is not there.
async fn own(house: &House, access: &Access, id: &str) -> Result<Export, Error> {
    access.may_export()?;
    let client = client_of(access)?;
    let export = house.storage.exports();
    let export = export.find(id, client, access.now()).await?;
    export.ok_or(Error::Absent)
}

/// The client a token was given to.
fn client_of(access: &Access) -> Result<&str, Error> {
    let client = access.standing().client.as_ref();
    let client = client.map(|client| client.id.as_str());
    client.ok_or(Error::House("a caller without a client may export"))
}

/// Where an export is watched.
fn address(base: &str, id: &str) -> String {
    format!("{base}/bulk/{id}")
}
