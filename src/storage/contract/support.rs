//! Fresh databases of each kind, and people who ask.

use std::sync::Arc;

use access::{
    Access, Actor, Client, Pack, PatientFacts, Standing, Task,
    actor::{Account, Staff},
    standing::Agent,
};
use fhir::{Document, ResourceType, Valid};
use jiff::Timestamp;

use crate::{Change, Error, Found, Settings, Storage, WriteFaultKind, Written};

/// A fresh database, with what must be kept for its life.
pub(super) struct House {
    pub(super) storage: Storage,
    pub(super) url: String,
    _folder: Option<tempfile::TempDir>,
}

/// The address of a fresh database of each kind there is.
pub(super) async fn databases() -> Vec<(String, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("t.db").display());
    let mut urls = vec![(file, Some(folder))];
    if let Ok(server) = std::env::var("TEST_DATABASE_URL") {
        urls.push((fresh_postgres(&server).await, None));
    }
    urls
}

async fn fresh_postgres(server: &str) -> String {
    use sqlx::Connection as _;
    let name = format!("kinchart_{}", uuid::Uuid::new_v4().simple());
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let (start, _) = server.rsplit_once('/').unwrap();
    format!("{start}/{name}")
}

pub(super) async fn houses() -> Vec<House> {
    let mut houses = Vec::new();
    for (url, folder) in databases().await {
        houses.push(House {
            storage: open(&url).await,
            url,
            _folder: folder,
        });
    }
    houses
}

pub(super) async fn open(url: &str) -> Storage {
    sealed(url, crate::Sealing::default()).await
}

/// A database whose secrets are sealed so.
pub(super) async fn sealed(url: &str, sealing: crate::Sealing) -> Storage {
    let settings = Settings {
        url: url.to_owned(),
        base: "http://localhost/fhir".to_owned(),
        pack: pack(),
        read_connections: 2,
        check_references: true,
        validation: crate::Validation::default(),
        sealing,
    };
    Storage::open(settings).await.unwrap()
}

pub(super) fn pack() -> Arc<Pack> {
    Arc::new(Pack::shipped("middlesex").unwrap())
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn noon() -> Timestamp {
    at("2026-06-15T16:00:00Z")
}

/// The house itself.
pub(super) fn chore() -> Access {
    Access::for_task(Task::Seed, pack(), noon())
}

/// A backend that may do everything.
pub(super) fn system() -> Access {
    let client = Client {
        id: "backend".to_owned(),
        scopes: smart::scope::Scopes::parse("system/*.cruds"),
        patient: None,
        expires: None,
        revoked: false,
        active: true,
        bound_to: None,
        third_party: false,
    };
    let standing = Standing {
        actor: Actor::Backend,
        client: Some(client),
        patient: None,
        relationship: None,
        consents: Vec::new(),
        others: Default::default(),
        charts: Vec::new(),
        agent: Agent {
            who: "Device/backend".to_owned(),
            display: "A backend".to_owned(),
            client_id: Some("backend".to_owned()),
            ..Agent::default()
        },
    };
    Access::open(Arc::new(standing), pack(), noon()).unwrap()
}

/// An adult patient looking at their own chart.
pub(super) fn patient(id: &str) -> Access {
    let standing = Standing {
        actor: Actor::SelfPatient {
            account: Account::Active,
            terms_accepted: true,
        },
        client: None,
        patient: Some(PatientFacts {
            id: id.to_owned(),
            birth_date: Some("1980-01-01".to_owned()),
            ..PatientFacts::default()
        }),
        relationship: None,
        consents: Vec::new(),
        others: Default::default(),
        charts: Vec::new(),
        agent: Agent {
            who: format!("Patient/{id}"),
            display: "Ana".to_owned(),
            ..Agent::default()
        },
    };
    Access::open(Arc::new(standing), pack(), noon()).unwrap()
}

/// A clinician on the care teams of some patients.
pub(super) fn clinician(care_team_of: &[&str]) -> Access {
    let staff = Staff {
        account: Account::Active,
        role: "clinician".to_owned(),
        practitioner: "doc".to_owned(),
        care_team_of: care_team_of.iter().map(|id| (*id).to_owned()).collect(),
        pools: Vec::new(),
        tickets: Vec::new(),
        break_glass: Vec::new(),
    };
    let standing = Standing {
        actor: Actor::Staff(staff),
        client: None,
        patient: None,
        relationship: None,
        consents: Vec::new(),
        others: Default::default(),
        charts: Vec::new(),
        agent: Agent {
            who: "Practitioner/doc".to_owned(),
            display: "Dr. Doc".to_owned(),
            ..Agent::default()
        },
    };
    Access::open(Arc::new(standing), pack(), noon()).unwrap()
}

pub(super) fn kind(name: &str) -> ResourceType {
    ResourceType::from_name(name).unwrap()
}

pub(super) fn valid(json: &str) -> Valid {
    fhir::validate::validate(Document::parse(json).unwrap()).unwrap()
}

pub(super) fn person(family: &str) -> Valid {
    valid(&format!(
        r#"{{"resourceType":"Patient","name":[{{"family":"{family}"}}],"birthDate":"1980-01-01"}}"#
    ))
}

/// A glucose of `value` (as written) of a patient.
pub(super) fn glucose(patient: &str, value: &str) -> Valid {
    valid(&format!(
        r#"{{"resourceType":"Observation","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"2345-7"}}]}},"subject":{{"reference":"Patient/{patient}"}},"effectiveDateTime":"2026-05-01","valueQuantity":{{"value":{value},"unit":"mg/dL"}}}}"#
    ))
}

pub(super) fn create(valid: Valid) -> Change {
    Change::Create { valid, id: None }
}

pub(super) fn put(id: &str, valid: Valid) -> Change {
    Change::Update {
        valid,
        id: id.to_owned(),
        if_match: None,
    }
}

pub(super) fn delete(name: &str, id: &str) -> Change {
    Change::Delete {
        resource_type: kind(name),
        id: id.to_owned(),
        if_match: None,
    }
}

impl House {
    /// Writes as `access`; what was written.
    pub(super) async fn write(&self, access: &Access, changes: Vec<Change>) -> Vec<Written> {
        self.storage.records(access).write(changes).await.unwrap()
    }
    /// Writes as `access`; why not.
    pub(super) async fn refused(&self, access: &Access, changes: Vec<Change>) -> WriteFaultKind {
        match self.storage.records(access).write(changes).await {
            Err(Error::Write(fault)) => fault.kind,
            other => panic!("{other:?}"),
        }
    }
    pub(super) async fn read(&self, access: &Access, name: &str, id: &str) -> Found {
        let records = self.storage.records(access);
        records.read(kind(name), id).await.unwrap()
    }
    pub(super) async fn body(&self, access: &Access, name: &str, id: &str) -> String {
        match self.read(access, name, id).await {
            Found::Seen(seen) => String::from_utf8(seen.body().to_vec()).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}
