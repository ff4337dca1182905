//! SMART App Launch 2.2 scopes (v2 `cruds`, and v1 mapped to it): what a token may do, as a set.

mod resource;

pub use resource::ResourceScope;

/// Who a resource scope speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    Patient,
    User,
    System,
}

impl Context {
    /// The word before the slash.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// What a client wants to do with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Create,
    Read,
    Update,
    Delete,
    Search,
}

impl Action {
    /// In the only order a v2 scope may name them.
    pub const ALL: [Self; 5] = [
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::Search,
    ];
    /// The letter of a v2 scope.
    pub fn letter(self) -> char {
        match self {
            Self::Create => 'c',
            Self::Read => 'r',
            Self::Update => 'u',
            Self::Delete => 'd',
            Self::Search => 's',
        }
    }
}

/// Scopes that are not about resources.
pub const OTHERS: &[&str] = &[
    "openid",
    "fhirUser",
    "profile",
    "launch",
    "launch/patient",
    "launch/encounter",
    "offline_access",
    "online_access",
];

/// A parsed scope string. Malformed and unknown scopes are kept in `refused` and grant nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    pub resources: Vec<ResourceScope>,
    /// `openid`, `fhirUser`, `launch/patient`, `offline_access`, …
    pub others: Vec<String>,
    pub refused: Vec<String>,
    /// Texts of those that grant something, in the order asked.
    order: Vec<String>,
}

