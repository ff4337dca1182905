//! `kinchart admin cards`: what became of the cards of decision support.

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    database: DatabaseFlags,
}

impl Options {
    pub async fn run(self) -> Outcome {
        let desk = Desk::open(self.database).await?;
        let counts = desk.opened.storage.feedback().counts().await;
        print(&format!(
            "{:<18} {:<26} {:<11} {:>7} LATEST",
            "SERVICE", "RULE", "OUTCOME", "COUNT"
        ))?;
        for it in counts.map_err(said)? {
            print(&format!(
                "{:<18} {:<26} {:<11} {:>7} {}",
                it.service, it.rule, it.outcome, it.count, it.latest
            ))?;
        }
        desk.close().await
    }
}
