//! Parameters made while the server runs: they live as long as the process, once each, under numbers
//! that no other has.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, PoisonError, RwLock};

use crate::ResourceType;
use crate::index::ParamId;
use crate::search::composite::{Focus, Part, composites};
use crate::search::{Param, ParamType, params};

/// What a parameter is made of, and so its number.
pub(super) struct Origin<'a> {
    pub resource_type: ResourceType,
    pub code: &'a str,
    pub kind: ParamType,
    pub url: &'a str,
    /// Expression, id and version of what was posted.
    pub text: &'a str,
}

/// By number. There are as many as there were distinct definitions; the number of a part leads to
/// the component it is of.
static INTERNED: LazyLock<RwLock<HashMap<ParamId, &'static Param>>> =
    LazyLock::new(RwLock::default);

/// Numbers of the standard's composite parameters within elements.
static PARTS: LazyLock<HashSet<ParamId>> = LazyLock::new(|| {
    let foci = ResourceType::all().flat_map(composites);
    let foci = foci.flat_map(|composite| composite.foci.iter());
    let parts = foci.flat_map(|focus| match focus {
        Focus::Element(_, parts) => parts.as_slice(),
        Focus::Resource(_) => &[],
    });
    let within = parts.filter_map(|part| match part {
        Part::Within(id, _) => Some(*id),
        Part::Around => None,
    });
    within.collect()
});

/// A parameter that is no composite.
pub(super) fn simple(origin: &Origin<'_>, targets: &[ResourceType]) -> &'static Param {
    intern(origin, targets, &[], "").0
}

/// A composite parameter and its components, each a parameter of its own that is compared as the
/// one it is defined by.
pub(super) fn composite(
    origin: &Origin<'_>,
    defined: &[&'static Param],
    expressions: &[&str],
) -> (&'static Param, Vec<&'static Param>) {
    let told = |(param, text): (&&Param, &&str)| {
        format!(
            "\n{} {:?} {:?} {text}",
            param.url, param.kind, param.targets
        )
    };
    let told: String = defined.iter().zip(expressions).map(told).collect();
    intern(origin, &[], defined, &told)
}

fn intern(
    origin: &Origin<'_>,
    targets: &[ResourceType],
    components: &[&'static Param],
    told: &str,
) -> (&'static Param, Vec<&'static Param>) {
    let Origin {
        resource_type,
        code,
        kind,
        url,
        text,
    } = *origin;
    let mut name = format!("{code}\n{kind:?}\n{url}\n{text}\n{targets:?}{told}");
    let known = INTERNED.write();
    let mut known = known.unwrap_or_else(PoisonError::into_inner);
    loop {
        let id = ParamId::of(resource_type, &name);
        if let Some(found) = known_as(&known, id, origin, targets, components) {
            return found;
        }
        if is_free(&known, resource_type, id, components.len()) {
            break keep(&mut known, origin, id, targets, components);
        }
        name.push('+');
    }
}

/// The parameter of a number with its components, if it is the one meant.
fn known_as(
    known: &HashMap<ParamId, &'static Param>,
    id: ParamId,
    origin: &Origin<'_>,
    targets: &[ResourceType],
    components: &[&'static Param],
) -> Option<(&'static Param, Vec<&'static Param>)> {
    let found = known.get(&id)?;
    let same = (found.resource_type, found.kind) == (origin.resource_type, origin.kind);
    if !same || found.code != origin.code || found.url != origin.url || found.targets != targets {
        return None;
    }
    let of = components.iter().enumerate().map(|(number, wanted)| {
        let component = known.get(&id.component(number))?;
        let alike = (component.kind, component.url) == (wanted.kind, wanted.url);
        (alike && component.targets == wanted.targets).then_some(*component)
    });
    Some((found, of.collect::<Option<_>>()?))
}

/// Whether neither the number nor those that follow from it are taken.
fn is_free(
    known: &HashMap<ParamId, &'static Param>,
    resource_type: ResourceType,
    id: ParamId,
    components: usize,
) -> bool {
    let shipped = |id: ParamId| params(resource_type).iter().any(|p| p.id == id);
    let taken = |id: ParamId| known.contains_key(&id) || shipped(id) || PARTS.contains(&id);
    let all: Vec<ParamId> = (0..components)
        .flat_map(|number| [id.component(number), id.part(number)])
        .chain([id])
        .collect();
    let distinct: HashSet<&ParamId> = all.iter().collect();
    distinct.len() == all.len() && !all.iter().any(|id| taken(*id))
}

fn keep(
    known: &mut HashMap<ParamId, &'static Param>,
    origin: &Origin<'_>,
    id: ParamId,
    targets: &[ResourceType],
    components: &[&'static Param],
) -> (&'static Param, Vec<&'static Param>) {
    let made: &'static Param = Box::leak(Box::new(Param {
        id,
        resource_type: origin.resource_type,
        code: String::leak(origin.code.to_owned()),
        kind: origin.kind,
        url: String::leak(origin.url.to_owned()),
        targets: targets.to_vec(),
    }));
    known.insert(id, made);
    let components = components.iter().enumerate().map(|(number, defined)| {
        let made: &'static Param = Box::leak(Box::new(Param {
            id: id.component(number),
            resource_type: origin.resource_type,
            ..(*defined).clone()
        }));
        known.insert(made.id, made);
        known.insert(id.part(number), made);
        made
    });
    (made, components.collect())
}
