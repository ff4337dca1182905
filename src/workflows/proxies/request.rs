//! Somebody asks to act for a patient. What they learn is the same whether the patient was found or not.

use access::actor::RelationshipKind;
use base64::{Engine, engine::general_purpose::STANDARD};
use fhir::ResourceType;
use fhir::datetime::instant;
use serde_json::{Value, json};
use storage::Change;

use super::book::{Kept, create, text};
use super::invite::{NAME_MAX, attested, check_attested, clean};
use super::{Desk, Error, Extent, accounts, build, letters};
use access::vocabulary::FLAG;

/// Requests of one account in a day.
const REQUESTS_MAX: i64 = 5;
const DAY_SECONDS: i64 = 86_400;
/// Papers that come with a request, and their size in bytes.
const PAPERS_MAX: usize = 5;
pub const PAPER_BYTES_MAX: usize = 5 * 1024 * 1024;
/// A remark's length in characters.
const REMARK_MAX: usize = 1_000;
/// What a paper is told by: media type and first bytes.
const PAPERS: &[(&str, &[u8])] = &[
    ("application/pdf", b"%PDF-"),
    ("image/jpeg", &[0xff, 0xd8, 0xff]),
    ("image/png", &[0x89, b'P', b'N', b'G']),
];

/// A power of attorney, a court order, a birth certificate.
#[derive(Debug, Clone)]
pub struct Paper {
    pub title: String,
    pub bytes: Vec<u8>,
}

impl Paper {
    /// The media type its first bytes tell, whatever it is called.
    fn kind(&self) -> Option<&'static str> {
        let is = |(_, first): &&(&str, &[u8])| self.bytes.starts_with(first);
        PAPERS.iter().find(is).map(|(kind, _)| *kind)
    }
}

/// For whom somebody asks to act, as what, and how much.
#[derive(Debug, Clone, Default)]
pub struct Petition {
    pub given: String,
    pub family: String,
    pub birth_date: String,
    pub postal_code: String,
    /// Code of the kind of relationship, and v3-RoleCode.
    pub kind: String,
    pub role: String,
    pub extent: Extent,
    pub remark: String,
    pub attests: bool,
    /// The one asking's own, where none is on record.
    pub own_birth_date: String,
    pub papers: Vec<Paper>,
}

/// Asks to act for somebody. Gives the Task's id, whether or not the patient was found.
///
/// # Errors
/// `Refused` and `Rule`, none of which tells whether there is such a patient.
pub async fn ask(desk: &Desk<'_>, petition: &Petition) -> Result<String, Error> {
    let account = accounts::at_desk(desk).await?;
    let (kind, role) = check(desk, petition)?;
    accounts::check_adult(desk, &account, &petition.own_birth_date).await?;
    let throttle = desk.storage.throttle();
    let key = format!("proxy-request:{}", account.id);
    if !throttle
        .allow(&key, REQUESTS_MAX, DAY_SECONDS, desk.now)
        .await?
    {
        return Err(Error::Refused(
            "Those were many requests for one day. Try again tomorrow.",
        ));
    }
    let person = accounts::person_of(desk, &account).await?;
    let patient = patient_meant(desk, petition, account.patient.as_deref()).await?;
    let asking = Asking {
        petition,
        kind,
        role,
        person: &person,
        account: &account,
    };
    let (task, changes) = asking.resources(desk, patient.as_ref())?;
    let book = desk.book();
    if book.write(changes).await?.is_none() {
        return Err(Error::Overtaken);
    }
    let id = text(&task, "/id").to_owned();
    desk.storage
        .proxies()
        .asked(&id, &account.id, desk.now)
        .await?;
    let of = patient.as_ref().map_or("", |it| it.id());
    super::end::step(desk, of, ("Task", &id), "asked");
    if let Some(patient) = patient.filter(|_| kind == RelationshipKind::Adult) {
        letters::asked(desk, patient.id()).await?;
    }
    Ok(id)
}

