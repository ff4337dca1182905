//! Who could be told of something in a chart: the accounts of the patient and of whoever acts for them.

use std::sync::Arc;

use access::Standing;
use jiff::Timestamp;

use crate::accounts::Account;
use crate::{Result, Storage};

/// An account and what it stands on in a chart; open it with `Access::open` to learn what it may see.
#[derive(Debug, Clone)]
pub struct Reader {
    pub account: Account,
    pub standing: Arc<Standing>,
}

impl Storage {
    /// Accounts that belong to a chart, the patient's own first. Whether they may see any of it is for
    /// `Access` to say.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn readers(&self, patient: &str, now: Timestamp) -> Result<Vec<Reader>> {
        let mut accounts: Vec<Account> = Vec::new();
        accounts.extend(self.accounts().find_by_patient(patient).await?);
        for related in self.related_persons(patient).await? {
            let account = self.account_of_related(&related).await?;
            if let Some(account) = account
                && accounts.iter().all(|other| other.id != account.id)
            {
                accounts.push(account);
            }
        }
        let mut readers = Vec::new();
        for account in accounts {
            let standing = self.standing_of_account(&account.id, patient, now).await?;
            if let Some(standing) = standing {
                readers.push(Reader { account, standing });
            }
        }
        Ok(readers)
    }
}
