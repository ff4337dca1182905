//! The audit trail as a chain: each entry's link is SHA-256 over the entry and the link before it, so
//! that none can be changed, taken out or put in without every later link being another.

use access::standing::Agent;
use aws_lc_rs::digest::{SHA256, digest};

use super::Record;
use crate::db::{Row, Tx};
use crate::sql::Statement;
use crate::{Error, Result};

/// A SHA-256.
pub(crate) type Link = [u8; 32];

/// What an entry's hash begins with: another way of hashing would say so.
const FORM: &[u8] = b"kinchart-audit-1";

/// An agent as entries refer to it: its number, and the hash of what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) number: i64,
    pub(crate) hash: Link,
}

/// Values for a hash, written so that no two lists of values read the same.
struct Feed(Vec<u8>);

impl Feed {
    fn new() -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(FORM);
        Self(bytes)
    }
    fn int(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }
    fn opt_int(&mut self, value: Option<i64>) {
        self.int(i64::from(value.is_some()));
        self.int(value.unwrap_or_default());
    }
    fn text(&mut self, value: &str) {
        // One of the databases cannot hold U+0000.
        let kept = value.split('\0').map(str::len).sum::<usize>();
        self.int(i64::try_from(kept).unwrap_or(i64::MAX));
        for part in value.split('\0') {
            self.0.extend_from_slice(part.as_bytes());
        }
    }
    fn opt_text(&mut self, value: Option<&str>) {
        self.int(i64::from(value.is_some()));
        self.text(value.unwrap_or_default());
    }
    fn finish(self) -> Link {
        let mut link = [0; 32];
        for (to, from) in link.iter_mut().zip(digest(&SHA256, &self.0).as_ref()) {
            *to = *from;
        }
        link
    }
}

/// The hash of everything that is kept of an agent.
pub(crate) fn agent_hash(agent: &Agent) -> Link {
    let mut feed = Feed::new();
    feed.text(&agent.who);
    feed.text(&agent.display);
    let rest = [
        &agent.on_behalf_of,
        &agent.account,
        &agent.client_id,
        &agent.grant,
        &agent.purpose_of_use,
        &agent.role,
        &agent.department,
    ];
    for value in rest {
        feed.opt_text(value.as_deref());
    }
    feed.finish()
}

/// The link of the entry numbered `seq`.
pub(crate) fn link(before: &Link, seq: i64, agent: &Link, record: &Record) -> Link {
    let mut feed = Feed::new();
    feed.0.extend_from_slice(before);
    feed.0.extend_from_slice(agent);
    for value in [
        seq,
        record.at,
        record.action.number(),
        i64::from(record.permitted),
    ] {
        feed.int(value);
    }
    feed.text(&record.reason);
    feed.opt_text(record.patient.as_deref());
    feed.opt_text(record.entity.as_deref());
    feed.opt_text(record.query.as_deref());
    feed.opt_text(record.request_id.as_deref());
    feed.opt_int(record.suspended_until);
    feed.finish()
}

/// Where the chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// The number of the first entry that is part of the chain.
    pub(crate) first: i64,
    /// The number of the last entry.
    pub(crate) seq: i64,
    pub(crate) link: Link,
}

/// A column that holds a link.
pub(super) fn link_of(row: &Row, at: usize) -> Result<Link> {
    let bytes = row.opt_bytes(at)?.unwrap_or_default();
    <Link>::try_from(&*bytes).map_err(|_| Error::Corrupt {
        table: "audit_head",
        what: "a link that is none".to_owned(),
    })
}

/// Takes the next `count` numbers: the head before them. Whoever else writes waits until the
/// transaction ends, so this is the last thing a transaction takes.
pub(super) async fn take(tx: &mut Tx, count: i64) -> Result<Head> {
    let statement = Statement::new(
        "UPDATE audit_head SET seq = seq + $1 WHERE one = 1 RETURNING first, seq, link",
    );
    let row = tx.fetch_optional(statement.bind(count)).await?;
    let row = row.ok_or_else(|| Error::Corrupt {
        table: "audit_head",
        what: "the head of the audit trail is gone".to_owned(),
    })?;
    Ok(Head {
        first: row.int(0)?,
        seq: row.int(1)? - count,
        link: link_of(&row, 2)?,
    })
}

