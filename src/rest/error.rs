//! From what happened to status and issue code: the one table of this edge.
//!
//! | what happened | status | issue.code |
//! |---|---|---|
//! | no representation the client accepts | 406 | `not-supported` |
//! | scope or role does not cover the act | 403 | `forbidden` |
//! | absent, or not visible to the caller | 404 | `not-found` |
//! | unknown type or operation | 404 | `not-supported` |
//! | an operation that must be posted | 405 | `not-supported` |
//! | deleted | 410 | `deleted` |
//! | unreadable, missing element, bad value | 400 | `structure`, `required`, `value` |
//! | invariant; reference to nothing | 422 | `invariant`; `not-found` |
//! | a patch that does not fit | 422 | `processing` |
//! | overtaken by other changes, again and again; a colleague has the work | 409 | `conflict` |
//! | a profile's rule | 422 | by the rule: `required`, `value`, `code-invalid`… |
//! | If-Match differs; several matches | 412 | `conflict`; `multiple-matches` |
//! | one resource named twice in a transaction | 400 | `duplicate` |
//! | terminology that is not here; that cannot be told | 404; 422 | `not-found`; `processing` |
//! | asks too much | 400 | `too-costly` |
//! | has too much under way (with `Retry-After`) | 429 | `throttled` |
//! | database busy or gone (with `Retry-After`) | 503 | `transient` |
//! | statement too slow | 504 | `timeout` |
//! | our fault | 500 | `exception` |

use access::{Denial, Reason};
use axum::response::{IntoResponse, Response};
use fhir::{Issue, IssueCode, Outcome, Severity, terminology};
use http::{StatusCode, header};
use smart::ErrorCode;
use storage::{WriteFault, WriteFaultKind};
use web::{Answer, caller, negotiate::NotAcceptable, refused::Refused, reply};