fn check(desk: &Desk<'_>, petition: &Petition) -> Result<(RelationshipKind, build::Role), Error> {
    let named = |text: &str| !clean(text, NAME_MAX).is_empty();
    if !named(&petition.given) || !named(&petition.family) {
        return Err(Error::rule(
            "family",
            "the first and the last name of the patient",
        ));
    }
    let whole = access::time::BirthDate::parse(&petition.birth_date);
    if whole.is_none_or(|birth| birth.earliest != birth.latest) {
        return Err(Error::rule(
            "birth_date",
            "the patient's date of birth, such as 2014-05-17",
        ));
    }
    let kind = RelationshipKind::from_code(&petition.kind);
    let role = build::role(&petition.kind, &petition.role);
    let (Some(kind), Some(role)) = (kind, role) else {
        return Err(Error::rule("relationship", "one of those offered"));
    };
    check_attested(petition.attests)?;
    let mut extent = petition.extent.clone();
    if kind == RelationshipKind::DiminishedCapacity && extent.end.is_empty() {
        // Staff settle the end with the clinician who attests it.
        extent.end = later_this_year(desk);
    }
    extent.check(&desk.pack, kind, desk.now)?;
    if petition.papers.len() > PAPERS_MAX {
        return Err(Error::rule(
            "document",
            format!("{PAPERS_MAX} papers at most"),
        ));
    }
    for paper in &petition.papers {
        check_paper(paper)?;
    }
    Ok((kind, role))
}

/// Whether a paper is of a size and kind that is taken.
pub(crate) fn check_paper(paper: &Paper) -> Result<(), Error> {
    if paper.bytes.len() > PAPER_BYTES_MAX {
        return Err(Error::rule("document", "a paper of 5 MB at most"));
    }
    match paper.kind() {
        Some(_) => Ok(()),
        None => Err(Error::rule(
            "document",
            "a PDF, or a picture in JPEG or PNG",
        )),
    }
}

pub(super) fn later_this_year(desk: &Desk<'_>) -> String {
    use jiff::ToSpan;
    let today = desk.pack.zone().to_datetime(desk.now).date();
    today.saturating_add(1.month()).to_string()
}

/// The one patient that all that was said fits, if there is just one.
async fn patient_meant(
    desk: &Desk<'_>,
    petition: &Petition,
    own: Option<&str>,
) -> Result<Option<Kept>, Error> {
    let pairs = [
        ("birthdate", petition.birth_date.as_str()),
        ("family", &petition.family),
    ];
    let found = desk.book().search(ResourceType::PATIENT, &pairs).await?;
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    let mut fits = found.into_iter().filter(|one| {
        let names = one.json.get("name").and_then(Value::as_array);
        let named = names.into_iter().flatten().any(|name| {
            let first = name
                .pointer("/given/0")
                .and_then(Value::as_str)
                .unwrap_or("");
            same(text(name, "/family"), &petition.family) && same(first, &petition.given)
        });
        let places = one.json.get("address").and_then(Value::as_array);
        let lives = places.into_iter().flatten().any(|place| {
            let code = text(place, "/postalCode");
            !code.is_empty() && same(code, &petition.postal_code)
        });
        named && lives && text(&one.json, "/birthDate") == petition.birth_date
    });
    match (fits.next(), fits.next()) {
        (Some(one), None) if Some(one.id()) != own => Ok(Some(one)),
        _ => Ok(None),
    }
}

struct Asking<'a> {
    petition: &'a Petition,
    kind: RelationshipKind,
    role: build::Role,
    person: &'a Kept,
    account: &'a storage::accounts::Account,
}

