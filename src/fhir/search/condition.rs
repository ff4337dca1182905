//! What a resource must satisfy to be found: filters, and what lies at the other end of references.

use super::{Filter, Param, ParamType, Subject, param, text::Text};
use crate::{ResourceType, compartment};

/// A condition on a resource of one type. Every value of one is either true or false.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    Filter(Filter),
    /// Each of them holds; of none: true.
    All(Vec<Condition>),
    /// One of them holds; of none: false.
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Chain(Chain),
    Has(Has),
    Within(Within),
    /// It is an item of one of these List resources (`_list`, R4 3.1.1.4.17), by their ids.
    Listed(Vec<String>),
    Text(Text),
    Contained(Contained),
}

/// Something inside the resource satisfies more (`_contained`, R4 3.1.1.5.5).
#[derive(Debug, Clone, PartialEq)]
pub struct Contained {
    pub resource_type: ResourceType,
    pub condition: Box<Condition>,
}

/// It is in the compartment of one resource (R4 3.1.1.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Within {
    pub resource_type: ResourceType,
    pub id: String,
    /// The reference parameters by which a resource of the searched type may be in it.
    pub params: Vec<&'static Param>,
    /// The compartment's own resource is in it.
    pub itself: bool,
}

/// A reference of the resource leads to one that satisfies more (R4 3.1.1.4.14).
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    pub param: &'static Param,
    /// Types it may lead to, each with what is asked there.
    pub to: Vec<(ResourceType, Condition)>,
}

/// Some resource of type `source` points here by `param` and satisfies more (R4 3.1.1.4.15).
#[derive(Debug, Clone, PartialEq)]
pub struct Has {
    pub source: ResourceType,
    pub param: &'static Param,
    pub condition: Box<Condition>,
}

impl Within {
    /// How resources of `member` are in the compartment of one resource; `None` when they never
    /// are.
    pub fn of(resource_type: ResourceType, id: &str, member: ResourceType) -> Option<Self> {
        let codes = compartment::params(resource_type, member)?;
        let params = codes.iter().filter_map(|code| param(member, code));
        Some(Self {
            resource_type,
            id: id.to_owned(),
            params: params.filter(|p| p.kind == ParamType::Reference).collect(),
            itself: member == resource_type,
        })
    }
}

impl Condition {
    /// The filter, if it is no more than one.
    pub fn as_filter(&self) -> Option<&Filter> {
        match self {
            Self::Filter(filter) => Some(filter),
            _ => None,
        }
    }

    /// Calls with everything that is looked at in the resource itself, not at the far end of its
    /// references.
    pub fn each_subject(&self, call: &mut dyn FnMut(Subject)) {
        match self {
            Self::Filter(filter) => call(filter.param),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.each_subject(call));
            }
            Self::Not(inner) => inner.each_subject(call),
            Self::Chain(chain) => call(Subject::Param(chain.param)),
            Self::Within(within) => within.params.iter().for_each(|p| call(Subject::Param(p))),
            Self::Text(_) => call(Subject::Text),
            // What is inside may be any part of the resource.
            Self::Contained(inside) => {
                call(Subject::Text);
                inside.condition.each_subject(call);
            }
            Self::Has(_) | Self::Listed(_) => {}
        }
    }

    /// Calls with every type that lies at the far end of a reference, over all steps.
    pub fn each_far_type(&self, call: &mut dyn FnMut(ResourceType)) {
        match self {
            Self::Filter(_)
            | Self::Within(_)
            | Self::Listed(_)
            | Self::Text(_)
            | Self::Contained(_) => {}
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.each_far_type(call));
            }
            Self::Not(inner) => inner.each_far_type(call),
            Self::Chain(chain) => {
                for (resource_type, condition) in &chain.to {
                    call(*resource_type);
                    condition.each_far_type(call);
                }
            }
            Self::Has(has) => {
                call(has.source);
                has.condition.each_far_type(call);
            }
        }
    }

    /// Whether a reverse step starts from a type.
    pub fn starts_from(&self, source: ResourceType) -> bool {
        match self {
            Self::Filter(_)
            | Self::Within(_)
            | Self::Listed(_)
            | Self::Text(_)
            | Self::Contained(_) => false,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|p| p.starts_from(source)),
            Self::Not(inner) => inner.starts_from(source),
            Self::Chain(chain) => chain.to.iter().any(|(_, inner)| inner.starts_from(source)),
            Self::Has(has) => has.source == source || has.condition.starts_from(source),
        }
    }

    /// How many filters it holds, over all steps.
    pub fn size(&self) -> usize {
        match self {
            Self::Filter(_) | Self::Within(_) | Self::Listed(_) | Self::Text(_) => 1,
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::size).sum(),
            Self::Not(inner) => inner.size(),
            Self::Contained(inside) => inside.condition.size(),
            Self::Chain(chain) => chain.to.iter().map(|(_, inner)| inner.size()).sum(),
            Self::Has(has) => has.condition.size(),
        }
    }
}
