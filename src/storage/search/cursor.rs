//! The place where the next page begins, as an opaque text that is safe in a URL.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use fhir::search::{Condition, Query};

use super::sort::{self, Key, SortKey};
use crate::{Error, Result};

/// Longest cursor read, in bytes.
const BYTES_MAX: usize = 4 * 1024;

/// After which row, and how many there were in all when the first page was made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cursor {
    pub(crate) keys: Vec<Key>,
    pub(crate) rid: i64,
    pub(crate) total: Option<u64>,
    /// When the first page was made, in microseconds.
    pub(crate) started: i64,
}

/// Shape of the query, keys, rid, total, start.
type Written = (u32, Vec<Key>, i64, Option<u64>, i64);

impl Cursor {
    /// The text form, bound to the query it belongs to.
    pub(crate) fn write(&self, shape: u32) -> String {
        let keys: Vec<Key> = self.keys.iter().map(Key::written).collect();
        let written: Written = (shape, keys, self.rid, self.total, self.started);
        let json = serde_json::to_vec(&written).unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(json)
    }

    /// # Errors
    /// `BadCursor` for anything [`Self::write`] did not write for such a search.
    pub(crate) fn read(text: &str, shape: u32, keys: &[SortKey]) -> Result<Self> {
        if text.len() > BYTES_MAX {
            return Err(Error::BadCursor);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| Error::BadCursor)?;
        let written: Written = serde_json::from_slice(&bytes).map_err(|_| Error::BadCursor)?;
        let (of, values, rid, total, started) = written;
        if of != shape || has_nul(&values) {
            return Err(Error::BadCursor);
        }
        let keys = sort::fit(keys, &values).ok_or(Error::BadCursor)?;
        Ok(Self {
            keys,
            rid,
            total,
            started,
        })
    }
}

fn has_nul(values: &[Key]) -> bool {
    values
        .iter()
        .any(|v| matches!(v, Key::Text(text) if text.contains('\0')))
}

/// Which types hold what is searched for inside can change from page to page.
fn is_inside(condition: &Condition) -> bool {
    match condition {
        Condition::Contained(_) => true,
        Condition::Any(parts) => parts.iter().any(is_inside),
        _ => false,
    }
}

/// A hash of what is searched for and its order: a cursor of another search is refused. Over which
/// types a search without any goes can change from page to page; what is asked does not.
pub(crate) fn shape(queries: &[Query]) -> u32 {
    let one = |query: &Query| {
        format!(
            "{} {:?} {:?}",
            query.resource_type, query.filters, query.sort
        )
    };
    let text = match queries {
        [query] if !query.filters.iter().any(is_inside) => one(query),
        several => format!("{:?}", several.first().map(|query| &query.applied)),
    };
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
