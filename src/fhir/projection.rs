//! Less than the whole resource: `_summary`, `_elements`, and the redactions of an access decision.

use crate::{Document, search::Summary};

/// The resource with only its summary elements (or text, or data); adds `meta.tag` SUBSETTED.
pub fn summary(_document: &Document, _mode: Summary) -> String {
    todo!()
}
/// The resource with only those top-level elements (and mandatory ones, `id`, `meta`); adds SUBSETTED.
pub fn elements(_document: &Document, _names: &[String]) -> String {
    todo!()
}
/// Keeps only the dotted paths given (`name`, `communication.language`, `meta.versionId`), dropping every
/// extension at any depth, primitive siblings (`_birthDate`) included; adds SUBSETTED.
pub fn keep(_document: &Document, _paths: &[&str]) -> String {
    todo!()
}
/// Drops `meta.security` and the extensions of those urls at top level.
pub fn strip(_document: &Document, _extension_urls: &[&str]) -> String {
    todo!()
}
