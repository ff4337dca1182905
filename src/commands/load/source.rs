//! Where resources come from: folders, files, compressed or not, whole documents or one a line.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// Where a resource was found: a file, and the line or Bundle entry in it (both from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: Option<usize>,
    pub entry: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        if let Some(entry) = self.entry {
            write!(f, " entry {entry}")?;
        }
        Ok(())
    }
}

/// One JSON text of a file.
#[derive(Debug)]
pub struct Text {
    pub place: Place,
    pub text: String,
}

fn kind(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    if name.ends_with(".json") {
        Some(Kind::Json)
    } else if name.ends_with(".ndjson") || name.ends_with(".jsonl") {
        Some(Kind::Lines)
    } else {
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Lines,
}

/// The files to load with their sizes in bytes: those named, and all FHIR-looking ones in the
/// folders named.
///
/// Directories of providers and places come first in a folder, as everything else refers to them.
///
/// # Errors
/// A path that is not there, or a folder that cannot be read.
pub fn files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, u64)>, String> {
    let mut found = Vec::new();
    for path in paths {
        collect(path, true, &mut found)?;
    }
    Ok(found)
}

fn collect(path: &Path, named: bool, found: &mut Vec<(PathBuf, u64)>) -> Result<(), String> {
    let fault = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let about = std::fs::metadata(path).map_err(fault)?;
    if about.is_dir() {
        let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
            .map_err(fault)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(fault)?;
        inside.sort_by_key(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.to_ascii_lowercase();
            let directory = ["hospitalinformation", "practitionerinformation"]
                .iter()
                .any(|first| name.starts_with(first));
            (!directory, name)
        });
        for path in inside {
            collect(&path, false, found)?;
        }
    } else if named || kind(path).is_some() {
        found.push((path.to_owned(), about.len()));
    }
    Ok(())
}

/// The JSON texts of one file, in order.
///
/// # Errors
/// A file that cannot be opened. What cannot be read inside it comes as an item with its place.
pub fn texts(path: &Path) -> Result<impl Iterator<Item = Result<Text, (Place, String)>>, String> {
    let shown = path.display().to_string();
    let file =
        std::fs::File::open(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let zipped = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("gz"));
    let reader: Box<dyn Read> = if zipped {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    Ok(Texts {
        lines: kind(path) == Some(Kind::Lines),
        reader: BufReader::with_capacity(256 * 1024, reader),
        file: shown,
        line: 0,
        done: false,
    })
}

struct Texts<R> {
    lines: bool,
    reader: BufReader<R>,
    file: String,
    line: usize,
    done: bool,
}

impl<R: Read> Texts<R> {
    fn place(&self) -> Place {
        Place {
            file: self.file.clone(),
            line: self.lines.then_some(self.line),
            entry: None,
        }
    }
}

impl<R: Read> Iterator for Texts<R> {
    type Item = Result<Text, (Place, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let mut bytes = Vec::new();
            let read = if self.lines {
                self.line += 1;
                self.reader.read_until(b'\n', &mut bytes)
            } else {
                self.done = true;
                self.reader.read_to_end(&mut bytes)
            };
            match read {
                Ok(0) => {
                    self.done = true;
                    if self.lines {
                        return None;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    self.done = true;
                    return Some(Err((self.place(), error.to_string())));
                }
            }
            let Ok(text) = String::from_utf8(bytes) else {
                return Some(Err((self.place(), "the text is not UTF-8".to_owned())));
            };
            let text = text.trim_start_matches('\u{feff}');
            if self.lines && text.trim().is_empty() {
                continue;
            }
            return Some(Ok(Text {
                place: self.place(),
                text: text.to_owned(),
            }));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    #[test]
    fn folders_are_walked_and_compressed_lines_counted() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        std::fs::write(deep.join("one.json"), "{}").unwrap();
        let zipped = std::fs::File::create(deep.join("many.ndjson.gz")).unwrap();
        let mut zipped = GzEncoder::new(zipped, Compression::fast());
        zipped.write_all(b"{\"a\":1}\n\n{\"a\":2}\n").unwrap();
        zipped.finish().unwrap();
        let found = files(&[folder.path().to_owned()]).unwrap();
        assert_eq!(found.len(), 2);
        let lines: Vec<usize> = texts(&deep.join("many.ndjson.gz"))
            .unwrap()
            .map(|text| text.unwrap().place.line.unwrap())
            .collect();
        assert_eq!(lines, [1, 3]);
        assert!(files(&[folder.path().join("absent")]).is_err());
    }

    #[test]
    fn directories_of_providers_come_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "Ada.json",
            "hospitalInformation1.json",
            "practitionerInformation1.json",
        ] {
            std::fs::write(folder.path().join(name), "{}").unwrap();
        }
        let found = files(&[folder.path().to_owned()]).unwrap();
        let last = found.last().unwrap();
        assert!(last.0.ends_with("Ada.json"));
    }
}
