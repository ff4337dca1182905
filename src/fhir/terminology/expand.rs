//! Expansion of a value set: every code of it, in order of definition, a page at a time.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::code_system::{CodeSystem, Concept, Content, Designation};
use super::coding::Coding;
use super::filter::{passes_among, relatives};
use super::member::{Asking, Trail};
use super::membership::Membership::{No, Unknown, Yes};
use super::value_set::{Contained, Filter, Named, Part, ValueSet};
use super::{
    EXPANSION_CODES_MAX, EXPANSION_PAGE_MAX, EXPANSION_WISHES_MAX, Fault, System, Terminology,
    Versions, registry,
};
use crate::search::fold;

/// How to expand (the parameters of R4 `ValueSet/$expand`).
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Words that must each be in the code or one of its names.
    pub filter: Option<String>,
    pub offset: usize,
    pub count: Option<usize>,
    pub active_only: bool,
    /// Leave out what groups other codes and is not to be chosen.
    pub exclude_not_for_ui: bool,
    pub include_designations: bool,
    /// Only designations of these languages or uses (`system|code` or a language).
    pub designations: Vec<String>,
    pub language: Option<String>,
    /// `exclude-system`: canonicals of code systems to leave out.
    pub exclude_systems: Vec<String>,
    pub versions: Versions,
}

/// One code of an expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub system: Arc<str>,
    pub version: Option<Arc<str>>,
    pub code: Box<str>,
    pub display: Option<Box<str>>,
    pub is_abstract: bool,
    pub inactive: bool,
    pub designations: Vec<Designation>,
}

/// A page of an expansion.
#[derive(Debug, Clone, Default)]
pub struct Expansion {
    pub entries: Vec<Entry>,
    /// Codes in all pages.
    pub total: usize,
    pub offset: usize,
    /// `used-codesystem` and `used-valueset` with canonicals, and `fragment` for code systems that
    /// are not whole here.
    pub used: BTreeSet<(&'static str, String)>,
}

impl Terminology<'_> {
    /// Expands a value set.
    ///
    /// # Errors
    /// When the content of a system or value set it draws on is not here, when it includes itself,
    /// and when it is larger than [`EXPANSION_CODES_MAX`], or than [`EXPANSION_PAGE_MAX`] with no
    /// page size asked for.
    pub fn expand(&self, set: &ValueSet, options: &Options) -> Result<Expansion, Fault> {
        let words = words(options)?;
        let expander = Expander {
            asking: Asking::new(*self, &options.versions),
            options,
        };
        let mut gathered = Gathered::default();
        expander.gather(set, &Trail::start(set), &mut gathered)?;
        let mut entries = gathered.entries;
        entries.retain(|entry| {
            let left_out = options.active_only && entry.inactive
                || options.exclude_not_for_ui && entry.is_abstract;
            !left_out && tells(entry, &words)
        });
        let total = entries.len();
        if options.count.is_none() && total > EXPANSION_PAGE_MAX {
            return Err(Fault::TooCostly(format!(
                "the expansion has {total} codes, more than {EXPANSION_PAGE_MAX}; \
                 ask for pages with count and offset, or narrow it with filter"
            )));
        }
        let count = options
            .count
            .map_or(EXPANSION_PAGE_MAX, |count| count.min(EXPANSION_PAGE_MAX));
        let page = entries.into_iter().skip(options.offset).take(count);
        let page = page.map(|entry| dressed(entry, options));
        Ok(Expansion {
            entries: page.collect(),
            total,
            offset: options.offset,
            used: gathered.used,
        })
    }
}

fn is_excluded(options: &Options, entry: &Entry) -> bool {
    options.exclude_systems.iter().any(|canonical| {
        let (url, version) = registry::parts(canonical);
        *entry.system == *url && (version.is_none() || entry.version.as_deref() == version)
    })
}