impl Scopes {
    /// Reads a space-separated scope string (RFC 6749 section 3.3). Repetitions count once.
    pub fn parse(text: &str) -> Self {
        let mut scopes = Self::default();
        for word in text.split_ascii_whitespace() {
            if OTHERS.contains(&word) {
                scopes.push_other(word);
            } else if let Some(resource) = ResourceScope::parse(word) {
                scopes.push(resource);
            } else if !scopes.refused.iter().any(|r| r == word) {
                scopes.refused.push(word.to_owned());
            }
        }
        scopes
    }
    /// Adds a resource scope unless the same text is there.
    pub fn push(&mut self, resource: ResourceScope) {
        if !self.order.contains(&resource.text) {
            self.order.push(resource.text.clone());
            self.resources.push(resource);
        }
    }
    fn push_other(&mut self, word: &str) {
        if !self.has(word) {
            self.order.push(word.to_owned());
            self.others.push(word.to_owned());
        }
    }
    /// Whether it holds `openid`, `launch/patient`, …
    pub fn has(&self, other: &str) -> bool {
        self.others.iter().any(|o| o == other)
    }
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
    /// Texts in the order asked, refused ones left out.
    pub fn texts(&self) -> &[String] {
        &self.order
    }
    /// Verbatim, in the order asked, refused ones left out.
    pub fn to_text(&self) -> String {
        self.order.join(" ")
    }
    /// Whether all that one scope allows is allowed here (by several scopes together, act by act).
    pub fn covers(&self, one: &ResourceScope) -> bool {
        one.actions
            .iter()
            .all(|a| self.resources.iter().any(|r| r.covers_action(one, *a)))
    }
    /// Whether all of `other` is allowed here.
    pub fn covers_all(&self, other: &Self) -> bool {
        other.resources.iter().all(|r| self.covers(r)) && other.others.iter().all(|o| self.has(o))
    }
    /// What of this the `limit` allows too: never more than was asked, never more than the limit.
    /// Scopes wholly within the limit keep their text; broader ones are cut down to what is left of
    /// them.
    #[must_use]
    pub fn narrow(&self, limit: &Self) -> Self {
        let mut narrowed = Self::default();
        for text in &self.order {
            if self.has(text) {
                if limit.has(text) {
                    narrowed.push_other(text);
                }
            } else if let Some(asked) = self.resources.iter().find(|r| r.text == *text) {
                if limit.covers(asked) {
                    narrowed.push(asked.clone());
                    continue;
                }
                for part in limit.resources.iter().filter_map(|l| asked.intersect(l)) {
                    narrowed.push(part);
                }
            }
        }
        narrowed
    }
    /// The same without some of the scopes that are not about resources.
    #[must_use]
    pub fn without(&self, others: &[&str]) -> Self {
        let mut kept = self.clone();
        kept.others.retain(|o| !others.contains(&o.as_str()));
        kept.order.retain(|o| !others.contains(&o.as_str()));
        kept
    }
    /// The scopes whose text a test holds for, order kept.
    #[must_use]
    pub fn select(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut kept = Self::default();
        for text in self.order.iter().filter(|text| keep(text)) {
            match self.resources.iter().find(|r| r.text == *text) {
                Some(resource) => kept.push(resource.clone()),
                None => kept.push_other(text),
            }
        }
        kept
    }
    /// The scopes a test holds for, order kept.
    #[must_use]
    pub fn filter(&self, keep_resource: impl Fn(&ResourceScope) -> bool) -> Self {
        let mut kept = Self::default();
        for text in &self.order {
            if self.has(text) {
                kept.push_other(text);
            } else if let Some(r) = self.resources.iter().find(|r| r.text == *text)
                && keep_resource(r)
            {
                kept.push(r.clone());
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const LAB: &str = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

    #[test]
    fn v2_letters_must_come_in_order_and_once() {
        for good in ["c", "rs", "cruds", "cud", "s"] {
            assert!(ResourceScope::parse(&format!("patient/Observation.{good}")).is_some());
        }
        for bad in ["", "sr", "rr", "rx", "dus", "Read", "rs "] {
            assert!(ResourceScope::parse(&format!("patient/Observation.{bad}")).is_none());
        }
    }

    #[test]
    fn v1_words_mean_their_letters() {
        let read = ResourceScope::parse("patient/*.read").unwrap();
        assert_eq!(read.actions, [Action::Read, Action::Search]);
        assert_eq!(read.resource_type, None);
        let write = ResourceScope::parse("user/Patient.write").unwrap();
        assert_eq!(
            write.actions,
            [Action::Create, Action::Update, Action::Delete]
        );
        assert_eq!(
            ResourceScope::parse("system/*.*").unwrap().actions,
            Action::ALL
        );
        assert!(ResourceScope::parse("patient/Observation.read?category=x").is_none());
    }

    #[test]
    fn constraints_are_decoded_and_text_is_kept() {
        let lab = ResourceScope::parse(LAB).unwrap();
        assert_eq!(
            lab.constraints,
            [(
                "category".to_owned(),
                "http://terminology.hl7.org/CodeSystem/observation-category|laboratory".to_owned()
            )]
        );
        assert_eq!(lab.text, LAB);
        let encoded = ResourceScope::parse("patient/Condition.rs?category=a%7Cb").unwrap();
        assert_eq!(
            encoded.constraints,
            [("category".to_owned(), "a|b".to_owned())]
        );
        for bad in ["?", "?category", "?category=", "?=x"] {
            assert!(ResourceScope::parse(&format!("patient/Condition.rs{bad}")).is_none());
        }
    }

    #[test]
    fn malformed_and_unknown_scopes_grant_nothing_and_are_not_echoed() {
        let scopes = Scopes::parse(
            "openid  patient/Observation.sr foo patient/*.rs openid everyone/*.rs patient/obs.rs",
        );
        assert_eq!(scopes.to_text(), "openid patient/*.rs");
        assert_eq!(
            scopes.refused,
            [
                "patient/Observation.sr",
                "foo",
                "everyone/*.rs",
                "patient/obs.rs"
            ]
        );
    }

    #[test]
    fn a_category_scope_does_not_cover_the_whole_type() {
        let lab = ResourceScope::parse(LAB).unwrap();
        let all = ResourceScope::parse("patient/Observation.rs").unwrap();
        assert!(all.covers(&lab));
        assert!(!lab.covers(&all));
    }

    #[test]
    fn several_scopes_together_cover_one() {
        let scopes = Scopes::parse("patient/Patient.r patient/*.s");
        assert!(scopes.covers(&ResourceScope::parse("patient/Patient.rs").unwrap()));
        assert!(!scopes.covers(&ResourceScope::parse("patient/Observation.rs").unwrap()));
        assert!(!scopes.covers(&ResourceScope::parse("user/Patient.r").unwrap()));
    }

    #[test]
    fn narrowing_cuts_a_broad_request_to_the_limit() {
        let asked = Scopes::parse("openid patient/*.cruds launch/patient offline_access");
        let limit = Scopes::parse("openid launch/patient patient/Patient.rs patient/Goal.read");
        assert_eq!(
            asked.narrow(&limit).to_text(),
            "openid patient/Patient.rs patient/Goal.rs launch/patient"
        );
        let v1 = Scopes::parse("patient/*.read").narrow(&limit);
        assert_eq!(v1.to_text(), "patient/Patient.read patient/Goal.read");
        let part = Scopes::parse("patient/*.read").narrow(&Scopes::parse("patient/Goal.r"));
        assert_eq!(part.to_text(), "patient/Goal.r");
        let write = Scopes::parse("patient/Goal.cu").narrow(&Scopes::parse("patient/*.rs"));
        assert!(write.is_empty());
        let cut = Scopes::parse("patient/Goal.cr").narrow(&Scopes::parse("patient/*.rs"));
        assert_eq!(cut.to_text(), "patient/Goal.r");
    }

    #[test]
    fn written_constraints_are_read_back() {
        let scope = ResourceScope::of(
            Context::Patient,
            Some("Condition".to_owned()),
            vec![Action::Read],
            vec![("category".to_owned(), "a b|c&d+%".to_owned())],
        );
        assert_eq!(ResourceScope::parse(&scope.text).unwrap(), scope);
    }

    fn any_scope() -> impl Strategy<Value = String> {
        (
            prop_oneof!["patient", "user", "system"],
            prop_oneof!["\\*", "Patient", "Observation", "Condition"],
            prop::sample::subsequence(vec!['c', 'r', 'u', 'd', 's'], 1..=5),
            prop_oneof![Just(""), Just("?category=a|b"), Just("?category=c")],
        )
            .prop_map(|(context, name, letters, query)| {
                let letters: String = letters.into_iter().collect();
                format!("{context}/{name}.{letters}{query}")
            })
    }

    /// A scope with one thing wrong.
    fn any_malformed() -> impl Strategy<Value = String> {
        let kind = prop_oneof!["patient", "user", "system"];
        let name = prop_oneof!["\\*", "Patient", "Observation"];
        prop_oneof![
            // Letters out of order, twice, of no meaning, or none.
            (kind.clone(), name.clone(), "[cruds]{2,6}|[a-z]{0,4}").prop_filter_map(
                "well formed",
                |(kind, name, letters)| {
                    let mut left = "cruds".chars();
                    let ordered = letters.chars().all(|l| left.any(|r| r == l));
                    let word = letters == "read";
                    (letters.is_empty() || !(ordered || word))
                        .then(|| format!("{kind}/{name}.{letters}"))
                }
            ),
            // Nobody it could speak for.
            ("[a-z]{0,8}", name.clone()).prop_filter_map("a context", |(kind, name)| {
                (!["patient", "user", "system"].contains(&kind.as_str()))
                    .then(|| format!("{kind}/{name}.rs"))
            }),
            // No type.
            (kind.clone(), "[a-z0-9_-]{0,8}").prop_map(|(kind, name)| format!("{kind}/{name}.rs")),
            // A constraint that says nothing, or on a word of v1.
            (
                kind.clone(),
                name.clone(),
                prop_oneof!["\\?", "\\?category", "\\?category=", "\\?=a"]
            )
                .prop_map(|(kind, name, query)| format!("{kind}/{name}.rs{query}")),
            (
                kind.clone(),
                name.clone(),
                prop_oneof!["read", "write", "\\*"]
            )
                .prop_map(|(kind, name, word)| format!("{kind}/{name}.{word}?category=a")),
            // Something more, or something missing.
            (kind.clone(), name.clone()).prop_map(|(kind, name)| format!("{kind}/{name}.rs.rs")),
            (kind.clone(), name.clone()).prop_map(|(kind, name)| format!("{kind}/{name}/rs")),
            (kind, name).prop_map(|(kind, name)| format!("{kind}.{name}.rs")),
        ]
    }

    proptest! {
        #[test]
        fn malformed_scopes_grant_nothing_alone_or_beside_others(
            bad in prop::collection::vec(any_malformed(), 1..4),
            good in prop::collection::vec(any_scope(), 0..4),
        ) {
            prop_assert!(Scopes::parse(&bad.join(" ")).is_empty(), "{bad:?}");
            let clean = Scopes::parse(&good.join(" "));
            let mixed = Scopes::parse(&format!("{} {}", bad.join(" "), good.join(" ")));
            prop_assert_eq!(mixed.to_text(), clean.to_text());
            prop_assert_eq!(&mixed.resources, &clean.resources);
        }

        #[test]
        fn v1_stays_v1_to_the_letter(
            context in prop_oneof!["patient", "user", "system"],
            name in prop_oneof!["\\*", "Patient", "Observation"],
            word in prop_oneof!["read", "write", "\\*"],
        ) {
            let text = format!("{context}/{name}.{word}");
            let asked = Scopes::parse(&text);
            prop_assert_eq!(asked.to_text(), text.clone());
            for limit in ["cruds", "*"] {
                let limit = Scopes::parse(&format!("{context}/*.{limit}"));
                prop_assert_eq!(asked.narrow(&limit).to_text(), text.clone());
            }
            let letters = match word.as_str() { "read" => "rs", "write" => "cud", _ => "cruds" };
            let limit = Scopes::parse(&format!("{context}/Patient.{letters}"));
            let narrowed = asked.narrow(&limit).to_text();
            let expected = if name == "Observation" { String::new() } else {
                format!("{context}/Patient.{word}")
            };
            prop_assert_eq!(narrowed, expected);
        }

        #[test]
        fn what_is_asked_in_v2_is_granted_in_v2(asked in any_scope(), limit in prop_oneof![
            "patient/\\*.read", "user/Patient.write", "system/Observation.\\*"
        ]) {
            let narrowed = Scopes::parse(&asked).narrow(&Scopes::parse(&limit));
            prop_assert!(narrowed.resources.iter().all(|scope| !scope.is_v1()), "{narrowed:?}");
        }

        #[test]
        fn narrowed_is_within_both_asked_and_limit(
            asked in prop::collection::vec(any_scope(), 0..6),
            limit in prop::collection::vec(any_scope(), 0..6),
        ) {
            let (asked, limit) = (Scopes::parse(&asked.join(" ")), Scopes::parse(&limit.join(" ")));
            let narrowed = asked.narrow(&limit);
            prop_assert!(asked.covers_all(&narrowed));
            prop_assert!(limit.covers_all(&narrowed));
            prop_assert_eq!(narrowed.narrow(&limit), narrowed);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,80}") {
            let scopes = Scopes::parse(&text);
            let echoed = scopes.to_text();
            prop_assert_eq!(Scopes::parse(&echoed).to_text(), echoed);
        }
    }
}
