//! Mail about connected apps: to whoever connected one, and to the patient whose record it is.
//! Nothing about health is in it.

use jiff::Timestamp;
use storage::Storage;
use storage::accounts::Account;
use storage::clients::Client;
use storage::grants::Grant;

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Connected,
    Narrowed,
    Ended,
}

const WHAT_TO_DO: &str = "To see what each app may see, to narrow it or to disconnect one at once, \
                          sign in and open “Connected apps”.\n";

/// Tells the person by mail that an app was connected, and the patient, if somebody else did it in
/// the patient's name.
///
/// # Errors
/// When it cannot be queued.
pub async fn tell(
    storage: &Storage,
    account: &Account,
    grant: &Grant,
    client: &Client,
    now: Timestamp,
) -> Result<(), storage::Error> {
    if let Some(to) = &account.email {
        let text = format!(
            "The app “{}” was connected to your account just now.\n\n\
             If this was you, there is nothing to do. If not, sign in, open “Connected apps” and \
             disconnect it: it stops working at once.\n",
            client.name
        );
        let subject = "A new app was connected to your account";
        storage.mail().queue(to, subject, &text, now).await?;
    }
    tell_others(
        storage,
        grant,
        client,
        Some(&account.id),
        Deed::Connected,
        now,
    )
    .await
}

/// Tells those a connection concerns (who made it, and the patient whose record it is) what `by`
/// did to it; nobody is told of their own deeds.
///
/// # Errors
/// When it cannot be queued.
pub(super) async fn tell_others(
    storage: &Storage,
    grant: &Grant,
    client: &Client,
    by: Option<&str>,
    deed: Deed,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let accounts = storage.accounts();
    let maker = match &grant.account {
        Some(id) if deed != Deed::Connected => accounts.find(id).await?,
        _ => None,
    };
    let patient = match &grant.patient {
        // What is for the care organization's own staff is no connection of the patient's.
        Some(id) if grant.consent.is_some() => accounts.find_by_patient(id).await?,
        _ => None,
    };
    let mut told: Vec<String> = by.iter().map(|&id| id.to_owned()).collect();
    for (account, is_maker) in [(maker, true), (patient, false)] {
        let Some(account) = account.filter(|account| !told.contains(&account.id)) else {
            continue;
        };
        if let Some(to) = &account.email {
            let (subject, text) = letter(&client.name, deed, is_maker);
            storage.mail().queue(to, subject, &text, now).await?;
        }
        told.push(account.id);
    }
    Ok(())
}

fn letter(app: &str, deed: Deed, is_maker: bool) -> (&'static str, String) {
    let (subject, what) = match (deed, is_maker) {
        (Deed::Connected, _) => (
            "An app was connected to your record",
            format!("Somebody who acts for you connected the app “{app}” to your record."),
        ),
        (Deed::Narrowed, true) => (
            "An app of yours may see less",
            format!("Somebody else changed what the app “{app}”, which you connected, may see."),
        ),
        (Deed::Narrowed, false) => (
            "What an app may see of your record was changed",
            format!(
                "Somebody who acts for you changed what the app “{app}” may see of your record."
            ),
        ),
        (Deed::Ended, true) => (
            "An app of yours was disconnected",
            format!("Somebody else disconnected the app “{app}”, which you had connected."),
        ),
        (Deed::Ended, false) => (
            "An app was disconnected from your record",
            format!("Somebody who acts for you disconnected the app “{app}” from your record."),
        ),
    };
    (subject, format!("{what}\n\n{WHAT_TO_DO}"))
}

/// Warns the person by mail that an app's secret was used twice and the app is out.
///
/// # Errors
/// When it cannot be queued.
pub async fn warn(
    storage: &Storage,
    grant: &Grant,
    client: &Client,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let account = match &grant.account {
        Some(id) => storage.accounts().find(id).await?,
        None => None,
    };
    let Some(to) = account.and_then(|account| account.email) else {
        return Ok(());
    };
    let text = format!(
        "The app “{}” showed a key to your account that had been used before. Somebody may have \
         copied it, so we disconnected the app. If you still want it, connect it again.\n",
        client.name
    );
    let subject = "An app was disconnected from your account";
    storage.mail().queue(&to, subject, &text, now).await
}
