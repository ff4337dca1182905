//! `Observation/$stats` (R4): statistics over a subject's measurements.

use config::limits;
use fhir::{
    Document, Element, Reference, ResourceType,
    json::quote,
    statistics::{self, Dimension, Figure, Group, Sample},
};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use storage::{Found, Seen};
use web::Answer;

use super::{
    Asked,
    found::{all, pair},
    matching::escaped,
    missing,
};
use crate::error::Error;

/// Source observations sent along when nothing else is said.
const SOURCES: usize = 100;

/// One Observation of results for each code, and the sources when they are asked for.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let wanted = codes(asked)?;
    let subject = subject(asked)?;
    let wanted_statistics = wanted_statistics(asked)?;
    let (start, end) = range(asked)?;
    let mut query = vec![
        pair("subject", escaped(&subject)),
        pair("combo-code", tokens(&wanted)),
        pair("_sort", "-date"),
    ];
    // The date of a search holds what it covers; the range is kept to below, to the microsecond.
    let bounds = [("sa", start, -1), ("eb", end, 1)];
    for (prefix, bound, days) in bounds {
        let wide = bound.and_then(|at| at.checked_add(SignedDuration::from_hours(days * 48)).ok());
        query.extend(
            wide.map(|at| pair("date", format!("{prefix}{}", fhir::datetime::instant(at)))),
        );
    }
    let limit = limits::OPERATION_RESOURCES_MAX;
    let found = all(asked.call, ResourceType::OBSERVATION, &query, limit).await?;
    let (samples, sources) = sampled(asked, found, start, end).await?;
    let mut groups = Sample::grouped(samples, &wanted);
    if groups.is_empty() {
        groups.extend(wanted.first().map(|code| (code.clone(), Group::default())));
    }
    let mut parameters: Vec<String> = Vec::new();
    for (code, group) in &groups {
        let result = result(&subject, code, group, &wanted_statistics, (start, end));
        parameters.push(format!("{{\"name\":\"statistics\",\"resource\":{result}}}"));
    }
    if asked.inputs.flag("include") == Some(true) {
        let most = asked
            .inputs
            .whole("limit")
            .map(|limit| usize::try_from(limit).unwrap_or(SOURCES));
        let most = most.unwrap_or(SOURCES).min(limits::PAGE_RESOURCES_MAX);
        for source in sources.iter().take(most) {
            let body = String::from_utf8_lossy(source.body());
            parameters.push(format!("{{\"name\":\"source\",\"resource\":{body}}}"));
        }
    }
    let text = format!(
        "{{\"resourceType\":\"Parameters\",\"parameter\":[{}]}}",
        parameters.join(",")
    );
    Ok(Answer::text(StatusCode::OK, text))
}

/// `system|code` of all that is asked for.
fn codes(asked: &Asked<'_>) -> Result<Vec<String>, Error> {
    let system = asked.inputs.text("system");
    let mut codes: Vec<String> = Vec::new();
    for code in asked
        .inputs
        .texts("code")
        .flat_map(|codes| codes.split(','))
    {
        codes.push(match system {
            Some(system) => format!("{system}|{code}"),
            None => code.to_owned(),
        });
    }
    for coding in asked.inputs.elements("coding") {
        let code = coding.text_at("code").unwrap_or_default();
        codes.push(match coding.text_at("system") {
            Some(system) => format!("{system}|{code}"),
            None => code.into_owned(),
        });
    }
    codes.retain(|code| !code.is_empty());
    if codes.is_empty() {
        return Err(missing(
            "code",
            "say what was measured, by code or by coding",
        ));
    }
    Ok(codes)
}

fn tokens(codes: &[String]) -> String {
    let token = |code: &String| match code.rsplit_once('|') {
        Some((system, code)) => format!("{}|{}", escaped(system), escaped(code)),
        None => escaped(code),
    };
    codes.iter().map(token).collect::<Vec<_>>().join(",")
}

/// `Type/id`. Errors: 400 for the subject of another server.
fn subject(asked: &Asked<'_>) -> Result<String, Error> {
    let text = asked.inputs.text("subject").unwrap_or_default();
    match Reference::parse(text, Some(asked.call.base())) {
        Reference::Local {
            resource_type, id, ..
        } => Ok(format!("{resource_type}/{id}")),
        _ => Err(Error::value(
            "subject must be a reference such as Patient/123",
            "subject",
        )),
    }
}

fn wanted_statistics(asked: &Asked<'_>) -> Result<Vec<(&'static str, &'static str)>, Error> {
    let names = asked
        .inputs
        .texts("statistic")
        .flat_map(|names| names.split(','));
    names
        .map(|name| {
            let mut known = statistics::STATISTICS.iter();
            known
                .find(|(code, _)| *code == name)
                .copied()
                .ok_or_else(|| {
                    let shown: String = name.chars().take(40).collect();
                    Error::value(
                        format!("statistic: {shown} is not one of this server"),
                        "statistic",
                    )
                })
        })
        .collect()
}

/// From when to when: the last hours, or a period; without either, ever.
fn range(asked: &Asked<'_>) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
    if let Some(hours) = asked.inputs.text("duration") {
        let now = asked.call.access.now();
        let hours: f64 = hours.parse().unwrap_or(-1.0);
        let seconds = SignedDuration::try_from_secs_f64(hours * 3_600.0).ok();
        let start = seconds
            .filter(|seconds| seconds.is_positive())
            .and_then(|seconds| now.checked_sub(seconds).ok());
        return match start {
            Some(start) => Ok((
                Some(start),
                now.checked_add(SignedDuration::from_micros(1)).ok(),
            )),
            None => Err(Error::value(
                "duration must be a number of hours above 0",
                "duration",
            )),
        };
    }
    let Some(period) = asked.inputs.element("period") else {
        return Ok((None, None));
    };
    let covered = |name: &str| fhir::datetime::interval(&period.text_at(name)?);
    let at = |microseconds: i64| Timestamp::from_microsecond(microseconds).ok();
    let start = covered("start").and_then(|covered| at(covered.low));
    Ok((start, covered("end").and_then(|covered| at(covered.high))))
}