/// Why an interaction did not happen.
#[derive(Debug)]
pub enum Error {
    Storage(storage::Error),
    Denied(Denial),
    /// Not there, or not for these eyes: the two look the same.
    Absent,
    Deleted,
    UnknownType(String),
    UnknownOperation(String),
    /// The address is there, but not for this method.
    WrongMethod(String),
    /// Faults of the request or of a resource, each with its place.
    Invalid(Vec<Issue>),
    /// Well formed, but not to be done with what is there.
    Unprocessable(Vec<Issue>),
    /// Other changes came between each time it was tried.
    Overtaken,
    /// Somebody else has it, or was first: who.
    Conflict(String),
    /// A condition that should fit one resource fits several.
    SeveralMatches(String),
    /// A condition that may fit several resources fits more than this.
    TooManyMatches(usize),
    /// A question about codes that has no answer here.
    Terminology(terminology::Fault),
    /// What an entry of a transaction ran into.
    Entry(usize, Box<Error>),
    /// As much is under way for this client as may be.
    Throttled(String),
    House(&'static str),
    NotAcceptable(NotAcceptable),
}

impl From<NotAcceptable> for Error {
    fn from(error: NotAcceptable) -> Self {
        Self::NotAcceptable(error)
    }
}
impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        Self::Storage(error)
    }
}
impl From<terminology::Fault> for Error {
    fn from(fault: terminology::Fault) -> Self {
        Self::Terminology(fault)
    }
}
impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl Error {
    /// A bad value of a request, at a place such as `If-Match` or `Patient.id`.
    pub fn value(text: impl Into<String>, at: &str) -> Self {
        Self::Invalid(vec![Issue::error(IssueCode::Value, text).at(at)])
    }

    /// 403: this is for people of another role.
    pub fn not_your_role(text: impl Into<String>) -> Self {
        Self::forbidden("DENY_ROLE", text.into())
    }

    /// 403: this is for somebody else to do.
    pub fn not_yours(text: impl Into<String>) -> Self {
        Self::forbidden("DENY_ACTION", text.into())
    }

    fn forbidden(reason: &'static str, message: String) -> Self {
        Self::Denied(Denial {
            http: 403,
            reason: Reason(reason),
            message,
        })
    }

    /// Says which entry of a transaction it was.
    pub fn in_entry(self, number: usize) -> Self {
        Self::Entry(number, Box::new(self))
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Storage(error) => storage_status(error),
            Self::Denied(denial) => {
                StatusCode::from_u16(denial.http).unwrap_or(StatusCode::FORBIDDEN)
            }
            Self::Absent | Self::UnknownType(_) | Self::UnknownOperation(_) => {
                StatusCode::NOT_FOUND
            }
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Deleted => StatusCode::GONE,
            Self::Invalid(issues) => issues_status(issues),
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Overtaken | Self::Conflict(_) => StatusCode::CONFLICT,
            Self::SeveralMatches(_) | Self::TooManyMatches(_) => StatusCode::PRECONDITION_FAILED,
            Self::Terminology(fault) => terminology_status(fault).0,
            Self::Entry(_, error) => error.status(),
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::House(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
        }
    }

    pub fn issues(&self) -> Vec<Issue> {
        let one = match self {
            Self::Storage(storage::Error::Write(WriteFault {
                kind: WriteFaultKind::Profile(issues),
                ..
            })) => return issues.clone(),
            Self::Storage(error) => return vec![storage_issue(error)],
            Self::Denied(denial) if denial.http == 404 => absent(),
            Self::Denied(denial) => Issue::error(IssueCode::Forbidden, denial.message.clone()),
            Self::Absent => absent(),
            Self::Deleted => Issue::error(IssueCode::Deleted, "this resource was deleted"),
            Self::UnknownType(name) => Issue::error(
                IssueCode::NotSupported,
                format!("{name} is not a resource type of FHIR R4"),
            ),
            Self::UnknownOperation(name) => Issue::error(
                IssueCode::NotSupported,
                format!("{name} is not an operation of this server"),
            ),
            Self::WrongMethod(text) => Issue::error(IssueCode::NotSupported, text.clone()),
            Self::Invalid(issues) | Self::Unprocessable(issues) => return issues.clone(),
            Self::Overtaken => Issue::error(
                IssueCode::Conflict,
                "others keep changing this at the same time; nothing was done, try again",
            ),
            Self::Conflict(text) => Issue::error(IssueCode::Conflict, text.clone()),
            Self::TooManyMatches(most) => Issue::error(
                IssueCode::TooCostly,
                format!("more than {most} resources fit the condition; nothing was done"),
            ),
            Self::SeveralMatches(query) => Issue::error(
                IssueCode::MultipleMatches,
                format!("{query} fits more than one resource; nothing was done"),
            ),
            Self::Terminology(fault) => {
                Issue::error(terminology_status(fault).1, fault.to_string())
            }
            Self::Entry(number, error) => {
                let issues = error.issues();
                return issues.into_iter().map(|i| in_entry(*number, i)).collect();
            }
            Self::Throttled(text) => Issue::error(IssueCode::Throttled, text.clone()),
            Self::House(_) => exception(),
            Self::NotAcceptable(error) => error.issue(),
        };
        vec![one]
    }

    /// Whether a write was refused because a condition holds no longer: to be looked up again.
    pub(crate) fn is_overtaken(&self) -> bool {
        match self {
            Self::Entry(_, error) => error.is_overtaken(),
            Self::Storage(storage::Error::Write(fault)) => {
                matches!(fault.kind, WriteFaultKind::ConditionChanged)
            }
            _ => false,
        }
    }

    /// Whether a write was refused because the version is another by now.
    pub(crate) fn is_version_conflict(&self) -> bool {
        let Self::Storage(storage::Error::Write(fault)) = self else {
            return false;
        };
        matches!(fault.kind, WriteFaultKind::VersionConflict { .. })
    }

    /// For the log of the caller's app, where scope or role does not cover the act: what was wrong.
    pub(crate) fn refused(&self) -> Option<String> {
        let is_refusal = self.status() == StatusCode::FORBIDDEN;
        let first = self.issues().into_iter().next();
        first.filter(|_| is_refusal).map(|issue| issue.diagnostics)
    }

    /// As an entry of a batch-response.
    pub fn into_answer(self) -> Answer {
        if self.status().is_server_error() {
            tracing::error!(fault = self.fault(), "an entry of a batch failed");
        }
        let outcome = Outcome {
            issues: self.issues(),
        };
        Answer::outcome(self.status(), &outcome)
    }

    /// For our log only.
    fn fault(&self) -> String {
        match self {
            Self::Storage(error) => error.to_string(),
            Self::House(what) => (*what).to_owned(),
            Self::Entry(number, error) => format!("entry {number}: {}", error.fault()),
            _ => String::new(),
        }
    }
}

