//! Code systems that are a grammar rather than a list: languages, media types, units, and others
//! whose codes can be judged, but not counted.

use super::membership::Membership::{self, No, Unknown, Yes};
use crate::ucum;

/// A code system given by rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `urn:ietf:bcp:47`, language tags.
    Language,
    /// `urn:ietf:bcp:13`, media types.
    MediaType,
    /// `http://unitsofmeasure.org`
    Unit,
    /// `urn:iso:std:iso:3166:-2`, parts of countries.
    Subdivision,
    /// `urn:ietf:rfc:3986`, any URI.
    Uri,
}

/// Canonical addresses of the systems that are rules.
const RULES: [(&str, Rule, &str); 5] = [
    ("urn:ietf:bcp:47", Rule::Language, "Languages"),
    ("urn:ietf:bcp:13", Rule::MediaType, "MediaTypes"),
    ("http://unitsofmeasure.org", Rule::Unit, "UCUM"),
    (
        "urn:iso:std:iso:3166:-2",
        Rule::Subdivision,
        "CountrySubdivisions",
    ),
    ("urn:ietf:rfc:3986", Rule::Uri, "URIs"),
];

/// Longest code that is judged, in bytes.
const CODE_BYTES_MAX: usize = 1_024;

impl Rule {
    /// The rule of a system, by its address.
    pub fn of(system: &str) -> Option<Self> {
        let mut rules = RULES.iter();
        let (_, rule, _) = rules.find(|(url, _, _)| *url == system)?;
        Some(*rule)
    }
    /// A computer-friendly name of the system.
    pub fn name(self) -> &'static str {
        let mut rules = RULES.iter();
        rules
            .find(|(_, rule, _)| *rule == self)
            .map_or("", |(_, _, name)| name)
    }
    /// Whether the system has a code.
    pub fn has(self, code: &str) -> Membership {
        if code.len() > CODE_BYTES_MAX || code.is_empty() {
            return No;
        }
        match self {
            Self::Language => Tag::read(code).map_or(No, |tag| tag.is_registered()),
            Self::MediaType => media_type(code),
            Self::Unit => unit(code),
            Self::Subdivision => subdivision(code),
            Self::Uri => Membership::from(url::Url::parse(code).is_ok()),
        }
    }
    /// Whether a property of a code holds a value: what filters ask for.
    pub fn exists(self, code: &str, property: &str) -> Membership {
        let Self::Language = self else { return Unknown };
        let Some(tag) = Tag::read(code) else {
            return No;
        };
        Membership::from(match property {
            "language" => !tag.language.is_empty(),
            "ext-lang" => tag.extended,
            "script" => tag.script,
            "region" => tag.region.is_some(),
            "variant" => tag.variant,
            "extension" => tag.extension,
            "private-use" => tag.private,
            _ => return Unknown,
        })
    }
}

/// The parts of a language tag (RFC 5646).
#[derive(Debug, Default)]
struct Tag<'a> {
    language: &'a str,
    region: Option<&'a str>,
    extended: bool,
    script: bool,
    variant: bool,
    extension: bool,
    private: bool,
}

/// Every two-letter language of ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co \
    cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho \
    hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku \
    kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv \
    ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st \
    su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

impl<'a> Tag<'a> {
    /// Reads a well-formed tag.
    fn read(code: &'a str) -> Option<Self> {
        let mut tag = Self::default();
        let letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphabetic());
        let alphanumeric = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric());
        let mut parts = code.split('-').peekable();
        match parts.next()? {
            "x" | "X" => tag.private = true,
            "i" | "I" => tag.language = code,
            first if (2..=8).contains(&first.len()) && letters(first) => tag.language = first,
            _ => return None,
        }
        let mut open = tag.private;
        let mut empty = tag.private;
        for part in parts {
            if part.is_empty() || part.len() > 8 || !alphanumeric(part) {
                return None;
            }
            let digit_first = part.starts_with(|c: char| c.is_ascii_digit());
            empty = false;
            if open {
                // After a singleton anything goes, until the next one.
                if part.len() == 1 && !tag.private {
                    tag.private = part.eq_ignore_ascii_case("x");
                    empty = true;
                }
                continue;
            }
            match part.len() {
                1 => {
                    open = true;
                    empty = true;
                    match part.eq_ignore_ascii_case("x") {
                        true => tag.private = true,
                        false => tag.extension = true,
                    }
                }
                3 if letters(part) && tag.is_bare() => tag.extended = true,
                4 if letters(part) && !tag.script && tag.is_before_region() => tag.script = true,
                2 if letters(part) && tag.is_before_region() => tag.region = Some(part),
                3 if !letters(part) && part.bytes().all(|b| b.is_ascii_digit()) => {
                    if !tag.is_before_region() {
                        return None;
                    }
                    tag.region = Some(part);
                }
                5.. => tag.variant = true,
                4 if digit_first => tag.variant = true,
                _ if tag.language.starts_with(['i', 'I']) && tag.language == code => {}
                _ => return None,
            }
        }
        (!empty).then_some(tag)
    }
    fn is_before_region(&self) -> bool {
        self.region.is_none() && !self.variant
    }
    fn is_bare(&self) -> bool {
        self.is_before_region() && !self.script
    }
    /// Whether its language and region are registered; of languages with three letters or more
    /// only the register knows.
    fn is_registered(&self) -> Membership {
        let small = self.language.to_ascii_lowercase();
        let language = match small.len() {
            0 => Yes,
            2 => Membership::from(LANGUAGES.split_whitespace().any(|one| one == small)),
            _ if small.starts_with("i-") => Unknown,
            3 => match small.as_str() {
                "mis" | "mul" | "und" | "zxx" => Yes,
                _ => Unknown,
            },
            _ => Unknown,
        };
        let rest = if self.variant || self.extended {
            Unknown
        } else {
            Yes
        };
        language.and(rest)
    }
}

