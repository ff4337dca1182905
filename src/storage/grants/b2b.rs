//! Grants to other organizations: for whom and what for they ask (hl7-b2b), beside the grant.
use super::{Grant, Grants, Issued, Pair, hand_out, insert};
use crate::Result;
use crate::clients::{list_of, list_text};
use crate::sql::Statement;
use jiff::Timestamp;
use smart::udap::B2b;

impl Grants<'_> {
    /// Stores a grant with what was said of its purpose, and an access token for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn issue_b2b(
        &self,
        grant: &Grant,
        b2b: &B2b,
        lifetime_seconds: i64,
        jkt: Option<&str>,
        now: Timestamp,
    ) -> Result<Issued> {
        let pair = Pair {
            grant: &grant.id,
            scopes: &grant.scopes,
            lifetime_seconds,
            refresh: false,
            jkt,
            refresh_jkt: None,
        };
        let mut tx = self.storage.inner.db.begin().await?;
        insert(&mut tx, grant).await?;
        let statement = Statement::new(
            "INSERT INTO grant_b2b (app_grant, subject_name, subject_id, subject_role, organization_name, \
             organization_id, purposes, consent_policies, consent_references, emergency_reason) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        )
        .bind(&grant.id)
        .bind(b2b.subject_name.clone())
        .bind(b2b.subject_id.clone())
        .bind(b2b.subject_role.clone())
        .bind(b2b.organization_name.clone())
        .bind(&b2b.organization_id)
        .bind(list_text(&b2b.purposes))
        .bind(list_text(&b2b.consent_policies))
        .bind(list_text(&b2b.consent_references))
        .bind(b2b.emergency_reason.clone());
        tx.execute(statement).await?;
        let issued = hand_out(&mut tx, pair, now).await?;
        tx.commit().await?;
        Ok(issued)
    }
    /// What was said of a grant's purpose; `None` for grants of others than organizations.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn b2b(&self, grant: &str) -> Result<Option<B2b>> {
        let statement = Statement::new(
            "SELECT subject_name, subject_id, subject_role, organization_name, organization_id, purposes, \
             consent_policies, consent_references, emergency_reason FROM grant_b2b WHERE app_grant = $1",
        );
        let db = &self.storage.inner.db;
        let row = db.fetch_optional(statement.bind(grant)).await?;
        row.map(|row| {
            Ok(B2b {
                subject_name: row.opt_text(0)?,
                subject_id: row.opt_text(1)?,
                subject_role: row.opt_text(2)?,
                organization_name: row.opt_text(3)?,
                organization_id: row.text(4)?,
                purposes: list_of(row.str(5)?),
                consent_policies: list_of(row.str(6)?),
                consent_references: list_of(row.str(7)?),
                emergency_reason: row.opt_text(8)?,
            })
        })
        .transpose()
    }
}
