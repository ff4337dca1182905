//! Addresses below our FHIR base.

use fhir::ResourceType;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What must be escaped in a query's name or value; FHIR's own `,|:$` stay readable.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// `{base}/Type/id`
pub fn instance(base: &str, resource_type: ResourceType, id: &str) -> String {
    format!("{base}/{}/{id}", resource_type.name())
}

/// `{base}/Type/id/_history/version`
pub fn version(base: &str, resource_type: ResourceType, id: &str, version: i64) -> String {
    format!("{base}/{}/{id}/_history/{version}", resource_type.name())
}

/// `address?name=value&…`, escaped; without pairs the address alone.
pub fn with_query<'a>(
    address: &str,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut out = String::from(address);
    let mut mark = '?';
    for (name, value) in pairs {
        out.push(mark);
        out.extend(utf8_percent_encode(name, QUERY));
        out.push('=');
        out.extend(utf8_percent_encode(value, QUERY));
        mark = '&';
    }
    out
}

/// The decoded pairs of a query string or form. Errors: the name of a pair that holds a NUL.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| {
            if name.contains('\0') || value.contains('\0') {
                Err(name.replace('\0', ""))
            } else {
                Ok((name.into_owned(), value.into_owned()))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_the_round_trip() {
        let pairs_in = [
            ("code", "http://loinc.org|1-8,a b"),
            ("name:exact", "M\u{fc}ller & +%"),
        ];
        let url = with_query("http://h/fhir/Observation", pairs_in);
        let back = pairs(url.split_once('?').map_or("", |(_, query)| query));
        let back = back.unwrap_or_default();
        let back: Vec<_> = back.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(back, pairs_in);
        assert!(url.contains("http://loinc.org|1-8,a%20b"), "{url}");
    }

    #[test]
    fn a_nul_is_refused() {
        assert_eq!(pairs("name=%00"), Err("name".to_owned()));
    }
}
