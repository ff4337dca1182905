//! Bundles put together from stored bytes, never re-parsed.

use bytes::Bytes;
use fhir::{Document, Issue, Outcome, search::Summary};
use jiff::Timestamp;
use storage::Seen;

use crate::{
    reply::{Answer, member, shortened},
    urls,
};

const MATCH_GRADE: &str = "http://hl7.org/fhir/StructureDefinition/match-grade";

/// What a searchset Bundle is made of.
#[derive(Debug)]
pub struct Searchset<'a> {
    pub base: &'a str,
    pub now: Timestamp,
    pub matches: &'a [Seen],
    pub included: &'a [Seen],
    /// How well each match fits the words asked for, 0 to 1; may be empty.
    pub scores: &'a [f64],
    /// For each match what is shown of it: the resource itself, or what it contains under an id;
    /// empty: themselves.
    pub parts: &'a [Vec<Option<String>>],
    /// Matches that ship with the server, which hold nothing clinical: full address and JSON.
    pub shipped: &'a [(String, String)],
    pub total: Option<u64>,
    pub self_link: String,
    pub next_link: Option<String>,
    /// What lenient handling ignored.
    pub ignored: &'a [Issue],
    pub summary: Summary,
    pub elements: &'a [String],
}

/// A searchset Bundle, its resources being the stored bytes.
pub fn searchset(set: &Searchset<'_>) -> Bytes {
    let mut out = open_bundle("searchset", set.now, room(set.matches) + room(set.included));
    write_total(&mut out, set.total);
    write_links(&mut out, &set.self_link, set.next_link.as_deref());
    let mut entries = Entries::new(&mut out);
    if set.summary != Summary::Count {
        let modes = [
            ("match", set.matches, set.scores),
            ("include", set.included, &[][..]),
        ];
        for (mode, resources, scores) in modes {
            for (at, seen) in resources.iter().enumerate() {
                if let Some(parts) = set.parts.get(at).filter(|_| mode == "match")
                    && !matches!(parts.as_slice(), [None])
                {
                    write_parts(&mut entries, set, seen, parts);
                    continue;
                }
                let out = entries.next();
                out.push(b'{');
                write_resource(out, set.base, seen, set.summary, set.elements);
                out.extend_from_slice(b",\"search\":{\"mode\":\"");
                out.extend_from_slice(mode.as_bytes());
                out.push(b'"');
                if let Some(score) = scores.get(at) {
                    out.extend_from_slice(format!(",\"score\":{score:.6}").as_bytes());
                }
                out.extend_from_slice(b"}}");
            }
        }
    }
    if set.summary != Summary::Count {
        for (url, text) in set.shipped {
            let entry = format!(
                "{{\"fullUrl\":{},\"resource\":{text},\"search\":{{\"mode\":\"match\"}}}}",
                fhir::json::quote(url)
            );
            entries.next().extend_from_slice(entry.as_bytes());
        }
    }
    if !set.ignored.is_empty() {
        let outcome = Outcome {
            issues: set.ignored.to_vec(),
        };
        let out = entries.next();
        out.extend_from_slice(b"{\"resource\":");
        out.extend_from_slice(outcome.to_json().as_bytes());
        out.extend_from_slice(b",\"search\":{\"mode\":\"outcome\"}}");
    }
    entries.close();
    out.push(b'}');
    out.into()
}

