//! `kinchart restore`: a copy put back into an empty database.

use std::path::PathBuf;
use std::process::ExitCode;

use super::Outcome;
use super::database::DatabaseFlags;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Sign-ins and tokens that live in the copy are ended, because some may have been taken back \
                  after it was made; people sign in again, and apps ask again for what people allowed them. \
                  Give the encryption key the copied database had."
)]
pub struct Options {
    /// A copy made by `kinchart backup`
    file: PathBuf,
    /// Leave sign-ins and tokens alive: for a database that only moves, from a server already stopped
    #[arg(long)]
    keep_sign_ins: bool,
    #[command(flatten)]
    database: DatabaseFlags,
}

/// Puts the copy back and brings it up to date. Errors: a copy or a database not fit for it.
pub async fn run(options: Options) -> Outcome {
    let shown = options.file.display().to_string();
    let url = options.database.url()?;
    let restored = storage::backup::restore(&url, &options.file).await;
    restored.map_err(|error| format!("{shown}: {error}"))?;
    let opened = options.database.open().await;
    let storage = opened
        .map_err(|error| format!("{shown} is restored, but not ready for use: {error}"))?
        .storage;
    if !options.keep_sign_ins {
        storage
            .end_sign_ins()
            .await
            .map_err(|error| error.to_string())?;
    }
    storage.close().await.map_err(|error| error.to_string())?;
    super::print(&format!("restored {shown}"))?;
    Ok(ExitCode::SUCCESS)
}
