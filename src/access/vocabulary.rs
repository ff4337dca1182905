//! The names our own facts go by inside FHIR resources.

/// Root of our canonical URLs.
pub const BASE: &str = "https://kinchart.org/fhir";
/// `Consent.category`: what a Consent decides. Codes: `proxy`, `app`, `exchange`, `part2-tpo`,
/// `app-deny`, `org-deny`, `person-deny`, `minor-release`, `wait`, `terms`,
/// `link`.
pub const CONSENT_KIND: &str = "https://kinchart.org/fhir/CodeSystem/consent-kind";
/// On a proxy Consent, valueCode: a level of the pack (`full`, `view-all`, `scheduling-billing`,
/// …).
pub const PROXY_LEVEL: &str = "https://kinchart.org/fhir/StructureDefinition/proxy-level";
/// On a RelatedPerson, valueCode: `parent`, `guardian`, `adult`, `personal-representative`,
/// `estate-representative`, `diminished-capacity`.
pub const PROXY_RELATIONSHIP: &str =
    "https://kinchart.org/fhir/StructureDefinition/proxy-relationship";
/// On a RelatedPerson who is a parent, valueBoolean: not of age themself, which staff have seen to.
pub const MINOR_PARENT: &str = "https://kinchart.org/fhir/StructureDefinition/minor-parent";
/// On an app Consent, valueString: the OAuth client id. `provision.class` lists the only types, if
/// any.
pub const CLIENT_ID: &str = "https://kinchart.org/fhir/StructureDefinition/client-id";
/// System of an identifier that names an app as the actor of a Consent: its OAuth client id.
pub const CLIENT: &str = "https://kinchart.org/fhir/NamingSystem/client-id";
/// Codes of [`TASK_CODE`] that are for staff alone: nobody else may learn that there is one.
pub const FOR_STAFF: &[&str] = &["dcf-report"];
/// On an app Consent, valueString, one each: the SMART scopes in force, verbatim.
pub const GRANTED_SCOPE: &str = "https://kinchart.org/fhir/StructureDefinition/granted-scope";
/// `Flag.code`: `court-order` (with [`RESTRICTS`]), `emancipated` (status active means verified),
/// `proxies-terminated` (the emancipated minor ended what parents had), `safety-block` (with or
/// without [`RESTRICTS`]).
pub const FLAG: &str = "https://kinchart.org/fhir/CodeSystem/flag";
/// On a court-order Flag, valueReference: the RelatedPerson it restricts.
pub const RESTRICTS: &str = "https://kinchart.org/fhir/StructureDefinition/restricts";
/// On any resource, valueCode: `minor:19a-216` and the like, whose consent the care was given
/// under.
pub const CONSENT_BASIS: &str = "https://kinchart.org/fhir/StructureDefinition/consent-basis";
/// On any resource, valueBoolean: the minor agreed to release this to parents.
pub const MINOR_RELEASE: &str = "https://kinchart.org/fhir/StructureDefinition/minor-release";
/// On any resource, with sub-extensions `reason` (code), `harm` (code), `by` (Reference), `until`
/// (dateTime).
pub const RELEASE_HOLD: &str = "https://kinchart.org/fhir/StructureDefinition/release-hold";
/// On a HealthcareService, Organization, Location or PractitionerRole, valueCoding, one each: a label that
/// everything made there carries.
pub const DEFAULT_LABEL: &str = "https://kinchart.org/fhir/StructureDefinition/default-label";
/// On a ValueSet, valueCoding, one each: a label whatever has a code of the set carries.
pub const LABEL_OF_CODES: &str = "https://kinchart.org/fhir/StructureDefinition/label-of-codes";
/// On a coding of `meta.security`, valueString: the house set it, by which version of its rules.
pub const LABEL_BASIS: &str = "https://kinchart.org/fhir/StructureDefinition/label-basis";
/// `Task.code`: the work of staff and what people are asked to do. Packs name queues by it.
pub const TASK_CODE: &str = "https://kinchart.org/fhir/CodeSystem/task-code";
/// `Task.businessStatus`: how far a piece of work has come.
pub const BUSINESS_STATUS: &str = "https://kinchart.org/fhir/CodeSystem/business-status";
/// On a Task that somebody has taken on, and on what they write because of it, valueReference: the
/// HealthcareService it was routed to.
pub const POOL: &str = "https://kinchart.org/fhir/StructureDefinition/pool";
/// On a Task that waits for what was asked of somebody, valueInstant: since when its clock stands still.
pub const PAUSED: &str = "https://kinchart.org/fhir/StructureDefinition/paused-since";
/// On a Task that is overdue, valueInstant: when it was brought to the head of its queue.
pub const ESCALATED: &str = "https://kinchart.org/fhir/StructureDefinition/escalated";
/// On a ContactPoint, valueBoolean: private to the patient.
pub const PRIVATE_CONTACT: &str = "https://kinchart.org/fhir/StructureDefinition/private-contact";
/// On an Invoice, valueDate: the day by which it is to be paid.
pub const PAYMENT_DUE: &str = "https://kinchart.org/fhir/StructureDefinition/payment-due";
/// Extensions no patient-facing actor may set or, unless the label is visible to them, see.
pub const INTERNAL: &[&str] = &[CONSENT_BASIS, MINOR_RELEASE, RELEASE_HOLD];
/// A facet's own mark, in no resource: what it belongs to tells who else acts or decides for the patient.
pub(crate) const TELLS_OF_CONSENT: &str = "https://kinchart.org/fhir/CodeSystem/tells-of|consent";