fn storage_status(error: &storage::Error) -> StatusCode {
    use storage::Error as E;
    match error {
        E::Unavailable(_) | E::Busy | E::Indexing { .. } => StatusCode::SERVICE_UNAVAILABLE,
        E::Duplicate => StatusCode::CONFLICT,
        E::Timeout => StatusCode::GATEWAY_TIMEOUT,
        E::BadCursor | E::TooCostly(_) | E::Terminology(_) => StatusCode::BAD_REQUEST,
        E::Write(fault) => write_status(&fault.kind),
        E::Corrupt { .. } | E::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn terminology_status(fault: &terminology::Fault) -> (StatusCode, IssueCode) {
    use terminology::Fault as F;
    match fault {
        F::ValueSet(_) | F::System(_) | F::Code { .. } | F::ConceptMap(_) => {
            (StatusCode::NOT_FOUND, IssueCode::NotFound)
        }
        F::Cycle(_) | F::Rule(_) => (StatusCode::UNPROCESSABLE_ENTITY, IssueCode::Processing),
        F::TooCostly(_) => (StatusCode::BAD_REQUEST, IssueCode::TooCostly),
    }
}

fn write_status(kind: &WriteFaultKind) -> StatusCode {
    match kind {
        WriteFaultKind::Denied(decision) => match decision.http {
            403 => StatusCode::FORBIDDEN,
            401 => StatusCode::UNAUTHORIZED,
            _ => StatusCode::NOT_FOUND,
        },
        WriteFaultKind::Misshapen(_) => StatusCode::FORBIDDEN,
        WriteFaultKind::VersionConflict { .. } => StatusCode::PRECONDITION_FAILED,
        WriteFaultKind::NotFound => StatusCode::NOT_FOUND,
        WriteFaultKind::IdTaken | WriteFaultKind::ConditionChanged => StatusCode::CONFLICT,
        WriteFaultKind::DanglingReference { .. } | WriteFaultKind::Profile(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        WriteFaultKind::NamedTwice => StatusCode::BAD_REQUEST,
    }
}

fn storage_issue(error: &storage::Error) -> Issue {
    use storage::Error as E;
    match error {
        E::Duplicate => Issue::error(IssueCode::Duplicate, "this exists already"),
        E::Unavailable(_) | E::Busy => Issue::error(
            IssueCode::Transient,
            "the database does not answer just now; try again",
        ),
        E::Indexing { done, total } => Issue::error(
            IssueCode::Transient,
            format!(
                "the search index of an older release is brought up to date: {done} of {total} \
                 resources are done; this search works when all are"
            ),
        ),
        E::Timeout => Issue::error(IssueCode::Timeout, "this took too long and was given up"),
        E::BadCursor => Issue::error(
            IssueCode::Value,
            "_cursor is not a page position of this server; start again without it",
        )
        .at("_cursor"),
        E::TooCostly(what) => Issue::error(IssueCode::TooCostly, what.clone()),
        E::Terminology(fault) => Issue::error(terminology_status(fault).1, fault.to_string()),
        E::Write(fault) => write_issue(fault),
        E::Corrupt { .. } | E::Other(_) => exception(),
    }
}

fn write_issue(fault: &WriteFault) -> Issue {
    match &fault.kind {
        WriteFaultKind::Denied(decision) if matches!(decision.http, 401 | 403) => Issue::error(
            IssueCode::Forbidden,
            format!("not permitted ({})", decision.reason.0),
        ),
        WriteFaultKind::Misshapen(refusal) => {
            let issue = Issue::error(IssueCode::Forbidden, refusal.rule);
            match refusal.element {
                "" => issue,
                element => issue.at(element),
            }
        }
        WriteFaultKind::Denied(_) | WriteFaultKind::NotFound => absent(),
        WriteFaultKind::VersionConflict { current } => Issue::error(
            IssueCode::Conflict,
            format!("If-Match names another version; the current one is W/\"{current}\""),
        ),
        WriteFaultKind::ConditionChanged => Issue::error(
            IssueCode::Conflict,
            "others changed what the condition is about at the same time; try again",
        ),
        WriteFaultKind::IdTaken => Issue::error(
            IssueCode::Duplicate,
            "a resource with this id exists already",
        ),
        WriteFaultKind::DanglingReference {
            reference,
            expression,
        } => Issue::error(IssueCode::NotFound, format!("{reference} does not exist"))
            .at(expression.clone()),
        WriteFaultKind::NamedTwice => Issue::error(
            IssueCode::Duplicate,
            "a transaction may change a resource only once",
        ),
        WriteFaultKind::Profile(_) => Issue::error(IssueCode::Invariant, fault.kind.to_string()),
    }
}

/// 422 when the form is right and only a rule (or a reference) is broken, 400 otherwise.
fn issues_status(issues: &[Issue]) -> StatusCode {
    let rule = |issue: &Issue| matches!(issue.code, IssueCode::Invariant | IssueCode::NotFound);
    let mut errors = issues
        .iter()
        .filter(|i| matches!(i.severity, Severity::Error | Severity::Fatal))
        .peekable();
    if errors.peek().is_some() && errors.all(rule) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::BAD_REQUEST
    }
}

fn absent() -> Issue {
    Issue::error(IssueCode::NotFound, caller::ABSENT)
}

fn exception() -> Issue {
    Issue::error(IssueCode::Exception, "something went wrong on our side")
}

/// Puts an issue's place below the entry it belongs to.
pub(crate) fn in_entry(number: usize, mut issue: Issue) -> Issue {
    let entry = format!("Bundle.entry[{number}]");
    let place = match issue.expression.take() {
        None => entry.clone(),
        Some(place) if place.starts_with("Bundle.") => place,
        Some(place) if place.starts_with("request.") => format!("{entry}.{place}"),
        Some(place) => match place.split_once('.') {
            Some((first, rest)) if first.chars().all(char::is_alphanumeric) => {
                format!("{entry}.resource.{rest}")
            }
            _ => format!("{entry}.resource"),
        },
    };
    issue.diagnostics = format!("{entry}: {}", issue.diagnostics);
    issue.at(place)
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Denied(denial) = &self {
            return caller::refusal(denial);
        }
        let status = self.status();
        let description = self.refused().unwrap_or_default();
        let outcome = Outcome {
            issues: self.issues(),
        };
        let mut response = reply::outcome(status, &outcome);
        if status.is_server_error() {
            let fault = reply::Fault(self.fault());
            response.extensions_mut().insert(fault);
        }
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                reply::with_header(response, header::RETRY_AFTER, "2")
            }
            StatusCode::TOO_MANY_REQUESTS => {
                reply::with_header(response, header::RETRY_AFTER, "10")
            }
            StatusCode::FORBIDDEN => {
                let challenge = "Bearer realm=\"kinchart\", error=\"insufficient_scope\"";
                let response = reply::with_header(response, header::WWW_AUTHENTICATE, challenge);
                let refused = Refused {
                    client: None,
                    code: ErrorCode::InsufficientScope,
                    description,
                };
                refused.mark(response)
            }
            _ => response,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_is_422_and_a_broken_form_is_400() {
        let rule = Issue::error(IssueCode::Invariant, "pat-1");
        let form = Issue::error(IssueCode::Structure, "unknown element");
        let hint = Issue::warning(IssueCode::Value, "odd");
        assert_eq!(issues_status(&[rule.clone(), hint]), 422);
        assert_eq!(issues_status(&[rule, form]), 400);
    }

    #[test]
    fn a_fault_inside_a_transaction_names_its_entry() {
        let fault = Issue::error(IssueCode::Value, "bad").at("Patient.name[0].family");
        let error = Error::Entry(3, Box::new(Error::Invalid(vec![fault])));
        let places: Vec<_> = error.issues().into_iter().map(|i| i.expression).collect();
        assert_eq!(
            places,
            [Some("Bundle.entry[3].resource.name[0].family".to_owned())]
        );
    }

    #[test]
    fn hidden_and_absent_have_one_body() {
        let hidden = Denial {
            http: 404,
            reason: access::Reason("DENY_ANY"),
            message: "secret".into(),
        };
        assert_eq!(Error::Denied(hidden).issues(), Error::Absent.issues());
    }
}
