//! Whether a code belongs to a value set, told from its rules without expanding it.

use std::cell::Cell;

use super::coding::Coding;
use super::filter::{passes, passes_rule};
use super::membership::Membership::{self, No, Unknown, Yes};
use super::value_set::{Part, ValueSet};
use super::{
    CodeSystem, Content, IMPORTS_DEEP_MAX, STEPS_MAX, System, Terminology, Versions, registry,
};

/// Codes compared with one by one that cost as much as a part looked up.
const CODES_PER_STEP: usize = 8;

/// One question, with what it may still cost.
pub(super) struct Asking<'a> {
    pub terminology: Terminology<'a>,
    pub versions: &'a Versions,
    steps: Cell<u32>,
}

/// The value sets on the way to the one looked at.
pub(super) struct Trail<'a> {
    url: &'a str,
    up: Option<&'a Trail<'a>>,
    deep: usize,
}

impl<'a> Trail<'a> {
    pub fn start(value_set: &'a ValueSet) -> Self {
        Self {
            url: &value_set.url,
            up: None,
            deep: 0,
        }
    }
    /// One step further; `None` in a cycle and where it gets too deep.
    pub fn into<'b>(&'b self, url: &'b str) -> Option<Trail<'b>> {
        let (url, _) = registry::parts(url);
        let mut at = Some(self);
        while let Some(trail) = at {
            if trail.url == url {
                return None;
            }
            at = trail.up;
        }
        (self.deep < IMPORTS_DEEP_MAX).then_some(Trail {
            url,
            up: Some(self),
            deep: self.deep + 1,
        })
    }
}

impl<'a> Asking<'a> {
    pub fn new(terminology: Terminology<'a>, versions: &'a Versions) -> Self {
        Self {
            terminology,
            versions,
            steps: Cell::new(STEPS_MAX),
        }
    }

    /// Takes one step; false when there are none left.
    pub fn step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }

    /// Pays for looking through that many codes.
    fn spend(&self, codes: usize) {
        let steps = u32::try_from(codes / CODES_PER_STEP).unwrap_or(u32::MAX);
        self.steps.set(self.steps.get().saturating_sub(steps));
    }

    /// Whether a value set holds a code of a system.
    pub fn contains(&self, set: &ValueSet, coding: &Coding, trail: &Trail<'_>) -> Membership {
        let composed = match set.include.is_empty() {
            true => Unknown,
            false => self.composed(set, coding, trail),
        };
        match (&set.given, composed) {
            (Some(given), Unknown) => {
                let listed = given
                    .contains
                    .iter()
                    .any(|one| *one.named.code == *coding.code && *one.system == *coding.system());
                match (listed, given.whole) {
                    (true, _) => Yes,
                    (false, true) => No,
                    (false, false) => Unknown,
                }
            }
            // A value set without any rule holds nothing.
            (None, Unknown) if set.include.is_empty() => No,
            _ => composed,
        }
    }

    fn composed(&self, set: &ValueSet, coding: &Coding, trail: &Trail<'_>) -> Membership {
        let fits = |part: &Part| self.fits(part, coding, trail);
        let included = Membership::any(set.include.iter().map(fits));
        if included == No {
            return No;
        }
        let excluded = Membership::any(set.exclude.iter().map(fits));
        let active = match set.inactive {
            Some(false) => !self.is_inactive(coding),
            _ => Yes,
        };
        included.and(!excluded).and(active)
    }

    fn is_inactive(&self, coding: &Coding) -> Membership {
        let version = self
            .versions
            .choose(coding.system(), coding.version.as_deref());
        match self.terminology.system(coding.system(), version) {
            System::Listed(system) => {
                let concept = system.concept(&coding.code);
                concept.is_some_and(|concept| concept.is_inactive()).into()
            }
            _ => No,
        }
    }

    /// Whether a code fits all that an include or exclude asks for.
    pub fn fits(&self, part: &Part, coding: &Coding, trail: &Trail<'_>) -> Membership {
        if !self.step() {
            return Unknown;
        }
        let by_system = match &part.system {
            None => Yes,
            Some(system) => self.fits_system(part, system, coding),
        };
        if by_system == No {
            return No;
        }
        by_system.and(self.fits_sets(part, coding, trail))
    }

    /// Whether a code is in every value set that a part imports.
    pub fn fits_sets(&self, part: &Part, coding: &Coding, trail: &Trail<'_>) -> Membership {
        Membership::all(part.value_sets.iter().map(|url| {
            if !self.step() {
                return Unknown;
            }
            match (self.terminology.value_set(url), trail.into(url)) {
                (Some(set), Some(trail)) => self.contains(&set, coding, &trail),
                _ => Unknown,
            }
        }))
    }

    fn fits_system(&self, part: &Part, url: &str, coding: &Coding) -> Membership {
        // Some guides write the version into the system.
        let (url, version) = registry::parts(url);
        let named = part.version.as_deref().or(version);
        if url != coding.system() {
            return No;
        }
        let version = self.versions.choose(url, named);
        if let (Some(ours), Some(theirs)) = (version, coding.version.as_deref())
            && ours != theirs
        {
            return No;
        }
        let system = self
            .terminology
            .system(url, version.or(coding.version.as_deref()));
        if !part.concepts.is_empty() {
            let exact = match &system {
                System::Listed(system) => system.case_sensitive,
                _ => true,
            };
            if !exact {
                self.spend(part.concepts.len());
            }
            return part.named(&coding.code, exact).is_some().into();
        }
        match system {
            System::Absent => Unknown,
            System::Ruled(rule) => {
                let filters = part.filters.iter();
                let filters = filters.map(|filter| passes_rule(rule, &coding.code, filter));
                rule.has(&coding.code).and(Membership::all(filters))
            }
            System::Listed(system) => listed(&system, part, &coding.code),
        }
    }
}

