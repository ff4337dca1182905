//! `kinchart policy check`: every fault of a collection, as `FILE:LINE:COLUMN`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use access::Pack;
use access::pack::PackError;

use super::{Outcome, read, write};

/// Reads all packs of the file. Errors: a file that cannot be read.
pub fn run(file: &Path) -> Outcome {
    let text = read(file)?;
    let mut said = BTreeSet::new();
    let mut out = String::new();
    let mut complain = |error: PackError| {
        for fault in error.faults {
            let at = format!("{}:{}:{}", file.display(), fault.line, fault.column);
            // What several packs take from one is at fault once.
            if said.insert((at.clone(), fault.what.clone())) {
                let _ = writeln!(out, "{at}: {} {}", fault.pointer, fault.what);
            }
        }
    };
    let mut good = Vec::new();
    match Pack::names(&text) {
        Err(error) => complain(error),
        Ok(names) => {
            for name in names {
                match Pack::from_json(&text, &name) {
                    Ok(pack) => good.push(pack),
                    Err(error) => complain(error),
                }
            }
        }
    }
    if !said.is_empty() {
        write(&out)?;
        return Ok(ExitCode::FAILURE);
    }
    for pack in good {
        let version = match pack.version.as_str() {
            "" => "no version",
            version => version,
        };
        let _ = writeln!(out, "{}: good, {version}", pack.id);
    }
    write(&out)?;
    Ok(ExitCode::SUCCESS)
}
