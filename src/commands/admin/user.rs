//! `kinchart admin user`: making sign-in accounts and stopping them.

use serde_json::json;
use storage::accounts::{Account, Kind};
use workflows::{ending, notices, passwords, second_factor};

use super::{DatabaseFlags, Desk, Outcome, print, random_text, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make an account; prints its first password unless one comes in on stdin
    Add(Box<Add>),
    /// Remove an account's second factors, for somebody who lost their device and proved who they are
    ForgetSecondFactor {
        username: String,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// All accounts
    List {
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Give an account a new password, printed unless one comes in on stdin; its sessions and tokens end
    Password {
        username: String,
        /// Read the password from the first line of stdin
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Open a disabled account again
    Enable {
        username: String,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Take an account away: its sessions and tokens are dead at once, and nobody is told
    Disable {
        username: String,
        /// Why, for the house alone: misuse, fraud, harassment, illegal-activity, security, identity, terms or
        /// administrative
        #[arg(long, default_value = "administrative")]
        reason: String,
        /// What happened; it stays inside
        #[arg(long, default_value = "At the command line")]
        note: String,
        /// Hold it for an investigation as well
        #[arg(long)]
        investigate: bool,
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

impl Command {
    pub async fn run(self) -> Outcome {
        match self {
            Self::Add(add) => add.run().await,
            Self::ForgetSecondFactor { username, database } => {
                forget_second_factor(&username, database).await
            }
            Self::List { database } => list(database).await,
            Self::Password {
                username,
                password_stdin,
                database,
            } => set_password(&username, password_stdin, database).await,
            Self::Enable { username, database } => enable(&username, database).await,
            Self::Disable {
                username,
                reason,
                note,
                investigate,
                database,
            } => disable(&username, (&reason, &note, investigate), database).await,
        }
    }
}

impl Add {
    async fn run(self) -> Outcome {
        if (self.kind == KindName::Staff) != self.role.is_some() {
            return Err("--role goes with --kind staff, and is needed there".to_owned());
        }
        let (password, shown) = password(self.password_stdin)?;
        let mail = self.email.as_deref().unwrap_or_default();
        let about = [self.username.as_str(), &self.display, mail];
        let hash = passwords::accept(&password, &about, None).map_err(said)?;
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
            password_hash: hash,
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

/// A password, and whether it is to be shown because we made it.
fn password(from_stdin: bool) -> Result<(String, bool), String> {
    if !from_stdin {
        return Ok((random_text(), true));
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(said)?;
    Ok((line.trim_end_matches(['\r', '\n']).to_owned(), false))
}

impl Desk {
    async fn account(&self, username: &str) -> Result<Account, String> {
        let accounts = self.opened.storage.accounts();
        let found = accounts.find_by_username(username).await.map_err(said)?;
        found.ok_or_else(|| format!("there is no account {username}; see admin user list"))
    }

    /// Whoever is signed in, or let an app in, does so again.
    async fn end_all(&self, account: &Account) -> Result<(), String> {
        let storage = &self.opened.storage;
        storage
            .sessions()
            .close_all(&account.id)
            .await
            .map_err(said)?;
        let revoked = storage.grants().revoke_all(&account.id, self.now).await;
        revoked.map(drop).map_err(said)
    }
}

async fn list(database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let accounts = desk.opened.storage.accounts().list().await.map_err(said)?;
    print(&format!(
        "{:<24} {:<8} {:<13} {:<15} NAME",
        "USERNAME", "KIND", "ROLE", "STATE"
    ))?;
    for account in accounts {
        let (kind, state) = (account.kind.as_str(), account.state.as_str());
        let role = account.role.as_deref().unwrap_or("-");
        let Account {
            username, display, ..
        } = &account;
        print(&format!(
            "{username:<24} {kind:<8} {role:<13} {state:<15} {display}"
        ))?;
    }
    desk.close().await
}

async fn set_password(username: &str, from_stdin: bool, database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let storage = &desk.opened.storage;
    let account = desk.account(username).await?;
    let (password, shown) = password(from_stdin)?;
    let mail = account.email.as_deref().unwrap_or_default();
    let about = [account.username.as_str(), &account.display, mail];
    let hash = passwords::accept(&password, &about, None).map_err(said)?;
    storage
        .accounts()
        .set_password(&account.id, &hash)
        .await
        .map_err(said)?;
    desk.end_all(&account).await?;
    let what = "We gave your account a new password, and you were signed out everywhere.";
    notices::changed(storage, &account, what, desk.now)
        .await
        .map_err(said)?;
    let password = shown.then_some(password);
    print(&json!({"username": account.username, "password": password}).to_string())?;
    desk.close().await
}

/// Where the workflows are done from.
fn house(desk: &Desk) -> workflows::proxies::Desk<'_> {
    let opened = &desk.opened;
    let mut house = workflows::proxies::Desk::of_house(&opened.storage, &opened.pack, desk.now);
    house.agent = workflows::trail::command_line();
    house
}

async fn enable(username: &str, database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let storage = &desk.opened.storage;
    let account = desk.account(username).await?;
    let note = "At the command line";
    let restored = ending::restore_account(&house(&desk), &account, note).await;
    if !restored.map_err(said)? {
        let state = access::actor::Account::Active;
        let set = storage.accounts().set_state(&account.id, state).await;
        set.map_err(said)?;
        let what = "We opened your account again.";
        let told = notices::changed(storage, &account, what, desk.now).await;
        told.map_err(said)?;
    }
    desk.close().await
}

async fn forget_second_factor(username: &str, database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let storage = &desk.opened.storage;
    let account = desk.account(username).await?;
    second_factor::forget_all(storage, &account, desk.now)
        .await
        .map_err(said)?;
    desk.close().await
}

async fn disable(
    username: &str,
    (reason, note, investigate): (&str, &str, bool),
    database: DatabaseFlags,
) -> Outcome {
    let desk = Desk::open(database).await?;
    let account = desk.account(username).await?;
    ending::revoke_account(&house(&desk), &account, reason, note, investigate)
        .await
        .map_err(said)?;
    desk.close().await
}
