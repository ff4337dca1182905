//! One resource scope: who, what type, which acts, under which constraints.

use url::form_urlencoded;

use super::{Action, Context};

/// One resource scope, `context/Type.cruds?name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceScope {
    pub context: Context,
    /// `None` for `*`.
    pub resource_type: Option<String>,
    pub actions: Vec<Action>,
    /// Constraints after `?`, decoded: all must hold.
    pub constraints: Vec<(String, String)>,
    /// The scope exactly as it was asked for (echoed verbatim).
    pub text: String,
}

impl ResourceScope {
    /// One scope; `None` when it is malformed (letters out of order or twice, an empty constraint,
    /// …).
    pub fn parse(text: &str) -> Option<Self> {
        let (context, rest) = text.split_once('/')?;
        let context = match context {
            "patient" => Context::Patient,
            "user" => Context::User,
            "system" => Context::System,
            _ => return None,
        };
        let (head, query) = match rest.split_once('?') {
            Some((head, query)) => (head, Some(query)),
            None => (rest, None),
        };
        let (name, suffix) = head.split_once('.')?;
        let resource_type = parse_type(name)?;
        let (actions, v1) = parse_actions(suffix)?;
        let constraints = match query {
            None => Vec::new(),
            Some(_) if v1 => return None,
            Some(query) => parse_constraints(query)?,
        };
        Some(Self {
            context,
            resource_type,
            actions,
            constraints,
            text: text.to_owned(),
        })
    }
    /// Whether it speaks about this type.
    pub fn names(&self, resource_type: &str) -> bool {
        self.resource_type
            .as_deref()
            .is_none_or(|named| named == resource_type)
    }
    /// Whether it lets this act be done to the type, under its constraints if it has any.
    pub fn allows(&self, action: Action, resource_type: &str) -> bool {
        self.names(resource_type) && self.actions.contains(&action)
    }
    /// Whether everything `other` allows is allowed by this one scope too.
    pub fn covers(&self, other: &Self) -> bool {
        other.actions.iter().all(|a| self.covers_action(other, *a))
    }
    pub(super) fn covers_action(&self, other: &Self, action: Action) -> bool {
        self.context == other.context
            && (self.resource_type.is_none() || self.resource_type == other.resource_type)
            && self.actions.contains(&action)
            && self
                .constraints
                .iter()
                .all(|c| other.constraints.contains(c))
    }
    /// Whether it is written with a word of SMART v1: `read`, `write` or `*`.
    pub fn is_v1(&self) -> bool {
        let head = self.text.split('?').next().unwrap_or_default();
        head.split_once('.')
            .is_some_and(|(_, suffix)| V1.iter().any(|(word, _)| *word == suffix))
    }
    /// What both allow; `None` when nothing. Keeps the verbatim text of the narrower one where it
    /// can, in the form (v1 or v2) of this one.
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        if other.covers(self) {
            return Some(self.clone());
        }
        if self.covers(other) {
            return Some(other.clone().in_form_of(self));
        }
        let resource_type = match (&self.resource_type, &other.resource_type) {
            (Some(a), Some(b)) if a != b => return None,
            (Some(a), _) => Some(a.clone()),
            (None, b) => b.clone(),
        };
        let actions: Vec<Action> = Action::ALL
            .into_iter()
            .filter(|a| self.actions.contains(a) && other.actions.contains(a))
            .collect();
        if self.context != other.context || actions.is_empty() {
            return None;
        }
        let mut constraints = self.constraints.clone();
        constraints.extend(
            other
                .constraints
                .iter()
                .filter(|c| !self.constraints.contains(c))
                .cloned(),
        );
        Some(Self::of(self.context, resource_type, actions, constraints).in_form_of(self))
    }
    /// The same written as another scope is: v1 where a word says exactly these acts.
    fn in_form_of(mut self, asked: &Self) -> Self {
        if self.is_v1() == asked.is_v1() {
            return self;
        }
        if self.is_v1() {
            return Self::of(
                self.context,
                self.resource_type,
                self.actions,
                self.constraints,
            );
        }
        let word = V1.iter().find(|(_, actions)| *actions == self.actions);
        if let (Some((word, _)), true) = (word, self.constraints.is_empty()) {
            let name = self.resource_type.as_deref().unwrap_or("*");
            self.text = format!("{}/{name}.{word}", self.context.as_str());
        }
        self
    }
    /// A scope from its parts, its text written out in v2 form.
    pub fn of(
        context: Context,
        resource_type: Option<String>,
        actions: Vec<Action>,
        constraints: Vec<(String, String)>,
    ) -> Self {
        let mut text = format!(
            "{}/{}.",
            context.as_str(),
            resource_type.as_deref().unwrap_or("*")
        );
        text.extend(actions.iter().map(|a| a.letter()));
        for (i, (name, value)) in constraints.iter().enumerate() {
            text.push(if i == 0 { '?' } else { '&' });
            text.push_str(name);
            text.push('=');
            text.push_str(&encode_value(value));
        }
        Self {
            context,
            resource_type,
            actions,
            constraints,
            text,
        }
    }
}

/// Only what would break the scope string apart is escaped; readers expect `system|code` in clear.
fn encode_value(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '%' => out.push_str("%25"),
            '&' => out.push_str("%26"),
            '+' => out.push_str("%2B"),
            ' ' => out.push_str("%20"),
            c => out.push(c),
        }
    }
    out
}

fn parse_type(name: &str) -> Option<Option<String>> {
    if name == "*" {
        return Some(None);
    }
    let upper = name.starts_with(|c: char| c.is_ascii_uppercase());
    (upper && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphabetic()))
        .then(|| Some(name.to_owned()))
}

/// The words of v1 and what they mean in v2 (SMART App Launch 2.2 section 3.0.2.4).
const V1: &[(&str, &[Action])] = &[
    ("read", &[Action::Read, Action::Search]),
    ("write", &[Action::Create, Action::Update, Action::Delete]),
    ("*", &Action::ALL),
];

/// The acts of a suffix, and whether it was a v1 word.
fn parse_actions(suffix: &str) -> Option<(Vec<Action>, bool)> {
    if let Some((_, actions)) = V1.iter().find(|(word, _)| *word == suffix) {
        return Some((actions.to_vec(), true));
    }
    let mut left = Action::ALL.into_iter();
    let mut actions = Vec::new();
    for letter in suffix.chars() {
        actions.push(left.find(|a| a.letter() == letter)?);
    }
    (!actions.is_empty()).then_some((actions, false))
}

fn parse_constraints(query: &str) -> Option<Vec<(String, String)>> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let sound = pairs.iter().all(|(n, v)| !n.is_empty() && !v.is_empty());
    (!pairs.is_empty() && sound).then_some(pairs)
}
