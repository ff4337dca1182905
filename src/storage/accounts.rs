//! Sign-in accounts: one per human.
use crate::db::Row;
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use access::terms::Document;
use jiff::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Patient,
    Proxy,
    Staff,
    /// Makes apps; has no chart.
    Developer,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Proxy => "proxy",
            Self::Staff => "staff",
            Self::Developer => "developer",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Patient, Self::Proxy, Self::Staff, Self::Developer]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// An account row. `password_hash` is a PHC string.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: String,
    pub username: String,
    pub password_hash: String,
    pub kind: Kind,
    pub state: access::actor::Account,
    /// Staff role (`clinician`, `registration`, …).
    pub role: Option<String>,
    pub display: String,
    pub email: Option<String>,
    /// FHIR ids: the login's Person, the person's own Patient, the staff member's Practitioner.
    pub person: Option<String>,
    pub patient: Option<String>,
    pub practitioner: Option<String>,
    /// HealthcareService ids of a staff member's pools.
    pub pools: Vec<String>,
    pub terms_accepted: bool,
    pub failed_sign_ins: i64,
    pub locked_until: Option<Timestamp>,
}

fn state_of(text: &str) -> Option<access::actor::Account> {
    use access::actor::Account as State;
    [
        State::Active,
        State::Locked,
        State::Suspended,
        State::RevokedByOrg,
        State::Deactivated,
    ]
    .into_iter()
    .find(|state| state.as_str() == text)
}

impl Account {
    /// An open account that has accepted the terms and has nothing else yet.
    pub fn open(id: String, kind: Kind) -> Self {
        Self {
            id,
            username: String::new(),
            password_hash: String::new(),
            kind,
            state: access::actor::Account::Active,
            role: None,
            display: String::new(),
            email: None,
            person: None,
            patient: None,
            practitioner: None,
            pools: Vec::new(),
            terms_accepted: true,
            failed_sign_ins: 0,
            locked_until: None,
        }
    }
}

pub struct Accounts<'a> {
    pub(crate) storage: &'a Storage,
}

/// Whether the terms are accepted is asked of the version in force, whose number is bound as `$1`. Staff
/// and developers accept theirs with a contract.
const SELECT: &str = "SELECT id, username, password_hash, kind, state, role, display, email, person, \
    patient, practitioner, pools, CAST(CASE WHEN kind IN ('staff', 'developer') THEN terms_accepted \
    WHEN EXISTS (SELECT 1 FROM terms_acceptance t WHERE t.account = account.id \
    AND t.document = 'portal' AND t.version = $1) THEN 1 ELSE 0 END AS BIGINT), failed_sign_ins, \
    locked_until FROM account ";

