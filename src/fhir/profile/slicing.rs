//! Slicing: what tells the slices of an element apart, and how to follow a discriminator's path.

use crate::Element;

/// How an element is cut into slices (ElementDefinition.slicing).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slicing {
    pub discriminators: Vec<Discriminator>,
    pub rules: Rules,
    pub ordered: bool,
}

/// Whether there may be more than the slices tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    Open,
    Closed,
    OpenAtEnd,
}

impl Rules {
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::OpenAtEnd => "openAtEnd",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discriminator {
    pub kind: DiscriminatorKind,
    /// As the profile writes it.
    pub path: String,
    /// `None` where the path is none that slicing allows.
    pub steps: Option<Vec<Step>>,
}

/// What is compared (R4 DiscriminatorType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscriminatorKind {
    Value,
    Exists,
    Pattern,
    Type,
    Profile,
}

/// One step of a discriminator's path: the few that slicing allows of FHIRPath.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Child(String),
    Extension(String),
    OfType(String),
    Resolve,
}

impl Slicing {
    pub(super) fn read(element: Element<'_>) -> Self {
        let discriminators = element.all("discriminator").into_iter();
        Self {
            discriminators: discriminators.filter_map(Discriminator::read).collect(),
            rules: match element.text_at("rules").as_deref() {
                Some("closed") => Rules::Closed,
                Some("openAtEnd") => Rules::OpenAtEnd,
                _ => Rules::Open,
            },
            ordered: element.get("ordered").and_then(Element::bool) == Some(true),
        }
    }
    /// How choices are sliced where nothing is said.
    pub(super) fn by_type() -> Self {
        Self::by(DiscriminatorKind::Type, "$this")
    }
    /// How extensions are sliced everywhere.
    pub(super) fn by_url() -> Self {
        Self::by(DiscriminatorKind::Value, "url")
    }
    fn by(kind: DiscriminatorKind, path: &str) -> Self {
        Self {
            discriminators: vec![Discriminator::new(kind, path)],
            rules: Rules::Open,
            ordered: false,
        }
    }
}

impl Discriminator {
    fn new(kind: DiscriminatorKind, path: &str) -> Self {
        Self {
            kind,
            path: path.to_owned(),
            steps: steps(path),
        }
    }
    fn read(element: Element<'_>) -> Option<Self> {
        let kind = match element.text_at("type")?.as_ref() {
            "value" => DiscriminatorKind::Value,
            "exists" => DiscriminatorKind::Exists,
            "pattern" => DiscriminatorKind::Pattern,
            "type" => DiscriminatorKind::Type,
            "profile" => DiscriminatorKind::Profile,
            _ => return None,
        };
        Some(Self::new(kind, &element.text_at("path")?))
    }
}

/// The steps of a path; `$this` is none at all.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        let end = part_end(rest);
        let (part, after) = rest.split_at_checked(end)?;
        rest = after.strip_prefix('.').unwrap_or(after);
        let argument = |name: &str| {
            let inner = part.strip_prefix(name)?.strip_prefix('(')?;
            let inner = inner.strip_suffix(')')?.trim();
            Some(inner.trim_matches(['\'', '"']).to_owned())
        };
        if part == "$this" {
            continue;
        }
        if part == "resolve()" {
            steps.push(Step::Resolve);
        } else if let Some(url) = argument("extension") {
            steps.push(Step::Extension(url));
        } else if let Some(name) = argument("ofType").or_else(|| argument("as")) {
            steps.push(Step::OfType(name));
        } else if part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            steps.push(Step::Child(part.to_owned()));
        } else {
            return None;
        }
    }
    Some(steps)
}

/// Where the first part of a path ends: at a dot outside of parentheses and quotes.
fn part_end(path: &str) -> usize {
    let (mut depth, mut quoted) = (0usize, false);
    for (at, c) in path.char_indices() {
        match c {
            '\'' | '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => return at,
            _ => {}
        }
    }
    path.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_discriminator_path_is_read_step_by_step() {
        let child = |name: &str| Step::Child(name.to_owned());
        assert_eq!(steps("$this").unwrap(), []);
        assert_eq!(
            steps("coding.code").unwrap(),
            [child("coding"), child("code")]
        );
        assert_eq!(
            steps("extension('http://x.org/a.b').value.ofType(Quantity)").unwrap(),
            [
                Step::Extension("http://x.org/a.b".into()),
                child("value"),
                Step::OfType("Quantity".into())
            ]
        );
        assert_eq!(
            steps("$this.resolve().code").unwrap(),
            [Step::Resolve, child("code")]
        );
        assert_eq!(steps("where(use='home')"), None);
        assert_eq!(steps("coding[0]"), None);
    }
}
