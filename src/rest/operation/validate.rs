//! `$validate` (R4 3.1.0.15): checks a resource and stores nothing.

use access::Action;
use config::limits;
use fhir::{
    Document, Issue, IssueCode, Outcome, Reference, ResourceType, Severity,
    profile::{self, Request, Targets},
    reference,
    registry::Registry,
    validate,
};
use http::StatusCode;
use storage::Seen;
use web::Answer;

use super::{Asked, missing};
use crate::{error::Error, read};

/// What is going to be done with the resource (R4 `ResourceValidationMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nothing was said: the content alone counts.
    Content,
    Create,
    Update,
    Delete,
    Profile,
}

impl Mode {
    fn read(text: Option<&str>) -> Result<Self, Error> {
        Ok(match text {
            None => Self::Content,
            Some("create") => Self::Create,
            Some("update") => Self::Update,
            Some("delete") => Self::Delete,
            Some("profile") => Self::Profile,
            Some(_) => {
                let text = "mode is create, update, delete or profile";
                return Err(Error::value(text, "mode"));
            }
        })
    }
    fn action(self) -> Option<Action> {
        match self {
            Self::Content | Self::Profile => None,
            Self::Create => Some(Action::Create),
            Self::Update => Some(Action::Update),
            Self::Delete => Some(Action::Delete),
        }
    }
}

/// Checks a resource, bare or as the `resource` of Parameters, against R4, the profiles it claims
/// and those asked for; and whether what `mode` tells could be done. Without a resource the stored
/// one is checked.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let resource_type = asked.resource_type.ok_or(Error::Absent)?;
    let mode = Mode::read(asked.inputs.text("mode"))?;
    let profiles: Vec<String> = asked
        .inputs
        .texts("profile")
        .map(ToOwned::to_owned)
        .collect();
    if mode == Mode::Profile && profiles.is_empty() {
        return Err(missing("profile", "the mode profile is about one"));
    }
    let mut issues = Vec::new();
    let mut there = None;
    if let Some(action) = mode.action() {
        match allowed(asked, action, resource_type).await {
            Ok(seen) => there = seen,
            Err(issue) => issues.extend(issue),
        }
    }
    if mode != Mode::Delete {
        let document = subject(asked, resource_type, there).await?;
        issues.extend(identity(asked, mode, &document));
        issues.extend(content(asked, resource_type, document, &profiles).await?);
    }
    let outcome = Outcome { issues };
    Ok(Answer::outcome(
        StatusCode::OK,
        &with_verdict(outcome, mode, &profiles),
    ))
}

/// The resource that is checked: the one given, or the stored one, which may have been read already.
async fn subject(
    asked: &Asked<'_>,
    resource_type: ResourceType,
    there: Option<Seen>,
) -> Result<Document, Error> {
    if let Some(document) = asked.inputs.resource("resource") {
        return Ok(document.clone());
    }
    let Some(id) = asked.id else {
        return Err(missing("resource", "there is nothing to check"));
    };
    let seen = match there {
        Some(seen) => seen,
        None => read::find(asked.call, resource_type, id).await?,
    };
    let text = String::from_utf8_lossy(seen.body()).into_owned();
    Document::parse(text).map_err(|_| Error::House("a stored resource is not JSON"))
}

/// Whether the caller could do that, and to a resource that is there, which is given back. What it may not see is as
/// good as not there.
async fn allowed(
    asked: &Asked<'_>,
    action: Action,
    of: ResourceType,
) -> Result<Option<Seen>, Option<Issue>> {
    if let Err(denial) = asked.call.access.may(action, of) {
        return Err(Some(Issue::error(IssueCode::Forbidden, denial.message)));
    }
    let Some(id) = asked.id.filter(|_| action != Action::Create) else {
        return Ok(None);
    };
    let found = read::find(asked.call, of, id).await;
    found
        .map(Some)
        .map_err(|error| error.issues().into_iter().next())
}