/// Whether a listed system has the code, passing every filter of a part.
fn listed(system: &CodeSystem, part: &Part, code: &str) -> Membership {
    match system.position(code) {
        None if system.content == Content::Complete => No,
        None => Unknown,
        Some(at) => Membership::all(part.filters.iter().map(|one| passes(system, at, one))),
    }
}

impl Terminology<'_> {
    /// Whether a value set (`url` or `url|version`) holds a code. Without a system any of those the
    /// value set draws on will do, as for elements of type `code`.
    pub fn member_of(&self, value_set: &str, system: Option<&str>, code: &str) -> Membership {
        match self.value_set(value_set) {
            None => Unknown,
            Some(set) => self.is_in(&set, system, code),
        }
    }

    /// The same of a value set at hand.
    pub fn is_in(&self, set: &ValueSet, system: Option<&str>, code: &str) -> Membership {
        let versions = Versions::default();
        let asking = Asking::new(*self, &versions);
        match system {
            Some(system) => asking.contains(set, &Coding::new(system, code), &Trail::start(set)),
            None => {
                let systems = asking.systems(set);
                let known = systems.whole;
                let found = Membership::any(systems.urls.iter().map(|system| {
                    asking.contains(set, &Coding::new(system, code), &Trail::start(set))
                }));
                if known { found } else { found.or(Unknown) }
            }
        }
    }

    /// Whether a code system has a code.
    pub fn has_code(&self, system: &str, version: Option<&str>, code: &str) -> Membership {
        match self.system(system, version) {
            System::Absent => Unknown,
            System::Ruled(rule) => rule.has(code),
            System::Listed(listed) => match listed.position(code) {
                Some(_) => Yes,
                None if listed.content == Content::Complete => No,
                None => Unknown,
            },
        }
    }
}

/// The code systems a value set draws on.
#[derive(Debug, Default)]
pub(super) struct Systems {
    pub urls: Vec<String>,
    /// Whether that is all of them.
    pub whole: bool,
}

impl Asking<'_> {
    pub fn systems(&self, set: &ValueSet) -> Systems {
        let mut systems = Systems {
            urls: Vec::new(),
            whole: true,
        };
        self.collect(set, &Trail::start(set), &mut systems);
        systems
    }

    fn collect(&self, set: &ValueSet, trail: &Trail<'_>, systems: &mut Systems) {
        let put = |url: &str, systems: &mut Systems| {
            if !systems.urls.iter().any(|known| known == url) {
                systems.urls.push(url.to_owned());
            }
        };
        for one in set.given.iter().flat_map(|given| &given.contains) {
            put(&one.system, systems);
        }
        for part in &set.include {
            if let Some(system) = &part.system {
                put(registry::parts(system).0, systems);
                continue;
            }
            for url in &part.value_sets {
                match (
                    self.step(),
                    self.terminology.value_set(url),
                    trail.into(url),
                ) {
                    (true, Some(set), Some(trail)) => self.collect(&set, &trail, systems),
                    _ => systems.whole = false,
                }
            }
        }
    }
}
