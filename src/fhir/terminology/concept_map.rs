//! A concept map read into its groups, and translation by it both ways.

use super::coding::Coding;
use crate::{Document, Element};

/// What a code translates to by one map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// R4 `ConceptMapEquivalence`.
    pub equivalence: Box<str>,
    /// Nothing where the map says there is no counterpart.
    pub target: Option<Coding>,
    pub display: Option<Box<str>>,
    /// What else it maps to at the same time: property and coding.
    pub products: Vec<(Box<str>, Coding)>,
    /// The canonical of the map.
    pub source: Box<str>,
}

/// One group: from one system to another.
#[derive(Debug, Clone, Default)]
struct Group {
    source: Option<Box<str>>,
    target: Option<Box<str>>,
    target_version: Option<Box<str>>,
    source_version: Option<Box<str>>,
    elements: Vec<Mapping>,
    unmapped: Option<Unmapped>,
}

#[derive(Debug, Clone)]
struct Mapping {
    code: Box<str>,
    display: Option<Box<str>>,
    targets: Vec<Target>,
}

#[derive(Debug, Clone)]
struct Target {
    code: Option<Box<str>>,
    display: Option<Box<str>>,
    equivalence: Box<str>,
    depends: Vec<(Box<str>, Coding)>,
    products: Vec<(Box<str>, Coding)>,
}

/// What happens to codes a group does not list.
#[derive(Debug, Clone)]
enum Unmapped {
    Provided,
    Fixed {
        code: Box<str>,
        display: Option<Box<str>>,
    },
    Other(Box<str>),
}

/// A concept map.
#[derive(Debug, Clone, Default)]
pub struct ConceptMap {
    /// `url|version`
    pub canonical: Box<str>,
    /// The value sets or uris it maps from and to.
    pub source: Option<Box<str>>,
    pub target: Option<Box<str>>,
    groups: Vec<Group>,
}

/// What is asked of a map beside the code.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Only targets of this system.
    pub target_system: Option<String>,
    /// From target to source.
    pub reverse: bool,
    /// Facts the mapping may depend on: element and coding.
    pub dependencies: Vec<(String, Coding)>,
}

impl ConceptMap {
    /// Reads a ConceptMap.
    pub fn read(document: &Document) -> Self {
        Self::of(document.root())
    }

    /// Reads a ConceptMap that stands inside another document (a parameter).
    pub fn of(root: Element<'_>) -> Self {
        let any = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| root.text_at(name));
            found.map(Into::into)
        };
        let mut canonical = root.text_at("url").unwrap_or_default().into_owned();
        if let Some(version) = root.text_at("version") {
            canonical = format!("{canonical}|{version}");
        }
        Self {
            canonical: canonical.into(),
            source: any(["sourceUri", "sourceCanonical"]),
            target: any(["targetUri", "targetCanonical"]),
            groups: root.all("group").into_iter().map(group).collect(),
        }
    }

    /// The systems its groups lead to.
    pub fn target_systems(&self) -> impl Iterator<Item = &str> {
        self.groups
            .iter()
            .filter_map(|group| group.target.as_deref())
    }

    /// What the map says about a code, and the map it hands unlisted codes on to.
    pub fn translate(&self, coding: &Coding, wish: &Wish) -> (Vec<Translation>, Option<Box<str>>) {
        let mut found = Vec::new();
        let mut elsewhere = None;
        for group in &self.groups {
            if wish.reverse {
                found.extend(group.backward(coding, wish, &self.canonical));
                continue;
            }
            if !group.goes_from(coding) || !group.goes_to(wish) {
                continue;
            }
            let before = found.len();
            found.extend(group.forward(coding, wish, &self.canonical));
            if found.len() > before || group.lists(&coding.code) {
                continue;
            }
            match &group.unmapped {
                Some(Unmapped::Other(url)) => elsewhere = Some(url.clone()),
                Some(Unmapped::Provided) => {
                    found.push(group.invented(&coding.code, None, &self.canonical));
                }
                Some(Unmapped::Fixed { code, display }) => {
                    found.push(group.invented(code, display.clone(), &self.canonical));
                }
                None => {}
            }
        }
        (found, elsewhere)
    }
}

fn fits(group: Option<&str>, asked: &str) -> bool {
    group.is_none_or(|group| asked.is_empty() || group == asked)
}

