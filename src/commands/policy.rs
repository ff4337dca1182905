//! `kinchart policy test`: runs authorization vectors through the decision function.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use access::{Pack, vectors};

use super::Outcome;

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
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
}

/// Runs the vectors. Errors: a file that cannot be read or is no collection of vectors.
pub fn run(options: Options) -> Outcome {
    let Command::Test { pack, packs, files } = options.command;
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let collection = match &packs {
        Some(path) => read(path)?,
        None => Pack::shipped_json().to_owned(),
    };
    let mut out = std::io::stdout().lock();
    let mut all_ok = true;
    for path in &files {
        let results = vectors::run(&read(path)?, &collection, &pack)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for result in results {
            all_ok &= result.ok != Some(false);
            let line = serde_json::to_string(&result).map_err(|error| error.to_string())?;
            writeln!(out, "{line}").map_err(|error| error.to_string())?;
        }
    }
    Ok(if all_ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
