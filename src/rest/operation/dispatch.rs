//! Which function runs which operation: one row each.

use std::pin::Pin;

use access::Action;
use fhir::{ResourceType, operation::Operation};
use web::Answer;

use super::{
    Asked, access_log, audit_roots, billing, docref, document, emergency, ending, everything,
    expand, explain, expunge, family, graphql, index_status, lastn, launch, lookup, matching, meta,
    opening, privacy, release, sharing, stats, subsumes, tickets, translate, validate,
    validate_code, view_as, work,
};
use crate::{bulk, call::Call, error::Error};

type Running<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;
type Run = for<'a> fn(&'a Asked<'a>) -> Running<'a>;

/// By the id of the operation's definition.
#[rustfmt::skip]
const RUNS: &[(&str, Run)] = &[
    ("Resource-validate", |asked| Box::pin(validate::run(asked))),
    ("Patient-everything", |asked| Box::pin(everything::run(asked))),
    ("SearchParameter-index-status", |asked| Box::pin(index_status::run(asked))),
    ("Encounter-everything", |asked| Box::pin(everything::run(asked))),
    ("DocumentReference-docref", |asked| Box::pin(docref::run(asked))),
    ("Observation-lastn", |asked| Box::pin(lastn::run(asked))),
    ("Observation-stats", |asked| Box::pin(stats::run(asked))),
    ("Composition-document", |asked| Box::pin(document::run(asked))),
    ("Patient-match", |asked| Box::pin(matching::run(asked))),
    ("Resource-meta", |asked| Box::pin(meta::show(asked))),
    ("Resource-meta-add", |asked| Box::pin(meta::add(asked))),
    ("Resource-meta-delete", |asked| Box::pin(meta::delete(asked))),
    ("expunge", |asked| Box::pin(expunge::run(asked))),
    ("Resource-graphql", |asked| Box::pin(graphql::in_a_bundle(asked))),
    ("notice-settings", |asked| Box::pin(super::notices::settings(asked))),
    ("notice-choice", |asked| Box::pin(super::notices::choose(asked))),
    ("Patient-proxy-invite", |asked| Box::pin(family::invite(asked))),
    ("work-queues", |asked| Box::pin(work::queues(asked))),
    ("Task-claim", |asked| Box::pin(work::claim(asked))),
    ("Task-release", |asked| Box::pin(work::release(asked))),
    ("Task-assign", |asked| Box::pin(work::assign(asked))),
    ("Task-ask-for-information", |asked| Box::pin(work::ask(asked))),
    ("Task-resume", |asked| Box::pin(work::resume(asked))),
    ("Task-complete", |asked| Box::pin(work::complete(asked))),
    ("proxy-accept", |asked| Box::pin(family::accept(asked))),
    ("proxy-request", |asked| Box::pin(family::request(asked))),
    ("Patient-proxy-register", |asked| Box::pin(family::register(asked))),
    ("Patient-proxy-preview", |asked| Box::pin(family::preview(asked))),
    ("proxy-requests", |asked| Box::pin(family::requests(asked))),
    ("Task-proxy-document", |asked| Box::pin(family::add_document(asked))),
    ("Task-proxy-answer", |asked| Box::pin(family::answer_task(asked))),
    ("Task-proxy-decide", |asked| Box::pin(family::decide(asked))),
    ("RelatedPerson-proxy-change", |asked| Box::pin(family::change(asked))),
    ("RelatedPerson-proxy-restrict", |asked| Box::pin(family::restrict(asked))),
    ("Patient-verify-emancipation", |asked| Box::pin(family::verify_emancipation(asked))),
    ("Patient-proxy-terminate", |asked| Box::pin(family::terminate(asked))),
    ("RelatedPerson-proxy-end", |asked| Box::pin(family::end(asked))),
    ("export", |asked| Box::pin(bulk::run(asked))),
    ("patient-export", |asked| Box::pin(bulk::run(asked))),
    ("group-export", |asked| Box::pin(bulk::run(asked))),
    ("Patient-launch", |asked| Box::pin(launch::open(asked))),
    ("Resource-hold-release", |asked| Box::pin(release::hold(asked))),
    ("Resource-end-hold", |asked| Box::pin(release::end(asked))),
    ("Encounter-preview-release", |asked| Box::pin(release::preview(asked))),
    ("Consent-consent-receipt", |asked| Box::pin(privacy::receipt(asked))),
    ("Patient-wait-for-clinician", |asked| Box::pin(privacy::wait(asked))),
    ("Patient-waiting-results", |asked| Box::pin(privacy::waits(asked))),
    ("Resource-release-status", |asked| Box::pin(privacy::status(asked))),
    ("Patient-minor-release", |asked| Box::pin(privacy::minor_release(asked))),
    ("launchable-apps", |asked| Box::pin(launch::apps(asked))),
    ("Patient-activation-code", |asked| Box::pin(opening::give(asked))),
    ("Task-identity-decide", |asked| Box::pin(opening::decide(asked))),
    ("account-close", |asked| Box::pin(ending::close(asked))),
    ("Task-deactivation-decide", |asked| Box::pin(ending::decide(asked))),
    ("account-revoke", |asked| Box::pin(ending::revoke(asked))),
    ("account-restore", |asked| Box::pin(ending::restore(asked))),
    ("investigation-hold", |asked| Box::pin(ending::hold(asked))),
    ("account-status", |asked| Box::pin(ending::status(asked))),
    ("secure-account", |asked| Box::pin(ending::secure(asked))),
    ("Patient-record-request", |asked| Box::pin(ending::record(asked))),
    ("Patient-access-log", |asked| Box::pin(access_log::show(asked))),
    ("Patient-report-access", |asked| Box::pin(access_log::report(asked))),
    ("explain-access", |asked| Box::pin(explain::run(asked))),
    ("Patient-view-as", |asked| Box::pin(view_as::run(asked))),
    ("Patient-break-glass", |asked| Box::pin(emergency::open(asked))),
    ("Patient-break-glass-end", |asked| Box::pin(emergency::end(asked))),
    ("break-glass-status", |asked| Box::pin(emergency::status(asked))),
    ("Patient-break-glass-untold", |asked| Box::pin(emergency::keep_untold(asked))),
    ("Patient-record-disclosure", |asked| Box::pin(emergency::disclosure(asked))),
    ("support-ticket", |asked| Box::pin(tickets::ask(asked))),
    ("support-tickets", |asked| Box::pin(tickets::mine(asked))),
    ("Task-ticket-add", |asked| Box::pin(tickets::add(asked))),
    ("Task-open-ticket", |asked| Box::pin(tickets::open(asked))),
    ("close-ticket", |asked| Box::pin(tickets::close(asked))),
    ("ticket-status", |asked| Box::pin(tickets::status(asked))),
    ("Task-ticket-answer", |asked| Box::pin(tickets::reply(asked))),
    ("Invoice-guest-code", |asked| Box::pin(billing::guest_code(asked))),
    ("Patient-share", |asked| Box::pin(sharing::share(asked))),
    ("Patient-shared-links", |asked| Box::pin(sharing::list(asked))),
    ("Patient-end-share", |asked| Box::pin(sharing::end(asked))),
    ("audit-roots", |asked| Box::pin(audit_roots::list(asked))),
    ("ValueSet-expand", |asked| Box::pin(expand::run(asked))),
    ("ValueSet-validate-code", |asked| Box::pin(validate_code::in_value_set(asked))),
    ("CodeSystem-validate-code", |asked| Box::pin(validate_code::in_code_system(asked))),
    ("CodeSystem-lookup", |asked| Box::pin(lookup::run(asked))),
    ("CodeSystem-subsumes", |asked| Box::pin(subsumes::run(asked))),
    ("ConceptMap-translate", |asked| Box::pin(translate::run(asked))),
];

