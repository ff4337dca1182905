//! Whether a code is good: in a value set or in its system, and called what it is called.

use super::coding::Coding;
use super::expand::in_language;
use super::member::{Asking, Trail};
use super::membership::Membership::{self, No, Unknown, Yes};
use super::{Fault, System, Terminology, ValueSet, Versions};

/// What to check (R4 `$validate-code`).
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The code, or the codings of a CodeableConcept: one good one is enough.
    pub codings: Vec<Coding>,
    /// Find the system in the value set where none is given.
    pub infer_system: bool,
    /// Whether codes that only group others are good; yes where nothing is said.
    pub abstract_allowed: Option<bool>,
    pub language: Option<String>,
    pub versions: Versions,
}

/// The answer about a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub result: bool,
    pub message: Option<String>,
    /// What the code is called here.
    pub display: Option<String>,
    /// The coding the answer is about, its system filled in.
    pub coding: Coding,
}

impl Terminology<'_> {
    /// Checks codings against a value set, or against their own system where there is none.
    ///
    /// # Errors
    /// When what would tell is not here.
    pub fn validate_code(
        &self,
        set: Option<&ValueSet>,
        request: &Request,
    ) -> Result<Verdict, Fault> {
        let asking = Asking::new(*self, &request.versions);
        let mut worst: Option<Verdict> = None;
        let mut fault = None;
        for coding in &request.codings {
            let mut coding = coding.clone();
            if coding.system.is_none() && request.infer_system {
                coding.system = set.and_then(|set| self.inferred(&asking, set, &coding.code));
            }
            match self.one(&asking, set, &coding, request) {
                Ok(verdict) if verdict.result => return Ok(verdict),
                Ok(verdict) => worst = worst.or(Some(verdict)),
                Err(unknown) => fault = fault.or(Some(unknown)),
            }
        }
        match (fault, worst) {
            (Some(fault), _) => Err(fault),
            (None, Some(verdict)) => Ok(verdict),
            (None, None) => Ok(Verdict {
                result: false,
                message: Some("there is no code to check".to_owned()),
                display: None,
                coding: Coding::default(),
            }),
        }
    }

    fn one(
        &self,
        asking: &Asking<'_>,
        set: Option<&ValueSet>,
        coding: &Coding,
        request: &Request,
    ) -> Result<Verdict, Fault> {
        let bad = |message: String, display: Option<String>| Verdict {
            result: false,
            message: Some(message),
            display,
            coding: coding.clone(),
        };
        let code = &coding.code;
        if coding.system.is_none() {
            return Ok(bad(format!("{code} has no system"), None));
        }
        let url = coding.system();
        let (is, of) = match set {
            Some(set) => (
                asking.contains(set, coding, &Trail::start(set)),
                match &set.version {
                    Some(version) => format!("the value set {}|{version}", set.url),
                    None => format!("the value set {}", set.url),
                },
            ),
            None => {
                let version = coding.version.as_deref();
                let is = self.has_code(url, version, code);
                (is, "the code system".to_owned())
            }
        };
        let names = self.names(coding, set, request.language.as_deref());
        match is {
            Unknown => return Err(self.missing(asking, set, url)),
            No => {
                let shown = if url.is_empty() { "" } else { "|" };
                let why = format!("{url}{shown}{code} is not in {of}");
                return Ok(bad(why, names.first().cloned()));
            }
            Yes => {}
        }
        if request.abstract_allowed == Some(false) && self.is_abstract(coding) {
            let why = format!("{code} only groups other codes");
            return Ok(bad(why, names.first().cloned()));
        }
        let display = names.first().cloned();
        if let Some(called) = &coding.display
            && !names.is_empty()
            && !names.iter().any(|name| is_same_name(name, called))
        {
            let right = display.clone().unwrap_or_default();
            let why = format!("the display \"{called}\" is wrong; {code} is called \"{right}\"");
            return Ok(bad(why, display));
        }
        Ok(Verdict {
            result: true,
            message: None,
            display,
            coding: coding.clone(),
        })
    }

    /// The one system under which the value set has the code.
    fn inferred(&self, asking: &Asking<'_>, set: &ValueSet, code: &str) -> Option<Box<str>> {
        let systems = asking.systems(set).urls.into_iter();
        let mut fitting = systems.filter(|system| {
            let coding = Coding::new(system, code);
            asking.contains(set, &coding, &Trail::start(set)) == Membership::Yes
        });
        let found = fitting.next()?;
        fitting.next().is_none().then(|| found.into())
    }

    fn is_abstract(&self, coding: &Coding) -> bool {
        match self.system(coding.system(), coding.version.as_deref()) {
            System::Listed(system) => {
                let concept = system.concept(&coding.code);
                concept.is_some_and(|concept| concept.is_abstract())
            }
            _ => false,
        }
    }

    /// What a code may be called, the best name first.
    fn names(
        &self,
        coding: &Coding,
        set: Option<&ValueSet>,
        language: Option<&str>,
    ) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let parts = set.iter().flat_map(|set| &set.include);
        for part in parts.filter(|part| part.system.as_deref() == coding.system.as_deref()) {
            if let Some(named) = part.named(&coding.code, true) {
                names.extend(named.display.iter().map(|name| name.to_string()));
                names.extend(named.designations.iter().map(|one| one.value.to_string()));
            }
        }
        let given = set.iter().filter_map(|set| set.given.as_ref());
        for one in given.flat_map(|given| &given.contains) {
            if one.named.code == coding.code && *one.system == *coding.system() {
                names.extend(one.named.display.iter().map(|name| name.to_string()));
            }
        }
        if let System::Listed(system) = self.system(coding.system(), coding.version.as_deref())
            && let Some(concept) = system.concept(&coding.code)
        {
            let mut designations = concept.designations.clone();
            for addition in self.additions(coding.system()) {
                let added = addition.concept(&coding.code);
                designations.extend(
                    added
                        .iter()
                        .flat_map(|one| one.designations.iter().cloned()),
                );
            }
            names.extend(concept.display.iter().map(|name| name.to_string()));
            names.extend(designations.iter().map(|one| one.value.to_string()));
            let wished = language.and_then(|language| in_language(&designations, language));
            if let Some(wished) = wished {
                names.insert(0, wished.to_owned());
            }
        }
        names
    }

    /// What is missing to tell about a code.
    fn missing(&self, asking: &Asking<'_>, set: Option<&ValueSet>, system: &str) -> Fault {
        if !asking.step() {
            return Fault::TooCostly("too many value sets to look through".to_owned());
        }
        if matches!(self.system(system, None), System::Listed(_)) {
            let url = set.map_or_else(|| system.to_owned(), |set| set.url.to_string());
            return Fault::Rule(format!("whether the code is in {url} cannot be told here"));
        }
        Fault::System(system.to_owned())
    }
}

/// The same but for letter case and spaces.
fn is_same_name(a: &str, b: &str) -> bool {
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_lowercase).collect() };
    words(a) == words(b)
}
