//! Packs the tables of profiles and terminology, so that the binary carries them small and opens
//! them on demand.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::{Compression, write::DeflateEncoder};

/// Lines of terminology packed together, in bytes before packing: one is opened at a time.
const BLOCK_BYTES: usize = 64 * 1024;

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let profiles = root.join("../../profiles");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=build.rs");
    let mut lines = Vec::new();
    for folder in ["r4", "us-core"] {
        let folder = profiles.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        structures(&folder, &mut lines)?;
    }
    // Versions of one profile side by side: what they share is packed once.
    lines.sort();
    let mut text = lines.join("\n");
    text.push('\n');
    fs::write(out.join("structures.deflate"), packed(&text)?)?;
    let folder = profiles.join("terminology");
    println!("cargo::rerun-if-changed={}", folder.display());
    terminology(&folder, &out)
}

fn packed(text: &str) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
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

/// `terminology.blocks`: the facts in blocks, each packed by itself. `terminology.deflate`: the
/// index, each row followed by where its line is: start and length of the block, start and length
/// in it.
fn terminology(folder: &Path, out: &Path) -> io::Result<()> {
    let facts = fs::read_to_string(folder.join("facts.ndjson"))?;
    let names = fs::read_to_string(folder.join("index.txt"))?;
    let (mut blocks, mut index) = (Vec::new(), String::new());
    let mut block = String::new();
    let mut waiting: Vec<(&str, usize, usize)> = Vec::new();
    let mut lines = names.lines().zip(facts.lines()).peekable();
    while let Some((name, line)) = lines.next() {
        waiting.push((name, block.len(), line.len()));
        block.push_str(line);
        if block.len() < BLOCK_BYTES && lines.peek().is_some() {
            continue;
        }
        let bytes = packed(&block)?;
        for (name, start, length) in waiting.drain(..) {
            let (at, size) = (blocks.len(), bytes.len());
            index.push_str(&format!("{name}\t{at}\t{size}\t{start}\t{length}\n"));
        }
        blocks.extend(bytes);
        block.clear();
    }
    fs::write(out.join("terminology.blocks"), blocks)?;
    fs::write(out.join("terminology.deflate"), packed(&index)?)
}
