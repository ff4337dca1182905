//! `kinchart admin launch create`: what opens an app in a chart, for scripts on the server itself.

use access::{Access, Task};
use fhir::{Document, ResourceType};
use serde_json::json;
use smart::launch::{Opening, launch_url};
use storage::Found;
use storage::launches::Launch;

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print a launch as JSON: handle, iss and the address that opens the app
    Create(Box<Create>),
}

#[derive(Debug, clap::Args)]
pub struct Create {
    #[command(flatten)]
    database: DatabaseFlags,
    /// Client id of the app
    #[arg(long)]
    client: String,
    /// Username of whoever will open it: the launch is good for nobody else
    #[arg(long)]
    user: String,
    /// Whose chart
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// The visit it is opened in; says whose chart, too
    #[arg(long, value_name = "ID")]
    encounter: Option<String>,
    /// What it is opened for
    #[arg(long)]
    intent: Option<String>,
    /// Tell the app that it need not show whose chart it is
    #[arg(long)]
    no_patient_banner: bool,
}

impl Command {
    pub async fn run(self) -> Outcome {
        let Self::Create(create) = self;
        let desk = Desk::open(create.database.clone()).await?;
        let shown = open(&desk, &create).await?;
        print(&shown.to_string())?;
        desk.close().await
    }
}

async fn open(desk: &Desk, create: &Create) -> Result<serde_json::Value, String> {
    let storage = &desk.opened.storage;
    let client = storage.clients().find(&create.client).await.map_err(said)?;
    let client = client.filter(|client| client.usable_scopes().has("launch"));
    let Some(client) = client else {
        let id = &create.client;
        return Err(format!("{id} is no app that may ask for the scope launch"));
    };
    let account = storage.accounts().find_by_username(&create.user).await;
    let Some(account) = account.map_err(said)? else {
        return Err(format!("there is no account {}", create.user));
    };
    let opening = Opening {
        intent: create.intent.clone(),
        fhir_context: Vec::new(),
        need_patient_banner: !create.no_patient_banner,
    };
    if let Some((_, text)) = opening.fault() {
        return Err(text);
    }
    let launch = Launch {
        client: client.id,
        account: account.id,
        patient: patient(desk, create).await?,
        encounter: create.encounter.clone(),
        opening,
    };
    // A demo's clock stands elsewhere: the launch must be good there too.
    let start = storage.marked(demo::MARK).await.map_err(said)?;
    let start = start.and_then(|text| text.parse().ok());
    let now = start.map_or(desk.now, |start| desk.now.max(start));
    let opened = storage.launches().open(&launch, now).await.map_err(said)?;
    let iss = &desk.opened.fhir_base;
    let url = client.launch_uri.as_deref();
    let url = url.and_then(|uri| launch_url(uri, iss, &opened.handle));
    Ok(json!({"launch": opened.handle, "iss": iss, "url": url}))
}

/// The patient named, or the one the visit is of. Errors: one that is not there, or not of that visit.
async fn patient(desk: &Desk, create: &Create) -> Result<Option<String>, String> {
    let access = Access::for_task(Task::Standing, desk.opened.pack.clone(), desk.now);
    let records = desk.opened.storage.records(&access);
    let subject = match &create.encounter {
        None => None,
        Some(id) => match records
            .read(ResourceType::ENCOUNTER, id)
            .await
            .map_err(said)?
        {
            Found::Seen(seen) => {
                let text = std::str::from_utf8(seen.body()).map_err(said)?;
                let visit = Document::parse(text).map_err(said)?;
                let subject = visit.root().text_at("subject.reference");
                let id = subject
                    .as_deref()
                    .and_then(|it| it.strip_prefix("Patient/"));
                id.map(str::to_owned)
            }
            _ => return Err(format!("there is no Encounter/{id}")),
        },
    };
    match (&create.patient, subject) {
        (Some(patient), Some(subject)) if *patient != subject => {
            Err(format!("the visit is of Patient/{subject}"))
        }
        (Some(patient), _) => match records.read(ResourceType::PATIENT, patient).await {
            Ok(Found::Seen(_)) => Ok(Some(patient.clone())),
            Ok(_) => Err(format!("there is no Patient/{patient}")),
            Err(error) => Err(said(error)),
        },
        (None, subject) => Ok(subject),
    }
}