/// An entry for each part of a match: what it contains under an id, as far as that is shown, or
/// itself.
fn write_parts(
    entries: &mut Entries<'_>,
    set: &Searchset<'_>,
    seen: &Seen,
    parts: &[Option<String>],
) {
    let text = std::str::from_utf8(seen.body()).unwrap_or_default();
    let document = Document::parse(text).ok();
    let inside = document
        .as_ref()
        .and_then(|all| all.root().get("contained"));
    for part in parts {
        let Some(id) = part else {
            let out = entries.next();
            out.push(b'{');
            write_resource(out, set.base, seen, set.summary, set.elements);
            out.extend_from_slice(b",\"search\":{\"mode\":\"match\"}}");
            continue;
        };
        let mut all = inside.iter().flat_map(|inside| inside.items());
        let Some(found) = all.find(|one| one.text_at("id").as_deref() == Some(id)) else {
            continue;
        };
        let url = urls::instance(set.base, seen.resource_type(), seen.id());
        let url = fhir::json::quote(&format!("{url}#{id}"));
        let entry = format!(
            "{{\"fullUrl\":{url},\"resource\":{},\"search\":{{\"mode\":\"match\"}}}}",
            found.raw()
        );
        entries.next().extend_from_slice(entry.as_bytes());
    }
}

/// What a history Bundle is made of.
#[derive(Debug)]
pub struct History<'a> {
    pub base: &'a str,
    pub now: Timestamp,
    pub versions: &'a [storage::records::Version],
    pub total: Option<u64>,
    pub self_link: String,
    pub next_link: Option<String>,
}

/// A history Bundle, newest version first.
pub fn history(set: &History<'_>) -> Bytes {
    use storage::records::Method;
    let bodies = set.versions.iter().filter_map(|v| v.seen.as_ref());
    let size = bodies.map(|seen| seen.body().len() + 400).sum();
    let mut out = open_bundle("history", set.now, size);
    write_total(&mut out, set.total);
    write_links(&mut out, &set.self_link, set.next_link.as_deref());
    let mut entries = Entries::new(&mut out);
    for version in set.versions {
        let name = version.resource_type.name();
        let out = entries.next();
        out.push(b'{');
        match &version.seen {
            Some(seen) => write_resource(out, set.base, seen, Summary::False, &[]),
            None => {
                out.extend_from_slice(b"\"fullUrl\":");
                let url = urls::instance(set.base, version.resource_type, &version.id);
                out.extend_from_slice(fhir::json::quote(&url).as_bytes());
            }
        }
        let (method, status) = match version.method {
            Method::Post => ("POST", "201 Created"),
            Method::Put if version.version == 1 => ("PUT", "201 Created"),
            Method::Put => ("PUT", "200 OK"),
            Method::Delete => ("DELETE", "204 No Content"),
        };
        let url = match version.method {
            Method::Post => name.to_owned(),
            Method::Put | Method::Delete => format!("{name}/{}", version.id),
        };
        let number = version.version;
        let at = fhir::datetime::instant(version.updated);
        out.extend_from_slice(
            format!(
                ",\"request\":{{\"method\":\"{method}\",\"url\":\"{url}\"}},\
                 \"response\":{{\"status\":\"{status}\",\"etag\":\"W/\\\"{number}\\\"\",\
                 \"lastModified\":\"{at}\"}}}}"
            )
            .as_bytes(),
        );
    }
    entries.close();
    out.push(b'}');
    out.into()
}

/// A document Bundle (R4 3.3.1): the composition first, as the caller sees each resource.
pub fn document(base: &str, now: Timestamp, resources: &[Seen]) -> Bytes {
    let mut out = Vec::with_capacity(room(resources) + 600);
    let number = uuid::Uuid::new_v4();
    let at = fhir::datetime::instant(now);
    out.extend_from_slice(
        format!(
            "{{\"resourceType\":\"Bundle\",\"meta\":{{\"lastUpdated\":\"{at}\"}},\
             \"identifier\":{{\"system\":\"urn:ietf:rfc:3986\",\"value\":\"urn:uuid:{number}\"}},\
             \"type\":\"document\",\"timestamp\":\"{at}\""
        )
        .as_bytes(),
    );
    let mut entries = Entries::new(&mut out);
    for seen in resources {
        let out = entries.next();
        out.push(b'{');
        write_resource(out, base, seen, Summary::False, &[]);
        out.push(b'}');
    }
    entries.close();
    out.push(b'}');
    out.into()
}

