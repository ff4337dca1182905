//! `ConceptMap/$translate`.

use std::sync::Arc;

use fhir::{
    Element,
    operation::Given,
    terminology::{Coding, ConceptMap, Fault, Terminology, Wish, answer},
};
use web::Answer;

use super::{
    Asked, missing,
    terms::{self, Subject},
};
use crate::error::Error;

/// Tells what a code is elsewhere.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let registry = terms::registry(asked).await?;
    let terminology = registry.terminology();
    let codings = terms::codings(asked, "version")?;
    if codings.iter().any(|coding| coding.system.is_none()) {
        return Err(missing("system", "a code has a meaning only in one"));
    }
    let maps = maps(asked, terminology).await?;
    let wish = wish(asked);
    let mut found = Vec::new();
    for coding in &codings {
        found.extend(terminology.translate(&maps, coding, &wish)?);
    }
    Ok(terms::answer(answer::of_translations(&found)))
}

async fn maps(
    asked: &Asked<'_>,
    terminology: Terminology<'_>,
) -> Result<Vec<Arc<ConceptMap>>, Error> {
    match terms::subject(asked, "conceptMap", "conceptMapVersion").await? {
        Some(Subject::Document(document)) => Ok(vec![Arc::new(ConceptMap::read(&document))]),
        Some(Subject::Canonical(canonical)) => {
            let map = terminology.concept_map(&canonical);
            Ok(vec![map.ok_or(Fault::ConceptMap(canonical))?])
        }
        None => {
            let inputs = &asked.inputs;
            let (source, target) = (inputs.text("source"), inputs.text("target"));
            if source.or(target).or(inputs.text("targetsystem")).is_none() {
                let why = "name a concept map, or what to translate from or to";
                return Err(missing("url", why));
            }
            Ok(terminology.concept_maps(source, target))
        }
    }
}

fn wish(asked: &Asked<'_>) -> Wish {
    let mut dependencies = Vec::new();
    for given in asked.inputs.all("dependency") {
        if let Given::Element(document) = given {
            dependencies.extend(dependency(document.root()));
        }
    }
    Wish {
        target_system: asked.inputs.text("targetsystem").map(str::to_owned),
        reverse: asked.inputs.flag("reverse") == Some(true),
        dependencies,
    }
}

fn dependency(parameter: Element<'_>) -> Vec<(String, Coding)> {
    let (mut name, mut codings) = (String::new(), Vec::new());
    for part in parameter.all("part") {
        match part.text_at("name").as_deref() {
            Some("element") => name = part.text_at("valueUri").unwrap_or_default().into_owned(),
            Some("concept") => {
                let all = part.all("valueCodeableConcept.coding").into_iter();
                codings.extend(all.filter_map(Coding::read));
            }
            _ => {}
        }
    }
    codings
        .into_iter()
        .map(|coding| (name.clone(), coding))
        .collect()
}