impl Group {
    fn goes_from(&self, coding: &Coding) -> bool {
        let version = match (&self.source_version, &coding.version) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        fits(self.source.as_deref(), coding.system()) && version
    }
    fn goes_to(&self, wish: &Wish) -> bool {
        fits(
            self.target.as_deref(),
            wish.target_system.as_deref().unwrap_or_default(),
        )
    }
    fn lists(&self, code: &str) -> bool {
        self.elements.iter().any(|one| &*one.code == code)
    }
    fn target(&self, code: &str) -> Coding {
        Coding {
            system: self.target.clone(),
            version: self.target_version.clone(),
            code: code.into(),
            display: None,
        }
    }
    fn forward<'a>(
        &'a self,
        coding: &'a Coding,
        wish: &'a Wish,
        source: &'a str,
    ) -> impl Iterator<Item = Translation> + 'a {
        let listed = self.elements.iter().filter(|one| *one.code == *coding.code);
        let targets = listed.flat_map(|one| &one.targets);
        targets
            .filter(|one| one.holds(wish))
            .map(|one| Translation {
                equivalence: one.equivalence.clone(),
                target: one.code.as_deref().map(|code| self.target(code)),
                display: one.display.clone(),
                products: one.products.clone(),
                source: source.into(),
            })
    }
    fn backward<'a>(
        &'a self,
        coding: &'a Coding,
        wish: &'a Wish,
        source: &'a str,
    ) -> impl Iterator<Item = Translation> + 'a {
        let back = fits(self.target.as_deref(), coding.system())
            && fits(
                self.source.as_deref(),
                wish.target_system.as_deref().unwrap_or_default(),
            );
        let elements = self.elements.iter().filter(move |_| back);
        elements.flat_map(move |element| {
            let targets = element.targets.iter();
            let same = targets.filter(|one| one.code.as_deref() == Some(&*coding.code));
            same.map(move |one| Translation {
                equivalence: turned(&one.equivalence).into(),
                target: Some(Coding {
                    system: self.source.clone(),
                    version: self.source_version.clone(),
                    code: element.code.clone(),
                    display: None,
                }),
                display: element.display.clone(),
                products: Vec::new(),
                source: source.into(),
            })
        })
    }
    fn invented(&self, code: &str, display: Option<Box<str>>, source: &str) -> Translation {
        Translation {
            equivalence: "relatedto".into(),
            target: Some(self.target(code)),
            display,
            products: Vec::new(),
            source: source.into(),
        }
    }
}

impl Target {
    /// Whether what it depends on is as the caller says.
    fn holds(&self, wish: &Wish) -> bool {
        self.depends.iter().all(|(element, value)| {
            let mut facts = wish.dependencies.iter();
            facts.any(|(name, coding)| {
                **name == **element
                    && coding.code == value.code
                    && (value.system.is_none() || coding.system == value.system)
            })
        })
    }
}

/// An equivalence seen from the other side.
fn turned(equivalence: &str) -> &str {
    match equivalence {
        "wider" => "narrower",
        "narrower" => "wider",
        "subsumes" => "specializes",
        "specializes" => "subsumes",
        same => same,
    }
}

fn group(element: Element<'_>) -> Group {
    let text = |name: &str| element.text_at(name).map(Into::into);
    let mapping = |one: Element<'_>| {
        Some(Mapping {
            code: one.text_at("code")?.into(),
            display: one.text_at("display").map(Into::into),
            targets: one.all("target").into_iter().map(target).collect(),
        })
    };
    let unmapped = element.get("unmapped").and_then(|unmapped| {
        let text = |name: &str| unmapped.text_at(name).map(Into::into);
        match unmapped.text_at("mode")?.as_ref() {
            "provided" => Some(Unmapped::Provided),
            "fixed" => Some(Unmapped::Fixed {
                code: text("code")?,
                display: text("display"),
            }),
            "other-map" => text("url").map(Unmapped::Other),
            _ => None,
        }
    });
    Group {
        source: text("source"),
        target: text("target"),
        source_version: text("sourceVersion"),
        target_version: text("targetVersion"),
        elements: element
            .all("element")
            .into_iter()
            .filter_map(mapping)
            .collect(),
        unmapped,
    }
}

fn target(element: Element<'_>) -> Target {
    let facts = |name: &str| {
        let all = element.all(name).into_iter();
        all.filter_map(|one| {
            let coding = Coding {
                system: one.text_at("system").map(Into::into),
                version: None,
                code: one.text_at("value")?.into(),
                display: one.text_at("display").map(Into::into),
            };
            Some((one.text_at("property")?.into(), coding))
        })
        .collect()
    };
    let equivalence = element.text_at("equivalence");
    Target {
        code: element.text_at("code").map(Into::into),
        display: element.text_at("display").map(Into::into),
        equivalence: equivalence.unwrap_or("equivalent".into()).into(),
        depends: facts("dependsOn"),
        products: facts("product"),
    }
}
