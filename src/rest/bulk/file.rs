//! A file of an export, read from the record while it is fetched.

use access::{Access, Denial, Reason};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use fhir::{Outcome, json::quote};
use futures_util::stream;
use http::{HeaderMap, header};
use storage::{
    Delivered, Exported,
    exports::{Export, File, FileKind},
};
use web::{Caller, House, caller::Warrant, reply};

use super::{
    asked::{Asked, passed_over},
    own,
    work::NO_LEAVE,
};
use crate::{call::At, error::Error};

const NDJSON: &str = "application/fhir+ndjson";
/// The file of what was passed over.
pub(super) const OUTCOMES: &str = "0.OperationOutcome.ndjson";

/// What a file is called in its address.
pub(super) fn name(file: &File) -> String {
    let held = match file.kind {
        FileKind::Deleted => "Bundle",
        _ => file.resource_type.name(),
    };
    format!("{}.{held}.ndjson", file.number)
}

/// `GET /bulk/{export}/{file}`: what this caller may see of it now. Errors: 404 for a file that is not
/// there or not this caller's, 403 where the token does not cover its type.
pub async fn fetch(
    State(house): State<House>,
    Caller(access): Caller,
    At((id, name)): At<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let export = own(&house, &access, &id).await?;
    if export.finished.is_none() || export.fault.is_some() {
        return Err(Error::Absent);
    }
    let asked = Asked::read(&export.asked)?;
    let query = format!("$export file {name}");
    if name == OUTCOMES && !asked.ignored.is_empty() {
        let lines = asked.ignored.iter().map(|text| {
            let outcome = Outcome::one(passed_over(text));
            format!("{}\n", outcome.to_json())
        });
        return Ok(answer(Body::from(lines.collect::<String>())));
    }
    let files = house.storage.exports().files(&export.id).await?;
    let file = files.into_iter().find(|file| self::name(file) == name);
    let file = file.ok_or(Error::Absent)?;
    for action in [access::Action::Read, access::Action::Search] {
        access.may(action, file.resource_type)?;
    }
    let warrant = Warrant::of(&headers, &access);
    let warrant = warrant.ok_or(Error::House("a file is fetched without a token"))?;
    let entity = Some(file.resource_type.name().to_owned());
    let records = house.storage.records(&access);
    records.audit_export(entity, query).await;
    let asked_with = Warrant {
        token: export.token.clone(),
        at: export.as_of,
    };
    let delivery = Delivery {
        exported: asked.exported(&house).await?,
        asked_with,
        elements: asked.elements_of(file.resource_type),
        house,
        export,
        file,
        warrant,
        from: None,
    };
    // The first piece is read before anything is sent, so that its faults are answers.
    let first = delivery.piece(Some(access)).await?.ok_or_else(ended)?;
    let pieces = stream::try_unfold((Some(delivery), Some(first)), next);
    Ok(answer(Body::from_stream(pieces)))
}

fn ended() -> Error {
    Error::Denied(Denial {
        http: 403,
        reason: Reason("DENY_TOKEN_REVOKED"),
        message: NO_LEAVE.to_owned(),
    })
}

fn answer(body: Body) -> Response {
    let response = ([(header::CONTENT_TYPE, NDJSON)], body).into_response();
    reply::with_header(response, header::CONTENT_DISPOSITION, "attachment")
}

/// A file under way to its client.
struct Delivery {
    house: House,
    export: Export,
    exported: Exported,
    elements: Vec<String>,
    file: File,
    /// Of whoever fetches it, and of whoever asked for the export.
    warrant: Warrant,
    asked_with: Warrant,
    from: Option<(i64, i64)>,
}

/// A piece as it is sent, and the delivery if there is more.
type Sending = (Option<Delivery>, Option<Delivered>);

async fn next((delivery, ready): Sending) -> Result<Option<(Bytes, Sending)>, storage::Error> {
    let Some(mut delivery) = delivery else {
        return Ok(None);
    };
    let piece = match ready {
        Some(piece) => piece,
        // Breaks off: the client must not take what it has for the whole.
        None => delivery
            .piece(None)
            .await?
            .ok_or_else(|| storage::Error::Other("the access of an export has ended".to_owned()))?,
    };
    let lines = delivery.lines(&piece);
    let delivery = match piece.next {
        Some(next) => {
            delivery.from = Some(next);
            Some(delivery)
        }
        None => None,
    };
    Ok(Some((lines, (delivery, None))))
}

impl Delivery {
    /// The next piece, with the caller's access as it is now and as far as the one it was asked with
    /// goes; `None` when either has ended.
    async fn piece(&self, access: Option<Access>) -> storage::Result<Option<Delivered>> {
        let access = match access {
            Some(access) => Some(access),
            None => self.warrant.access(&self.house).await?,
        };
        let asked_with = self.asked_with.access(&self.house).await?;
        let (Some(access), Some(_)) = (access, &asked_with) else {
            return Ok(None);
        };
        let exported = Exported {
            asked_with,
            ..self.exported.clone()
        };
        let records = self.house.storage.records(&access);
        let piece = records.export_file(&self.export, &exported, &self.file, self.from);
        Ok(Some(piece.await?))
    }

    fn lines(&self, piece: &Delivered) -> Bytes {
        match self.file.kind {
            FileKind::Deleted => deletions(&piece.deleted).into(),
            _ => reply::lines(&piece.seen, &self.elements),
        }
    }
}

/// Transaction Bundles that would delete what was deleted, a line each.
fn deletions(names: &[String]) -> String {
    /// Entries of a Bundle.
    const ENTRIES: usize = 100;
    let mut out = String::new();
    for some in names.chunks(ENTRIES) {
        let entries = some.iter().map(|name| {
            let url = quote(name);
            format!("{{\"request\":{{\"method\":\"DELETE\",\"url\":{url}}}}}")
        });
        let entries: Vec<String> = entries.collect();
        out.push_str("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[");
        out.push_str(&entries.join(","));
        out.push_str("]}\n");
    }
    out
}
