//! `kinchart policy test`: runs authorization vectors through the decision function.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access::{Pack, vectors};

use super::{Outcome, read, write};

/// Runs the vectors. Errors: a file that cannot be read or is no collection of vectors.
pub fn run(pack: &str, packs: Option<&Path>, files: &[PathBuf]) -> Outcome {
    let collection = match packs {
        Some(path) => read(path)?,
        None => Pack::shipped_json().to_owned(),
    };
    let mut all_ok = true;
    for path in files {
        let results = vectors::run(&read(path)?, &collection, pack)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for result in results {
            all_ok &= result.ok != Some(false);
            let line = serde_json::to_string(&result).map_err(|error| error.to_string())?;
            write(&format!("{line}\n"))?;
        }
    }
    Ok(if all_ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
