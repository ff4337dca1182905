//! `kinchart admin user`: making sign-in accounts and stopping them.

use argon2::{Argon2, PasswordHasher};
use serde_json::json;
use storage::accounts::{Account, Kind};

use super::{DatabaseFlags, Desk, Outcome, print, random_text, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make an account; prints its first password unless one comes in on stdin
    Add(Box<Add>),
    /// End an account: its sessions and tokens are dead at once
    Disable {
        username: String,
        #[command(flatten)]
        database: DatabaseFlags,
    },
}

#[derive(Debug, clap::Args)]
pub struct Add {
    #[command(flatten)]
    database: DatabaseFlags,
    username: String,
    #[arg(long, value_enum)]
    kind: KindName,
    /// Name shown to others
    #[arg(long)]
    display: String,
    /// Staff role: clinician, registration, billing, pool-agent, support, him, privacy
    #[arg(long)]
    role: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// Their own Patient id
    #[arg(long)]
    patient: Option<String>,
    /// Person id that links them to those they act for
    #[arg(long)]
    person: Option<String>,
    /// Practitioner id of staff
    #[arg(long)]
    practitioner: Option<String>,
    /// HealthcareService id whose messages they answer; may be given several times
    #[arg(long = "pool")]
    pools: Vec<String>,
    /// Read the password from the first line of stdin
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KindName {
    Patient,
    Proxy,
    Staff,
}

/// Shortest password accepted, in characters (domain F.1).
const PASSWORD_CHARACTERS_MIN: usize = 12;

impl Command {
    pub async fn run(self) -> Outcome {
        match self {
            Self::Add(add) => add.run().await,
            Self::Disable { username, database } => disable(&username, database).await,
        }
    }
}

impl Add {
    async fn run(self) -> Outcome {
        if (self.kind == KindName::Staff) != self.role.is_some() {
            return Err("--role goes with --kind staff, and is needed there".to_owned());
        }
        let (password, shown) = if self.password_stdin {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map_err(said)?;
            (line.trim_end_matches(['\r', '\n']).to_owned(), false)
        } else {
            (random_text(), true)
        };
        if password.chars().count() < PASSWORD_CHARACTERS_MIN {
            let least = PASSWORD_CHARACTERS_MIN;
            return Err(format!("a password has at least {least} characters"));
        }
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|_| "the password could not be hashed".to_owned())?;
        let desk = Desk::open(self.database).await?;
        if let Some(role) = &self.role
            && desk.opened.pack.staff_role(role).is_none()
        {
            return Err(format!("the policy knows no role {role}"));
        }
        let accounts = desk.opened.storage.accounts();
        let taken = accounts.find_by_username(&self.username).await;
        if taken.map_err(said)?.is_some() {
            return Err(format!("there is an account {} already", self.username));
        }
        let account = Account {
            id: uuid::Uuid::new_v4().to_string(),
            username: self.username.clone(),
            password_hash: hash.to_string(),
            kind: match self.kind {
                KindName::Patient => Kind::Patient,
                KindName::Proxy => Kind::Proxy,
                KindName::Staff => Kind::Staff,
            },
            state: access::actor::Account::Active,
            role: self.role,
            display: self.display,
            email: self.email,
            person: self.person,
            patient: self.patient,
            practitioner: self.practitioner,
            pools: self.pools,
            // Staff sign theirs with their contract; everybody else is asked at the first sign-in.
            terms_accepted: self.kind == KindName::Staff,
            failed_sign_ins: 0,
            locked_until: None,
        };
        accounts.create(&account, desk.now).await.map_err(said)?;
        let password = shown.then_some(password);
        print(&json!({"username": self.username, "password": password}).to_string())?;
        desk.close().await
    }
}

async fn disable(username: &str, database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let storage = &desk.opened.storage;
    let found = storage.accounts().find_by_username(username).await;
    let Some(account) = found.map_err(said)? else {
        return Err(format!("there is no account {username}"));
    };
    let state = access::actor::Account::RevokedByOrg;
    storage
        .accounts()
        .set_state(&account.id, state)
        .await
        .map_err(said)?;
    storage
        .sessions()
        .close_all(&account.id)
        .await
        .map_err(said)?;
    storage
        .grants()
        .revoke_all(&account.id, desk.now)
        .await
        .map_err(said)?;
    desk.close().await
}
