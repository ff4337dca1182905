//! Whether whoever comes with the link of an invitation is the one it is for, and of an age to act for others.

use access::vocabulary::MINOR_PARENT;
use serde_json::Value;
use smart::jwk::hash_of_secret;

use super::book::text;
use super::{Desk, Error, Relation, extent};

/// Birth dates tried with one link in a day: only who is invited need know theirs.
const TRIES_MAX: i64 = 5;
const DAY_SECONDS: i64 = 86_400;

/// What somebody is told who comes with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Welcome {
    Come,
    TooYoung,
    SomebodyElse,
    TooOften,
}

/// Of somebody who has no account yet; `birth_date` is what they say. A link without an invitation asks for
/// the age alone.
pub(crate) async fn welcome(
    desk: &Desk<'_>,
    secret: &str,
    birth_date: &str,
) -> Result<Welcome, Error> {
    let hash = hash_of_secret(secret);
    let found = desk.storage.proxies().invitation(&hash, desk.now).await?;
    let relation = match found {
        Some(found) => Relation::find(desk, &found.related_person).await?,
        None => None,
    };
    let related = relation.map_or(Value::Null, |it| it.related.json);
    of(desk, &hash, &related, birth_date).await
}

/// The same of a RelatedPerson at hand, or of none. A wrong birth date is counted.
pub(super) async fn of(
    desk: &Desk<'_>,
    hash: &str,
    related: &Value,
    birth_date: &str,
) -> Result<Welcome, Error> {
    let noted = text(related, "/birthDate");
    if !noted.is_empty() {
        let throttle = desk.storage.throttle();
        let key = format!("invited:{hash}");
        let (most, window) = (TRIES_MAX, DAY_SECONDS);
        if !throttle.allow(&key, most, window, desk.now).await? {
            return Ok(Welcome::TooOften);
        }
        if noted != birth_date {
            return Ok(Welcome::SomebodyElse);
        }
        throttle.forgive(&key).await?;
    }
    let age = desk.pack.proxy_min_age;
    let of_age = extent::has_attained(&desk.pack, birth_date, age, desk.now);
    Ok(match of_age == Some(true) || is_minor_parent(related) {
        true => Welcome::Come,
        false => Welcome::TooYoung,
    })
}

/// Whether staff wrote down that this parent acts for their own child before they are of age themself.
fn is_minor_parent(related: &Value) -> bool {
    let extensions = related.get("extension").and_then(Value::as_array);
    extensions.into_iter().flatten().any(|it| {
        text(it, "/url") == MINOR_PARENT && it.get("valueBoolean") == Some(&Value::Bool(true))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_minor_parent_is_one_who_was_written_down_as_one() {
        assert!(is_minor_parent(&json!({"extension": [
            {"url": MINOR_PARENT, "valueBoolean": true}]})));
        assert!(!is_minor_parent(&json!({"extension": [
            {"url": MINOR_PARENT, "valueBoolean": false}]})));
        assert!(!is_minor_parent(&json!({})));
        assert!(!is_minor_parent(&Value::Null));
    }
}
