//! Reading one resource, and loading rows for others to decide about.

use std::sync::{Arc, LazyLock};

use access::{Action, Decision};
use fhir::{ResourceType, index::ParamId};

use super::{
    Found, Records,
    stored::{COLUMNS, Stored},
};
use crate::{
    Inner, Result,
    audit::{self, Record, show},
    sql::Statement,
};

static CURRENT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM resource r WHERE r.type = $1 AND r.id = $2"));

impl Records<'_> {
    /// The current version.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn read(&self, resource_type: ResourceType, id: &str) -> Result<Found> {
        let (found, record) = self.looked_up(resource_type, id).await?;
        self.storage.inner.record(self.access, record).await;
        Ok(found)
    }

    /// The same as a part of what is asked for: of what is seen, the event of the whole tells, so that one request
    /// leaves one. What is not seen is written down here, for nothing else will be.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn read_as_part(&self, resource_type: ResourceType, id: &str) -> Result<Found> {
        let (found, record) = self.looked_up(resource_type, id).await?;
        if !matches!(found, Found::Seen(_)) {
            self.storage.inner.record(self.access, record).await;
        }
        Ok(found)
    }

    async fn looked_up(&self, resource_type: ResourceType, id: &str) -> Result<(Found, Record)> {
        let mut row = self.storage.inner.current(resource_type, id).await?;
        if row.is_none()
            && let Some(number) = show::number(resource_type, id)
        {
            let which = show::Which::One(number);
            self.storage.show_audit(self.access, which).await?;
            row = self.storage.inner.current(resource_type, id).await?;
        }
        self.found(audit::Action::Read, resource_type, id, row.as_deref())
            .await
    }

    /// Makes the AuditEvents this caller may be after: of the patient in context, else of the one
    /// named.
    pub(super) async fn show_audit(&self, named: Option<&str>) -> Result<()> {
        let context = self.access.standing().patient.as_ref();
        let context = context.map(|patient| patient.id.as_str());
        let patient = match self.access.spans_charts() {
            true => named.or(context),
            false => context.or(named),
        };
        let which = patient.map_or(show::Which::Any, show::Which::OfPatient);
        self.storage.show_audit(self.access, which).await
    }

    /// One version, current or not. Each is decided by its own facts.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn vread(
        &self,
        resource_type: ResourceType,
        id: &str,
        version: i64,
    ) -> Result<Found> {
        let inner = &self.storage.inner;
        let row = match inner.current(resource_type, id).await? {
            Some(current) if current.version != version => {
                inner.earlier(&current, version).await?.map(Arc::new)
            }
            current => current,
        };
        let found = self.found(audit::Action::Read, resource_type, id, row.as_deref());
        let (found, record) = found.await?;
        self.storage.inner.record(self.access, record).await;
        Ok(found)
    }

    /// What a row is to the caller, and the event of the look at it.
    async fn found(
        &self,
        action: audit::Action,
        resource_type: ResourceType,
        id: &str,
        row: Option<&Stored>,
    ) -> Result<(Found, Record)> {
        let Some(row) = row else {
            let record = self.event(action, false, "NOT_FOUND", None, resource_type, id);
            return Ok((Found::Nothing, record));
        };
        let (mut decision, mut seen) = self.storage.inner.seen(self.access, Action::Read, row)?;
        let mut owner = row.owner.clone();
        if !decision.permits()
            && row.resource_type.name() == "Binary"
            && let Some((by, attached)) = self.by_referrer(row).await?
        {
            seen = Some(attached.seen(&by)?).filter(|_| !row.deleted);
            decision = by;
            owner = attached.owner.clone();
        }
        let permitted = decision.permits();
        let reason = decision.reason.0;
        let record = self.event(action, permitted, reason, owner, resource_type, id);
        let found = match seen {
            Some(seen) => Found::Seen(seen),
            None if permitted && row.deleted => Found::Deleted,
            None if decision.http == 403 && !row.deleted => Found::Refused(Box::new(decision)),
            None => Found::Nothing,
        };
        Ok((found, record))
    }

    fn event(
        &self,
        action: audit::Action,
        permitted: bool,
        reason: &'static str,
        patient: Option<Arc<str>>,
        resource_type: ResourceType,
        id: &str,
    ) -> Record {
        Record {
            at: self.access.now().as_microsecond(),
            action,
            permitted,
            reason: reason.into(),
            patient,
            entity: Some(format!("{resource_type}/{id}")),
            query: None,
            request_id: None,
            suspended_until: None,
        }
    }

    /// A Binary that names no patient is read by who may read the resource it came with as an
    /// attachment, as if it were that patient's. Only the first resource to have it counts: whoever
    /// points to it later could be after what is not theirs.
    async fn by_referrer(&self, binary: &Stored) -> Result<Option<(Decision, Stored)>> {
        if binary.owner.is_some() {
            return Ok(None);
        }
        let inner = &self.storage.inner;
        let params: Vec<i64> = ResourceType::all()
            .map(|t| i64::from(ParamId::of(t, "_binary").0))
            .collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM ix_reference x JOIN resource r ON r.rid = x.rid \
             WHERE {} AND x.target = $2 AND x.type = 'Binary' \
             ORDER BY r.rid LIMIT 1",
            inner.db.in_list("x.param", 1)
        );
        let statement = Statement::made(sql).bind(params).bind(&*binary.id);
        let rows = inner.db.fetch_all(statement).await?;
        for referrer in inner.stored(&rows).await? {
            let decision = self.access.decide(Action::Read, &referrer.facts());
            if referrer.deleted || !decision.permits() || decision.redaction.is_some() {
                continue;
            }
            let attached = Stored {
                owner: referrer.owner.clone(),
                hold_until: referrer.hold_until,
                ..binary.clone()
            };
            let decision = self.access.decide(Action::Read, &attached.facts());
            if decision.permits() {
                return Ok(Some((decision, attached)));
            }
        }
        Ok(None)
    }
}