/// Whether the id is right for what is going to be done.
fn identity(asked: &Asked<'_>, mode: Mode, document: &Document) -> Option<Issue> {
    if mode != Mode::Update {
        return None;
    }
    let root = document.root();
    let at = format!("{}.id", root.resource_type_name().unwrap_or_default());
    match (root.text_at("id"), asked.id) {
        (None, _) => {
            let why = "an update needs the id of what it updates";
            Some(Issue::error(IssueCode::Required, why).at(at))
        }
        (Some(own), Some(id)) if own != id => {
            let why = "the id is not that of the resource addressed";
            Some(Issue::error(IssueCode::Value, why).at(at))
        }
        _ => None,
    }
}

/// Base R4, its advice, and profiles. A fault told by the base is not told again by a profile.
async fn content(
    asked: &Asked<'_>,
    resource_type: ResourceType,
    document: Document,
    profiles: &[String],
) -> Result<Vec<Issue>, Error> {
    let mut issues: Vec<Issue> = mistyped(&document, resource_type).into_iter().collect();
    issues.extend(validate::check(&document));
    let storage = &asked.call.house.storage;
    let registry = storage.registry().await?;
    let targets = targets(asked, &document).await;
    let request = Request {
        targets: Some(&targets),
        profiles,
        required: storage.required_profiles(resource_type),
        thorough: true,
        ..Request::of(&registry, asked.call.access.now())
    };
    let found = profile::check(&document, &request).into_iter();
    let found: Vec<Issue> = found
        .filter(|issue| {
            let mut base = issues.iter().filter(|told| is_error(told));
            !base.any(|told| told.expression.is_some() && told.expression == issue.expression)
        })
        .collect();
    issues.extend(found);
    if resource_type == ResourceType::STRUCTURE_DEFINITION {
        issues.extend(unusable(&registry, &document));
    }
    Ok(issues)
}

/// What references lead to, as far as the caller may read it whole: what is hidden is as good as not
/// there.
async fn targets(asked: &Asked<'_>, document: &Document) -> Targets {
    let mut targets = Targets::new();
    let call = asked.call;
    for element in reference::references(document.root()) {
        let Some(text) = element.str() else { continue };
        let place = Reference::parse(&text, Some(call.base()));
        let Reference::Local {
            resource_type, id, ..
        } = place
        else {
            continue;
        };
        if targets.len() >= limits::VALIDATED_TARGETS_MAX {
            break;
        }
        if targets.contains_key(&*text) {
            continue;
        }
        if let Ok(seen) = read::find(call, resource_type, &id).await
            && !seen.redacted()
            && let Ok(body) = std::str::from_utf8(seen.body())
            && let Ok(target) = Document::parse(body)
        {
            targets.insert(text.into_owned(), target);
        }
    }
    targets
}

/// Why a profile could not be checked against if it were stored: a warning, for its base may come
/// later.
fn unusable(registry: &Registry, document: &Document) -> Option<Issue> {
    let fault = registry.compile_profile(document).err()?;
    let why = format!("nothing can be checked against this profile: {fault}");
    Some(Issue::warning(IssueCode::NotSupported, why).at("StructureDefinition"))
}

fn is_error(issue: &Issue) -> bool {
    matches!(issue.severity, Severity::Error | Severity::Fatal)
}

/// Whether it is a resource of another type than the address names.
fn mistyped(document: &Document, expected: ResourceType) -> Option<Issue> {
    let name = document.root().resource_type_name()?;
    let own = ResourceType::from_name(&name).filter(|own| *own != expected)?;
    let why = format!("resourceType is {own} where {expected} is expected");
    Some(Issue::error(IssueCode::Value, why).at("resourceType"))
}

/// Says so where nothing is wrong.
fn with_verdict(mut outcome: Outcome, mode: Mode, profiles: &[String]) -> Outcome {
    if outcome.has_error() {
        return outcome;
    }
    let text = match (mode, profiles) {
        (Mode::Delete, _) => "the resource could be deleted".to_owned(),
        (_, []) => "the resource is valid FHIR R4 and keeps the profiles it claims".to_owned(),
        (_, profiles) => format!(
            "the resource is valid FHIR R4 and keeps the profiles it claims and {}",
            profiles.join(", ")
        ),
    };
    let verdict = Issue {
        severity: Severity::Information,
        ..Issue::error(IssueCode::Informational, text)
    };
    outcome.issues.insert(0, verdict);
    outcome
}
