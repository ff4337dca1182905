//! `kinchart admin apps`: registers the apps that come with this server.

use workflows::own_apps::own_apps;

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    database: DatabaseFlags,
    /// Name of the organization, as part of the names people see
    #[arg(long, default_value = "Kinchart")]
    organization: String,
}

impl Options {
    /// Registers what is not there yet; what is there stays as it is.
    pub async fn run(self) -> Outcome {
        let desk = Desk::open(self.database).await?;
        let base = desk.opened.fhir_base.trim_end_matches("/fhir").to_owned();
        let clients = desk.opened.storage.clients();
        for app in own_apps(&base, &self.organization) {
            let known = clients.find(&app.id).await.map_err(said)?.is_some();
            if !known {
                clients.save(&app).await.map_err(said)?;
            }
            let what = if known {
                "is registered already"
            } else {
                "registered"
            };
            print(&format!("{:<8} {what}", app.id))?;
        }
        desk.close().await
    }
}