impl Asking<'_> {
    /// How far it is: an adult decides for themself, papers are read, and without either staff look.
    fn waiting(&self, found: bool) -> (&'static str, &'static str) {
        match (self.kind, found) {
            (RelationshipKind::Adult, true) => (
                "awaiting-patient-consent",
                "Waiting for the patient's consent",
            ),
            (RelationshipKind::Adult, false) => ("awaiting-him-review", "Waiting for review"),
            _ if self.petition.papers.is_empty() => ("awaiting-evidence", "Waiting for evidence"),
            _ => ("awaiting-him-review", "Waiting for review"),
        }
    }
    fn resources(
        &self,
        desk: &Desk<'_>,
        patient: Option<&Kept>,
    ) -> Result<(Value, Vec<Change>), Error> {
        let petition = self.petition;
        let patient_id = patient.map(Kept::id);
        let waiting = self.waiting(patient.is_some());
        let mut task = build::task(
            desk,
            ("proxy-request", "Proxy request"),
            waiting,
            patient_id,
        );
        let mut changes = Vec::new();
        match patient_id {
            Some(patient) => {
                let id = build::new_id();
                let related = self.related(&id, patient);
                changes.push(create(&related)?);
                task["focus"] = build::reference("RelatedPerson", &id);
                task["requester"] = build::reference("RelatedPerson", &id);
            }
            None => task["requester"] = json!({"display": self.account.display}),
        }
        self.describe(&mut task, desk);
        for paper in &petition.papers {
            let (document, made) = paper_resources(desk, paper, patient_id)?;
            build::input(
                &mut task,
                "evidence",
                "Evidence",
                (
                    "valueReference",
                    build::reference("DocumentReference", &document),
                ),
            );
            changes.extend(made);
        }
        changes.push(create(&task)?);
        Ok((task, changes))
    }
    pub(super) fn related(&self, id: &str, patient: &str) -> Value {
        let name = self.person.json.pointer("/name/0").cloned();
        let name = name.unwrap_or_else(|| json!({"text": self.account.display}));
        let email = self.account.email.as_deref().unwrap_or_default();
        build::related_person(id, patient, self.role, &name, email)
    }
    /// What was asked for, in the Task's inputs: staff may have to find the patient by it.
    fn describe(&self, task: &mut Value, desk: &Desk<'_>) {
        let petition = self.petition;
        let name = format!(
            "{} {}",
            clean(&petition.given, NAME_MAX),
            clean(&petition.family, NAME_MAX)
        );
        build::input(
            task,
            "patient-name",
            "Patient's name",
            ("valueString", json!(name)),
        );
        let born = json!(petition.birth_date);
        build::input(
            task,
            "patient-birth-date",
            "Patient's birth date",
            ("valueDate", born),
        );
        let code = clean(&petition.postal_code, 20);
        if !code.is_empty() {
            build::input(
                task,
                "postal-code",
                "Postal code",
                ("valueString", json!(code)),
            );
        }
        build::input(
            task,
            "proxy-relationship",
            "Relationship",
            ("valueCode", json!(self.role.0)),
        );
        build::input(
            task,
            "proxy-role",
            "Role",
            ("valueCode", json!(self.role.1)),
        );
        build::extent_asked(task, &petition.extent, false);
        let remark = clean(&petition.remark, REMARK_MAX);
        if !remark.is_empty() {
            build::input(task, "remark", "Remark", ("valueString", json!(remark)));
        }
        attested(task, desk);
    }
}

/// A paper as DocumentReference and Binary, for staff's eyes.
pub(crate) fn paper_resources(
    desk: &Desk<'_>,
    paper: &Paper,
    patient: Option<&str>,
) -> Result<(String, Vec<Change>), Error> {
    let (document, binary) = (build::new_id(), build::new_id());
    let kind = paper.kind().unwrap_or("application/octet-stream");
    let title = match clean(&paper.title, 200) {
        title if title.is_empty() => "Evidence".to_owned(),
        title => title,
    };
    let mut made = json!({
        "resourceType": "DocumentReference", "id": document, "status": "current",
        "category": [super::book::coded(FLAG, "proxy-evidence", "Evidence for proxy access")],
        "date": instant(desk.now), "description": title,
        "content": [{"attachment": {"contentType": kind, "title": title,
            "url": format!("Binary/{binary}"), "size": paper.bytes.len()}}]
    });
    if let Some(patient) = patient {
        made["subject"] = build::reference("Patient", patient);
    }
    let bytes = json!({
        "resourceType": "Binary", "id": binary, "contentType": kind,
        "securityContext": build::reference("DocumentReference", &document),
        "data": STANDARD.encode(&paper.bytes)
    });
    Ok((document, vec![create(&made)?, create(&bytes)?]))
}
