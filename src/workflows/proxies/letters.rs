//! Mail about acting for others: nobody's name, no age and nothing about health is in it, as others may read it.

use super::grant::Tell;
use super::review::Verdict;
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
        Ending::Suspended => {
            let text = format!(
                "Somebody you act for has closed their online account, and your access to their record pauses \
                 with it. Only they can let you in again, once they have an account. Until then their medical \
                 records office can help those who may act for them by law.\n\n{WHERE}"
            );
            tell_proxy(desk, relation, "Your access to a record pauses", &text)
                .await
                .map(drop)
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

/// An invitation. Its link lets nobody in who does not sign in as well.
pub(crate) async fn invited(desk: &Desk<'_>, to: &str, link: &str, days: i64) -> Result<(), Error> {
    let text = format!(
        "Somebody asks you to act for them online. To see who it is and what they ask of you, and to say yes \
         or no, open this page:\n\n{link}\n\nThere you sign in, or open an account of your own if you have \
         none.\n\nThe link is good once and for {days} days. If you do not know what this is about, do nothing.\n"
    );
    send(desk, Some(to), "You are asked to act for somebody", &text).await
}

/// What was asked for at the desk and is granted, once whoever asked says yes with an account of their own.
pub(crate) async fn sent_for(
    desk: &Desk<'_>,
    to: &str,
    link: &str,
    days: i64,
) -> Result<(), Error> {
    let text = format!(
        "You asked at the desk to act for somebody, and may. To begin, open this page:\n\n{link}\n\nThere you \
         sign in, or open an account of your own if you have none.\n\nThe link is good once and for {days} days. \
         If you did not ask for this, do nothing, and tell us.\n"
    );
    send(desk, Some(to), "You may act for somebody", &text).await
}

/// A grant that came into force.
pub(crate) async fn granted(desk: &Desk<'_>, relation: &Relation, tell: Tell) -> Result<(), Error> {
    let text = format!("You may act for somebody from now on.\n\n{WHERE}");
    tell_proxy(desk, relation, "You may act for somebody", &text).await?;
    if tell == Tell::Both {
        let text = "Somebody may act for you from now on and open your record, as far as was agreed.\n\n\
                    Sign in and open “Family” to see who, how much and how long, and to change or end it.\n";
        tell_patient(desk, relation, "Somebody may act for you", text).await?;
    }
    Ok(())
}

/// A request that waits for the patient.
pub(crate) async fn asked(desk: &Desk<'_>, patient: &str) -> Result<(), Error> {
    let account = desk.storage.accounts().find_by_patient(patient).await?;
    let text = "Somebody asks to act for you online. Nothing is open to them before you say yes.\n\n\
                Sign in and open “Family” to see who it is, and to say yes or no.\n";
    let to = account.and_then(|account| account.email);
    send(desk, to.as_deref(), "Somebody asks to act for you", text).await
}

async fn tell_asker(desk: &Desk<'_>, task: &str, subject: &str, text: &str) -> Result<(), Error> {
    let Some(account) = desk.storage.proxies().asker(task).await? else {
        return Ok(());
    };
    let account = desk.storage.accounts().find(&account).await?;
    let to = account.and_then(|account| account.email);
    send(desk, to.as_deref(), subject, text).await
}

/// A no, in the same words whoever said it and whyever.
pub(crate) async fn refused(desk: &Desk<'_>, task: &str) -> Result<(), Error> {
    let text = "Your request to act for somebody was not granted.\n\n\
                Medical Records can tell you more. You may ask again at any time.\n";
    tell_asker(desk, task, "About your request", text).await
}

/// What came of an order that a minor handed in; nobody else hears of it.
pub(crate) async fn order_looked_at(
    desk: &Desk<'_>,
    patient: &str,
    verdict: Verdict,
) -> Result<(), Error> {
    let came = match verdict {
        Verdict::Approve => {
            "We have looked at the paper you handed in, and it is accepted.\n\n\
             Sign in and open “Family” to see what you can decide from now on.\n"
        }
        Verdict::Ask => {
            "We have looked at the paper you handed in, and need a little more.\n\n\
             Sign in, open “Family” and hand in every page, as clear as you can; or bring it to the desk.\n"
        }
        Verdict::Reject => {
            "We have looked at the paper you handed in, and could not accept it.\n\n\
             Medical Records can tell you more. You may hand it in again at any time.\n"
        }
    };
    let account = desk.storage.accounts().find_by_patient(patient).await?;
    let to = account.and_then(|account| account.email);
    send(desk, to.as_deref(), "About the paper you handed in", came).await
}

pub(crate) async fn more_wanted(desk: &Desk<'_>, task: &str) -> Result<(), Error> {
    let text = "To decide on your request to act for somebody we need a paper of you.\n\n\
                Sign in, open “Family” and add it to your request; or bring it to the desk.\n";
    tell_asker(desk, task, "About your request", text).await
}

/// An invitation that was turned down.
pub(crate) async fn declined(desk: &Desk<'_>, relation: &Relation) -> Result<(), Error> {
    let text = "Somebody you asked to act for you has said no. Nothing is open to them.\n";
    tell_patient(desk, relation, "An invitation was turned down", text).await
}

/// How much somebody may do was changed.
pub(crate) async fn changed(desk: &Desk<'_>, relation: &Relation) -> Result<(), Error> {
    let text = format!("What you may do for somebody you act for was changed.\n\n{WHERE}");
    let subject = "What you may do for somebody has changed";
    tell_proxy(desk, relation, subject, &text).await?;
    let text = "What somebody may do for you was changed.\n\n\
                If this was not you, sign in, open “Family” and look.\n";
    let subject = "What somebody may do for you has changed";
    tell_patient(desk, relation, subject, text).await
}
