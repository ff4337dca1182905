//! `kinchart doctor`: looks at configuration, database, keys, clock and mail, and says what to do.

mod checks;

use std::process::ExitCode;

use config::{Clock, Flags, Settings};

use super::Outcome;

#[derive(Debug, clap::Args)]
#[command(after_help = "Ends with 1 when something keeps a server from working as it should.")]
pub struct Options {
    #[command(flatten)]
    flags: Flags,
}

/// What one look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub weight: Weight,
    pub about: &'static str,
    /// What was found, and what to do about it.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Good,
    /// Works, but somebody should know.
    Odd,
    Bad,
}

impl Weight {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Odd => "look",
            Self::Bad => "fail",
        }
    }
}

/// Looks at everything and prints a line for each. Errors: settings that cannot be read at all.
pub async fn run(options: Options) -> Outcome {
    let settings = Settings::read(options.flags).map_err(|error| error.to_string())?;
    let findings = checks::all(&settings, Clock::real().now()).await;
    for finding in &findings {
        let Finding {
            weight,
            about,
            text,
        } = finding;
        super::print(&format!("{:<5} {about:<10} {text}", weight.word()))?;
    }
    let is_bad = findings.iter().any(|finding| finding.weight == Weight::Bad);
    Ok(if is_bad {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
