//! Packs the tables of profiles, so that the binary carries them small and opens them on demand.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let profiles = root.join("../../profiles");
    let mut lines = Vec::new();
    for folder in ["r4", "us-core"] {
        let folder = profiles.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        structures(&folder, &mut lines)?;
    }
    println!("cargo::rerun-if-changed=build.rs");
    // Versions of one profile side by side: what they share is packed once.
    lines.sort();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let file = fs::File::create(out.join("structures.deflate"))?;
    let mut packed = flate2::write::DeflateEncoder::new(file, flate2::Compression::best());
    for line in lines {
        writeln!(packed, "{line}")?;
    }
    packed.finish()?;
    Ok(())
}

fn structures(folder: &Path, lines: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "ndjson") {
            lines.extend(fs::read_to_string(path)?.lines().map(ToOwned::to_owned));
        }
    }
    Ok(())
}
