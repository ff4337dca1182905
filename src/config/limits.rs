//! Every maximum of the house, named with its unit.

/// Largest request body, in bytes, unpacked (a larger one is 413).
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Resources on a page: where nothing is asked for, and at most.
pub const PAGE_RESOURCES_DEFAULT: usize = 50;
pub const PAGE_RESOURCES_MAX: usize = 1_000;
/// Parameters, includes and sort keys of one search together.
pub const SEARCH_CLAUSES_MAX: usize = 64;
/// Nesting of a JSON document, in levels.
pub use fhir::json::DEPTH_MAX as JSON_DEPTH_MAX;
/// Length of a FHIRPath in bytes, its nesting, and the steps it may take.
pub use fhir::path::{
    DEPTH_MAX as PATH_DEPTH_MAX, LENGTH_MAX as PATH_BYTES_MAX, STEPS_MAX as PATH_STEPS_MAX,
};
/// References a condition follows, `_has` within each other, alternatives of one parameter, and what
/// all conditions come to.
pub use fhir::search::{
    ALTERNATIVES_MAX as SEARCH_ALTERNATIVES_MAX, CHAIN_STEPS_MAX as SEARCH_CHAIN_STEPS_MAX,
    CONDITIONS_MAX as SEARCH_CONDITIONS_MAX, FILTER_DEPTH_MAX as SEARCH_FILTER_DEPTH_MAX,
    FILTER_TESTS_MAX as SEARCH_FILTER_TESTS_MAX, HAS_STEPS_MAX as SEARCH_HAS_STEPS_MAX,
    KIN_LEVELS_MAX as SEARCH_KIN_LEVELS_MAX, KIN_RESOURCES_MAX as SEARCH_KIN_RESOURCES_MAX,
};
/// Items of a List that is searched in, words of a search by text and how deep its parentheses go, and
/// search parameters that came as resources.
pub use fhir::search::{
    LIST_ITEMS_MAX as SEARCH_LIST_ITEMS_MAX,
    posted::{COMPONENTS_MAX as POSTED_COMPONENTS_MAX, POSTED_MAX as POSTED_PARAMETERS_MAX},
    text::{TEXT_DEPTH_MAX as SEARCH_TEXT_DEPTH_MAX, TEXT_WORDS_MAX as SEARCH_TEXT_WORDS_MAX},
};
/// Length of a string, in characters (R4 2.24.0.1).
pub use fhir::validate::STRING_MAX as STRING_CHARACTERS_MAX;
/// Nesting of an XML document in elements, and attributes of one of them.
pub use fhir::xml::{ATTRIBUTES_MAX as XML_ATTRIBUTES_MAX, DEPTH_MAX as XML_DEPTH_MAX};
/// Resources that conditional deletes of one request delete, where several may be.
pub const CONDITIONAL_DELETES_MAX: usize = 1_000;
/// Operations of one patch.
pub const PATCH_OPERATIONS_MAX: usize = 200;
/// Nodes that the selectors of one XML Patch look at.
pub use fhir::patch::XML_STEPS_MAX as XML_PATCH_STEPS_MAX;
/// Entries of a batch or transaction.
pub const BUNDLE_ENTRIES_MAX: usize = 5_000;
/// How often `_include:iterate` goes on.
pub const INCLUDE_ROUNDS_MAX: usize = 8;
/// What one page may bring along.
pub const INCLUDED_RESOURCES_MAX: usize = 1_000;
pub const ACCESS_TOKEN_SECONDS: i64 = 3_600;
pub const BACKEND_TOKEN_SECONDS: i64 = 300;
pub const CODE_SECONDS: i64 = 60;
/// A pushed authorization request: its size in bytes, and how long it waits for a browser to bring
/// it, in seconds.
pub const PUSHED_BYTES_MAX: usize = 64 * 1024;
pub const PUSHED_SECONDS: i64 = 60;
pub const REFRESH_TOKEN_SECONDS: i64 = 180 * 24 * 3_600;
pub const SESSION_SECONDS: i64 = 12 * 3_600;
/// The same on a computer that others use too, in seconds.
pub const SHARED_SESSION_SECONDS: i64 = 30 * 60;
/// How long a signing key signs, how long before that it is published, and how long after it stays.
pub const KEY_SIGNS_SECONDS: i64 = 90 * 24 * 3_600;
pub const KEY_AHEAD_SECONDS: i64 = 24 * 3_600;
pub const KEY_KEPT_SECONDS: i64 = 30 * 24 * 3_600;
pub const SIGN_IN_FAILURES_MAX: i64 = 5;
pub const SIGN_IN_LOCK_SECONDS: i64 = 15 * 60;
/// Wrong passwords under any usernames from one network, within the time a lock lasts.
pub const SIGN_IN_SOURCE_FAILURES_MAX: i64 = 100;
/// Wrong passwords under one username from browsers new to it, and within how many seconds: from then
/// on a new browser needs more than the password.
pub const SIGN_IN_SIEGE_FAILURES_MAX: i64 = 100;
pub const SIGN_IN_SIEGE_SECONDS: i64 = 24 * 3_600;
/// Activation codes one network may try within the time a lock lasts, and codes tried for one patient
/// within a day, from wherever.
pub const OPENINGS_OF_NETWORK_MAX: i64 = 20;
pub use access::opening::{
    TRIES_OF_PATIENT_MAX as OPENINGS_OF_PATIENT_MAX,
    TRIES_OF_PATIENT_SECONDS as OPENINGS_OF_PATIENT_SECONDS,
};
/// Activation codes, usernames and new passwords one network, and one address or account, may ask for in
/// an hour.
pub const REQUESTS_OF_NETWORK_MAX: i64 = 20;
pub const REQUESTS_OF_ADDRESS_MAX: i64 = 3;
/// Longest password looked at, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Work a resource's profiles may cause, profiles leading to profiles, profiles upon profiles, and
/// elements of a snapshot.
pub use fhir::profile::{
    BASES_MAX as PROFILE_BASES_MAX, PROFILES_DEEP_MAX, STEPS_MAX as PROFILE_STEPS_MAX,
    snapshot::ELEMENTS_MAX as SNAPSHOT_ELEMENTS_MAX,
};
/// Stored resources that one `$validate` looks at because references lead to them.
pub const VALIDATED_TARGETS_MAX: usize = 100;
/// Conformance resources kept as definitions, in bytes of JSON (what is beyond stays readable).
pub use fhir::registry::STORED_BYTES_MAX as DEFINITION_BYTES_MAX;
/// Value sets importing one another, parts of value sets one question looks at, and codes of an
/// expansion: in all its pages, and with no page size asked for.
pub use fhir::terminology::{
    EXPANSION_CODES_MAX, EXPANSION_PAGE_MAX, EXPANSION_WISHES_MAX, IMPORTS_DEEP_MAX,
    STEPS_MAX as TERMINOLOGY_STEPS_MAX,
};
/// How many resources an operation may look at.
pub const OPERATION_RESOURCES_MAX: usize = 20_000;
/// Patients a match answers with, and looks at for each thing known of the one described.
pub const MATCHES_MAX: usize = 100;
pub const MATCH_CANDIDATES_MAX: usize = 500;
pub const MATCH_QUERIES_MAX: usize = 16;
/// A query in GraphQL: its length in bytes, its levels, the fields it comes to, the resources it
/// looks at and the values it is answered with.
pub use fhir::graphql::{
    DEPTH_MAX as GRAPHQL_DEPTH_MAX, FIELDS_MAX as GRAPHQL_FIELDS_MAX,
    QUERY_BYTES_MAX as GRAPHQL_BYTES_MAX,
};
pub const GRAPHQL_ROWS_MAX: usize = 2_000;
pub const GRAPHQL_VALUES_MAX: usize = 200_000;
/// Bulk exports of one client that run at once, and that are kept when they are done; for how long they
/// are kept, in seconds; resources of one file, about; patients one export may name; queries of
/// `_typeFilter`.
pub const EXPORTS_RUNNING_MAX: i64 = 10;
pub const EXPORTS_KEPT_MAX: i64 = 50;
pub const EXPORT_SECONDS: i64 = 24 * 3_600;
pub const EXPORT_FILE_RESOURCES: u64 = 50_000;
pub const EXPORT_PATIENTS_NAMED_MAX: usize = 1_000;
pub const EXPORT_FILTERS_MAX: usize = 32;
/// Codes of value sets one search compares with.
pub use fhir::search::CODES_MAX as SEARCH_CODES_MAX;
/// Resources, and versions, that one `$expunge` erases.
pub const EXPUNGED_RESOURCES_MAX: usize = 1_000;
/// Visits offered where an app asks for one.
pub const VISITS_OFFERED_MAX: usize = 20;
/// Codings of one concept an operation of terminology is asked about.
pub const TERMINOLOGY_CODINGS_MAX: usize = 100;
/// A document fetched from outside: its size in bytes, the time all of it may take in seconds, and
/// how many are fetched at once.
pub const OUTSIDE_BYTES_MAX: usize = 1024 * 1024;
pub const OUTSIDE_SECONDS_MAX: u64 = 5;
pub const OUTSIDE_FETCHES_MAX: usize = 16;
/// Sign-ins through outside providers one network may begin within a quarter of an hour, and how long ago
/// somebody signed in who may add another way of signing in.
pub const OUTSIDE_SIGN_INS_MAX: i64 = 60;
pub const RECENT_SIGN_IN_SECONDS: i64 = 15 * 60;
/// Documents of others kept at once; how long one is kept that says nothing or too much; how often one is
/// asked for out of turn.
pub const KEPT_DOCUMENTS_MAX: u64 = 1_000;
pub const KEPT_SECONDS_DEFAULT: i64 = 300;
pub const KEPT_SECONDS_MAX: i64 = 24 * 3_600;
pub const REFETCH_SECONDS: i64 = 30;
/// Appointments, clinicians and slots one CDS Hooks call is answered about.
pub const HOOK_APPOINTMENTS_MAX: usize = 10;
/// A dynamic registration: its size in bytes, how many one network and how many all together may
/// make in an hour, and how long one nobody uses is kept, in days.
pub const REGISTRATION_BYTES_MAX: usize = 64 * 1024;
pub const REGISTRATIONS_OF_NETWORK_MAX: i64 = 60;
pub const REGISTRATIONS_MAX: i64 = 1_000;
pub const REGISTRATION_UNUSED_DAYS: i64 = 90;
/// Certificates in the header of a JWT (UDAP).
pub use smart::udap::CERTIFICATES_MAX as CHAIN_CERTIFICATES_MAX;
/// Apps of one developer, and how long the code by which a developer proves a mail address is good, in
/// seconds.
pub const APPS_OF_DEVELOPER_MAX: usize = 50;
pub const DEVELOPER_CODE_SECONDS: i64 = 3_600;
/// Apps shown at once to whoever decides about them.
pub const APPS_SHOWN_MAX: usize = 100;
/// Patients offered at once to a member of staff who chooses one for an app.
pub const PATIENTS_OFFERED_MAX: usize = 20;
/// Redirect URIs of one client, and the size of its key set in bytes.
pub use smart::registration::{
    KEY_SET_BYTES_MAX as CLIENT_KEY_SET_BYTES_MAX, REDIRECT_URIS_MAX as CLIENT_REDIRECT_URIS_MAX,
};

/// Lines of one page of the access log, where nobody says how many.
pub const LOG_LINES: i64 = 50;

/// Questions to support from one account, and from one network of people not signed in, within an hour; looks
/// at tickets by their number, from one network and at one number, within an hour.
pub const TICKETS_OF_ACCOUNT_MAX: i64 = 10;
pub const TICKETS_OF_NETWORK_MAX: i64 = 20;
pub const TICKET_LOOKS_OF_NETWORK_MAX: i64 = 30;
pub const TICKET_LOOKS_MAX: i64 = 10;
