//! The files of a generated population: one per resource type, or one Bundle per family.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use population::Invention;
use population::household::Family;
use population::practice::directory;
use serde_json::{Value, json};

/// Where the resources would be read; relative references in a Bundle count from here.
const BASE: &str = "https://population.example/fhir";

/// Bytes gathered before they go to the disk.
const BUFFER: usize = 1 << 20;

/// How the population is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Ndjson,
    Bundles,
}

/// What some families came to, ready to be written.
#[derive(Debug, Default)]
pub struct Batch {
    pub patients: u64,
    /// Type → how many.
    pub counts: BTreeMap<String, u64>,
    /// File name → text, to be added to the file's end.
    pub texts: BTreeMap<String, Vec<u8>>,
}

impl Batch {
    /// The practices' directory.
    pub fn directory(invention: &Invention, format: Format) -> Self {
        let mut batch = Self::default();
        batch.add(&directory(&invention.calendar), "directory.json", format);
        batch
    }

    /// Tells a family.
    pub fn family(&mut self, invention: &Invention, family: &Family, format: Format) {
        let name = format!("family-{:06}.json", family.number + 1);
        self.add(&invention.tell(family), &name, format);
        self.patients += family.people.len() as u64;
    }

    fn add(&mut self, resources: &[Value], file: &str, format: Format) {
        for resource in resources {
            let name = type_of(resource);
            match self.counts.get_mut(name) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(name.to_owned(), 1);
                }
            }
        }
        match format {
            Format::Ndjson => {
                for resource in resources {
                    self.line(resource);
                }
            }
            Format::Bundles => {
                let text = bundle(resources).to_string();
                self.texts.insert(file.to_owned(), text.into_bytes());
            }
        }
    }

    fn line(&mut self, resource: &Value) {
        let name = type_of(resource);
        if !self.texts.contains_key(name) {
            self.texts.insert(name.to_owned(), Vec::new());
        }
        if let Some(text) = self.texts.get_mut(name) {
            // Writing into memory does not fail.
            let _ = serde_json::to_writer(&mut *text, resource);
            text.push(b'\n');
        }
    }
}

fn type_of(resource: &Value) -> &str {
    resource
        .get("resourceType")
        .and_then(Value::as_str)
        .unwrap_or("Basic")
}

fn bundle(resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources
        .iter()
        .map(|resource| {
            let id = resource.get("id").and_then(Value::as_str).unwrap_or("");
            let name = format!("{}/{id}", type_of(resource));
            json!({"fullUrl": format!("{BASE}/{name}"), "resource": resource,
                "request": {"method": "PUT", "url": name}})
        })
        .collect();
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    pub counts: BTreeMap<String, u64>,
    pub bytes: u64,
    pub files: u64,
}

/// The folder the population goes into.
pub struct Folder {
    path: PathBuf,
    format: Format,
    /// Type → its file, for NDJSON.
    open: BTreeMap<String, BufWriter<File>>,
    written: Written,
}

impl Folder {
    /// Makes the folder.
    ///
    /// # Errors
    /// When it cannot be made or holds something already.
    pub fn open(path: &Path, format: Format) -> Result<Self, String> {
        let fault = |error: std::io::Error| format!("cannot use --out {}: {error}", path.display());
        std::fs::create_dir_all(path).map_err(fault)?;
        if std::fs::read_dir(path).map_err(fault)?.next().is_some() {
            return Err(format!(
                "--out {} is not empty; name a new folder",
                path.display()
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            format,
            open: BTreeMap::new(),
            written: Written::default(),
        })
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&mut self, batch: &Batch) -> Result<(), String> {
        for (name, count) in &batch.counts {
            *self.written.counts.entry(name.clone()).or_default() += count;
        }
        for (name, text) in &batch.texts {
            self.written.bytes += text.len() as u64;
            match self.format {
                Format::Ndjson => self.append(name, text)?,
                Format::Bundles => {
                    let path = self.path.join(name);
                    std::fs::write(&path, text).map_err(|error| fault(&path, &error))?;
                    self.written.files += 1;
                }
            }
        }
        Ok(())
    }

    fn append(&mut self, name: &str, text: &[u8]) -> Result<(), String> {
        let path = self.path.join(format!("{name}.ndjson"));
        if !self.open.contains_key(name) {
            let file = File::create(&path).map_err(|error| fault(&path, &error))?;
            let file = BufWriter::with_capacity(BUFFER, file);
            self.open.insert(name.to_owned(), file);
            self.written.files += 1;
        }
        match self.open.get_mut(name) {
            Some(file) => file.write_all(text).map_err(|error| fault(&path, &error)),
            None => Ok(()),
        }
    }

    /// Brings everything to the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn close(mut self) -> Result<Written, String> {
        for (name, file) in &mut self.open {
            let path = self.path.join(format!("{name}.ndjson"));
            file.flush().map_err(|error| fault(&path, &error))?;
        }
        Ok(self.written)
    }
}

fn fault(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}