/// The measurements of what was found and of the members of panels, and where they are from.
async fn sampled(
    asked: &Asked<'_>,
    found: Vec<Seen>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
) -> Result<(Vec<Sample>, Vec<Seen>), Error> {
    let (mut samples, mut sources) = (Vec::new(), Vec::new());
    let mut members: Vec<String> = Vec::new();
    let mut known: std::collections::HashSet<String> =
        found.iter().map(|seen| seen.id().to_owned()).collect();
    let within = |sample: &Sample| {
        let at = sample
            .at
            .and_then(|at| Timestamp::from_microsecond(at).ok());
        match at {
            None => start.is_none() && end.is_none(),
            Some(at) => start.is_none_or(|s| at >= s) && end.is_none_or(|e| at < e),
        }
    };
    let mut take = |seen: Seen, members: &mut Vec<String>| {
        let text = std::str::from_utf8(seen.body()).unwrap_or_default();
        let Ok(document) = Document::parse(text) else {
            return;
        };
        let root = document.root();
        members.extend(root.all("hasMember.reference").iter().filter_map(member_id));
        let mut of_it = statistics::samples(root);
        of_it.retain(within);
        if !of_it.is_empty() {
            samples.extend(of_it);
            sources.push(seen);
        }
    };
    for seen in found {
        take(seen, &mut members);
    }
    members.retain(|id| known.insert(id.clone()));
    members.truncate(limits::INCLUDED_RESOURCES_MAX);
    for id in members {
        let read = asked
            .call
            .records()
            .read(ResourceType::OBSERVATION, &id)
            .await?;
        if let Found::Seen(seen) = read {
            take(seen, &mut Vec::new());
        }
    }
    Ok((samples, sources))
}

fn member_id(reference: &Element<'_>) -> Option<String> {
    let text = reference.str()?;
    match fhir::reference::split(&text)? {
        (ResourceType::OBSERVATION, id, _) => Some(id.to_owned()),
        _ => None,
    }
}

/// The Observation that holds the results for one code.
fn result(
    subject: &str,
    code: &str,
    group: &Group,
    wanted: &[(&str, &str)],
    (start, end): (Option<Timestamp>, Option<Timestamp>),
) -> String {
    let (points, unit) = group.points();
    let mut components = Vec::new();
    for (statistic, display) in wanted {
        let figures = statistics::figures(statistic, &points, group.samples.len());
        for figure in figures.unwrap_or_default() {
            components.push(component(statistic, display, &figure, unit.as_deref()));
        }
    }
    let coded = group.samples.first().map(|sample| sample.code.clone());
    let coded = coded.unwrap_or_else(|| match code.rsplit_once('|') {
        Some((system, code)) => {
            format!(
                "{{\"coding\":[{{\"system\":{},\"code\":{}}}]}}",
                quote(system),
                quote(code)
            )
        }
        None => format!("{{\"coding\":[{{\"code\":{}}}]}}", quote(code)),
    });
    let times = group.samples.iter().filter_map(|sample| sample.at);
    let times = times.filter_map(|at| Timestamp::from_microsecond(at).ok());
    let start = start.or_else(|| times.clone().min());
    let end = end.or_else(|| times.max());
    let mut period = Vec::new();
    for (name, at) in [("start", start), ("end", end)] {
        period.extend(at.map(|at| format!("\"{name}\":\"{}\"", fhir::datetime::instant(at))));
    }
    let period = match period.as_slice() {
        [] => String::new(),
        members => format!(",\"effectivePeriod\":{{{}}}", members.join(",")),
    };
    format!(
        "{{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{coded},\
         \"subject\":{{\"reference\":{}}}{period},\"component\":[{}]}}",
        quote(subject),
        components.join(",")
    )
}

fn component(statistic: &str, display: &str, figure: &Figure, unit: Option<&str>) -> String {
    let text = match figure.part {
        "" => String::new(),
        part => format!(",\"text\":{}", quote(&format!("{display}: {part}"))),
    };
    let code = format!(
        "\"code\":{{\"coding\":[{{\"system\":\"{}\",\"code\":\"{statistic}\",\"display\":\"{display}\"}}]{text}}}",
        statistics::SYSTEM
    );
    let unit = unit.unwrap_or("1");
    let unit = match figure.dimension {
        Dimension::Same => unit.to_owned(),
        Dimension::One => "1".to_owned(),
        Dimension::Squared => format!("({unit})2"),
        Dimension::PerDay => format!("({unit})/d"),
    };
    match figure.value {
        Some(value) => format!(
            "{{{code},\"valueQuantity\":{{\"value\":{},\"unit\":{unit},\
             \"system\":\"http://unitsofmeasure.org\",\"code\":{unit}}}}}",
            number(value),
            unit = quote(&unit)
        ),
        None => format!(
            "{{{code},\"dataAbsentReason\":{{\"coding\":[{{\"system\":\
             \"http://terminology.hl7.org/CodeSystem/data-absent-reason\",\"code\":\"not-applicable\"}}]}}}}"
        ),
    }
}

/// Twelve digits, and no zeros that say nothing.
fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(value);
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_plainly() {
        for (value, text) in [
            (5.0, "5"),
            (0.1 + 0.2, "0.3"),
            (1e21, "1000000000000000000000"),
            (-2.5, "-2.5"),
            (1.0 / 3.0, "0.333333333333"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
