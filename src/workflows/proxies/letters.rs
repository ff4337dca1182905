//! Mail about acting for others: nobody's name, no age and nothing about health is in it, as others may read it.

use super::{Desk, Ending, Error, Part, Relation, accounts};

const WHERE: &str = "Sign in and open “Family” to see what you can open today.\n";

async fn send(desk: &Desk<'_>, to: Option<&str>, subject: &str, text: &str) -> Result<(), Error> {
    if let Some(to) = to {
        let mail = desk.storage.mail();
        mail.queue(to, subject, text, desk.now).await?;
    }
    Ok(())
}

/// Tells whoever acts as this RelatedPerson.
pub(crate) async fn tell_proxy(
    desk: &Desk<'_>,
    relation: &Relation,
    subject: &str,
    text: &str,
) -> Result<usize, Error> {
    let told = accounts::of_proxy(desk, relation.id()).await?;
    for account in &told {
        send(desk, account.email.as_deref(), subject, text).await?;
    }
    Ok(told.len())
}

/// Tells the patient, who needs an account to be told.
pub(crate) async fn tell_patient(
    desk: &Desk<'_>,
    relation: &Relation,
    subject: &str,
    text: &str,
) -> Result<(), Error> {
    let accounts = desk.storage.accounts();
    match accounts.find_by_patient(relation.patient_id()).await? {
        Some(account) => send(desk, account.email.as_deref(), subject, text).await,
        None => Ok(()),
    }
}

/// An end. The organization ends without notice; of a death nobody learns from a machine.
pub(crate) async fn ended(
    desk: &Desk<'_>,
    relation: &Relation,
    ending: Ending,
) -> Result<(), Error> {
    let subject = "Access to a record has ended";
    match ending {
        Ending::Revoked | Ending::Terminated if !matches!(desk.part, Part::Reviewer) => {
            let text =
                format!("Somebody you acted for has ended your access to their record.\n\n{WHERE}");
            tell_proxy(desk, relation, subject, &text).await?;
            let text = "You ended somebody’s access to your record: it is closed to them now.\n\n\
                        If this was not you, sign in, open “Security” and choose another password.\n";
            tell_patient(desk, relation, subject, text).await
        }
        Ending::Resigned => {
            let text = "Somebody who acted for you does so no longer: your record is closed to them.\n\n\
                        Sign in and open “Family” to see who can open it.\n";
            tell_patient(desk, relation, subject, text).await?;
            let text = format!("You no longer act for somebody, as you asked.\n\n{WHERE}");
            tell_proxy(desk, relation, subject, &text).await.map(drop)
        }
        Ending::AgedOut | Ending::Expired => {
            let text = format!(
                "Your access to the record of somebody you acted for has ended, as announced.\n\n{WHERE}"
            );
            tell_proxy(desk, relation, subject, &text).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// What changes by itself soon.
pub(crate) async fn coming(
    desk: &Desk<'_>,
    relation: &Relation,
    days: i64,
    ends: bool,
) -> Result<usize, Error> {
    let when = match days {
        0 => "Today".to_owned(),
        1 => "Tomorrow".to_owned(),
        days => format!("In {days} days"),
    };
    let what = match ends {
        true => "your access to the record of somebody you act for ends",
        false => "what you can see in the record of somebody you act for changes",
    };
    let subject = "Your access to a record will change";
    let text = format!(
        "{when}, {what}.\n\n\
         Sign in and open “Family”: there you find what exactly changes, on which day, why, and what you \
         can do before and after.\n"
    );
    tell_proxy(desk, relation, subject, &text).await
}