impl Inner {
    /// The current row, deleted ones included, from memory where that is certain.
    pub(crate) async fn current(
        &self,
        resource_type: ResourceType,
        id: &str,
    ) -> Result<Option<Arc<Stored>>> {
        if let Some(row) = self.rows.get(resource_type, id) {
            return Ok(Some(row));
        }
        let commits = self.rows.commits();
        let statement = Statement::new(&CURRENT).bind(resource_type.name()).bind(id);
        let rows = self.db.fetch_all(statement).await?;
        let Some(row) = self.stored(&rows).await?.into_iter().next() else {
            return Ok(None);
        };
        let row = Arc::new(row);
        self.rows.offer(row.clone(), commits);
        Ok(Some(row))
    }

    /// The current rows of those names that exist, deleted ones included, in no particular order.
    pub(crate) async fn load(
        &self,
        wanted: &[(ResourceType, Arc<str>)],
    ) -> Result<Vec<Arc<Stored>>> {
        let mut found = Vec::with_capacity(wanted.len());
        let mut names = Vec::new();
        for (resource_type, id) in wanted {
            match self.rows.get(*resource_type, id) {
                Some(row) => found.push(row),
                None => names.push(format!("{resource_type}/{id}")),
            }
        }
        if names.is_empty() {
            return Ok(found);
        }
        let sql = format!("SELECT {COLUMNS} {}", self.db.naming(1));
        self.fetch_into(Statement::made(sql).bind(names), &mut found)
            .await?;
        Ok(found)
    }

    async fn fetch_into(&self, statement: Statement, found: &mut Vec<Arc<Stored>>) -> Result<()> {
        let commits = self.rows.commits();
        let rows = self.db.fetch_all(statement).await?;
        for row in self.stored(&rows).await? {
            let row = Arc::new(row);
            self.rows.offer(row.clone(), commits);
            found.push(row);
        }
        Ok(())
    }
}
