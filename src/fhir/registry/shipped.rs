//! The terminology that ships: an index of what there is, and the facts in blocks that are opened
//! one at a time.

use std::io::Read;
use std::sync::{Arc, LazyLock};

use flate2::read::DeflateDecoder;

use super::resource::{Resource, Status};
use crate::ResourceType;

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/terminology.deflate"));
static BLOCKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/terminology.blocks"));

/// Where a resource's line of facts is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Start and length of its block among the packed ones.
    block: (u32, u32),
    /// Start and length of the line in the block.
    line: (u32, u32),
}

static ALL: LazyLock<Vec<Arc<Resource>>> = LazyLock::new(|| {
    let mut text = String::new();
    // Packed by our own build: it unpacks.
    let _ = DeflateDecoder::new(INDEX).read_to_string(&mut text);
    text.lines().filter_map(row).map(Arc::new).collect()
});

/// Every shipped resource.
pub(super) fn all() -> &'static [Arc<Resource>] {
    &ALL
}

fn row(line: &str) -> Option<Resource> {
    let mut cells = line.split('\t');
    let resource_type = ResourceType::from_name(cells.next()?)?;
    let (url, version, status) = (cells.next()?, cells.next()?, cells.next()?);
    let (all_codes, supplements) = (cells.next()?, cells.next()?);
    let mut number = || cells.next()?.parse::<u32>().ok();
    let place = Place {
        block: (number()?, number()?),
        line: (number()?, number()?),
    };
    let some = |text: &str| (!text.is_empty()).then(|| Box::from(text));
    Some(Resource::shipped(
        resource_type,
        (url.into(), some(version)),
        Status::read(status),
        (some(all_codes), some(supplements)),
        place,
    ))
}

/// The facts of a resource: JSON.
pub(super) fn text(place: Place) -> Option<String> {
    let run = |(start, length): (u32, u32)| start as usize..start as usize + length as usize;
    let mut block = String::new();
    let bytes = BLOCKS.get(run(place.block))?;
    DeflateDecoder::new(bytes).read_to_string(&mut block).ok()?;
    block.get(run(place.line)).map(str::to_owned)
}
