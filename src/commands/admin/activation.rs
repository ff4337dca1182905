//! `kinchart admin activation-code`: giving out codes with which patients open an account.

use serde_json::json;
use workflows::opening::Desk as Opening;
use workflows::opening::codes::{self, Answer, Channel, Giver};

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print a code for a patient whose identity you checked; an earlier one is good no more
    Issue {
        #[command(flatten)]
        database: DatabaseFlags,
        /// Patient id
        #[arg(long, value_name = "ID")]
        patient: String,
        /// Send it to the e-mail address in the record instead of printing it
        #[arg(long)]
        email: bool,
    },
}

impl Command {
    pub async fn run(self) -> Outcome {
        let Self::Issue {
            database,
            patient,
            email,
        } = self;
        let desk = Desk::open(database).await?;
        let opened = &desk.opened;
        let base_url = opened.fhir_base.trim_end_matches("/fhir");
        // A demo's clock stands elsewhere: the code must be good there too.
        let start = opened.storage.marked(demo::MARK).await.map_err(said)?;
        let start = start.and_then(|text| text.parse().ok());
        let opening = Opening {
            storage: &opened.storage,
            pack: &opened.pack,
            base_url,
            now: start.unwrap_or(desk.now),
        };
        let channel = if email {
            Channel::Email
        } else {
            Channel::Visit
        };
        let answer = codes::issue(opening, &patient, channel, Giver::default());
        match answer.await.map_err(said)? {
            Answer::Issued(issued) => print(
                &json!({
                    "patient": patient,
                    "activation_code": issued.code,
                    "expires": issued.expires.to_string(),
                    "address": issued.address,
                })
                .to_string(),
            )?,
            Answer::Mailed { expires, .. } => {
                print(
                    &json!({"patient": patient, "mailed": true, "expires": expires.to_string()})
                        .to_string(),
                )?;
            }
            Answer::NoSuchPatient => return Err(format!("there is no patient {patient}")),
            Answer::HasAccount => return Err("the patient has an account already".to_owned()),
            Answer::TooYoung(_) => {
                return Err(
                    "the policy gives people of this age no account of their own".to_owned(),
                );
            }
            Answer::Deceased => return Err("the patient has died".to_owned()),
            Answer::NoAddress => {
                return Err("no e-mail address of the patient's own is on record".to_owned());
            }
        }
        desk.close().await
    }
}
