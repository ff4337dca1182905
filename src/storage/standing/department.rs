//! Where in the practice somebody works, in words.

use fhir::index::ParamId;
use fhir::{Document, Element, ResourceType};

use super::facts::{id_of, parsed};
use crate::records::stored::COLUMNS;
use crate::sql::Statement;
use crate::{Inner, Result};

/// Roles of one person that are looked at.
const ROLES_MAX: i64 = 8;

/// A department, and the PractitionerRoles that tell.
#[derive(Default)]
pub(super) struct Department {
    pub(super) name: Option<String>,
    /// `PractitionerRole/…`
    pub(super) roles: Vec<String>,
}

impl Inner {
    /// The department of a practitioner: the service they work for, else the place, else what they
    /// are trained in.
    pub(super) async fn department(&self, practitioner: &str) -> Result<Department> {
        let param = ParamId::of(ResourceType::PRACTITIONER_ROLE, "practitioner");
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM ix_reference x JOIN resource r ON r.rid = x.rid \
             WHERE x.param = $1 AND x.target = $2 AND x.type = 'Practitioner' AND r.deleted = 0 \
             ORDER BY r.rid LIMIT $3"
        ));
        let statement = statement.bind(i64::from(param.0)).bind(practitioner);
        let rows = self.db.fetch_all(statement.bind(ROLES_MAX)).await?;
        let mut found = Department::default();
        for row in self.stored(&rows).await? {
            found.roles.push(row.reference());
            let role = parsed(&row.body)?;
            let ended = role.root().first("active").and_then(Element::bool) == Some(false);
            if found.name.is_none() && !ended {
                found.name = self.named_place(&role).await?;
            }
        }
        Ok(found)
    }

    async fn named_place(&self, role: &Document) -> Result<Option<String>> {
        let places = [
            ("healthcareService", ResourceType::HEALTHCARE_SERVICE),
            ("location", ResourceType::LOCATION),
        ];
        for (member, resource_type) in places {
            let shown = role.root().text_at(&format!("{member}.display"));
            if let Some(shown) = shown.filter(|shown| !shown.is_empty()) {
                return Ok(Some(shown.into_owned()));
            }
            let reference = role.root().text_at(&format!("{member}.reference"));
            let id = reference
                .as_deref()
                .and_then(|it| id_of(it, resource_type.name()));
            let Some(id) = id else { continue };
            if let Some(place) = self.document(resource_type, id).await?
                && let Some(name) = place.root().text_at("name")
            {
                return Ok(Some(name.into_owned()));
            }
        }
        let trained = role.root().text_at("specialty.coding.display");
        Ok(trained.map(std::borrow::Cow::into_owned))
    }
}