/// What the caller's scopes and role must cover on the type an operation is invoked on, asked before
/// its inputs are looked at; nothing where it tells of nobody.
const NEEDS: &[(&str, &[Action])] = &[
    ("Patient-everything", &[Action::Read, Action::Search]),
    ("SearchParameter-index-status", &[Action::Read]),
    ("Encounter-everything", &[Action::Read, Action::Search]),
    ("DocumentReference-docref", &[Action::Read, Action::Search]),
    ("Observation-lastn", &[Action::Read, Action::Search]),
    ("Observation-stats", &[Action::Read, Action::Search]),
    ("expunge", &[Action::Delete]),
    ("Composition-document", &[Action::Read]),
    ("Patient-match", &[Action::Read, Action::Search]),
    ("group-export", &[Action::Read]),
    ("Patient-launch", &[Action::Read]),
    ("account-revoke", &[Action::Read]),
    ("account-restore", &[Action::Read]),
    ("investigation-hold", &[Action::Read]),
    ("account-status", &[Action::Read]),
    ("Patient-record-request", &[Action::Read]),
    ("Patient-access-log", &[Action::Read]),
    ("Patient-report-access", &[Action::Read]),
    ("Patient-view-as", &[Action::Read]),
    ("Patient-proxy-register", &[Action::Read]),
    ("Patient-proxy-preview", &[Action::Read]),
    ("Invoice-guest-code", &[Action::Read]),
    ("Patient-share", &[Action::Read]),
    ("Patient-shared-links", &[Action::Read]),
    ("Patient-end-share", &[Action::Read]),
    ("Patient-break-glass", &[Action::Read]),
    ("Patient-break-glass-end", &[Action::Read]),
    ("Patient-break-glass-untold", &[Action::Read]),
    ("Patient-record-disclosure", &[Action::Read]),
    ("Task-claim", &[Action::Read]),
    ("Task-release", &[Action::Read]),
    ("Task-assign", &[Action::Read]),
    ("Task-ask-for-information", &[Action::Read]),
    ("Task-resume", &[Action::Read]),
    ("Task-complete", &[Action::Read]),
    ("Task-ticket-add", &[Action::Read]),
    ("Task-open-ticket", &[Action::Read]),
    ("Task-ticket-answer", &[Action::Read]),
    ("Patient-activation-code", &[Action::Read, Action::Update]),
    ("Task-identity-decide", &[Action::Read]),
    ("Resource-hold-release", &[Action::Read]),
    ("Resource-end-hold", &[Action::Read]),
    ("Encounter-preview-release", &[Action::Read]),
    ("Consent-consent-receipt", &[Action::Read]),
    ("Patient-wait-for-clinician", &[Action::Read]),
    ("Patient-waiting-results", &[Action::Read]),
    ("Resource-release-status", &[Action::Read]),
    ("Patient-minor-release", &[Action::Read]),
    ("Resource-meta", &[Action::Read]),
    ("ValueSet-expand", &[Action::Read]),
    ("ValueSet-validate-code", &[Action::Read]),
    ("CodeSystem-validate-code", &[Action::Read]),
    ("CodeSystem-lookup", &[Action::Read]),
    ("CodeSystem-subsumes", &[Action::Read]),
    ("ConceptMap-translate", &[Action::Read]),
    ("Resource-meta-add", &[Action::Read, Action::Update]),
    ("Resource-meta-delete", &[Action::Read, Action::Update]),
];

