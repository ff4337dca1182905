//! Embeds the built browser apps; without a build of them the binary still builds and says so.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Folders of `smart-apps/` that are served below `/apps/`.
const APPS: &[&str] = &["portal", "clinic", "growth"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("static_apps.rs");
    let mut table = fs::File::create(out)?;
    println!("cargo::rerun-if-changed=build.rs");
    writeln!(table, "static APPS: &[(&str, Files)] = &[")?;
    for app in APPS {
        let dist = root.join("smart-apps").join(app).join("dist");
        // Cargo would run this again and again for a folder that is missing.
        let _ = fs::create_dir_all(&dist);
        println!("cargo::rerun-if-changed={}", dist.display());
        let mut files = Vec::new();
        if dist.is_dir() {
            collect(&dist, &dist, &mut files)?;
        }
        files.sort();
        writeln!(table, "    ({app:?}, &[")?;
        for (name, path) in files {
            writeln!(table, "        ({name:?}, include_bytes!({path:?})),")?;
        }
        writeln!(table, "    ]),")?;
    }
    writeln!(table, "];")
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            let name = name.to_string_lossy().replace('\\', "/");
            // Source maps are for developers, who have the source.
            if !name.ends_with(".map") {
                files.push((name, path));
            }
        }
    }
    Ok(())
}
