//! What the caller may see of a patient: given along as prefetch, else looked for. What is given along stands in for a
//! search the caller could make, never for one it could not.

use std::collections::BTreeMap;

use access::{Access, Action, Facet, ResourceFacts};
use advice::{
    Record, Request, Service, Setting, booking,
    service::{PATIENT_KEY, Wish},
};
use config::limits;
use fhir::{
    Document, ResourceType,
    search::{self, Handling, Settings},
};
use jiff::ToSpan;
use storage::{Found, Seen};
use web::{House, urls};

use crate::error::Error;

/// Everything found, parsed.
pub(crate) struct Known {
    patient: Document,
    lists: BTreeMap<&'static str, Vec<Document>>,
    /// Keys the client's own resources stand for.
    given: Vec<&'static str>,
}

/// Reads the patient and whatever the service wishes to know and the client did not bring.
pub(crate) async fn gather(
    house: &House,
    access: &Access,
    service: &Service,
    request: &Request<'_>,
    setting: &Setting,
) -> Result<Known, Error> {
    // Whoever cannot see the patient learns nothing, whatever was given along.
    let patient = read(house, access, ResourceType::PATIENT, &request.patient)
        .await?
        .ok_or(Error::NoPatient)?;
    let (mut lists, mut given) = (BTreeMap::new(), Vec::new());
    for wish in service.wishes {
        if wish.key == PATIENT_KEY || !sees(access, wish, &request.patient) {
            continue;
        }
        if request.prefetch.contains_key(wish.key) {
            given.push(wish.key);
            continue;
        }
        let template = wish.for_patient(&request.patient);
        let query = template.split_once('?').map_or("", |(_, query)| query);
        lists.insert(
            wish.key,
            find(house, access, wish.resource_type, query).await?,
        );
    }
    if !request.appointments.is_empty() {
        around(house, access, request, setting, &mut lists).await?;
    }
    Ok(Known {
        patient,
        lists,
        given,
    })
}

/// Whether ordinary resources of that kind, of this patient, are for the caller's eyes. Where they are not (no
/// scope, no such role, not on the care team) a search would find nothing, which is not the same as that there
/// is nothing.
fn sees(access: &Access, wish: &Wish, patient: &str) -> bool {
    let category = wish.category.map(str::to_owned);
    let facet = Facet {
        categories: category.into_iter().collect(),
        ..Facet::plain(wish.resource_type)
    };
    let facts = ResourceFacts::some(&facet, patient);
    access.may(Action::Search, wish.resource_type).is_ok()
        && access.decide(Action::Search, &facts).permits()
}

/// The clinicians' other appointments of the days asked for, and the slots named.
async fn around(
    house: &House,
    access: &Access,
    request: &Request<'_>,
    setting: &Setting,
    lists: &mut BTreeMap<&'static str, Vec<Document>>,
) -> Result<(), Error> {
    let most = limits::HOOK_APPOINTMENTS_MAX;
    if access
        .may(Action::Search, ResourceType::APPOINTMENT)
        .is_ok()
    {
        let mut busy = Vec::new();
        for appointment in request.appointments.iter().take(most) {
            let Some(day) = booking::day(*appointment, setting) else {
                continue;
            };
            let (from, to) = (day.saturating_sub(1.days()), day.saturating_add(1.days()));
            for clinician in booking::clinicians(*appointment).iter().take(most) {
                let query = format!("actor={clinician}&date=ge{from}&date=le{to}");
                busy.extend(find(house, access, ResourceType::APPOINTMENT, &query).await?);
            }
        }
        lists.insert(booking::CLINICIANS_KEY, busy);
    }
    if access.may(Action::Read, ResourceType::SLOT).is_ok() {
        let mut slots = Vec::new();
        let named = request
            .appointments
            .iter()
            .flat_map(|it| it.all("slot.reference"));
        for reference in named.filter_map(fhir::Element::str).take(most) {
            let id = reference.strip_prefix("Slot/").unwrap_or_default();
            if fhir::reference::is_id(id) {
                slots.extend(read(house, access, ResourceType::SLOT, id).await?);
            }
        }
        lists.insert(booking::SLOTS_KEY, slots);
    }
    Ok(())
}

async fn read(
    house: &House,
    access: &Access,
    resource_type: ResourceType,
    id: &str,
) -> Result<Option<Document>, Error> {
    match house
        .storage
        .records(access)
        .read(resource_type, id)
        .await?
    {
        Found::Seen(seen) => parsed(&seen).map(Some),
        Found::Deleted | Found::Refused(_) | Found::Nothing => Ok(None),
    }
}

/// The matches of a search, as many as a page holds.
async fn find(
    house: &House,
    access: &Access,
    resource_type: ResourceType,
    query: &str,
) -> Result<Vec<Document>, Error> {
    let settings = Settings {
        base: &house.fhir_base,
        handling: Handling::Strict,
        count_default: limits::PAGE_RESOURCES_MAX,
        count_max: limits::PAGE_RESOURCES_MAX,
        clauses_max: limits::SEARCH_CLAUSES_MAX,
        posted: None,
        include_rounds_max: 0,
        included_max: 0,
    };
    let pairs = urls::pairs(query).map_err(|_| Error::House("a template holds a NUL"))?;
    let query = search::parse(resource_type, &pairs, &settings).map_err(Error::Invalid)?;
    let page = house.storage.records(access).search(&query).await?;
    page.matches.iter().map(parsed).collect()
}

fn parsed(seen: &Seen) -> Result<Document, Error> {
    let text = std::str::from_utf8(seen.body()).unwrap_or_default();
    Document::parse(text).map_err(|_| Error::House("a stored resource is not JSON"))
}

impl Known {
    /// All of it as the rules read it.
    pub(crate) fn record<'d>(&'d self, request: &Request<'d>) -> Result<Record<'d>, Error> {
        let mut record = Record::new(self.patient.root());
        for (key, list) in &self.lists {
            record.put(key, list.iter().map(Document::root).collect());
        }
        for key in &self.given {
            let list = request.prefetch.get(key).cloned();
            record.put(key, list.ok_or(Error::House("prefetch was lost"))?);
        }
        Ok(record)
    }
}