/// The words of the filter. Errors: more of them, or of other wishes, than are looked at.
fn words(options: &Options) -> Result<Vec<String>, Fault> {
    let words = options
        .filter
        .iter()
        .flat_map(|text| text.split_whitespace());
    let words: Vec<String> = words.map(fold).collect();
    let versions = &options.versions;
    for (name, count) in [
        ("filter (words)", words.len()),
        ("designation", options.designations.len()),
        ("exclude-system", options.exclude_systems.len()),
        ("system-version", versions.default.len()),
        ("check-system-version", versions.check.len()),
        ("force-system-version", versions.force.len()),
    ] {
        if count > EXPANSION_WISHES_MAX {
            let why = format!("{name} is given more than {EXPANSION_WISHES_MAX} times");
            return Err(Fault::TooCostly(why));
        }
    }
    Ok(words)
}

/// Whether each word is in the code or in one of its names.
fn tells(entry: &Entry, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let names = entry.designations.iter().map(|one| &one.value);
    let texts = std::iter::once(&entry.code)
        .chain(&entry.display)
        .chain(names);
    let texts: Vec<String> = texts.map(|text| fold(text)).collect();
    words
        .iter()
        .all(|word| texts.iter().any(|text| text.contains(word)))
}

/// In the language asked for, with the designations asked for.
fn dressed(mut entry: Entry, options: &Options) -> Entry {
    if let Some(language) = &options.language
        && let Some(name) = in_language(&entry.designations, language)
    {
        entry.display = Some(name.into());
    }
    let wanted = |one: &Designation| {
        options.designations.is_empty()
            || options
                .designations
                .iter()
                .any(|wish| matches_wish(one, wish))
    };
    match options.include_designations || !options.designations.is_empty() {
        true => entry.designations.retain(wanted),
        false => entry.designations.clear(),
    }
    entry
}

fn matches_wish(designation: &Designation, wish: &str) -> bool {
    let (system, code) = wish.split_once('|').unwrap_or(("", wish));
    if matches!(system, "" | "urn:ietf:bcp:47") {
        let language = designation.language.as_deref().unwrap_or_default();
        return speaks(language, code);
    }
    let usage = designation.usage.as_deref().unwrap_or_default();
    let usage = crate::Document::parse(usage);
    usage.is_ok_and(|usage| {
        let root = usage.root();
        let is = |name: &str, text: &str| root.get(name).is_some_and(|it| it.is(text));
        is("system", system) && is("code", code)
    })
}

/// The name in a language (`de` also takes `de-CH`), if there is one.
pub(super) fn in_language<'a>(designations: &'a [Designation], language: &str) -> Option<&'a str> {
    let of = |one: &&Designation| speaks(one.language.as_deref().unwrap_or_default(), language);
    designations.iter().find(of).map(|one| &*one.value)
}

