//! `kinchart admin keys rotate`: a new key signs id tokens; the old ones stay published for
//! checking.

use storage::keys::Key;

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Sign with a new key from now on; prints its kid
    Rotate {
        #[command(flatten)]
        database: DatabaseFlags,
    },
}

impl Command {
    pub async fn run(self) -> Outcome {
        let Self::Rotate { database } = self;
        let desk = Desk::open(database).await?;
        let keys = desk.opened.storage.keys();
        let (kid, private) = smart::jwk::generate().map_err(said)?;
        let before = keys.list().await.map_err(said)?;
        let key = Key {
            kid: kid.clone(),
            algorithm: smart::jwk::SIGNING_ALGORITHM.to_owned(),
            private,
            created: desk.now,
            retired: None,
        };
        // First the new one: at no instant is there none to sign with.
        keys.add(&key).await.map_err(said)?;
        for old in before.iter().filter(|key| key.retired.is_none()) {
            keys.retire(&old.kid, desk.now).await.map_err(said)?;
        }
        print(&kid)?;
        desk.close().await
    }
}
