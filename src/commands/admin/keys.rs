//! `kinchart admin keys`: the key that signs id tokens, and keys to encrypt secrets with.

use std::process::ExitCode;

use storage::Sealing;

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Sign id tokens with a new key from now on; the old ones stay published for checking; prints its kid
    Rotate {
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Print a fresh key for --encryption-key
    Encryption,
}

impl Command {
    pub async fn run(self) -> Outcome {
        let Self::Rotate { database } = self else {
            print(&Sealing::fresh_key().map_err(said)?)?;
            return Ok(ExitCode::SUCCESS);
        };
        let desk = Desk::open(database).await?;
        let kid = web::keys::rotate(&desk.opened.storage, desk.now);
        print(&kid.await.map_err(said)?)?;
        desk.close().await
    }
}