/// Operations that change who acts for whom, which is written in Consents.
const CHANGES_CONSENTS: &[&str] = &[
    "Patient-proxy-invite",
    "proxy-accept",
    "proxy-request",
    "Task-proxy-document",
    "Task-proxy-answer",
    "Task-proxy-decide",
    "RelatedPerson-proxy-change",
    "RelatedPerson-proxy-restrict",
    "Patient-verify-emancipation",
    "Patient-proxy-terminate",
    "RelatedPerson-proxy-end",
    "Patient-share",
    "Patient-end-share",
    "Patient-wait-for-clinician",
    "account-close",
    "Task-deactivation-decide",
    "secure-account",
];

/// Whether the caller may invoke an operation on a type at all. Errors: 403.
pub(super) fn may(
    call: &Call,
    operation: &Operation,
    resource_type: Option<ResourceType>,
) -> Result<(), Error> {
    if operation.code == "export" {
        call.access.may_export()?;
    }
    if CHANGES_CONSENTS.contains(&operation.id) {
        call.may(Action::Update, ResourceType::CONSENT)?;
    }
    let needs = NEEDS.iter().find(|(id, _)| *id == operation.id);
    let (Some((_, actions)), Some(resource_type)) = (needs, resource_type) else {
        return Ok(());
    };
    actions
        .iter()
        .try_for_each(|action| call.may(*action, resource_type))
}

pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let row = RUNS.iter().find(|(id, _)| *id == asked.operation.id);
    match row {
        Some((_, run)) => run(asked).await,
        None => Err(Error::House("an operation of the table has no function")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_function_and_every_function_its_operation() {
        let mut declared: Vec<_> = fhir::operation::OPERATIONS.iter().map(|o| o.id).collect();
        let mut run: Vec<_> = RUNS.iter().map(|(id, _)| *id).collect();
        declared.sort_unstable();
        run.sort_unstable();
        assert_eq!(declared, run);
        assert!(NEEDS.iter().all(|(id, _)| declared.contains(id)));
    }
}
