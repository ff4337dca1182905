//! The terminology that ships: an index of what there is, and the facts in blocks that are opened
//! one at a time.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::{Arc, LazyLock};

use flate2::read::DeflateDecoder;

use super::resource::{Resource, Status};
use crate::ResourceType;

/// Characters of an address or a version that an id takes over; two of them and a hyphen fit in one.
const ID_PART_MAX: usize = 31;

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
    let mut ids = HashSet::new();
    let rows = text.lines().filter_map(|line| row(line, &mut ids));
    rows.map(Arc::new).collect()
});

/// The same by type and id.
static BY_ID: LazyLock<HashMap<(ResourceType, &str), &Resource>> = LazyLock::new(|| {
    let all = ALL.iter();
    all.map(|one| ((one.resource_type(), one.id()), &**one))
        .collect()
});

pub(super) fn by_id(resource_type: ResourceType, id: &str) -> Option<&'static Resource> {
    BY_ID.get(&(resource_type, id)).copied()
}

/// An id that no other has: the end of the address, and the version where that is taken.
fn id(
    (resource_type, url, version): (ResourceType, &str, &str),
    ids: &mut HashSet<(ResourceType, String)>,
) -> String {
    let fit = |text: &str| -> String {
        let letters = text.chars().map(|c| match c {
            c if c.is_ascii_alphanumeric() || c == '-' || c == '.' => c,
            _ => '-',
        });
        letters.take(ID_PART_MAX).collect()
    };
    let end = url.rsplit(['/', ':']).find(|part| !part.is_empty());
    let end = fit(end.unwrap_or("resource"));
    let versioned = format!("{end}-{}", fit(version));
    let numbered = (2..).map(|n| format!("{end}-{n}"));
    let names = [end.clone(), versioned].into_iter().chain(numbered);
    for name in names {
        if ids.insert((resource_type, name.clone())) {
            return name;
        }
    }
    end
}

/// Every shipped resource.
pub(super) fn all() -> &'static [Arc<Resource>] {
    &ALL
}

fn row(line: &str, ids: &mut HashSet<(ResourceType, String)>) -> Option<Resource> {
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
    let id = id((resource_type, url, version), ids);
    Some(Resource::shipped(
        (resource_type, &id),
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
