//! Proving the chain: every entry hashed again, from the first one on.

use std::collections::HashMap;

use access::standing::Agent;

use super::chain::{self, Link, link_of};
use super::{Action, Record};
use crate::db::Row;
use crate::sql::Statement;
use crate::{Error, Result, Storage};

/// Entries looked at in one statement.
const PAGE: i64 = 2_000;
/// Agents whose hashes are remembered.
const AGENTS_MAX: usize = 50_000;

/// A chain that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries that are part of the chain.
    pub entries: i64,
    /// Entries of older releases, from before there was a chain.
    pub before: i64,
    /// The number of the last entry.
    pub seq: i64,
    pub link: Link,
    /// The links at the numbers asked for, in their order.
    pub at: Vec<(i64, Link)>,
}

/// Where a chain is broken: the first place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The entry is not as it was written, or whoever acted is not.
    Changed { seq: i64 },
    /// The entry was taken out.
    Missing { seq: i64 },
    /// The entry was put in behind the end.
    Added { seq: i64 },
    /// The last entries were taken out: this is the first that is not there.
    CutOff { seq: i64 },
}

impl Storage {
    /// Hashes the whole trail again. `at`: entries whose links are wanted (those of signed roots),
    /// rising. Whatever is written meanwhile is looked at or left out, never half.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn verify_audit(&self, at: &[i64]) -> Result<std::result::Result<Verified, Broken>> {
        self.inner.audit.flush(&self.inner.db).await?;
        let Some(head) = self.chain_head().await? else {
            return Ok(Err(Broken::CutOff { seq: 1 }));
        };
        let before = Statement::new("SELECT count(*) FROM audit WHERE seq < $1");
        let before = self
            .inner
            .db
            .fetch_optional(before.bind(head.first))
            .await?;
        let before = before.map_or(Ok(0), |row| row.int(0))?;
        let mut walk = Walk {
            link: [0; 32],
            seq: head.first - 1,
            wanted: at.iter().copied().peekable(),
            found: Vec::new(),
            agents: HashMap::new(),
        };
        while walk.seq < head.seq {
            let rows = self.page(walk.seq, head.seq).await?;
            if rows.is_empty() {
                return Ok(Err(Broken::CutOff { seq: walk.seq + 1 }));
            }
            for row in &rows {
                if let Err(broken) = walk.step(row)? {
                    return Ok(Err(broken));
                }
            }
        }
        if walk.link != head.link {
            return Ok(Err(Broken::Changed { seq: walk.seq }));
        }
        // Entries are numbered by the head: behind it there is only what the head knows by now.
        let now = self.chain_head().await?.map_or(head.seq, |now| now.seq);
        let added = Statement::new("SELECT MIN(seq) FROM audit WHERE seq > $1").bind(now);
        let added = self.inner.db.fetch_optional(added).await?;
        if let Some(seq) = added.map_or(Ok(None), |row| row.opt_int(0))? {
            let known = self.chain_head().await?.map_or(now, |head| head.seq);
            if seq > known {
                return Ok(Err(Broken::Added { seq }));
            }
        }
        Ok(Ok(Verified {
            entries: head.seq - head.first + 1,
            before,
            seq: head.seq,
            link: head.link,
            at: walk.found,
        }))
    }

    async fn chain_head(&self) -> Result<Option<chain::Head>> {
        let statement = Statement::new("SELECT first, seq, link FROM audit_head");
        let row = self.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(chain::Head {
                first: row.int(0)?,
                seq: row.int(1)?,
                link: link_of(&row, 2)?,
            })
        })
        .transpose()
    }

    async fn page(&self, after: i64, last: i64) -> Result<Vec<Row>> {
        let statement = Statement::new(
            "SELECT e.seq, e.at, e.action, e.permitted, e.reason, e.patient, e.entity, e.query, \
             e.request_id, e.suspended_until, e.link, e.agent, a.who, a.display, a.on_behalf_of, \
             a.account, a.client_id, a.grant_id, a.purpose, a.role, a.department FROM audit e \
             LEFT JOIN audit_agent a ON a.id = e.agent WHERE e.seq > $1 AND e.seq <= $2 \
             ORDER BY e.seq LIMIT $3",
        );
        let statement = statement.bind(after).bind(last).bind(PAGE);
        self.inner.db.fetch_all(statement).await
    }
}

struct Walk<I: Iterator<Item = i64>> {
    link: Link,
    seq: i64,
    wanted: std::iter::Peekable<I>,
    found: Vec<(i64, Link)>,
    agents: HashMap<i64, Link>,
}

impl<I: Iterator<Item = i64>> Walk<I> {
    fn step(&mut self, row: &Row) -> Result<std::result::Result<(), Broken>> {
        let seq = row.int(0)?;
        if seq != self.seq + 1 {
            return Ok(Err(Broken::Missing { seq: self.seq + 1 }));
        }
        let changed = Ok(Err(Broken::Changed { seq }));
        let (Some(record), Ok(stored)) = (record(row)?, link_of(row, 10)) else {
            return changed;
        };
        let Some(agent) = self.agent(row)? else {
            return changed;
        };
        let link = chain::link(&self.link, seq, &agent, &record);
        if link != stored {
            return changed;
        }
        (self.link, self.seq) = (link, seq);
        while self
            .wanted
            .next_if(|wanted| *wanted <= seq)
            .is_some_and(|wanted| {
                self.found.push((wanted, link));
                true
            })
        {}
        Ok(Ok(()))
    }

    /// The hash of whoever acted; `None` when nobody knows any more.
    fn agent(&mut self, row: &Row) -> Result<Option<Link>> {
        let number = row.int(11)?;
        if let Some(hash) = self.agents.get(&number) {
            return Ok(Some(*hash));
        }
        let Some(who) = row.opt_text(12)? else {
            return Ok(None);
        };
        let agent = Agent {
            who,
            display: row.text(13)?,
            on_behalf_of: row.opt_text(14)?,
            account: row.opt_text(15)?,
            client_id: row.opt_text(16)?,
            grant: row.opt_text(17)?,
            purpose_of_use: row.opt_text(18)?,
            role: row.opt_text(19)?,
            department: row.opt_text(20)?,
        };
        if self.agents.len() >= AGENTS_MAX {
            self.agents.clear();
        }
        let hash = chain::agent_hash(&agent);
        self.agents.insert(number, hash);
        Ok(Some(hash))
    }
}

/// The entry as it was given to the chain; `None` for one that no release of ours wrote.
fn record(row: &Row) -> Result<Option<Record>> {
    let Some(action) = Action::from_number(row.int(2)?) else {
        return Ok(None);
    };
    let record = || {
        Ok::<_, Error>(Record {
            at: row.int(1)?,
            action,
            permitted: row.flag(3)?,
            reason: row.text(4)?.into(),
            patient: row.opt_text(5)?.map(Into::into),
            entity: row.opt_text(6)?,
            query: row.opt_text(7)?,
            request_id: row.opt_text(8)?,
            suspended_until: row.opt_int(9)?,
        })
    };
    Ok(record().ok())
}
