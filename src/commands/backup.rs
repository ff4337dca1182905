//! `kinchart backup`: a consistent copy of the database while servers use it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::Outcome;
use super::database::DatabaseFlags;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The copy holds the whole record: keep it as safe as the database. Secrets in it stay \
                  encrypted; keep the encryption key, but not beside the copy."
)]
pub struct Options {
    /// A new file for the copy; only its owner may read it
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseFlags,
}

/// Writes the copy. Errors: a file that is there already, a database that cannot be used.
pub async fn run(options: Options) -> Outcome {
    let storage = options.database.open().await?.storage;
    let copied = storage.back_up(&options.file).await;
    let closed = storage.close().await;
    copied.map_err(|error| format!("{}: {error}", options.file.display()))?;
    closed.map_err(|error| error.to_string())?;
    let bytes = std::fs::metadata(&options.file).map_or(0, |file| file.len());
    let shown = indicatif::HumanBytes(bytes);
    super::print(&format!("copied to {} ({shown})", options.file.display()))?;
    Ok(ExitCode::SUCCESS)
}
