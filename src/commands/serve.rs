//! `kinchart serve`: runs the server until it is told to stop.

use std::process::ExitCode;

use config::{Clock, Flags, Settings};

use super::Outcome;
use crate::server::Opening;

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    flags: Flags,
}

/// Runs the server. Errors: what keeps it from starting, and what to do about it.
pub async fn run(options: Options) -> Outcome {
    let settings = Settings::read(options.flags).map_err(|error| error.to_string())?;
    let opening = Opening::bind(settings)
        .await
        .map_err(|error| error.to_string())?;
    let house = opening
        .open_house(Clock::real())
        .await
        .map_err(|error| error.to_string())?;
    opening
        .serve(house)
        .await
        .map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}