/// `type/subtype`, with parameters or without (RFC 6838, RFC 2045).
fn media_type(code: &str) -> Membership {
    const TYPES: [&str; 11] = [
        "application",
        "audio",
        "chemical",
        "font",
        "haptics",
        "image",
        "message",
        "model",
        "multipart",
        "text",
        "video",
    ];
    // What R4 itself writes for its own formats.
    if ["json", "ttl", "xml"].contains(&code) {
        return Unknown;
    }
    let mut parts = code.split(';');
    let essence = parts.next().unwrap_or_default().trim_end();
    let Some((kind, subtype)) = essence.split_once('/') else {
        return No;
    };
    let name = |text: &str| {
        let good = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&b);
        !text.is_empty() && text.len() <= 127 && text.bytes().all(good)
    };
    let parameter = |text: &str| {
        let text = text.trim();
        text.split_once('=').is_some_and(|(key, value)| {
            name(key) && !value.is_empty() && value.bytes().all(|b| b >= b' ')
        })
    };
    if !name(subtype) || !name(kind) || !parts.all(parameter) {
        return No;
    }
    let kind = kind.to_ascii_lowercase();
    match TYPES.contains(&kind.as_str()) || kind.starts_with("x-") || kind == "*" {
        true => Yes,
        false => Unknown,
    }
}

/// A unit that can be read. One beyond our bounds may be one all the same, and so may one with
/// spaces in its annotations, which UCUM forbids and R4's own list of units has.
fn unit(code: &str) -> Membership {
    match ucum::Unit::parse(code) {
        Ok(_) => Yes,
        Err(_) if code.len() > ucum::LENGTH_MAX => Unknown,
        Err(_) if code.contains('{') && code.contains(' ') => {
            let closed = code.replace(' ', "_");
            ucum::Unit::parse(&closed).map_or(No, |_| Unknown)
        }
        Err(_) => No,
    }
}

/// `US-MA`: two letters, a dash, one to three letters or digits.
fn subdivision(code: &str) -> Membership {
    let Some((country, part)) = code.split_once('-') else {
        return No;
    };
    let good = country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=3).contains(&part.len())
        && part
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if good { Unknown } else { No }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(rule: Rule, codes: &[&str], expected: Membership) {
        for code in codes {
            assert_eq!(rule.has(code), expected, "{code}");
        }
    }

    #[test]
    fn language_tags_are_judged_by_form_and_by_what_is_registered() {
        let good = [
            "en",
            "en-US",
            "es-419",
            "zh-Hans-CN",
            "de-CH-x-phonebk",
            "x-house",
            "und",
        ];
        all(Rule::Language, &good, Yes);
        let unknown = [
            "sgn",
            "zh-yue",
            "de-1996",
            "sl-rozaj",
            "i-klingon",
            "kinchart",
        ];
        all(Rule::Language, &unknown, Unknown);
        let bad = [
            "xx",
            "english language",
            "en_US",
            "e",
            "en-",
            "en-US-",
            "en-u",
            "",
            "qq-US",
        ];
        all(Rule::Language, &bad, No);
        assert_eq!(Rule::Language.exists("zh-Hans-CN", "script"), Yes);
        assert_eq!(Rule::Language.exists("zh-CN", "script"), No);
        assert_eq!(Rule::Language.exists("en-x-a", "private-use"), Yes);
        assert_eq!(Rule::Language.exists("en", "color"), Unknown);
    }

    #[test]
    fn media_types_need_a_type_and_a_subtype() {
        let good = [
            "text/plain",
            "application/fhir+json",
            "text/html; charset=utf-8",
            "application/vnd.ms-excel",
            "X-house/x",
        ];
        all(Rule::MediaType, &good, Yes);
        let bad = [
            "text",
            "text/",
            "/plain",
            "text/a b",
            "text/plain; charset",
            "pdf",
            "a/b/c",
        ];
        all(Rule::MediaType, &bad, No);
        all(Rule::MediaType, &["json", "house/x"], Unknown);
    }

    #[test]
    fn parts_of_countries_have_a_form() {
        all(Rule::Subdivision, &["US-MA", "GB-ENG"], Unknown);
        all(Rule::Subdivision, &["MA", "us-ma", "USA-MA", "US-MASS"], No);
        all(Rule::Uri, &["urn:oid:1.2", "http://x/y"], Yes);
        all(Rule::Uri, &["x"], No);
        all(Rule::Unit, &["mg dL", "parsec squared"], No);
        all(
            Rule::Unit,
            &["mg/dL", "1", "{score}", "mm[Hg]", "10*3/uL"],
            Yes,
        );
    }
}
