//! Three answers to "is it one of them?": what is not known is never guessed.

/// Whether a code belongs somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    Yes,
    No,
    /// The content that would tell is not here.
    Unknown,
}

impl Membership {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }
    /// One or the other.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Unknown,
        }
    }
    /// All of them, asked until the answer is certain.
    pub fn all(mut of: impl Iterator<Item = Self>) -> Self {
        let both = of.try_fold(Self::Yes, |sum, one| match sum.and(one) {
            Self::No => None,
            sum => Some(sum),
        });
        both.unwrap_or(Self::No)
    }
    /// Any of them, asked until the answer is certain.
    pub fn any(mut of: impl Iterator<Item = Self>) -> Self {
        let either = of.try_fold(Self::No, |sum, one| match sum.or(one) {
            Self::Yes => None,
            sum => Some(sum),
        });
        either.unwrap_or(Self::Yes)
    }
}

impl std::ops::Not for Membership {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Membership {
    fn from(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Membership::{self, No, Unknown, Yes};

    #[test]
    fn unknown_stays_unknown_where_the_rest_does_not_decide() {
        assert_eq!([Yes.and(Unknown), No.and(Unknown)], [Unknown, No]);
        assert_eq!([Yes.or(Unknown), No.or(Unknown)], [Yes, Unknown]);
        assert_eq!([!Yes, !No, !Unknown], [No, Yes, Unknown]);
        let all = |of: &[Membership]| Membership::all(of.iter().copied());
        let any = |of: &[Membership]| Membership::any(of.iter().copied());
        assert_eq!(
            [all(&[]), all(&[Yes, Unknown]), all(&[Unknown, No])],
            [Yes, Unknown, No]
        );
        assert_eq!(
            [any(&[]), any(&[No, Unknown]), any(&[Unknown, Yes])],
            [No, Unknown, Yes]
        );
    }
}
