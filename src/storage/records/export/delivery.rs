//! A file of an export, read from the record piece by piece while it is fetched.

use std::collections::{BTreeSet, HashMap};

use access::Action;

use super::super::stored::{COLUMNS, Stored};
use super::rows::{Page, Row, Walked};
use super::{Delivered, Exported, Part, Records};
use crate::exports::{Export, File, FileKind};
use crate::sql::Statement;
use crate::{Error, Result};

/// Rows looked at for a piece.
const PIECE_ROWS: usize = 500;
/// Size of a piece in bytes, unless one resource alone is larger.
const PIECE_BYTES: usize = 2 * 1024 * 1024;

impl Records<'_> {
    /// The next piece of a file: what this caller may see of it now. `from` is what the piece before
    /// said, nothing at the beginning. Every patient's chart tells once that an export took of it.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn export_file(
        &self,
        of: &Export,
        asked: &Exported,
        file: &File,
        from: Option<(i64, i64)>,
    ) -> Result<Delivered> {
        let from = from.unwrap_or(file.from);
        let part = match file.kind {
            FileKind::Deleted => return self.deleted_piece(of, asked, file, from).await,
            FileKind::Support => Part::Support(file.resource_type),
            FileKind::Output => Part::Rows(file.resource_type),
        };
        let walked = Walked {
            of,
            asked,
            part: &part,
        };
        let mut page = self
            .export_rows(&walked, from, Some(file.to), PIECE_ROWS)
            .await?;
        page.rows.retain(|row| row.new);
        let next = cut(&mut page).or(page.next);
        let owners = page.rows.iter();
        let owners = owners.filter_map(|row| row.stored.owner.as_deref());
        let owners: BTreeSet<String> = owners.map(str::to_owned).collect();
        // Before it leaves: an export that breaks off has been told of all the same.
        self.tell_charts(of, owners).await?;
        Ok(Delivered {
            seen: self.bodies(asked, page.rows).await?,
            deleted: Vec::new(),
            next,
        })
    }

    async fn tell_charts(&self, of: &Export, owners: BTreeSet<String>) -> Result<()> {
        let exports = self.storage.exports();
        for patient in exports.untold(&of.id, owners.into_iter().collect()).await? {
            let entity = format!("Patient/{patient}");
            self.tell_export(Some(patient), Some(entity), None).await;
        }
        Ok(())
    }

    /// The rows with what this caller may see of them.
    async fn bodies(&self, asked: &Exported, rows: Vec<Row>) -> Result<Vec<super::super::Seen>> {
        let inner = &self.storage.inner;
        let current = rows.iter().filter(|row| row.current);
        let rids: Vec<i64> = current.map(|row| row.stored.rid).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM resource r WHERE {}",
            inner.db.in_list("r.rid", 1)
        );
        let found = inner.db.fetch_all(Statement::made(sql).bind(rids)).await?;
        let found = inner.stored(&found).await?;
        let mut found: HashMap<i64, Stored> = found.into_iter().map(|r| (r.rid, r)).collect();
        let mut seen = Vec::with_capacity(rows.len());
        for row in rows {
            let (rid, version) = (row.stored.rid, row.stored.version);
            let stored = match found.remove(&rid) {
                Some(now) if now.version == version => Some(now),
                // Written, or erased, since it was looked at.
                Some(now) if now.deleted || !self.may_export(asked, &now) => None,
                Some(now) => inner.earlier(&now, version).await?,
                None if row.current => None,
                None => Some(row.stored),
            };
            let Some(stored) = stored else { continue };
            let decision = self.access.decide(Action::Read, &stored.facts());
            if decision.permits() && self.may_export(asked, &stored) {
                seen.push(stored.seen(&decision)?);
            }
        }
        Ok(seen)
    }

    async fn deleted_piece(
        &self,
        of: &Export,
        asked: &Exported,
        file: &File,
        from: (i64, i64),
    ) -> Result<Delivered> {
        let page = self
            .deleted_rows(of, asked, file.resource_type, from)
            .await?;
        let inside = |row: &&Row| (row.place, row.stored.rid) <= file.to;
        let deleted = page.rows.iter().filter(inside);
        let deleted: Vec<String> = deleted.map(|row| row.stored.reference()).collect();
        let next = page.next.filter(|next| *next < file.to);
        if next == Some(from) {
            return Err(Error::Other("an export does not go on".to_owned()));
        }
        Ok(Delivered {
            seen: Vec::new(),
            deleted,
            next,
        })
    }
}

/// Cuts a page where its bodies would be too large together, and gives the place to go on from.
fn cut(page: &mut Page) -> Option<(i64, i64)> {
    let mut bytes = 0_usize;
    let fits = page.rows.iter().take_while(|row| {
        let first = bytes == 0;
        bytes = bytes.saturating_add(row.size.max(1));
        first || bytes <= PIECE_BYTES
    });
    let fits = fits.count();
    if fits == page.rows.len() {
        return None;
    }
    page.rows.truncate(fits);
    page.rows.last().map(|row| (row.place, row.stored.rid))
}
