//! `kinchart admin audit`: proving that nobody changed the audit trail.

use std::path::PathBuf;
use std::process::ExitCode;

use workflows::audit_roots;

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Hash every entry again and compare with the chain and the signed roots; exits 1 and names the
    /// first entry that is broken
    Verify {
        /// A root somebody kept (a JWS in a file), to be compared too; may be repeated
        #[arg(long, value_name = "FILE")]
        root: Vec<PathBuf>,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Print the signed roots, newest first: day, number of the last entry, JWS
    Roots {
        #[command(flatten)]
        database: DatabaseFlags,
    },
}

/// Roots printed, at most.
const ROOTS_MAX: i64 = 10_000;

impl Command {
    pub async fn run(self) -> Outcome {
        match self {
            Self::Verify { root, database } => verify(root, database).await,
            Self::Roots { database } => {
                let desk = Desk::open(database).await?;
                let roots = desk.opened.storage.audit_roots(None, ROOTS_MAX).await;
                for root in roots.map_err(said)? {
                    print(&format!("{}\t{}\t{}", root.day, root.seq, root.signed))?;
                }
                desk.close().await
            }
        }
    }
}

async fn verify(files: Vec<PathBuf>, database: DatabaseFlags) -> Outcome {
    let read = |file: &PathBuf| {
        std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
    };
    let kept = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let desk = Desk::open(database).await?;
    let verdict = audit_roots::verify(&desk.opened.storage, &kept).await;
    let verdict = verdict.map_err(said)?;
    let code = match verdict {
        Ok(proof) => {
            print(&format!(
                "the audit trail is whole: {} entries, {} signed roots, last entry {}, link {}",
                proof.entries, proof.roots, proof.seq, proof.link
            ))?;
            if proof.before > 0 {
                print(&format!(
                    "{} older entries are from before there was a chain",
                    proof.before
                ))?;
            }
            ExitCode::SUCCESS
        }
        Err(fault) => {
            print(&format!("the audit trail is broken: {fault}"))?;
            ExitCode::FAILURE
        }
    };
    desk.close().await?;
    Ok(code)
}
