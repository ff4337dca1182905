//! What a parsed expression is: terms in an arena, and the functions there are.

use super::Value;
use super::types::TypeName;

/// Where a term lies in its expression.
pub(super) type Id = usize;

/// One node of an expression.
#[derive(Debug, Clone)]
pub(super) enum Term {
    /// `{}`.
    Empty,
    Literal(Value<'static>),
    This,
    Index,
    Total,
    Constant(Box<str>),
    /// Steps from a term, or from the focus.
    Path {
        start: Option<Id>,
        steps: Box<[Step]>,
    },
    Minus(Id),
    Plus(Id),
    Binary(Operator, Id, Id),
    Is(Id, TypeName),
    As(Id, TypeName),
}

/// One step of a path.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Member(Box<str>),
    Call(Function, Box<[Id]>),
    /// `is(…)`, `as(…)`, `ofType(…)`.
    Typed(Typing, TypeName),
    Index(Id),
}

/// The functions whose argument is a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typing {
    Is,
    As,
    OfType,
}

/// The binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Times,
    Divide,
    Div,
    Mod,
    Add,
    Subtract,
    Concatenate,
    Union,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Equal,
    Equivalent,
    NotEqual,
    NotEquivalent,
    In,
    Contains,
    And,
    Or,
    Xor,
    Implies,
}

impl Operator {
    /// The operator and how strongly it binds (FHIRPath 6.8); greater binds tighter.
    pub(super) fn of(text: &str) -> Option<(Self, u8)> {
        Some(match text {
            "*" => (Self::Times, 9),
            "/" => (Self::Divide, 9),
            "div" => (Self::Div, 9),
            "mod" => (Self::Mod, 9),
            "+" => (Self::Add, 8),
            "-" => (Self::Subtract, 8),
            "&" => (Self::Concatenate, 8),
            "|" => (Self::Union, 6),
            "<" => (Self::Less, 5),
            ">" => (Self::Greater, 5),
            "<=" => (Self::LessOrEqual, 5),
            ">=" => (Self::GreaterOrEqual, 5),
            "=" => (Self::Equal, 4),
            "~" => (Self::Equivalent, 4),
            "!=" => (Self::NotEqual, 4),
            "!~" => (Self::NotEquivalent, 4),
            "in" => (Self::In, 3),
            "contains" => (Self::Contains, 3),
            "and" => (Self::And, 2),
            "or" => (Self::Or, 1),
            "xor" => (Self::Xor, 1),
            "implies" => (Self::Implies, 0),
            _ => return None,
        })
    }
}

/// How strongly `is` and `as` bind.
pub(super) const TYPE_STRENGTH: u8 = 7;

macro_rules! functions {
    ($($variant:ident $name:literal $least:literal $most:literal;)*) => {
        /// Every function but those that take a type.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Function { $($variant,)* }

        impl Function {
            /// All functions.
            #[cfg(test)]
            pub(super) const ALL: &[(Self, &str)] = &[$((Self::$variant, $name),)*];
            /// The function of that name, with the least and most arguments it takes.
            pub(super) fn of(name: &str) -> Option<(Self, usize, usize)> {
                Some(match name {
                    $($name => (Self::$variant, $least, $most),)*
                    _ => return None,
                })
            }
        }
    };
}

functions! {
    // Existence (5.1)
    Empty "empty" 0 0;
    Exists "exists" 0 1;
    All "all" 1 1;
    AllTrue "allTrue" 0 0;
    AnyTrue "anyTrue" 0 0;
    AllFalse "allFalse" 0 0;
    AnyFalse "anyFalse" 0 0;
    SubsetOf "subsetOf" 1 1;
    SupersetOf "supersetOf" 1 1;
    Count "count" 0 0;
    Distinct "distinct" 0 0;
    IsDistinct "isDistinct" 0 0;
    // Filtering (5.2)
    Where "where" 1 1;
    Select "select" 1 1;
    Repeat "repeat" 1 1;
    // Subsetting (5.3)
    Single "single" 0 0;
    First "first" 0 0;
    Last "last" 0 0;
    Tail "tail" 0 0;
    Skip "skip" 1 1;
    Take "take" 1 1;
    Intersect "intersect" 1 1;
    Exclude "exclude" 1 1;
    // Combining (5.4)
    Union "union" 1 1;
    Combine "combine" 1 1;
    // Conversion (5.5)
    Iif "iif" 2 3;
    ToBoolean "toBoolean" 0 0;
    ConvertsToBoolean "convertsToBoolean" 0 0;
    ToInteger "toInteger" 0 0;
    ConvertsToInteger "convertsToInteger" 0 0;
    ToDate "toDate" 0 0;
    ConvertsToDate "convertsToDate" 0 0;
    ToDateTime "toDateTime" 0 0;
    ConvertsToDateTime "convertsToDateTime" 0 0;
    ToDecimal "toDecimal" 0 0;
    ConvertsToDecimal "convertsToDecimal" 0 0;
    ToQuantity "toQuantity" 0 1;
    ConvertsToQuantity "convertsToQuantity" 0 1;
    ToText "toString" 0 0;
    ConvertsToText "convertsToString" 0 0;
    ToTime "toTime" 0 0;
    ConvertsToTime "convertsToTime" 0 0;
    // Strings (5.6)
    IndexOf "indexOf" 1 1;
    LastIndexOf "lastIndexOf" 1 1;
    Substring "substring" 1 2;
    StartsWith "startsWith" 1 1;
    EndsWith "endsWith" 1 1;
    Contains "contains" 1 1;
    Upper "upper" 0 0;
    Lower "lower" 0 0;
    Replace "replace" 2 2;
    Matches "matches" 1 1;
    MatchesFull "matchesFull" 1 1;
    ReplaceMatches "replaceMatches" 2 2;
    Length "length" 0 0;
    ToChars "toChars" 0 0;
    Trim "trim" 0 0;
    Split "split" 1 1;
    Join "join" 0 1;
    Encode "encode" 1 1;
    Decode "decode" 1 1;
    Escape "escape" 1 1;
    Unescape "unescape" 1 1;
    // Math (5.7)
    Abs "abs" 0 0;
    Ceiling "ceiling" 0 0;
    Exp "exp" 0 0;
    Floor "floor" 0 0;
    Ln "ln" 0 0;
    Log "log" 1 1;
    Power "power" 1 1;
    Round "round" 0 1;
    Sqrt "sqrt" 0 0;
    Truncate "truncate" 0 0;
    // Tree (5.8)
    Children "children" 0 0;
    Descendants "descendants" 0 0;
    // Utility (5.9)
    Trace "trace" 1 2;
    Now "now" 0 0;
    TimeOfDay "timeOfDay" 0 0;
    Today "today" 0 0;
    // Types, logic, aggregates (6.3, 6.5, 7)
    Type "type" 0 0;
    Not "not" 0 0;
    Aggregate "aggregate" 1 2;
    // FHIR (R4 2.9.1.5)
    Extension "extension" 1 1;
    HasValue "hasValue" 0 0;
    GetValue "getValue" 0 0;
    Resolve "resolve" 0 0;
    MemberOf "memberOf" 1 1;
    ConformsTo "conformsTo" 1 1;
    HtmlChecks "htmlChecks" 0 0;
    CheckModifiers "checkModifiers" 1 20;
    Subsumes "subsumes" 1 1;
    SubsumedBy "subsumedBy" 1 1;
    Comparable "comparable" 1 1;
    ElementDefinition "elementDefinition" 0 0;
    Slice "slice" 2 2;
}