/// How sure it is that a patient is the one asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grade {
    /// From 0 to 1.
    pub score: f64,
    /// A code of `http://terminology.hl7.org/CodeSystem/match-grade`.
    pub code: &'static str,
}

/// A searchset of patients with how well each matches, best first.
pub fn matched(base: &str, now: Timestamp, link: &str, found: &[(Seen, Grade)]) -> Bytes {
    let size = found.iter().map(|(seen, _)| seen.body().len() + 400).sum();
    let mut out = open_bundle("searchset", now, size);
    write_total(&mut out, Some(found.len() as u64));
    write_links(&mut out, link, None);
    let mut entries = Entries::new(&mut out);
    for (seen, grade) in found {
        let out = entries.next();
        out.push(b'{');
        write_resource(out, base, seen, Summary::False, &[]);
        let (score, code) = (grade.score, grade.code);
        out.extend_from_slice(
            format!(
                ",\"search\":{{\"extension\":[{{\"url\":\"{MATCH_GRADE}\",\"valueCode\":\"{code}\"}}],\
                 \"mode\":\"match\",\"score\":{score:.3}}}}}"
            )
            .as_bytes(),
        );
    }
    entries.close();
    out.push(b'}');
    out.into()
}

/// A batch-response or transaction-response Bundle.
pub fn response_bundle(kind: &str, now: Timestamp, answers: &[Answer]) -> Bytes {
    let bodies = answers.iter().filter_map(Answer::body);
    let size = bodies.map(Bytes::len).sum::<usize>() + answers.len() * 300;
    let mut out = open_bundle(kind, now, size);
    let mut entries = Entries::new(&mut out);
    for answer in answers {
        answer.write_entry(entries.next());
    }
    entries.close();
    out.push(b'}');
    out.into()
}

fn room(resources: &[Seen]) -> usize {
    resources.iter().map(|seen| seen.body().len() + 200).sum()
}

fn open_bundle(kind: &str, now: Timestamp, size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(size + 600);
    let id = uuid::Uuid::new_v4();
    let at = fhir::datetime::instant(now);
    out.extend_from_slice(
        format!(
            "{{\"resourceType\":\"Bundle\",\"id\":\"{id}\",\
             \"meta\":{{\"lastUpdated\":\"{at}\"}},\"type\":\"{kind}\""
        )
        .as_bytes(),
    );
    out
}

fn write_total(out: &mut Vec<u8>, total: Option<u64>) {
    if let Some(total) = total {
        out.extend_from_slice(format!(",\"total\":{total}").as_bytes());
    }
}

fn write_links(out: &mut Vec<u8>, self_link: &str, next: Option<&str>) {
    out.extend_from_slice(b",\"link\":[{\"relation\":\"self\"");
    member(out, "url", self_link);
    if let Some(next) = next {
        out.extend_from_slice(b"},{\"relation\":\"next\"");
        member(out, "url", next);
    }
    out.extend_from_slice(b"}]");
}

/// `"fullUrl":…,"resource":…`
fn write_resource(
    out: &mut Vec<u8>,
    base: &str,
    seen: &Seen,
    summary: Summary,
    elements: &[String],
) {
    out.extend_from_slice(b"\"fullUrl\":\"");
    // Neither our base, nor a type's name, nor an id can hold a character JSON escapes.
    for part in [base, "/", seen.resource_type().name(), "/", seen.id()] {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(b"\",\"resource\":");
    out.extend_from_slice(&shortened(seen, summary, elements));
}

/// The `entry` member of a Bundle; an empty one is left out, as FHIR wants no empty arrays.
struct Entries<'a> {
    out: &'a mut Vec<u8>,
    any: bool,
}

impl<'a> Entries<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, any: false }
    }
    fn next(&mut self) -> &mut Vec<u8> {
        self.out.extend_from_slice(if self.any {
            b"," as &[u8]
        } else {
            b",\"entry\":["
        });
        self.any = true;
        self.out
    }
    fn close(self) {
        if self.any {
            self.out.push(b']');
        }
    }
}
