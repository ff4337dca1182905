//! The profiles, tags and security labels in use on what a caller may see (`$meta`).

use std::collections::BTreeSet;

use access::Action;
use fhir::{ResourceType, index::ParamId, json::quote};

use super::{Records, Seen, search::hides_labels, stored::COLUMNS, visible};
use crate::{Result, audit, sql::Statement};

/// How many of each kind are told for a type.
const LABELS_MAX: i64 = 1_000;

/// What is in use, each once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    pub profiles: BTreeSet<String>,
    /// System (empty for none) and code.
    pub tags: BTreeSet<(String, String)>,
    pub security: BTreeSet<(String, String)>,
}

impl Labels {
    /// As a Meta.
    pub fn to_json(&self) -> String {
        let mut members = Vec::new();
        if !self.profiles.is_empty() {
            let urls: Vec<String> = self.profiles.iter().map(|url| quote(url)).collect();
            members.push(format!("\"profile\":[{}]", urls.join(",")));
        }
        for (name, codings) in [("security", &self.security), ("tag", &self.tags)] {
            if codings.is_empty() {
                continue;
            }
            let codings: Vec<String> = codings
                .iter()
                .map(|(system, code)| match system.as_str() {
                    "" => format!("{{\"code\":{}}}", quote(code)),
                    system => {
                        format!("{{\"system\":{},\"code\":{}}}", quote(system), quote(code))
                    }
                })
                .collect();
            members.push(format!("\"{name}\":[{}]", codings.join(",")));
        }
        format!("{{{}}}", members.join(","))
    }
}

impl Records<'_> {
    /// What is in use on one type, or on all, among the rows the caller may find. Labels that are
    /// taken off what the caller reads are not told here either.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn labels(&self, of: Option<ResourceType>) -> Result<Labels> {
        let mut labels = Labels::default();
        let types: Vec<ResourceType> = match of {
            Some(one) => vec![one],
            None => ResourceType::all().collect(),
        };
        for resource_type in types {
            self.labels_of(resource_type, &mut labels).await?;
        }
        let record = audit::Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::Search,
            permitted: true,
            reason: "SEARCH".into(),
            patient: None,
            entity: of.map(|of| of.name().to_owned()),
            query: Some("$meta".to_owned()),
            request_id: None,
            suspended_until: None,
        };
        self.storage.inner.record(self.access, record).await;
        Ok(labels)
    }

    /// What of a patient's carries a label, as far as the caller may read it, `most` at most.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn labelled(
        &self,
        patient: &str,
        of: &[ResourceType],
        (system, code): (&str, &str),
        most: usize,
    ) -> Result<Vec<Seen>> {
        let inner = &self.storage.inner;
        let params: Vec<i64> = of
            .iter()
            .map(|of| i64::from(ParamId::of(*of, "_security").0))
            .collect();
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.owner = $2 AND r.deleted = 0 AND r.rid IN (\
             SELECT x.rid FROM ix_token x WHERE {} AND x.system = $3 AND x.code = $4) \
             ORDER BY r.rid LIMIT $5",
            inner.db.in_list("x.param", 1)
        ))
        .bind(params)
        .bind(patient)
        .bind(system)
        .bind(code)
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
        let mut found = Vec::new();
        for row in inner.stored(&inner.db.fetch_all(statement).await?).await? {
            found.extend(inner.seen(self.access, Action::Read, &row)?.1);
        }
        Ok(found)
    }

    async fn labels_of(&self, of: ResourceType, labels: &mut Labels) -> Result<()> {
        let mut rows = self.visible(Action::Search, of);
        rows.clauses.retain(|clause| clause.redaction.is_none());
        if rows.clauses.is_empty() {
            return Ok(());
        }
        let inner = &self.storage.inner;
        let now = self.access.now().as_microsecond();
        let statement = |select: &'static str, code: &str| {
            let mut s = Statement::new(select);
            s.push_bind(i64::from(ParamId::of(of, code).0));
            s.push(" AND r.deleted = 0 AND r.type = ")
                .push_bind(of.name());
            s.push(" AND ");
            visible::write(&mut s, &inner.db, &rows, now);
            s.push(" LIMIT ").push_bind(LABELS_MAX);
            s
        };
        const CODES: &str = "SELECT DISTINCT x.system, x.code FROM ix_token x \
             JOIN resource r ON r.rid = x.rid WHERE x.param = ";
        const URLS: &str = "SELECT DISTINCT x.value FROM ix_uri x \
             JOIN resource r ON r.rid = x.rid WHERE x.param = ";
        for row in inner.db.fetch_all(statement(URLS, "_profile")).await? {
            labels.profiles.insert(row.text(0)?);
        }
        for row in inner.db.fetch_all(statement(CODES, "_tag")).await? {
            labels.tags.insert((row.text(0)?, row.text(1)?));
        }
        if hides_labels(self.access) {
            return Ok(());
        }
        for row in inner.db.fetch_all(statement(CODES, "_security")).await? {
            labels.security.insert((row.text(0)?, row.text(1)?));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_written_as_a_meta() {
        let mut labels = Labels::default();
        assert_eq!(labels.to_json(), "{}");
        labels.profiles.insert("http://p".to_owned());
        labels.tags.insert((String::new(), "a".to_owned()));
        labels.tags.insert(("s".to_owned(), "b".to_owned()));
        assert_eq!(
            labels.to_json(),
            r#"{"profile":["http://p"],"tag":[{"code":"a"},{"system":"s","code":"b"}]}"#
        );
    }
}
