//! From what happened to a status and an OperationOutcome.

use access::Denial;
use axum::response::{IntoResponse, Response};
use fhir::{Issue, IssueCode, Outcome};
use http::StatusCode;
use web::{caller, reply};

/// Why a service gave no cards.
#[derive(Debug)]
pub(crate) enum Error {
    Denied(Denial),
    UnknownService,
    NotJson,
    NotAToken,
    /// The system that calls is not proven; says what to change.
    Client(String),
    /// Faults of the request, each with its place.
    Invalid(Vec<Issue>),
    /// The client works with another FHIR server than this one.
    OtherServer(String),
    /// The patient is not there, or not for these eyes: the two look the same.
    NoPatient,
    Storage(storage::Error),
    House(&'static str),
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}
impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        Self::Storage(error)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let fault = |status, code, text: &str| reply::fault(status, Issue::error(code, text));
        match self {
            Self::Denied(denial) => caller::refusal(&denial),
            Self::UnknownService => {
                let text = "there is no such service; see GET /cds-services";
                fault(StatusCode::NOT_FOUND, IssueCode::NotFound, text)
            }
            Self::NotJson => {
                let text = "CDS Hooks are called with application/json";
                fault(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    IssueCode::NotSupported,
                    text,
                )
            }
            Self::NotAToken => {
                let text = "fhirAuthorization.access_token holds characters no token has";
                fault(StatusCode::BAD_REQUEST, IssueCode::Value, text)
            }
            Self::Client(why) => {
                let response = fault(StatusCode::UNAUTHORIZED, IssueCode::Login, &why);
                let challenge = "Bearer realm=\"kinchart\"";
                reply::with_header(response, http::header::WWW_AUTHENTICATE, challenge)
            }
            Self::Invalid(issues) => reply::outcome(StatusCode::BAD_REQUEST, &Outcome { issues }),
            Self::OtherServer(ours) => {
                let text = format!("fhirServer is not {ours}, the only server these services read");
                fault(
                    StatusCode::PRECONDITION_FAILED,
                    IssueCode::NotSupported,
                    &text,
                )
            }
            Self::NoPatient => {
                let text = "the patient of context.patientId cannot be read with this token";
                fault(StatusCode::PRECONDITION_FAILED, IssueCode::NotFound, text)
            }
            Self::Storage(error) => {
                let text = "the record cannot be read just now; try again";
                let response = fault(StatusCode::SERVICE_UNAVAILABLE, IssueCode::Transient, text);
                because(response, &error)
            }
            Self::House(what) => {
                let text = "something went wrong on our side";
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                because(fault(status, IssueCode::Exception, text), &what)
            }
        }
    }
}

/// Notes the cause for the log.
fn because(mut response: Response, what: &dyn std::fmt::Display) -> Response {
    response
        .extensions_mut()
        .insert(reply::Fault(format!("cds: {what}")));
    response
}
