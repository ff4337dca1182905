//! The profiles that ship: R4's own and US Core's, a line of facts each, packed until first asked.

use std::collections::HashMap;
use std::io::Read;
use std::sync::LazyLock;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/structures.deflate"));

/// Which version of a guide is meant where none is named, best first; then the newest.
pub(crate) const DEFAULTS: &[&str] = &["7.0.0"];

/// Version and line.
type Line = (&'static str, &'static str);

struct Shipped {
    by_url: HashMap<&'static str, Vec<Line>>,
}

static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    let mut text = String::new();
    // The table was packed by our own build: it unpacks.
    let _ = flate2::read::DeflateDecoder::new(PACKED).read_to_string(&mut text);
    let text: &'static str = text.leak();
    let mut by_url: HashMap<&str, Vec<Line>> = HashMap::new();
    for line in text.lines() {
        if let Some((url, version)) = head(line) {
            by_url.entry(url).or_default().push((version, line));
        }
    }
    for lines in by_url.values_mut() {
        lines.sort_by(|(a, _), (b, _)| {
            let rank = |v: &&str| DEFAULTS.iter().position(|d| d == v).unwrap_or(usize::MAX);
            let newer = || crate::registry::compare_versions(b, a);
            rank(a).cmp(&rank(b)).then_with(newer)
        });
    }
    Shipped { by_url }
});

/// Address and version, which every line begins with.
fn head(line: &str) -> Option<(&str, &str)> {
    let (url, rest) = line.strip_prefix("{\"url\":\"")?.split_once('"')?;
    let (version, _) = rest.strip_prefix(",\"version\":\"")?.split_once('"')?;
    Some((url, version))
}

/// A profile on a resource type that a guide other than R4 itself has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub url: &'static str,
    pub version: &'static str,
    pub type_name: &'static str,
}

/// Every profile on a resource type of the guides that ship.
pub fn guides() -> impl Iterator<Item = Listed> {
    let all = SHIPPED.by_url.iter();
    let all = all.flat_map(|(url, lines)| lines.iter().map(move |line| (*url, *line)));
    all.filter(|(url, _)| url.starts_with("http://hl7.org/fhir/us/core/"))
        .filter_map(|(url, (version, line))| {
            let (_, rest) = line.split_once("\"type\":\"")?;
            let (type_name, _) = rest.split_once('"')?;
            crate::ResourceType::from_name(type_name)?;
            Some(Listed {
                url,
                version,
                type_name,
            })
        })
}

/// The shipped profiles of an address with their versions, the default first.
pub(super) fn bearing(url: &str) -> impl Iterator<Item = Line> + use<> {
    SHIPPED.by_url.get(url).into_iter().flatten().copied()
}

/// Every shipped profile by address, in order, each with its versions, the default first.
pub(super) fn by_url() -> Vec<(&'static str, &'static [Line])> {
    let shipped: &'static Shipped = &SHIPPED;
    let all = shipped.by_url.iter();
    let mut all: Vec<_> = all.map(|(url, lines)| (*url, lines.as_slice())).collect();
    all.sort_unstable_by_key(|(url, _)| *url);
    all
}

/// Every shipped profile, by address.
#[cfg(test)]
pub(super) fn all() -> Vec<Line> {
    let mut all: Vec<Line> = SHIPPED.by_url.values().flatten().copied().collect();
    all.sort_by_key(|(_, line)| *line);
    all
}
