//! `kinchart demo`: the server on a demonstration database, with movable clock and open mailbox.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use config::{Clock, Flags, Settings};
use demo::{MARK, Manifest, Site};
use jiff::Timestamp;
use web::House;

use super::Outcome;
use crate::server::Opening;

#[derive(Debug, clap::Args)]
#[command(after_help = "Without --database the demonstration lives in a temporary SQLite file.")]
pub struct Options {
    #[command(flatten)]
    flags: Flags,
    /// Write sign-ins, clients, codes and addresses to this file as JSON before saying ready
    #[arg(long, env = "KINCHART_MANIFEST", value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Ask staff for a second factor, as a real server does
    #[arg(long, env = "KINCHART_SECOND_FACTOR")]
    second_factor: bool,
}

/// Fills the database and runs the server. Errors: what keeps it from starting, and what to do
/// about it.
pub async fn run(options: Options) -> Outcome {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let named = options.flags.database.url.is_some();
    let mut settings = Settings::read(options.flags).map_err(|error| said(&error))?;
    // Without a database of its own the demo lives in a temporary file, gone when the server stops.
    let folder = if named || settings.database != "sqlite:kinchart.db" {
        None
    } else {
        let folder = tempfile::tempdir().map_err(|error| said(&error))?;
        settings.database = format!("sqlite:{}", folder.path().join("demo.db").display());
        Some(folder)
    };
    // Scripts sign in as staff with a password alone unless the real thing is asked for.
    settings.sign_in.staff_second_factor = options.second_factor;
    let name = demo::places::ORGANIZATION_NAME;
    let brand = &mut settings.brand;
    brand.name.get_or_insert_with(|| name.to_owned());
    brand.address.get_or_insert_with(demo::places::address);
    let policy = settings.policy.clone();
    let opening = Opening::bind(settings)
        .await
        .map_err(|error| said(&error))?;
    let clock = Clock::movable();
    let start: Timestamp = demo::calendar::START
        .parse()
        .map_err(|error| said(&error))?;
    clock.set(Some(start));
    let house = opening
        .open_house(clock.clone())
        .await
        .map_err(|error| said(&error))?;
    let mut manifest = fill(&house, policy, start).await?;
    if house.udap.membership().is_none() {
        let made = demo::authority::community(&house.fhir_base);
        let (membership, told) = made.map_err(|error| said(&error))?;
        house.udap.replace(Some(membership));
        crate::server::trust(&house.storage, &house.udap);
        manifest.udap = Some(told);
    }
    if let Some(path) = &options.manifest {
        let text = serde_json::to_string_pretty(&manifest).map_err(|error| said(&error))?;
        std::fs::write(path, text)
            .map_err(|error| format!("cannot write --manifest {}: {error}", path.display()))?;
    }
    let mut out = std::io::stdout().lock();
    out.write_all(table(&manifest).as_bytes())
        .map_err(|error| said(&error))?;
    drop(out);
    // Filling took a moment: the families' ages hold from the instant people can sign in.
    clock.set(Some(start));
    opening.serve(house).await.map_err(|error| said(&error))?;
    drop(folder);
    Ok(ExitCode::SUCCESS)
}

async fn fill(house: &House, policy: String, now: Timestamp) -> Result<Manifest, String> {
    let storage = &house.storage;
    let marked = storage
        .marked(MARK)
        .await
        .map_err(|error| error.to_string())?;
    if marked.is_none()
        && !storage
            .is_empty()
            .await
            .map_err(|error| error.to_string())?
    {
        return Err(
            "this database is not empty and was not made by `kinchart demo`; \
             leave --database out, or name a new one"
                .to_owned(),
        );
    }
    let site = Site {
        base_url: house.base_url.to_string(),
        policy,
        pack: house.pack.clone(),
        now,
    };
    demo::seed(storage, &site)
        .await
        .map_err(|error| error.to_string())
}

/// Addresses and sign-ins, for people.
fn table(manifest: &Manifest) -> String {
    let mut out = String::new();
    let base = &manifest.base_url;
    let password = manifest.users.first().map_or("", |user| &user.password);
    let _ = writeln!(
        out,
        "Kinchart demonstration (invented people), policy {}",
        manifest.policy
    );
    let _ = writeln!(out, "\n  Start page     {base}/");
    let _ = writeln!(out, "  Patient portal {base}/apps/portal/");
    let _ = writeln!(out, "  Staff          {base}/apps/clinic/");
    let _ = writeln!(out, "  FHIR           {}", manifest.fhir_base);
    let _ = writeln!(
        out,
        "  Clock, mailbox {base}/demo/clock  {base}/demo/mailbox"
    );
    let _ = writeln!(out, "  Clock stands at {}", manifest.now);
    let _ = writeln!(out, "\nEverybody's password: {password}\n");
    let _ = writeln!(out, "  {:<18} {:<24} ACTS FOR", "USERNAME", "WHO");
    for user in &manifest.users {
        let who = match &user.role {
            Some(role) => format!("{} ({role})", user.display),
            None => user.display.clone(),
        };
        let proxies: Vec<String> = user
            .proxies
            .iter()
            .map(|proxy| format!("{} ({}, {})", proxy.patient, proxy.age, proxy.level))
            .collect();
        let line = format!("  {:<18} {who:<24} {}", user.username, proxies.join(", "));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for code in &manifest.activation_codes {
        let _ = writeln!(
            out,
            "\n  Activation code of {}: {}",
            code.patient, code.code
        );
    }
    let _ = writeln!(out);
    out
}
