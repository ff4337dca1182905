//! `kinchart admin`: what an administrator does on the server itself, also while it runs.

mod activation;
mod apps;
mod audit;
mod cards;
mod client;
mod keys;
mod launch;
mod mail;
mod maintenance;
mod proxy;
mod token;
mod user;

use access::{Access, Task};
use config::Clock;
use jiff::Timestamp;
use std::process::ExitCode;

use super::database::{DatabaseFlags, Opened};
use super::{Outcome, print};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Apps and services that may ask for tokens
    #[command(subcommand)]
    Client(client::Command),
    /// Sign-in accounts
    #[command(subcommand)]
    User(user::Command),
    /// Codes with which patients open an account
    #[command(subcommand)]
    ActivationCode(activation::Command),
    /// Access tokens for scripts on the server itself
    #[command(subcommand)]
    Token(token::Command),
    /// Opening apps in the context of a chart
    #[command(subcommand)]
    Launch(launch::Command),
    /// Keys that sign id tokens
    #[command(subcommand)]
    Keys(keys::Command),
    /// The trail of who looked at what
    #[command(subcommand)]
    Audit(audit::Command),
    /// Addresses that mail comes back from, and mail that could not be sent
    #[command(subcommand)]
    Mail(mail::Command),
    /// Times at which nothing can be changed, or nothing is answered
    #[command(subcommand)]
    Maintenance(maintenance::Command),
    /// Who acts for whom
    #[command(subcommand)]
    Proxy(proxy::Command),
    /// Register the apps that come with this server: portal, clinic workspace, growth sample
    Apps(apps::Options),
    /// How often decision support was accepted or overridden, by rule
    Cards(cards::Options),
}

/// Opens the database, does the one thing, closes it.
pub async fn run(options: Options) -> Outcome {
    match options.command {
        Command::Client(command) => command.run().await,
        Command::User(command) => command.run().await,
        Command::ActivationCode(command) => command.run().await,
        Command::Token(command) => command.run().await,
        Command::Launch(command) => command.run().await,
        Command::Keys(command) => command.run().await,
        Command::Audit(command) => command.run().await,
        Command::Mail(command) => command.run().await,
        Command::Maintenance(command) => command.run().await,
        Command::Proxy(command) => command.run().await,
        Command::Apps(options) => options.run().await,
        Command::Cards(options) => options.run().await,
    }
}

/// An open database and the instant the command acts at.
struct Desk {
    opened: Opened,
    now: Timestamp,
}

impl Desk {
    async fn open(flags: DatabaseFlags) -> Result<Self, String> {
        let opened = flags.open().await?;
        Ok(Self {
            opened,
            now: Clock::real().now(),
        })
    }

    fn access(&self) -> Access {
        Access::for_task(Task::Standing, self.opened.pack.clone(), self.now)
    }

    /// Writes out what is queued.
    async fn close(self) -> Outcome {
        self.opened.storage.close().await.map_err(said)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Random text of 32 bytes (base64url) for secrets and first passwords.
fn random_text() -> String {
    // Two version 4 UUIDs carry 244 random bits of the system's generator.
    let text = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].map(|id| id.simple().to_string());
    text.concat()
}
