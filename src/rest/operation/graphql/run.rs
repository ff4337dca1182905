//! One query being answered: what it read so far, what it may still read, and what went wrong.

use std::collections::HashMap;
use std::sync::Arc;

use access::Action;
use config::limits::{GRAPHQL_ROWS_MAX, GRAPHQL_VALUES_MAX};
use fhir::graphql::{Field, Request, Root, Selection, narrowed, root};
use fhir::{Document, ResourceType, definitions, search};
use serde_json::json;
use storage::{SearchPage, Seen};

use super::object::{Mode, Place};
use super::output::{Object, Out};
use super::values::{self, Variables};
use crate::{call::Call, error::Error, read, search::parse};

/// Nothing more is answered.
pub(super) struct Stop(pub String);

pub(super) type Done<T> = Result<T, Stop>;

/// Fields of one name in the answer, put together.
pub(super) struct Collected<'q> {
    pub field: &'q Field,
    pub selections: Vec<&'q Selection>,
}

pub(super) struct Run<'q> {
    pub call: &'q Call,
    request: &'q Request,
    pub variables: Variables,
    /// Resources read by reference; none for what is not there, or not for this caller.
    known: HashMap<(ResourceType, String), Option<Arc<Document>>>,
    rows: usize,
    values: usize,
    errors: Vec<String>,
}

/// Errors told; more say nothing new.
const ERRORS_MAX: usize = 50;

impl<'q> Run<'q> {
    pub fn new(call: &'q Call, request: &'q Request, variables: Variables) -> Self {
        Self {
            call,
            request,
            variables,
            known: HashMap::new(),
            rows: GRAPHQL_ROWS_MAX,
            values: GRAPHQL_VALUES_MAX,
            errors: Vec::new(),
        }
    }

    /// Answers fields of the whole system.
    pub async fn system(&mut self, selections: &'q [Selection]) -> String {
        let mut out = Object::default();
        let done = self.roots(selections, &mut out).await;
        self.finish(done, &out)
    }

    /// Answers fields of one resource.
    pub async fn resource(&mut self, seen: &Seen, selections: &'q [Selection]) -> String {
        let mut out = Object::default();
        let done = match document(seen) {
            Some(document) => {
                let all = selections.iter().collect();
                let place = Place::of(&document);
                self.object(place, all, &mut out, Mode::default()).await
            }
            None => Err(Stop("a stored resource cannot be read".to_owned())),
        };
        self.finish(done, &out)
    }

    fn finish(&mut self, done: Done<()>, out: &Object) -> String {
        let mut text = String::from("{\"data\":");
        match &done {
            Ok(()) => out.write(&mut text),
            Err(Stop(why)) => {
                self.error(why.clone());
                text.push_str("null");
            }
        }
        if !self.errors.is_empty() {
            let errors: Vec<_> = self
                .errors
                .iter()
                .map(|m| json!({ "message": m }))
                .collect();
            text.push_str(",\"errors\":");
            text.push_str(&json!(errors).to_string());
        }
        text.push('}');
        text
    }

