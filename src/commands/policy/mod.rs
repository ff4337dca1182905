//! `kinchart policy`: looking at packs, trying them, and standing for them.

mod check;
mod difference;
mod signing;
mod simulation;
mod vectors;

use std::path::PathBuf;

use super::Outcome;
use super::database::DatabaseFlags;

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read a collection of packs and say what is wrong with it, line by line
    Check {
        /// Packs (JSON)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Decide every vector of the files; one JSON line each, exit code 1 if one differs from what
    /// it expects
    Test {
        /// Policy pack of vectors that name none
        #[arg(long, value_name = "NAME")]
        pack: String,
        /// Collection of packs to use instead of the shipped ones (JSON)
        #[arg(long, value_name = "FILE")]
        packs: Option<PathBuf>,
        /// Vectors: JSON arrays
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Say who may do more and who may do less when one pack follows another
    Diff {
        /// A shipped pack's name, FILE, or FILE#NAME
        before: String,
        /// A shipped pack's name, FILE, or FILE#NAME
        after: String,
        /// One JSON line a difference
        #[arg(long)]
        json: bool,
    },
    /// Try a pack on everybody in the database before it goes live: who would gain, who would lose
    Simulate {
        #[command(flatten)]
        database: DatabaseFlags,
        /// The pack to try: a shipped pack's name, FILE, or FILE#NAME; --policy is the one in force
        #[arg(long, value_name = "NAME|FILE")]
        to: String,
        /// The instant to try it at (RFC 3339) [default: now]
        #[arg(long, value_name = "INSTANT")]
        at: Option<jiff::Timestamp>,
        /// The report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a key pair to sign packs with
    Key {
        /// Where to write the private key (PEM); the public one goes beside it as FILE.pub
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Stand for a collection of packs: writes FILE.sig
    Sign {
        /// Private key (PEM) of who signs
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Who signs, as it is to be shown
        #[arg(long, value_name = "NAME")]
        signed_by: String,
        /// Packs (JSON)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Runs one of them. Errors: a file or database that cannot be used, and why.
pub async fn run(options: Options) -> Outcome {
    match options.command {
        Command::Check { file } => check::run(&file),
        Command::Test { pack, packs, files } => vectors::run(&pack, packs.as_deref(), &files),
        Command::Diff {
            before,
            after,
            json,
        } => difference::run(&before, &after, json),
        Command::Simulate {
            database,
            to,
            at,
            json,
        } => simulation::run(database, &to, at, json).await,
        Command::Key { file } => signing::make_key(&file),
        Command::Sign {
            key,
            signed_by,
            file,
        } => signing::sign(&file, &key, &signed_by),
    }
}

fn write(text: &str) -> Result<(), String> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .map_err(|error| error.to_string())
}

fn read(path: &std::path::Path) -> Result<String, String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}