impl Accounts<'_> {
    /// Adds an account; who has accepted the terms has accepted them in the versions in force.
    ///
    /// # Errors
    /// `Duplicate` when the id or the username is taken.
    pub async fn create(&self, account: &Account, now: Timestamp) -> Result<()> {
        let mut tx = self.storage.inner.db.begin().await?;
        tx.execute(insert(account, now)).await?;
        for document in Document::ALL.into_iter().filter(|_| account.terms_accepted) {
            let version = document.version(&self.storage.inner.settings.pack);
            let accepted = crate::terms::insert(&account.id, document, version, now);
            tx.execute(accepted).await?;
        }
        tx.commit().await
    }
    /// By username, case folded.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find_by_username(&self, username: &str) -> Result<Option<Account>> {
        self.one("WHERE username_folded = $2", &folded(username))
            .await
    }
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, id: &str) -> Result<Option<Account>> {
        self.one("WHERE id = $2", id).await
    }
    /// The account of a patient's own, if there is one.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find_by_patient(&self, patient: &str) -> Result<Option<Account>> {
        self.one("WHERE patient = $2", patient).await
    }
    /// The account of a Person: of somebody who acts for others.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find_by_person(&self, person: &str) -> Result<Option<Account>> {
        self.one("WHERE person = $2", person).await
    }
    /// All accounts, by username.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self) -> Result<Vec<Account>> {
        let statement = Statement::made(format!("{SELECT} ORDER BY username_folded"));
        let statement = statement.bind(self.terms_version());
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(account).collect()
    }
    /// Those whose mail goes to an address, without regard to case.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list_by_email(&self, email: &str) -> Result<Vec<Account>> {
        if crate::secret::is_impossible(email) {
            return Ok(Vec::new());
        }
        let statement = Statement::made(format!(
            "{SELECT} WHERE lower(email) = $2 ORDER BY username_folded"
        ));
        let statement = statement.bind(self.terms_version());
        let statement = statement.bind(email.trim().to_lowercase());
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(account).collect()
    }
    /// Changes the state; the person's tokens and sessions feel it at once. False when there is no
    /// such account.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_state(&self, id: &str, state: access::actor::Account) -> Result<bool> {
        let statement = Statement::new("UPDATE account SET state = $2 WHERE id = $1")
            .bind(id)
            .bind(state.as_str());
        self.change(id, statement).await
    }
    /// Stores a new PHC string.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_password(&self, id: &str, password_hash: &str) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE account SET password_hash = $2, failed_sign_ins = 0, locked_until = NULL WHERE id = $1",
        )
        .bind(id)
        .bind(password_hash);
        self.change(id, statement).await
    }
    /// Where mail for the account goes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_email(&self, id: &str, email: Option<&str>) -> Result<bool> {
        let statement = Statement::new("UPDATE account SET email = $2 WHERE id = $1")
            .bind(id)
            .bind(email.map(str::to_owned));
        self.change(id, statement).await
    }

    /// The Person resource by which an account acts for others, where it has none yet. False when it has.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_person(&self, id: &str, person: &str) -> Result<bool> {
        let sql = "UPDATE account SET person = $2 WHERE id = $1 AND person IS NULL";
        self.change(id, Statement::new(sql).bind(id).bind(person))
            .await
    }

    fn terms_version(&self) -> &str {
        Document::Portal.version(&self.storage.inner.settings.pack)
    }
    async fn one(&self, condition: &'static str, value: &str) -> Result<Option<Account>> {
        if crate::secret::is_impossible(value) {
            return Ok(None);
        }
        let statement = Statement::made(format!("{SELECT}{condition}"));
        let statement = statement.bind(self.terms_version()).bind(value);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.as_ref().map(account).transpose()
    }
    async fn change(&self, id: &str, statement: Statement) -> Result<bool> {
        let touched = self.storage.inner.db.execute(statement).await?;
        let changed = Changed::Account(id.to_owned());
        self.storage.inner.forget(&[changed]).await?;
        Ok(touched > 0)
    }
}

/// The statement that adds an account.
pub(crate) fn insert(account: &Account, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO account (id, username, username_folded, password_hash, kind, state, role, display, \
         email, person, patient, practitioner, pools, terms_accepted, failed_sign_ins, \
         locked_until, created) \
         VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)",
    )
    .bind(&account.id)
    .bind(&account.username)
    .bind(folded(&account.username))
    .bind(&account.password_hash)
    .bind(account.kind.as_str())
    .bind(account.state.as_str())
    .bind(account.role.clone())
    .bind(&account.display)
    .bind(account.email.clone())
    .bind(account.person.clone())
    .bind(account.patient.clone())
    .bind(account.practitioner.clone())
    .bind(crate::clients::list_text(&account.pools))
    .bind(account.terms_accepted)
    .bind(account.failed_sign_ins)
    .bind(account.locked_until)
    .bind(now)
}

/// Usernames are compared without case and outer spaces.
pub(crate) fn folded(username: &str) -> String {
    username.trim().to_lowercase()
}

fn account(row: &Row) -> Result<Account> {
    let corrupt = |what: &str| Error::Corrupt {
        table: "account",
        what: what.to_owned(),
    };
    Ok(Account {
        id: row.text(0)?,
        username: row.text(1)?,
        password_hash: row.text(2)?,
        kind: Kind::parse(row.str(3)?).ok_or_else(|| corrupt("kind"))?,
        state: state_of(row.str(4)?).ok_or_else(|| corrupt("state"))?,
        role: row.opt_text(5)?,
        display: row.text(6)?,
        email: row.opt_text(7)?,
        person: row.opt_text(8)?,
        patient: row.opt_text(9)?,
        practitioner: row.opt_text(10)?,
        pools: crate::clients::list_of(row.str(11)?),
        terms_accepted: row.flag(12)?,
        failed_sign_ins: row.int(13)?,
        locked_until: row.opt_time(14)?,
    })
}