fn speaks(language: &str, wanted: &str) -> bool {
    let (language, wanted) = (language.to_ascii_lowercase(), wanted.to_ascii_lowercase());
    let rest = language.strip_prefix(&wanted);
    !wanted.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// What was found so far, each code once.
#[derive(Default)]
struct Gathered {
    entries: Vec<Entry>,
    known: HashSet<(Arc<str>, Box<str>)>,
    used: BTreeSet<(&'static str, String)>,
}

struct Expander<'a> {
    asking: Asking<'a>,
    options: &'a Options,
}

/// The version a part asks for, and what is known of its system.
struct Source {
    url: Arc<str>,
    version: Option<Arc<str>>,
    system: System,
}

impl Expander<'_> {
    fn gather(&self, set: &ValueSet, trail: &Trail<'_>, out: &mut Gathered) -> Result<(), Fault> {
        if set.include.is_empty() {
            return self.given(set, out);
        }
        let mark = (out.entries.len(), out.used.clone());
        match self.composed(set, trail, out) {
            Err(fault) if set.given.as_ref().is_some_and(|given| given.whole) => {
                for entry in out.entries.drain(mark.0..) {
                    out.known.remove(&(entry.system, entry.code));
                }
                out.used = mark.1;
                let given = self.given(set, out);
                given.map_err(|_| fault)
            }
            other => other,
        }
    }

    /// The expansion that came with the value set.
    fn given(&self, set: &ValueSet, out: &mut Gathered) -> Result<(), Fault> {
        let Some(given) = &set.given else {
            return Ok(());
        };
        if !given.whole {
            let why = format!("{} holds only a part of its expansion", set.url);
            return Err(Fault::Rule(why));
        }
        given
            .contains
            .iter()
            .try_for_each(|one| self.add(entry_of(one), out))
    }

    fn composed(&self, set: &ValueSet, trail: &Trail<'_>, out: &mut Gathered) -> Result<(), Fault> {
        let mut inner = Gathered::default();
        for part in &set.include {
            self.part(part, trail, &mut inner)?;
        }
        out.used.append(&mut inner.used);
        for entry in inner.entries {
            if set.inactive == Some(false) && entry.inactive {
                continue;
            }
            let coding = coding_of(&entry);
            let mut excluded = No;
            for part in &set.exclude {
                excluded = excluded.or(self.asking.fits(part, &coding, trail));
            }
            match excluded {
                Yes => {}
                No => self.add(entry, out)?,
                Unknown => return Err(self.unknown(&set.exclude)),
            }
        }
        Ok(())
    }

    /// Why what parts say of a code cannot be told.
    fn unknown(&self, parts: &[Part]) -> Fault {
        if !self.asking.step() {
            return Fault::TooCostly("too many value sets and codes to look through".to_owned());
        }
        let terminology = &self.asking.terminology;
        for part in parts {
            for url in &part.value_sets {
                if terminology.value_set(url).is_none() {
                    return Fault::ValueSet(url.to_string());
                }
            }
            if let Some(system) = &part.system
                && matches!(terminology.system(system, None), System::Absent)
            {
                return Fault::System(system.to_string());
            }
            if let Some(filter) = part.filters.first() {
                let (property, value) = (&filter.property, &filter.value);
                return Fault::Rule(format!("nobody here can filter by {property} {value}"));
            }
        }
        Fault::Rule("what it excludes cannot be told".to_owned())
    }

    fn part(&self, part: &Part, trail: &Trail<'_>, out: &mut Gathered) -> Result<(), Fault> {
        let mut found = Gathered::default();
        let rest = match &part.system {
            Some(url) => {
                self.of_system(part, url, &mut found)?;
                &part.value_sets[..]
            }
            None => {
                let Some((first, rest)) = part.value_sets.split_first() else {
                    return Ok(());
                };
                self.import(first, trail, &mut found)?;
                rest
            }
        };
        out.used.append(&mut found.used);
        let also = Part {
            value_sets: rest.to_vec(),
            ..Part::default()
        };
        for entry in found.entries {
            match self.asking.fits_sets(&also, &coding_of(&entry), trail) {
                Yes => self.add(entry, out)?,
                No => {}
                Unknown => return Err(self.unknown(std::slice::from_ref(&also))),
            }
        }
        Ok(())
    }

    fn import(&self, url: &str, trail: &Trail<'_>, out: &mut Gathered) -> Result<(), Fault> {
        let set = self.asking.terminology.value_set(url);
        let set = set.ok_or_else(|| Fault::ValueSet(url.to_owned()))?;
        let trail = trail
            .into(url)
            .ok_or_else(|| Fault::Cycle(url.to_owned()))?;
        if !self.asking.step() {
            return Err(Fault::TooCostly(
                "too many value sets to look through".to_owned(),
            ));
        }
        let canonical = match &set.version {
            Some(version) => format!("{}|{version}", set.url),
            None => set.url.to_string(),
        };
        out.used.insert(("used-valueset", canonical));
        self.gather(&set, &trail, out)
    }

    fn source(&self, part: &Part, url: &str) -> Result<Source, Fault> {
        let (url, version) = registry::parts(url);
        let named = part.version.as_deref().or(version);
        let versions = self.asking.versions;
        let version = versions.choose(url, named);
        let system = self.asking.terminology.system(url, version);
        let version = match &system {
            System::Listed(listed) => listed.version.as_deref().or(version),
            _ => version,
        };
        if !versions.allows(url, version) {
            let version = version.unwrap_or_default();
            return Err(Fault::Rule(format!(
                "version {version} of {url} is not the one check-system-version allows"
            )));
        }
        Ok(Source {
            url: url.into(),
            version: version.map(Into::into),
            system,
        })
    }

    fn of_system(&self, part: &Part, url: &str, out: &mut Gathered) -> Result<(), Fault> {
        let source = self.source(part, url)?;
        let canonical = match &source.version {
            Some(version) => format!("{}|{version}", source.url),
            None => source.url.to_string(),
        };
        if let System::Listed(system) = &source.system
            && system.content == Content::Part
        {
            out.used.insert(("fragment", canonical.clone()));
        }
        out.used.insert(("used-codesystem", canonical));
        if !part.concepts.is_empty() {
            let add = |named: &Named| self.add(self.named(&source, named), out);
            return part.concepts.iter().try_for_each(add);
        }
        match &source.system {
            System::Absent => Err(Fault::System(source.url.to_string())),
            System::Ruled(rule) => Err(Fault::TooCostly(format!(
                "the codes of {} ({}) are made by rules and cannot be listed",
                source.url,
                rule.name()
            ))),
            System::Listed(system) => self.listed(&source, system, part, out),
        }
    }

    fn listed(
        &self,
        source: &Source,
        system: &CodeSystem,
        part: &Part,
        out: &mut Gathered,
    ) -> Result<(), Fault> {
        let additions = self.asking.terminology.additions(&system.url);
        let filters = part.filters.iter().map(|one| (one, relatives(system, one)));
        let filters: Vec<(&Filter, Option<Vec<u32>>)> = filters.collect();
        for (at, concept) in (0u32..).zip(&system.concepts) {
            let mut fits = Yes;
            for (filter, relatives) in &filters {
                fits = fits.and(passes_among(system, at, (filter, relatives.as_deref())));
            }
            match fits {
                No => {}
                Yes => self.add(entry(source, concept, &additions), out)?,
                Unknown => return Err(self.unknown(std::slice::from_ref(part))),
            }
        }
        Ok(())
    }

    /// A concept the value set names itself, with what its system adds to it.
    fn named(&self, source: &Source, named: &Named) -> Entry {
        let listed = match &source.system {
            System::Listed(system) => system.concept(&named.code).cloned(),
            _ => None,
        };
        let concept = listed.unwrap_or_default();
        let additions = self.asking.terminology.additions(&source.url);
        let mut found = entry(source, &concept, &additions);
        found.code = named.code.clone();
        found.display = named.display.clone().or(found.display);
        let known: Vec<Designation> = std::mem::take(&mut found.designations);
        found.designations = named.designations.clone();
        found.designations.extend(known);
        found
    }

    fn add(&self, entry: Entry, out: &mut Gathered) -> Result<(), Fault> {
        if out.entries.len() >= EXPANSION_CODES_MAX {
            return Err(Fault::TooCostly(format!(
                "the expansion has more than {EXPANSION_CODES_MAX} codes"
            )));
        }
        if is_excluded(self.options, &entry) {
            return Ok(());
        }
        if out.known.insert((entry.system.clone(), entry.code.clone())) {
            out.entries.push(entry);
        }
        Ok(())
    }
}

fn entry(source: &Source, concept: &Concept, additions: &[Arc<CodeSystem>]) -> Entry {
    let mut designations = concept.designations.clone();
    for addition in additions {
        let added = addition.concept(&concept.code);
        designations.extend(
            added
                .iter()
                .flat_map(|one| one.designations.iter().cloned()),
        );
    }
    Entry {
        system: source.url.clone(),
        version: source.version.clone(),
        code: concept.code.clone(),
        display: concept.display.clone(),
        is_abstract: concept.is_abstract(),
        inactive: concept.is_inactive(),
        designations,
    }
}

fn entry_of(one: &Contained) -> Entry {
    Entry {
        system: Arc::from(&*one.system),
        version: one.version.as_deref().map(Arc::from),
        code: one.named.code.clone(),
        display: one.named.display.clone(),
        is_abstract: one.is_abstract,
        inactive: one.inactive,
        designations: one.named.designations.clone(),
    }
}

fn coding_of(entry: &Entry) -> Coding {
    Coding::new(&entry.system, &entry.code)
}
