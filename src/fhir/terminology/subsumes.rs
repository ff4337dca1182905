//! How two codes of one system relate in its hierarchy (R4 `CodeSystem/$subsumes`).

use super::{Content, Fault, Membership, System, Terminology};

/// The outcome of a subsumption test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subsumption {
    Equivalent,
    Subsumes,
    SubsumedBy,
    NotSubsumed,
}

impl Subsumption {
    /// The code R4 has for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Subsumes => "subsumes",
            Self::SubsumedBy => "subsumed-by",
            Self::NotSubsumed => "not-subsumed",
        }
    }
}

impl Terminology<'_> {
    /// How code `a` relates to code `b`.
    ///
    /// # Errors
    /// When the system's codes are not here, or it does not have one of the two.
    pub fn subsumes(
        &self,
        system: &str,
        version: Option<&str>,
        a: &str,
        b: &str,
    ) -> Result<Subsumption, Fault> {
        let absent = || Fault::System(system.to_owned());
        let lacks = |code: &str| Fault::Code {
            system: system.to_owned(),
            code: code.to_owned(),
        };
        let listed = match self.system(system, version) {
            System::Listed(listed) => listed,
            System::Absent => return Err(absent()),
            System::Ruled(rule) => {
                for code in [a, b] {
                    if rule.has(code) == Membership::No {
                        return Err(lacks(code));
                    }
                }
                // Equal codes are equal under any rule; of others rules say nothing.
                return match a == b {
                    true => Ok(Subsumption::Equivalent),
                    false => Err(absent()),
                };
            }
        };
        let place = |code: &str| {
            let missing = || match listed.content {
                Content::Complete => lacks(code),
                _ => absent(),
            };
            listed.position(code).ok_or_else(missing)
        };
        let (a, b) = (place(a)?, place(b)?);
        Ok(if a == b {
            Subsumption::Equivalent
        } else if !listed.children_are_kinds {
            Subsumption::NotSubsumed
        } else if listed.hierarchy.is_below(b, a) {
            Subsumption::Subsumes
        } else if listed.hierarchy.is_below(a, b) {
            Subsumption::SubsumedBy
        } else {
            Subsumption::NotSubsumed
        })
    }

    /// Every code of a system that a code subsumes (`below`) or is subsumed by, itself first.
    ///
    /// # Errors
    /// When the system's codes, or this one, are not here.
    pub fn relatives(&self, system: &str, code: &str, below: bool) -> Result<Vec<String>, Fault> {
        let System::Listed(listed) = self.system(system, None) else {
            return Err(Fault::System(system.to_owned()));
        };
        let missing = || Fault::Code {
            system: system.to_owned(),
            code: code.to_owned(),
        };
        let at = listed.position(code).ok_or_else(missing)?;
        let others = match (listed.children_are_kinds, below) {
            (false, _) => Vec::new(),
            (true, true) => listed.hierarchy.descendants(at),
            (true, false) => listed.hierarchy.ancestors(at),
        };
        let all = std::iter::once(at).chain(others.into_iter().filter(|other| *other != at));
        let codes = all.filter_map(|one| listed.at(one));
        Ok(codes.map(|concept| concept.code.to_string()).collect())
    }
}
