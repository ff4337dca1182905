//! Create, read, update, patch, history, search and a transaction, through a client that knows nothing of the server's code.
//!
//! `KINCHART_BASE_URL` names the server; `KINCHART_TOKEN` is a token for `system/*.cruds`
//! (`kinchart admin token mint --client backend --scope 'system/*.cruds'`).

use std::error::Error;

use fhir_sdk::TryStreamExt;
use fhir_sdk::client::{Client, RequestSettings, ResourceWrite, SearchParameters, TokenSearch};
use fhir_sdk::header::AUTHORIZATION;
use fhir_sdk::r4b::codes::{AdministrativeGender, ObservationStatus};
use fhir_sdk::r4b::resources::{Observation, Patient, ResourceType};
use fhir_sdk::r4b::types::{CodeableConcept, HumanName, Identifier, Reference};
use fhir_sdk::version::FhirR4B;

const SYSTEM: &str = "urn:conformance:fhir-sdk";

fn check(holds: bool, what: &str) -> Result<(), Box<dyn Error>> {
    if !holds {
        return Err(format!("does not hold: {what}").into());
    }
    println!("ok  {what}");
    Ok(())
}

fn someone(value: &str) -> Result<Patient, Box<dyn Error>> {
    let identifier = Identifier::builder()
        .system(SYSTEM.into())
        .value(value.into())
        .build()?;
    let name = HumanName::builder().family("Sdk".into()).build()?;
    Ok(Patient::builder()
        .identifier(vec![Some(identifier)])
        .name(vec![Some(name)])
        .gender(AdministrativeGender::Female)
        .build()?)
}

fn by_identifier(value: &str) -> SearchParameters {
    SearchParameters::empty().and(TokenSearch::Standard {
        name: "identifier",
        system: Some(SYSTEM),
        code: Some(value),
        not: false,
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base = std::env::var("KINCHART_BASE_URL")?;
    let bearer = format!("Bearer {}", std::env::var("KINCHART_TOKEN")?);
    let settings = RequestSettings::default().header(AUTHORIZATION, bearer.parse()?);
    let client: Client<FhirR4B> = Client::builder()
        .base_url(format!("{base}/fhir/").parse()?)
        .request_settings(settings)
        .build()?;
    let run = std::process::id().to_string();

    let mut patient = someone(&run)?;
    let id = patient.create(&client).await?;
    let read = client
        .read::<Patient>(&id)
        .await?
        .ok_or("created, then not found")?;
    check(
        read.gender == patient.gender,
        "what was created can be read",
    )?;

    patient.active = Some(true);
    patient.update(true, &client).await?;
    let stale = {
        let mut old = read.clone();
        old.active = Some(false);
        old.update(true, &client).await
    };
    check(
        stale.is_err(),
        "an update of a version that is no longer current is refused",
    )?;

    client
        .patch_via_fhir(ResourceType::Patient, &id)
        .delete("Patient.active")
        .send()
        .await?;
    client
        .patch_via_json(ResourceType::Patient, &id)
        .test("/gender", "female")?
        .replace("/gender", "other")?
        .send()
        .await?;
    let patched = client
        .read::<Patient>(&id)
        .await?
        .ok_or("patched, then not found")?;
    check(
        patched.active.is_none() && patched.gender == Some(AdministrativeGender::Other),
        "a FHIRPath Patch and a JSON Patch change what they name",
    )?;

    let history = client.history::<Patient>(Some(&id)).await?;
    check(history.total() == Some(4), "the history has all versions")?;

    let found: Vec<Patient> = client
        .search(by_identifier(&run))
        .await?
        .all_matches()
        .try_collect()
        .await?;
    check(found.len() == 1, "a search by identifier finds one")?;

    let mut transaction = client.transaction();
    let urn = transaction.create(someone(&format!("{run}-t"))?);
    let code = CodeableConcept::builder()
        .text("from a transaction".into())
        .build()?;
    let observation = Observation::builder()
        .status(ObservationStatus::Final)
        .code(code)
        .subject(Reference::builder().reference(urn).build()?)
        .build()?;
    transaction.create(observation);
    transaction.send().await?;
    let born: Vec<Patient> = client
        .search(by_identifier(&format!("{run}-t")))
        .await?
        .all_matches()
        .try_collect()
        .await?;
    let born_id = born
        .first()
        .and_then(|p| p.id.clone())
        .ok_or("the transaction left no Patient")?;
    let theirs: Vec<Observation> = client
        .search(SearchParameters::empty().and_raw("subject", format!("Patient/{born_id}")))
        .await?
        .all_matches()
        .try_collect()
        .await?;
    check(
        theirs.len() == 1,
        "a transaction resolves references between its entries",
    )?;

    patched.delete(&client).await?;
    check(
        client.read::<Patient>(&id).await?.is_none(),
        "what was deleted is gone",
    )?;
    Ok(())
}
