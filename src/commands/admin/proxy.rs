//! `kinchart admin proxy list`: everybody who acts, acted or asks to act for a patient.

use access::vocabulary::{PROXY_LEVEL, PROXY_RELATIONSHIP};
use config::limits;
use fhir::search::{Handling, Query, Settings, parse};
use fhir::{Document, ResourceType};
use std::collections::BTreeMap;
use storage::Seen;

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// All proxies, one a line
    List {
        #[command(flatten)]
        database: DatabaseFlags,
    },
}

impl Command {
    pub async fn run(self) -> Outcome {
        let Self::List { database } = self;
        let desk = Desk::open(database).await?;
        let mut levels = BTreeMap::new();
        for consent in all(&desk, "Consent").await? {
            let consent = document(&consent)?;
            let root = consent.root();
            let level = root.extension(PROXY_LEVEL);
            let level = level.and_then(|it| it.text_at("valueCode"));
            let active = root.text_at("status").as_deref() == Some("active");
            for actor in root.all("provision.actor.reference.reference") {
                if let (Some(actor), Some(level), true) = (actor.str(), &level, active) {
                    levels.insert(actor.into_owned(), level.clone().into_owned());
                }
            }
        }
        print(&format!(
            "{:<28} {:<20} {:<24} {:<24} {:<8} LEVEL",
            "RELATED PERSON", "NAME", "FOR", "RELATIONSHIP", "STATE"
        ))?;
        for person in all(&desk, "RelatedPerson").await? {
            let id = person.id().to_owned();
            let person = document(&person)?;
            let root = person.root();
            let text = |path: &str| root.text_at(path).unwrap_or_default();
            let kind = root.extension(PROXY_RELATIONSHIP);
            let kind = kind.and_then(|it| it.text_at("valueCode"));
            let active = root.get("active").and_then(fhir::Element::bool);
            let state = match (active, text("period.end").is_empty()) {
                (Some(true), _) => "active",
                (_, true) => "pending",
                _ => "ended",
            };
            let level = levels.get(&format!("RelatedPerson/{id}"));
            print(&format!(
                "{id:<28} {:<20} {:<24} {:<24} {state:<8} {}",
                format!("{} {}", text("name.given"), text("name.family")),
                text("patient.reference"),
                kind.unwrap_or_else(|| text("relationship.coding.code")),
                level.map_or("", String::as_str)
            ))?;
        }
        desk.close().await
    }
}

fn document(seen: &Seen) -> Result<Document, String> {
    let text = String::from_utf8(seen.body().to_vec()).map_err(said)?;
    Document::parse(text).map_err(said)
}

/// Every resource of a type, page by page.
async fn all(desk: &Desk, name: &str) -> Result<Vec<Seen>, String> {
    let resource_type = ResourceType::from_name(name).ok_or("no such type")?;
    let settings = Settings {
        base: &desk.opened.fhir_base,
        handling: Handling::Strict,
        count_default: limits::PAGE_RESOURCES_MAX,
        count_max: limits::PAGE_RESOURCES_MAX,
        clauses_max: limits::SEARCH_CLAUSES_MAX,
        posted: None,
        include_rounds_max: limits::INCLUDE_ROUNDS_MAX,
        included_max: limits::INCLUDED_RESOURCES_MAX,
    };
    let query = parse(resource_type, &[], &settings).map_err(|issues| {
        issues
            .first()
            .map_or(String::new(), |it| it.diagnostics.clone())
    })?;
    let access = desk.access();
    let records = desk.opened.storage.records(&access);
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let query = Query {
            cursor,
            ..query.clone()
        };
        let page = records.search(&query).await.map_err(said)?;
        found.extend(page.matches);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}