    pub fn error(&mut self, message: String) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(message);
        }
    }

    /// Counts a value. Errors: there are too many.
    pub fn count(&mut self) -> Done<()> {
        let left = self.values.checked_sub(1);
        self.values = left.ok_or_else(|| {
            Stop(format!(
                "the answer has more than {GRAPHQL_VALUES_MAX} values"
            ))
        })?;
        Ok(())
    }

    fn take_rows(&mut self, count: usize) -> Done<()> {
        let left = self.rows.checked_sub(count);
        self.rows = left.ok_or_else(|| {
            Stop(format!(
                "the query looks at more than {GRAPHQL_ROWS_MAX} resources"
            ))
        })?;
        Ok(())
    }

    /// The fields selected in an object of a type, each name of the answer once.
    pub fn collect(
        &mut self,
        selections: Vec<&'q Selection>,
        of: Option<&'static definitions::Type>,
    ) -> Done<Vec<Collected<'q>>> {
        let mut out: Vec<Collected<'q>> = Vec::new();
        let mut waiting = selections;
        waiting.reverse();
        while let Some(selection) = waiting.pop() {
            let (on, directives, inner) = match selection {
                Selection::Field(field) => {
                    if values::is_in(&field.directives, &self.variables) {
                        self.join(field, &mut out);
                    }
                    continue;
                }
                Selection::Inline(one) => (one.on.as_deref(), &one.directives, &one.selections),
                Selection::Spread(spread) => match self.request.fragments.get(&spread.name) {
                    Some(f) => (Some(f.on.as_str()), &spread.directives, &f.selections),
                    None => continue,
                },
            };
            self.count()?;
            let fits = match (of, on) {
                (Some(of), Some(on)) => narrowed(of, on),
                _ => true,
            };
            if fits && values::is_in(directives, &self.variables) {
                waiting.extend(inner.iter().rev());
            }
        }
        Ok(out)
    }

    fn join(&mut self, field: &'q Field, out: &mut Vec<Collected<'q>>) {
        let known = out.iter_mut().find(|one| one.field.key() == field.key());
        match known {
            None => out.push(Collected {
                field,
                selections: field.selections.iter().collect(),
            }),
            Some(one) => {
                let same = one.field.name == field.name && one.field.arguments == field.arguments;
                if same {
                    one.selections.extend(&field.selections);
                } else {
                    let key = field.key();
                    self.error(format!(
                        "two different fields would be called {key}; use aliases"
                    ));
                }
            }
        }
    }

    async fn roots(&mut self, selections: &'q [Selection], out: &mut Object) -> Done<()> {
        for one in self.collect(selections.iter().collect(), None)? {
            self.count()?;
            match root(&one.field.name) {
                Some(Root::Read(of)) => {
                    out.declare(one.field.key());
                    let id = values::argument(one.field, "id", &self.variables);
                    match self.fetch(of, id.as_deref().unwrap_or_default()).await? {
                        Some(document) => {
                            let place = Place::of(&document);
                            let mut inner = Object::default();
                            let mode = Mode::default();
                            self.object(place, one.selections, &mut inner, mode).await?;
                            self.put(out, one.field.key(), false, Out::Object(inner));
                        }
                        None => self.error(format!("there is no such {of}")),
                    }
                }
                Some(found) => self.find(found, one, None, out).await?,
                None => self.put(out, one.field.key(), false, Out::text("Query")),
            }
        }
        Ok(())
    }

    /// Adds a value, or tells why it cannot be there.
    pub fn put(&mut self, out: &mut Object, key: &str, list: bool, value: Out) {
        if let Err(why) = out.add(key, list, value) {
            self.error(why);
        }
    }

    /// Takes a resource that was read already as known.
    pub fn know(&mut self, seen: &Seen) {
        let key = (seen.resource_type(), seen.id().to_owned());
        self.known.insert(key, document(seen).map(Arc::new));
    }

    /// A resource as this caller sees it, read once.
    pub async fn fetch(&mut self, of: ResourceType, id: &str) -> Done<Option<Arc<Document>>> {
        let key = (of, id.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        self.take_rows(1)?;
        let found = match read::find(self.call, of, id).await {
            Ok(seen) => document(&seen).map(Arc::new),
            Err(error) => {
                refused(&error)?;
                None
            }
        };
        self.known.insert(key, found.clone());
        Ok(found)
    }

    /// Answers a search: of a list or a connection, of what refers to a resource if one is given.
    pub async fn find(
        &mut self,
        found: Root,
        one: Collected<'q>,
        referred: Option<String>,
        out: &mut Object,
    ) -> Done<()> {
        let (Root::List(of) | Root::Connection(of) | Root::Read(of)) = found;
        let key = one.field.key();
        out.declare(key);
        let page = match self.search(of, one.field, referred).await? {
            Ok(page) => page,
            Err(why) => {
                self.error(format!("{key}: {why}"));
                return Ok(());
            }
        };
        self.take_rows(page.matches.len())?;
        if matches!(found, Root::Connection(_)) {
            let connection = self.connection(&page, one.selections).await?;
            self.put(out, key, false, Out::Object(connection));
            return Ok(());
        }
        out.open(key);
        for seen in &page.matches {
            let inner = self.whole(seen, one.selections.clone()).await?;
            self.put(out, key, true, Out::Object(inner));
        }
        Ok(())
    }

    async fn whole(&mut self, seen: &Seen, selections: Vec<&'q Selection>) -> Done<Object> {
        self.count()?;
        let mut inner = Object::default();
        if let Some(document) = document(seen) {
            let place = Place::of(&document);
            self.object(place, selections, &mut inner, Mode::default())
                .await?;
        }
        Ok(inner)
    }

    async fn connection(
        &mut self,
        page: &SearchPage,
        selections: Vec<&'q Selection>,
    ) -> Done<Object> {
        let mut out = Object::default();
        for one in self.collect(selections, None)? {
            self.count()?;
            let key = one.field.key();
            let value = match one.field.name.as_str() {
                "edges" => {
                    out.open(key);
                    for (at, seen) in page.matches.iter().enumerate() {
                        let score = page.scores.get(at).copied();
                        let edge = self.edge(seen, score, one.selections.clone()).await?;
                        self.put(&mut out, key, true, Out::Object(edge));
                    }
                    continue;
                }
                "count" => page.total.map(|total| Out::Raw(total.to_string())),
                "pagesize" => Some(Out::Raw(page.matches.len().to_string())),
                "next" => page.next.as_deref().map(Out::text),
                "__typename" => Some(Out::text("Connection")),
                // Pages are by key: there is no way back, and no number of the first row.
                _ => None,
            };
            let value = value.unwrap_or_else(|| Out::Raw("null".to_owned()));
            self.put(&mut out, key, false, value);
        }
        Ok(out)
    }

    async fn edge(
        &mut self,
        seen: &Seen,
        score: Option<f64>,
        selections: Vec<&'q Selection>,
    ) -> Done<Object> {
        let mut out = Object::default();
        for one in self.collect(selections, None)? {
            let value = match one.field.name.as_str() {
                "resource" => Out::Object(self.whole(seen, one.selections).await?),
                "mode" => Out::text("match"),
                "score" => Out::Raw(score.map_or("null".to_owned(), |s| format!("{s:.6}"))),
                _ => Out::text("Edge"),
            };
            self.put(&mut out, one.field.key(), false, value);
        }
        Ok(out)
    }

    /// One page of a search by the arguments of a field; what is wrong with them inside.
    async fn search(
        &mut self,
        of: ResourceType,
        field: &Field,
        referred: Option<String>,
    ) -> Done<Result<SearchPage, String>> {
        let mut pairs = Vec::new();
        for (name, value) in &field.arguments {
            let name = match name.as_str() {
                "_reference" => continue,
                // Names hold no hyphens in GraphQL.
                name if search::param(of, name).is_none() && !name.starts_with('_') => {
                    name.replace('_', "-")
                }
                name => name.to_owned(),
            };
            let texts = values::texts(value, &self.variables);
            pairs.extend(texts.into_iter().map(|text| (name.clone(), text)));
        }
        if let Some(target) = referred {
            let by = values::argument(field, "_reference", &self.variables);
            let by = by.unwrap_or_default();
            let by = match search::param(of, &by) {
                Some(_) => by,
                None => by.replace('_', "-"),
            };
            pairs.push((by, target));
        }
        let found = async {
            self.call.may(Action::Search, of)?;
            self.call.may(Action::Read, of)?;
            let query = parse(self.call, of, &pairs).await?;
            Ok(self.call.records().search(&query).await?)
        };
        match found.await {
            Ok(page) => Ok(Ok(page)),
            Err(error) => Ok(Err(refused(&error)?)),
        }
    }
}

/// Why the caller gets nothing. Errors: what is wrong on our side.
fn refused(error: &Error) -> Done<String> {
    let issues = error.issues();
    let text: Vec<String> = issues.into_iter().map(|issue| issue.diagnostics).collect();
    match error.status().is_server_error() {
        true => Err(Stop(text.join("; "))),
        false => Ok(text.join("; ")),
    }
}

fn document(seen: &Seen) -> Option<Document> {
    Document::parse(std::str::from_utf8(seen.body()).ok()?).ok()
}
