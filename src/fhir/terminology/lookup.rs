//! What a code system says about a code (R4 `CodeSystem/$lookup`).

use super::code_system::{Designation, Property};
use super::expand::in_language;
use super::{Coding, Content, Fault, Membership, System, Terminology};

/// All that is known of a code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The name of the code system.
    pub name: String,
    pub version: Option<String>,
    pub display: String,
    pub definition: Option<String>,
    pub designations: Vec<Designation>,
    /// Its own properties, then `parent`, `child` and `inactive` as the hierarchy and status say.
    pub properties: Vec<Property>,
}

impl Terminology<'_> {
    /// Looks a code up, its names in a language where there are some.
    ///
    /// # Errors
    /// When the system's codes are not here, or it does not have the code.
    pub fn lookup(&self, coding: &Coding, language: Option<&str>) -> Result<Found, Fault> {
        let url = coding.system();
        let absent = || Fault::System(url.to_owned());
        let lacks = || Fault::Code {
            system: url.to_owned(),
            code: coding.code.to_string(),
        };
        let system = match self.system(url, coding.version.as_deref()) {
            System::Listed(system) => system,
            System::Absent => return Err(absent()),
            System::Ruled(rule) => {
                return match rule.has(&coding.code) {
                    Membership::No => Err(lacks()),
                    Membership::Unknown => Err(absent()),
                    Membership::Yes => Ok(Found {
                        name: rule.name().to_owned(),
                        display: coding.code.to_string(),
                        ..Found::default()
                    }),
                };
            }
        };
        let missing = || match system.content {
            Content::Complete => lacks(),
            _ => absent(),
        };
        let at = system.position(&coding.code).ok_or_else(missing)?;
        let concept = system.at(at).ok_or_else(absent)?;
        let mut designations = concept.designations.clone();
        let mut properties = concept.properties.clone();
        for addition in self.additions(url) {
            if let Some(more) = addition.concept(&concept.code) {
                designations.extend(more.designations.iter().cloned());
                properties.extend(more.properties.iter().cloned());
            }
        }
        let relatives = [
            ("parent", system.hierarchy.parents(at)),
            ("child", system.hierarchy.children(at)),
        ];
        for (name, positions) in relatives {
            for other in positions.iter().filter_map(|one| system.at(*one)) {
                let property = code_property(name, &other.code);
                if !properties.contains(&property) {
                    properties.push(property);
                }
            }
        }
        if !properties.iter().any(|one| &*one.code == "inactive") {
            let inactive = concept.is_inactive().to_string();
            properties.push(Property {
                code: "inactive".into(),
                datatype: "boolean".into(),
                json: inactive.as_str().into(),
                text: inactive.into(),
            });
        }
        let own = concept.display.as_deref().unwrap_or(&concept.code);
        let display = language.and_then(|language| in_language(&designations, language));
        Ok(Found {
            name: system.name.to_string(),
            version: system.version.as_deref().map(str::to_owned),
            display: display.unwrap_or(own).to_owned(),
            definition: concept.definition.as_deref().map(str::to_owned),
            designations,
            properties,
        })
    }
}

fn code_property(name: &str, code: &str) -> Property {
    Property {
        code: name.into(),
        datatype: "code".into(),
        text: code.into(),
        json: crate::json::quote(code).into(),
    }
}
