//! The organization's own terms: a folder of texts, one for each version of each document of a policy pack.

use std::collections::BTreeMap;
use std::path::Path;

/// A text's size in bytes, and how many there are, at most.
const TEXT_BYTES_MAX: u64 = 256 * 1024;
const TEXTS_MAX: usize = 500;

/// Texts by pack and version, as `middlesex` and `2026-01`, or `proxy-2026-01` of who acts for others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    texts: BTreeMap<(String, String), String>,
}

impl Terms {
    /// Reads `PACK/VERSION.md` and `PACK/proxy-VERSION.md` of a folder.
    ///
    /// # Errors
    /// Says which file is wrong, and how.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut texts = BTreeMap::new();
        for pack in entries(folder)? {
            if !pack.is_dir() {
                return Err(format!(
                    "brand.terms: {} is no folder: texts stand in a folder of their pack's name",
                    pack.display()
                ));
            }
            for file in entries(&pack)? {
                let version = file.extension().filter(|it| *it == "md");
                let version = version.and(file.file_stem());
                let (Some(pack), Some(version)) = (name(pack.file_name()), name(version)) else {
                    return Err(format!("brand.terms: {} is no VERSION.md", file.display()));
                };
                texts.insert((pack, version), text(&file)?);
            }
        }
        match texts.len() {
            0 => Err(format!("brand.terms: {} holds no text", folder.display())),
            found if found > TEXTS_MAX => Err(format!("brand.terms: more than {TEXTS_MAX} texts")),
            _ => Ok(Self { texts }),
        }
    }
    /// The text of a version; `None` where the organization has none of its own.
    pub fn of(&self, pack: &str, version: &str) -> Option<&str> {
        let key = (pack.to_owned(), version.to_owned());
        self.texts.get(&key).map(String::as_str)
    }
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
    /// Sees to it that every version in force has a text, where the organization has texts of its own.
    ///
    /// # Errors
    /// Names the file that is missing.
    pub fn check(&self, pack: &str, versions: &[String]) -> Result<(), String> {
        let lacking = versions.iter().find(|it| self.of(pack, it).is_none());
        match lacking.filter(|_| !self.is_empty()) {
            Some(version) => Err(format!(
                "brand.terms: {pack}/{version}.md is in force and not there"
            )),
            None => Ok(()),
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let fault = |error| format!("brand.terms: cannot read {}: {error}", folder.display());
    let found = std::fs::read_dir(folder).map_err(fault)?;
    let mut all = Vec::new();
    for one in found {
        all.push(one.map_err(fault)?.path());
    }
    all.retain(|path| {
        let hidden = path.file_name().and_then(|it| it.to_str());
        hidden.is_some_and(|it| !it.starts_with('.'))
    });
    all.sort();
    Ok(all)
}

/// A name that can stand in an address.
fn name(name: Option<&std::ffi::OsStr>) -> Option<String> {
    let name = name?.to_str()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    (!name.is_empty() && name.bytes().all(plain)).then(|| name.to_owned())
}

fn text(file: &Path) -> Result<String, String> {
    let fault = |what: &str| format!("brand.terms: {} {what}", file.display());
    let size = std::fs::metadata(file).map_err(|error| fault(&error.to_string()))?;
    if size.len() > TEXT_BYTES_MAX {
        return Err(fault("is larger than 256 KB"));
    }
    let text = std::fs::read_to_string(file).map_err(|error| fault(&error.to_string()))?;
    match text.trim().is_empty() {
        true => Err(fault("is empty")),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_are_read_by_pack_and_version_and_what_is_wrong_is_named() {
        let folder = std::env::temp_dir().join(format!("terms-{}", std::process::id()));
        let pack = folder.join("middlesex");
        std::fs::create_dir_all(&pack).unwrap();
        assert!(Terms::read(&folder).unwrap_err().contains("holds no text"));
        std::fs::write(pack.join("2026-01.md"), "Be kind.\n").unwrap();
        let terms = Terms::read(&folder).unwrap();
        assert_eq!(terms.of("middlesex", "2026-01"), Some("Be kind.\n"));
        assert_eq!(terms.of("uconn", "2026-01"), None);
        let versions = ["2026-01".to_owned(), "proxy-2026-01".to_owned()];
        let lacking = terms.check("middlesex", &versions).unwrap_err();
        assert!(lacking.contains("middlesex/proxy-2026-01.md"), "{lacking}");
        assert_eq!(Terms::default().check("middlesex", &versions), Ok(()));
        std::fs::write(pack.join("notes.txt"), "x").unwrap();
        assert!(Terms::read(&folder).unwrap_err().contains("notes.txt"));
        std::fs::write(pack.join("notes.txt"), "x").unwrap();
        std::fs::remove_file(pack.join("notes.txt")).unwrap();
        std::fs::write(pack.join("2027-01.md"), " \n").unwrap();
        assert!(Terms::read(&folder).unwrap_err().contains("is empty"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
