//! An Access as a predicate over rows: the visible set, before paging.

/// Rows visible to a caller: those that satisfy any clause. No clause, no rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    pub clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Owner {
    Any,
    Nobody,
    Is(String),
    In(Vec<String>),
    NotIn(Vec<String>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub owner: Owner,
    /// Facet numbers visible whatever their hold.
    pub facets: Vec<i64>,
    /// Facet numbers visible only while no hold is in force (`hold_until` null or past).
    pub facets_unless_held: Vec<i64>,
    /// Only these resource ids (a proxy's own RelatedPerson), if given.
    pub ids: Option<Vec<String>>,
    /// Only rows routed to these pools, if given.
    pub pools: Option<Vec<String>>,
    /// The redaction rows of this clause carry: a filter or sort on another parameter must not match them.
    pub redaction: Option<&'static crate::Redaction>,
}
