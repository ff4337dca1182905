//! The command line: one file per command.

pub mod admin;
pub mod backup;
pub mod database;
pub mod demo;
pub mod doctor;
pub mod generate;
pub mod load;
pub mod policy;
mod profiles;
pub mod reindex;
pub mod restore;
pub mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a command came to: its exit code, or an error that says what to do.
pub type Outcome = Result<ExitCode, String>;

/// Kinchart: an open FHIR server that gives people their records.
#[derive(Debug, Parser)]
#[command(name = "kinchart", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Options),
    /// Run the server on a demonstration database: invented families, movable clock, open mailbox
    Demo(demo::Options),
    /// Invent a population: families over their lifetimes, as NDJSON or Bundles
    Generate(generate::Options),
    /// Load FHIR from files and folders
    Load(load::Options),
    /// Clients, users, tokens, keys and proxies
    Admin(admin::Options),
    /// Copy the whole database to a file while servers use it
    Backup(backup::Options),
    /// Put a copy back into an empty database
    Restore(restore::Options),
    /// Check configuration, database, keys, clock and mail, and say what to do
    Doctor(doctor::Options),
    /// Rebuild the search index, also while a server runs; goes on where it was stopped
    Reindex(reindex::Options),
    /// Try policy packs
    Policy(policy::Options),
    /// Install implementation guides; compile definition packages (for maintainers)
    #[command(subcommand)]
    Profiles(profiles::Profiles),
}

/// Reads the command line and runs the command it names.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve(options) => serve::run(options).await,
            Command::Demo(options) => demo::run(options).await,
            Command::Generate(options) => generate::run(&options),
            Command::Load(options) => load::run(options).await,
            Command::Admin(options) => admin::run(options).await,
            Command::Backup(options) => backup::run(options).await,
            Command::Restore(options) => restore::run(options).await,
            Command::Doctor(options) => doctor::run(options).await,
            Command::Reindex(options) => reindex::run(options).await,
            Command::Policy(options) => policy::run(options).await,
            Command::Profiles(command) => profiles::run(command).await,
        }
    });
    match outcome {
        Ok(code) => code,
        Err(message) => fail(&message),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "errors of a command go to the terminal"
)]
fn fail(message: &str) -> ExitCode {
    eprintln!("kinchart: {message}");
    ExitCode::FAILURE
}

/// A line for a person or script to read.
fn print(line: &str) -> Result<(), String> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}

/// Logs go to stderr, so that stdout holds only what a command prints; `KINCHART_LOG` says how
/// much.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("KINCHART_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,kinchart=info"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr)
        .try_init();
}
