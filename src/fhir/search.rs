//! Search: parameters from the R4 definitions and the parsed form of a query (R4 3.1.1).

pub mod compile;
mod composite;
mod condition;
mod expression;
mod fold;
mod kin;
mod number;
mod parse;
pub mod posted;
pub(crate) mod table;
mod terms;
pub mod text;
mod value;

use crate::{Issue, IssueCode, ResourceType, index::ParamId};

pub use composite::ELEMENTS_MAX;
pub(crate) use composite::{Focus, Part, composites};
pub use condition::{Chain, Condition, Contained, Has, Within};
pub use expression::{FILTER_DEPTH_MAX, FILTER_TESTS_MAX};
pub use fold::fold;
pub use kin::{KIN_LEVELS_MAX, KIN_RESOURCES_MAX, Kin, part_of};
pub use parse::{parse, types};
pub use table::{is_subject, param, params, system_is_implied};
pub use terms::{Asked, CODES_MAX, Codes, Terms};

/// The kind of a search parameter (R4 3.1.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    String,
    Token,
    Reference,
    Date,
    Number,
    Quantity,
    Uri,
    Composite,
    Special,
}

/// One search parameter of one type, from the compiled tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    pub id: ParamId,
    pub resource_type: ResourceType,
    pub code: &'static str,
    pub kind: ParamType,
    /// Canonical URL of the SearchParameter.
    pub url: &'static str,
    /// Target types of a reference parameter; empty means any type.
    pub targets: Vec<ResourceType>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

/// Longest path of reference parameters a condition may follow, forward and backward together.
pub const CHAIN_STEPS_MAX: usize = 6;
/// How many reverse steps (`_has`) may lie within each other.
pub const HAS_STEPS_MAX: usize = 3;
/// Items a List may have to be searched in (`_list`).
pub const LIST_ITEMS_MAX: usize = 10_000;
/// How many alternatives (`a,b,c`) one parameter may have.
pub const ALTERNATIVES_MAX: usize = 256;
/// How many conditions a search may come to when chains to several types are written out.
pub const CONDITIONS_MAX: usize = 400;

/// How the values of a filter are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modifier {
    None,
    Exact,
    Contains,
    Missing,
    Not,
    /// The text beside a code has a word that begins so.
    Text,
    /// The text beside a code begins so.
    CodeText,
    /// `system|code|value`: an identifier by its type.
    OfType,
    Identifier,
    /// What the value lies below, in a hierarchy of URLs, places or codes.
    Above,
    Below,
    /// In a value set, or not in it.
    In,
    NotIn,
    /// Of `_filter`: the text as a whole, its beginning or its end, case aside.
    Equals,
    Begins,
    Ends,
    /// Of `_filter`: some value is another than this.
    Other,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Match {
    String(String),
    /// What a code begins or ends with or contains.
    Letters(String),
    /// `code` (any system) · `system|code` · `|code` (system absent) · `system|`
    Token {
        system: System,
        code: Option<String>,
    },
    /// Types allowed (empty: any) and id, or a foreign URL.
    Reference {
        resource_types: Vec<ResourceType>,
        id: String,
    },
    Url(String),
    /// A resource with what lies above or below it.
    Kin(Kin),
    Date {
        prefix: Prefix,
        low: i64,
        high: i64,
    },
    /// `low..high` is the implicit range of the digits given; `value` the number itself.
    Quantity {
        prefix: Prefix,
        value: f64,
        low: f64,
        high: f64,
        system: Option<String>,
        code: Option<String>,
    },
    Uri(String),
    /// Values that must be found in one element: for each component its kind, the number of its
    /// first element's index rows, and what it must be (nothing: anything).
    Together(Vec<(ParamType, ParamId, Option<Match>)>),
    /// Codes by what terminology says of them.
    Terms(Terms),
    Missing(bool),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum System {
    Any,
    None,
    Is(String),
}

/// One `name:modifier=a,b` of a query: the values are alternatives.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub param: Subject,
    pub modifier: Modifier,
    pub values: Vec<Match>,
}

/// What a filter or sort looks at: an indexed parameter or a column of the resource itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Subject {
    Param(&'static Param),
    Id,
    LastUpdated,
    /// All words there are; as a sort key, how well they fit what is asked.
    Text,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    pub by: Subject,
    pub descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    None,
    Estimate,
    Accurate,
}

/// `_include=Source:param[:Target]`, or `_revinclude`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    pub reverse: bool,
    pub iterate: bool,
    /// Nothing: whatever type.
    pub source: Option<ResourceType>,
    /// Nothing: every reference of the source.
    pub param: Option<&'static Param>,
    pub target: Option<ResourceType>,
}

impl Include {
    /// The reference parameters of a type that are meant.
    pub fn params(&self, source: ResourceType) -> Vec<&'static Param> {
        if self.source.is_some_and(|wanted| wanted != source) {
            return Vec::new();
        }
        match self.param {
            Some(param) => vec![param],
            None => {
                let all = params(source).iter();
                all.filter(|p| p.kind == ParamType::Reference).collect()
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Summary {
    #[default]
    False,
    True,
    Text,
    Data,
    Count,
}

/// A search, parsed and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub resource_type: ResourceType,
    /// All of these hold.
    pub filters: Vec<Condition>,
    pub sort: Vec<Sort>,
    /// Page size, in resources, already capped.
    pub count: usize,
    pub total: Option<Total>,
    pub includes: Vec<Include>,
    /// How often `:iterate` goes on, and how many resources a page may bring along.
    pub include_rounds_max: usize,
    pub included_max: usize,
    pub summary: Summary,
    pub elements: Vec<String>,
    /// Opaque position from a `next` link (`_cursor`).
    pub cursor: Option<String>,
    /// The pairs that took effect, for the `self` link.
    pub applied: Vec<(String, String)>,
    /// What was ignored under lenient handling.
    pub ignored: Vec<Issue>,
}

/// How unknown parameters are treated (`Prefer: handling=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    Strict,
    Lenient,
}

/// Limits and context a query is parsed under.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    pub base: &'a str,
    pub handling: Handling,
    pub count_default: usize,
    pub count_max: usize,
    pub clauses_max: usize,
    /// Parameters that came as resources.
    pub posted: Option<&'a posted::PostedParams>,
    /// How often `:iterate` goes on.
    pub include_rounds_max: usize,
    /// How many resources a page may bring along.
    pub included_max: usize,
}

impl Settings<'_> {
    /// A parameter of a type, of the standard or posted. Errors: one that is not ready yet.
    pub(crate) fn param(
        &self,
        resource_type: ResourceType,
        code: &str,
    ) -> Result<Option<&'static Param>, Issue> {
        if let Some(found) = param(resource_type, code) {
            return Ok(Some(found));
        }
        let posted = self.posted.and_then(|all| all.get(resource_type, code));
        match posted {
            None => Ok(None),
            Some(posted) if posted.ready => Ok(Some(posted.param)),
            Some(posted) => {
                let (done, total) = posted.progress;
                Err(Issue::error(
                    IssueCode::Transient,
                    format!(
                        "search parameter {}: {done} of {total} resources are indexed by it; it \
                         can be searched by when all are",
                        posted.param.code
                    ),
                ))
            }
        }
    }
    /// The composite that a parameter of kind composite is, of the standard or posted.
    pub(crate) fn composite(&self, param: &Param) -> Option<&composite::Composite> {
        let mut shipped = composites(param.resource_type).iter();
        let found = shipped.find(|composite| composite.param.id == param.id);
        found.or_else(|| self.posted?.composite(param))
    }
}
