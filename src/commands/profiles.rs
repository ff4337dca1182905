//! `kinchart profiles`: installs implementation guides, and for maintainers compiles packages of
//! definitions into the tables of `profiles/`.

mod install;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Outcome;

#[derive(Debug, clap::Subcommand)]
pub enum Profiles {
    /// Install an implementation guide: store the definitions of its package, so that they are
    /// readable and resources are checked against them
    Install(install::Options),
    /// Compile npm packages of definitions into fact tables
    Compile {
        /// The packages: hl7.fhir.r4.examples-4.0.1.tgz, then guides such as
        /// hl7.fhir.us.core-7.0.0.tgz
        #[arg(required = true)]
        packages: Vec<PathBuf>,
        /// The folder the tables are written to
        #[arg(long, default_value = "profiles/r4")]
        out: PathBuf,
    },
    /// Compile the code systems, value sets and concept maps of npm packages into facts
    Terminology {
        /// Packages and single resources (.json) that are taken whole
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// Packages of which only what the others need is taken, such as
        /// hl7.terminology.r4-7.0.1.tgz
        #[arg(long)]
        library: Vec<PathBuf>,
        /// The folder the tables are written to
        #[arg(long, default_value = "profiles/terminology")]
        out: PathBuf,
    },
    /// Compile the profiles of npm packages into facts, a file per package named by its version
    Structures {
        /// The packages, such as hl7.fhir.us.core-7.0.0.tgz
        #[arg(required = true)]
        packages: Vec<PathBuf>,
        /// The folder the tables are written to
        #[arg(long, default_value = "profiles/us-core")]
        out: PathBuf,
    },
}

/// Runs a subcommand. Errors: the file at fault and why.
pub async fn run(command: Profiles) -> Outcome {
    match command {
        Profiles::Install(options) => install::run(options).await,
        Profiles::Compile { packages, out } => compile(&packages, &out),
        Profiles::Terminology {
            sources,
            library,
            out,
        } => terminology(&sources, &library, &out),
        Profiles::Structures { packages, out } => structures(&packages, &out),
    }
}

fn named(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

fn compile(packages: &[PathBuf], out: &Path) -> Outcome {
    let archives: Result<Vec<File>, String> = packages
        .iter()
        .map(|path| File::open(path).map_err(|error| named(path, &error)))
        .collect();
    let tables = fhir::definitions::compile::run(archives?).map_err(|error| error.to_string())?;
    fs::create_dir_all(out).map_err(|error| named(out, &error))?;
    for (name, text) in &tables.files {
        let path = out.join(name);
        fs::write(&path, text).map_err(|error| named(&path, &error))?;
        println!("{}: {} lines", path.display(), text.lines().count());
    }
    for why in &tables.skipped {
        println!("left out: {why}");
    }
    Ok(ExitCode::SUCCESS)
}

fn terminology(sources: &[PathBuf], library: &[PathBuf], out: &Path) -> Outcome {
    let mut taken = fhir::terminology::compile::Sources::default();
    let all = sources.iter().map(|path| (path, false));
    for (path, is_library) in all.chain(library.iter().map(|path| (path, true))) {
        let done = if path.extension().is_some_and(|e| e == "json") {
            let text = fs::read_to_string(path).map_err(|error| named(path, &error))?;
            taken.file(&path.display().to_string(), &text, is_library)
        } else {
            let archive = File::open(path).map_err(|error| named(path, &error))?;
            taken.package(archive, is_library)
        };
        done.map_err(|error| named(path, &error))?;
    }
    fs::create_dir_all(out).map_err(|error| named(out, &error))?;
    for (name, text) in taken.compile() {
        let path = out.join(name);
        fs::write(&path, &text).map_err(|error| named(&path, &error))?;
        println!(
            "{}: {} lines, {} bytes",
            path.display(),
            text.lines().count(),
            text.len()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn structures(packages: &[PathBuf], out: &Path) -> Outcome {
    fs::create_dir_all(out).map_err(|error| named(out, &error))?;
    for package in packages {
        let archive = File::open(package).map_err(|error| named(package, &error))?;
        let compiled = fhir::profile::facts::compile(archive);
        let (version, text) = compiled.map_err(|error| named(package, &error))?;
        let path = out.join(format!("{version}.ndjson"));
        fs::write(&path, &text).map_err(|error| named(&path, &error))?;
        println!("{}: {} profiles", path.display(), text.lines().count());
    }
    Ok(ExitCode::SUCCESS)
}
