//! The XML form of resources (R4 2.6.1), turned into JSON documents and back without loss.
//!
//! Both ways go by the tables of definitions: the order of elements, which repeat, which are
//! attributes, which hold a whole resource. Values are carried over as text, so that numbers keep
//! their digits and narratives their markup.

mod narrative;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read;
pub use write::write;

use crate::definitions::{Type, TypeKind};

/// The namespace of every element but the narrative's.
pub const FHIR: &str = "http://hl7.org/fhir";
/// The namespace of narratives.
pub const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// Deepest nesting accepted, in elements, narratives aside.
pub const DEPTH_MAX: usize = 64;
/// Most attributes one element may have, declarations of namespaces included.
pub const ATTRIBUTES_MAX: usize = 64;

/// Whether XML writes this element of a type as an attribute (R4 2.6.1.0).
fn is_attribute(of: &Type, name: &str) -> bool {
    match name {
        "id" => of.kind != TypeKind::Resource,
        "url" => of.name == "Extension",
        _ => false,
    }
}

/// Whether XML 1.0 can hold a character.
pub(crate) fn is_legal(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
