//! JSON Pointer (RFC 6901).

use crate::Element;
use crate::json::DEPTH_MAX;

/// The steps from the root of a document to a value, unescaped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pointer(pub(super) Vec<String>);

impl Pointer {
    /// Errors: what is no pointer, or leads deeper than any document goes.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Err("a JSON Pointer is empty or begins with /");
        };
        let steps: Option<Vec<String>> = rest.split('/').map(unescape).collect();
        let steps = steps.ok_or("in a JSON Pointer, ~ is followed by 0 or 1")?;
        if steps.len() > DEPTH_MAX {
            return Err("a JSON Pointer leads at most 64 levels deep");
        }
        Ok(Self(steps))
    }

    /// Where a value stands in its document.
    pub(super) fn of(target: Element<'_>) -> Self {
        let mut steps = Vec::new();
        let mut at = target.root();
        let wanted = target.span();
        while at.span() != wanted {
            let holds = |child: &Element<'_>| {
                let span = child.span();
                span.start <= wanted.start && wanted.end <= span.end
            };
            let items = at.items().enumerate();
            let next = match at.kind() {
                crate::json::Kind::Object => at
                    .members()
                    .find(|(_, child)| holds(child))
                    .map(|(name, child)| (name.into_owned(), child)),
                crate::json::Kind::Array => items
                    .map(|(index, child)| (index.to_string(), child))
                    .find(|(_, child)| holds(child)),
                _ => None,
            };
            let Some((step, child)) = next else { break };
            steps.push(step);
            at = child;
        }
        Self(steps)
    }

    /// The pointer to what holds the value, and the last step; `None` for the root.
    pub(super) fn split(&self) -> Option<(&[String], &str)> {
        let (last, before) = self.0.split_last()?;
        Some((before, last))
    }

    /// Whether this leads to something inside what `other` leads to.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }
}

fn unescape(step: &str) -> Option<String> {
    if !step.contains('~') {
        return Some(step.to_owned());
    }
    let mut out = String::with_capacity(step.len());
    let mut chars = step.chars();
    while let Some(c) = chars.next() {
        match c {
            '~' => match chars.next() {
                Some('0') => out.push('~'),
                Some('1') => out.push('/'),
                _ => return None,
            },
            c => out.push(c),
        }
    }
    Some(out)
}

/// An array index: `0`, or digits that do not begin with 0.
pub(super) fn index(step: &str) -> Option<usize> {
    let plain = step.bytes().all(|b| b.is_ascii_digit());
    let good = plain && (step == "0" || !step.starts_with('0'));
    good.then(|| step.parse().ok()).flatten()
}
