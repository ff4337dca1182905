//! The access log of a chart, as its owner reads it.

use super::{Action, Line};
use crate::{Error, Result, Storage, db::Row, sql::Statement};

/// Lines in one answer, at most.
const LINES_MAX: i64 = 500;

impl Storage {
    /// Who looked at a patient's chart, newest first. `before`: the position of the last line
    /// already shown.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn access_log(
        &self,
        patient: &str,
        count: i64,
        before: Option<i64>,
    ) -> Result<Vec<Line>> {
        self.inner.audit.flush(&self.inner.db).await?;
        let half = |shown: u8| {
            format!(
                "SELECT * FROM (SELECT seq, at, action, permitted, agent, entity FROM audit \
                 WHERE patient = $1 AND shown = {shown} AND seq < $2 ORDER BY seq DESC LIMIT $3) h{shown}"
            )
        };
        let sql = format!(
            "SELECT e.seq, e.at, e.action, e.permitted, a.who, a.display, c.name, e.entity \
             FROM ({} UNION ALL {}) e JOIN audit_agent a ON a.id = e.agent \
             LEFT JOIN client c ON c.id = a.client_id ORDER BY e.seq DESC LIMIT $3",
            half(0),
            half(1)
        );
        let statement = Statement::made(sql)
            .bind(patient)
            .bind(before.unwrap_or(i64::MAX))
            .bind(count.clamp(1, LINES_MAX));
        let rows = self.inner.db.fetch_all(statement).await?;
        rows.iter().map(line).collect()
    }
}

fn line(row: &Row) -> Result<Line> {
    Ok(Line {
        position: row.int(0)?,
        at: row.time(1)?,
        action: Action::from_number(row.int(2)?).ok_or_else(|| Error::Corrupt {
            table: "audit",
            what: "an unknown action".to_owned(),
        })?,
        permitted: row.flag(3)?,
        who: row.text(4)?,
        display: row.text(5)?,
        client_name: row.opt_text(6)?,
        entity: row.opt_text(7)?,
    })
}