/// Leaves the link of the last entry.
pub(super) async fn leave(tx: &mut Tx, link: &Link) -> Result<()> {
    let statement = Statement::new("UPDATE audit_head SET link = $1 WHERE one = 1");
    tx.execute(statement.bind(link.to_vec())).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Action;

    fn record() -> Record {
        Record {
            at: 1,
            action: Action::Read,
            permitted: true,
            reason: "PERMIT_SELF".into(),
            patient: Some("ana".into()),
            entity: Some("Observation/1".to_owned()),
            query: None,
            request_id: None,
            suspended_until: None,
        }
    }

    #[test]
    fn every_member_of_an_entry_is_in_its_link() {
        let agent = agent_hash(&Agent::default());
        let plain = link(&[0; 32], 1, &agent, &record());
        let others = [
            link(&[1; 32], 1, &agent, &record()),
            link(&[0; 32], 2, &agent, &record()),
            link(&[0; 32], 1, &[0; 32], &record()),
            link(&[0; 32], 1, &agent, &Record { at: 2, ..record() }),
            link(
                &[0; 32],
                1,
                &agent,
                &Record {
                    action: Action::Search,
                    ..record()
                },
            ),
            link(
                &[0; 32],
                1,
                &agent,
                &Record {
                    permitted: false,
                    ..record()
                },
            ),
            link(
                &[0; 32],
                1,
                &agent,
                &Record {
                    reason: "X".into(),
                    ..record()
                },
            ),
            link(
                &[0; 32],
                1,
                &agent,
                &Record {
                    patient: None,
                    ..record()
                },
            ),
            link(
                &[0; 32],
                1,
                &agent,
                &Record {
                    entity: None,
                    ..record()
                },
            ),
            link(
                &[0; 32],
                1,
                &agent,
                &Record {
                    query: Some(String::new()),
                    ..record()
                },
            ),
            link(
                &[0; 32],
                1,
                &agent,
                &Record {
                    request_id: Some("r".to_owned()),
                    ..record()
                },
            ),
            link(
                &[0; 32],
                1,
                &agent,
                &Record {
                    suspended_until: Some(0),
                    ..record()
                },
            ),
        ];
        for (at, other) in others.iter().enumerate() {
            assert_ne!(&plain, other, "{at}");
            assert!(others.iter().skip(at + 1).all(|one| one != other), "{at}");
        }
        assert_eq!(plain, link(&[0; 32], 1, &agent, &record()));
    }

    #[test]
    fn text_moved_from_one_member_to_the_next_is_another_entry() {
        let split = |entity: &str, query: &str| Record {
            entity: Some(entity.to_owned()),
            query: Some(query.to_owned()),
            ..record()
        };
        let agent = agent_hash(&Agent::default());
        let of = |record: &Record| link(&[0; 32], 1, &agent, record);
        assert_ne!(of(&split("ab", "c")), of(&split("a", "bc")));
        // What PostgreSQL cannot hold is no part of it.
        assert_eq!(of(&split("a\0b", "c")), of(&split("ab", "c")));
    }

    #[test]
    fn an_agent_is_hashed_with_role_and_department() {
        let plain = Agent {
            who: "Practitioner/1".to_owned(),
            ..Agent::default()
        };
        let role = Agent {
            role: Some("clinician".to_owned()),
            ..plain.clone()
        };
        let department = Agent {
            department: Some("clinician".to_owned()),
            ..plain.clone()
        };
        assert_ne!(agent_hash(&plain), agent_hash(&role));
        assert_ne!(agent_hash(&department), agent_hash(&role));
    }
}
