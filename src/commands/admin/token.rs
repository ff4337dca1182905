//! `kinchart admin token mint`: an access token for scripts on the server itself.

use config::limits;
use smart::scope::{Context, Scopes};
use storage::grants::Grant;

use super::{DatabaseFlags, Desk, Outcome, print, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print an access token, and nothing else
    Mint {
        #[command(flatten)]
        database: DatabaseFlags,
        /// Client id the token belongs to
        #[arg(long)]
        client: String,
        /// Scopes, space separated; not more than the client may ask for
        #[arg(long)]
        scope: String,
        /// Patient in context
        #[arg(long, value_name = "ID")]
        patient: Option<String>,
        /// How long it is good for [default: 3600]
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<i64>,
    },
}

impl Command {
    pub async fn run(self) -> Outcome {
        let Self::Mint {
            database,
            client,
            scope,
            patient,
            seconds,
        } = self;
        let desk = Desk::open(database).await?;
        let storage = &desk.opened.storage;
        let Some(known) = storage.clients().find(&client).await.map_err(said)? else {
            return Err(format!(
                "there is no client {client}; see admin client list"
            ));
        };
        let scopes = allowed(&scope, &known.scopes, patient.is_some())?;
        // A demo's clock stands elsewhere: the token must be good there too.
        let start = storage.marked(demo::MARK).await.map_err(said)?;
        let start = start.and_then(|text| text.parse().ok());
        let now = start.map_or(desk.now, |start| desk.now.max(start));
        let grant = Grant {
            id: uuid::Uuid::new_v4().to_string(),
            client,
            account: None,
            patient,
            encounter: None,
            scopes,
            fhir_user: None,
            nonce: None,
            auth_time: None,
            created: now,
            revoked: None,
            last_used: None,
            consent: None,
        };
        let lifetime = seconds.unwrap_or(limits::ACCESS_TOKEN_SECONDS);
        let issued = storage.grants().issue(&grant, lifetime, false, now).await;
        print(&issued.map_err(said)?.access_token)?;
        desk.close().await
    }
}

/// The scopes as they will be granted. Errors: what is wrong with them.
fn allowed(asked: &str, most: &str, patient: bool) -> Result<String, String> {
    let scopes = Scopes::parse(asked);
    if let Some(refused) = scopes.refused.first() {
        return Err(format!("{refused} is not a scope"));
    }
    if !Scopes::parse(most).covers_all(&scopes) {
        return Err(format!("the client may ask for no more than: {most}"));
    }
    let about_one = |context: Context| context == Context::Patient;
    if !patient && scopes.resources.iter().any(|it| about_one(it.context)) {
        return Err("patient/ scopes need --patient ID".to_owned());
    }
    Ok(scopes.to_text())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_is_minted_for_no_more_than_the_client_may_ask() {
        assert_eq!(
            allowed("system/*.cruds", "system/*.cruds", false).unwrap(),
            "system/*.cruds"
        );
        assert!(allowed("system/*.cruds", "system/*.rs", false).is_err());
        assert!(allowed("patient/*.rs", "patient/*.rs", false).is_err());
        assert!(allowed("patient/*.rs", "patient/*.rs", true).is_ok());
        assert!(allowed("system/*.sr", "system/*.rs", true).is_err());
    }
}
