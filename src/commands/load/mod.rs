//! `kinchart load`: FHIR from files and folders into the database; running it twice changes
//! nothing.

mod identity;
pub(super) mod report;
pub(super) mod source;
pub(super) mod writing;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use access::{Access, Task};
use config::{Clock, limits};
use fhir::bundle::{self, Kind};
use fhir::search::{Handling, Settings, parse};
use fhir::{Document, ResourceType};
use indicatif::{ProgressBar, ProgressStyle};

use self::identity::{Identities, Incoming, Open};
use self::report::Report;
use self::source::{Place, Text};
use self::writing::Writing;
use super::Outcome;
use super::database::{DatabaseFlags, Opened};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Files and folders: Bundles, single resources (.json), one resource a line (.ndjson), each
    /// also .gz
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    database: DatabaseFlags,
    /// Write what was rejected to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Exit with 0 although something was rejected
    #[arg(long)]
    keep_going: bool,
}

/// Loads everything. Errors: a path or database that cannot be used.
pub async fn run(options: Options) -> Outcome {
    let files = source::files(&options.paths)?;
    let opened = options.database.open().await?;
    let started = Instant::now();
    let bar = ProgressBar::new(files.iter().map(|(_, bytes)| bytes).sum());
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut loading = Loading::new(&opened);
    for (path, bytes) in &files {
        bar.set_message(path.file_name().unwrap_or_default().display().to_string());
        loading.file(path).await?;
        bar.inc(*bytes);
    }
    let report = loading.finish().await?;
    bar.set_message("statistics");
    let learned = opened.storage.learn_extent().await;
    learned.map_err(|error| error.to_string())?;
    bar.finish_and_clear();
    opened
        .storage
        .close()
        .await
        .map_err(|error| error.to_string())?;
    if let Some(path) = &options.rejects {
        let fault = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
        let mut file = std::fs::File::create(path).map_err(fault)?;
        report.write_rejects(&mut file).map_err(fault)?;
    }
    let table = report.table(started.elapsed());
    std::io::stdout()
        .write_all(table.as_bytes())
        .map_err(|error| error.to_string())?;
    Ok(if report.rejects.is_empty() || options.keep_going {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A load under way.
struct Loading<'o> {
    opened: &'o Opened,
    access: Access,
    identities: Identities,
    writing: Writing,
    report: Report,
    /// `Type/id` → hash of the text and where it was first defined.
    seen: HashMap<String, (u64, Place)>,
    /// Waiting for what a later file may define.
    waiting: Vec<(Place, Incoming)>,
}

impl<'o> Loading<'o> {
    fn new(opened: &'o Opened) -> Self {
        let access = Access::for_task(Task::Load, opened.pack.clone(), Clock::real().now());
        Self {
            opened,
            identities: Identities::default(),
            writing: Writing::new(opened.storage.clone(), access.clone()),
            report: Report::default(),
            seen: HashMap::new(),
            waiting: Vec::new(),
            access,
        }
    }

    /// Takes one file in. Errors: only those of the database.
    async fn file(&mut self, path: &Path) -> Result<(), String> {
        let texts = match source::texts(path) {
            Ok(texts) => texts,
            Err(reason) => {
                let place = Place {
                    file: path.display().to_string(),
                    line: None,
                    entry: None,
                };
                self.report.reject(place, None, reason);
                return Ok(());
            }
        };
        for text in texts {
            match text {
                Ok(text) => self.text(text).await?,
                Err((place, reason)) => self.report.reject(place, None, reason),
            }
        }
        Ok(())
    }

    async fn text(&mut self, text: Text) -> Result<(), String> {
        let place = text.place;
        let document = match Document::parse(text.text) {
            Ok(document) => document,
            Err(fault) => {
                self.report.reject(place, None, fault.to_string());
                return Ok(());
            }
        };
        // Documents and messages are whole as they are; other Bundles are only wrapping.
        let root = document.root();
        let wraps = root.resource_type_name().as_deref() == Some("Bundle")
            && !matches!(
                root.text_at("type").as_deref(),
                Some("document" | "message")
            );
        if wraps {
            return self.bundle(place, &document).await;
        }
        match self.identities.single(document) {
            Ok(incoming) => self.take(place, incoming, &HashMap::new()).await,
            Err(reason) => {
                self.report.reject(place, None, reason);
                Ok(())
            }
        }
    }

    async fn bundle(&mut self, place: Place, document: &Document) -> Result<(), String> {
        let bundle = match bundle::parse(document) {
            Ok(bundle) => bundle,
            Err(issues) => {
                let reason = issues.first().map_or("", |issue| &issue.diagnostics);
                self.report.reject(place, None, reason);
                return Ok(());
            }
        };
        let mut local = HashMap::new();
        let mut inside = Vec::new();
        for (at, entry) in bundle.entries.into_iter().enumerate() {
            let place = Place {
                entry: Some(at + 1),
                ..place.clone()
            };
            let full_url = entry.full_url.clone();
            match self.identities.entry(bundle.kind, entry) {
                Ok(Some(incoming)) => {
                    if let Some(url) = full_url {
                        if url.starts_with("urn:") {
                            self.identities.also(&url, &incoming.name());
                        }
                        local.insert(url, incoming.name());
                    }
                    inside.push((place, incoming));
                }
                Ok(None) => {}
                Err(reason) => self.report.reject(place, None, reason),
            }
        }
        if bundle.kind == Kind::History {
            // Newest first: only the newest version of each is of use.
            let mut newest = std::collections::HashSet::new();
            inside.retain(|(_, incoming)| newest.insert(incoming.name()));
        }
        for (place, incoming) in inside {
            self.take(place, incoming, &local).await?;
        }
        Ok(())
    }

    /// Resolves, and writes or waits.
    async fn take(
        &mut self,
        place: Place,
        incoming: Incoming,
        local: &HashMap<String, String>,
    ) -> Result<(), String> {
        let (document, open) = self.identities.resolve(&incoming, local);
        let incoming = Incoming {
            document: document.unwrap_or(incoming.document),
            ..incoming
        };
        if open.is_empty() {
            self.write(place, incoming).await
        } else {
            self.waiting.push((place, incoming));
            Ok(())
        }
    }

    async fn write(&mut self, place: Place, incoming: Incoming) -> Result<(), String> {
        let mut hasher = DefaultHasher::new();
        incoming.document.text().hash(&mut hasher);
        let hash = hasher.finish();
        let name = incoming.name();
        if let Some((before, first)) = self.seen.get(&name) {
            if *before != hash {
                let reason = format!("defined differently in {first}, which was loaded");
                self.report.reject(place, Some(name), reason);
            }
            return Ok(());
        }
        self.seen.insert(name, (hash, place.clone()));
        let Incoming {
            resource_type,
            id,
            document,
            ..
        } = incoming;
        self.writing
            .add(place, resource_type, id, document, &mut self.report)
            .await
    }

    /// Resolves what waited, by now with everything else in the database, and writes the rest.
    async fn finish(mut self) -> Result<Report, String> {
        self.writing.finish(&mut self.report).await?;
        for (place, incoming) in std::mem::take(&mut self.waiting) {
            match self.settle(&incoming).await? {
                Ok(document) => {
                    let incoming = Incoming {
                        document: document.unwrap_or(incoming.document),
                        ..incoming
                    };
                    self.write(place, incoming).await?;
                }
                Err(reason) => {
                    let name = incoming.name();
                    self.report.reject(place, Some(name), reason);
                }
            }
        }
        self.writing.finish(&mut self.report).await?;
        Ok(self.report)
    }

    async fn settle(
        &mut self,
        incoming: &Incoming,
    ) -> Result<Result<Option<Document>, String>, String> {
        let nothing = HashMap::new();
        let (_, open) = self.identities.resolve(incoming, &nothing);
        for reference in open {
            match reference {
                Open::Urn(urn) => return Ok(Err(format!("{urn} is in none of the files"))),
                Open::Search(resource_type, query) => {
                    let text = format!("{}?{query}", resource_type.name());
                    match self.search(resource_type, &query).await? {
                        Ok(name) => self.identities.also(&text, &name),
                        Err(reason) => return Ok(Err(format!("{text} {reason}"))),
                    }
                }
            }
        }
        Ok(Ok(self.identities.resolve(incoming, &nothing).0))
    }

    /// The one resource a conditional reference means.
    async fn search(
        &self,
        resource_type: ResourceType,
        query: &str,
    ) -> Result<Result<String, String>, String> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let settings = Settings {
            base: &self.opened.fhir_base,
            handling: Handling::Strict,
            count_default: 2,
            count_max: 2,
            clauses_max: limits::SEARCH_CLAUSES_MAX,
            posted: None,
            include_rounds_max: limits::INCLUDE_ROUNDS_MAX,
            included_max: limits::INCLUDED_RESOURCES_MAX,
        };
        let query = match parse(resource_type, &pairs, &settings) {
            Ok(query) => query,
            Err(issues) => {
                let said = issues.first().map_or("", |issue| &issue.diagnostics);
                return Ok(Err(format!("is no search: {said}")));
            }
        };
        let records = self.opened.storage.records(&self.access);
        let page = records
            .search(&query)
            .await
            .map_err(|error| error.to_string())?;
        Ok(match page.matches.as_slice() {
            [one] => Ok(format!("{}/{}", resource_type.name(), one.id())),
            [] => Err("matches nothing".to_owned()),
            _ => Err("matches several".to_owned()),
        })
    }
}
