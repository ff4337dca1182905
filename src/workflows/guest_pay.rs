//! Paying a bill without an account: three things printed on a statement open its balance for a while, and nothing
//! else. Wrong, unknown, confidential and locked look the same.

use access::guest::{is_patient, masked, statement_number};
use access::opening::{CODE_BYTES, code_of, hash_of_code};
use access::vocabulary::PAYMENT_DUE;
use access::{Access, Actor};
use fhir::{Document, Element, ResourceType};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;
use storage::audit::{self, Event};
use storage::guests::Billed;
use storage::standing::{Guest, name_of};
use storage::{Error, Found, Storage};

use crate::proxies;
use crate::visitors::Desk;

/// Tries one network may make in an hour.
pub const TRIES_OF_NETWORK_MAX: i64 = 30;
const HOUR_SECONDS: i64 = 3_600;

/// What a guest typed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub statement_number: &'a str,
    pub last_name: &'a str,
    /// Year first, or month first with slashes.
    pub birth_date: &'a str,
    /// The code a confidential bill needs; empty without one.
    pub code: &'a str,
    /// What tries are counted by: the network they come from.
    pub network: &'a str,
}

/// A guest who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    pub token: String,
    /// How long it is good, in seconds.
    pub seconds: i64,
}

/// All that a guest is shown of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    pub statement_number: String,
    /// In cents of a US dollar; zero is paid.
    pub cents: i64,
    /// Year-month-day.
    pub due: Option<String>,
    pub organization: String,
    pub phone: Option<String>,
    /// `A••• M•••`
    pub name: String,
}

impl Balance {
    /// Dollars with two places.
    pub fn amount(&self) -> String {
        format!("{}.{:02}", self.cents / 100, self.cents % 100)
    }
}

/// Lets a guest in to one bill. `None`: not, whatever the reason.
///
/// # Errors
/// When the database cannot be asked.
pub async fn admit(desk: &Desk<'_>, asked: &Asked<'_>) -> Result<Option<Admitted>, Error> {
    let throttle = desk.storage.throttle();
    let network = format!("guest-pay:{}", asked.network);
    let calm = throttle.allow(&network, TRIES_OF_NETWORK_MAX, HOUR_SECONDS, desk.now);
    let calm = calm.await?;
    let Some(number) = statement_number(asked.statement_number).filter(|_| calm) else {
        return Ok(None);
    };
    let rules = &desk.pack.guest_pay;
    // Counted before it is looked at: of many at once no more are looked at than there may be.
    let key = format!("guest-pay-statement:{}", hash_of_secret(&number));
    let max = i64::from(desk.pack.guest_pay_max_failures);
    let seconds = i64::from(rules.lock_minutes) * 60;
    let unlocked = throttle.allow(&key, max, seconds, desk.now).await?;
    let billed = desk.storage.guests().statements(&number).await?;
    let fits = |one: &&Billed| {
        is_patient(
            one.patient_document.root(),
            asked.last_name,
            asked.birth_date,
        )
    };
    let right = billed.iter().find(fits);
    let Some(one) = right.or(billed.first()) else {
        return Ok(None);
    };
    let coded = match hash_of_code(asked.code) {
        Some(hash) => {
            let guests = desk.storage.guests();
            guests.is_code(&one.invoice, &hash, desk.now).await?
        }
        None => false,
    };
    let guest = Guest {
        matched: right.is_some(),
        locked: !unlocked,
        coded,
    };
    if bill(desk, one.invoice.as_str(), &one.patient, guest)
        .await?
        .is_none()
    {
        return Ok(None);
    }
    throttle.forgive(&key).await?;
    let seconds = i64::from(rules.visit_minutes) * 60;
    let lifetime = SignedDuration::from_secs(seconds);
    let guests = desk.storage.guests();
    let token = guests.admit((&one.invoice, &one.patient), coded, lifetime, desk.now);
    Ok(Some(Admitted {
        token: token.await?,
        seconds,
    }))
}

/// What a guest's token opens; `None` once it is over, or the bill no longer a guest's to see.
///
/// # Errors
/// When the database cannot be asked.
pub async fn balance(desk: &Desk<'_>, token: &str) -> Result<Option<Balance>, Error> {
    let visit = desk.storage.guests().find(&hash_of_secret(token)).await?;
    let Some(visit) = visit.filter(|visit| desk.now < visit.expires) else {
        return Ok(None);
    };
    let guest = Guest {
        matched: true,
        locked: false,
        coded: visit.coded,
    };
    let Some(invoice) = bill(desk, &visit.invoice, &visit.patient, guest).await? else {
        return Ok(None);
    };
    let root = invoice.root();
    let patient = desk.look(ResourceType::PATIENT, &visit.patient).await?;
    let name = patient.as_ref().and_then(|patient| name_of(patient.root()));
    let issuer = root.text_at("issuer.reference").unwrap_or_default();
    let issuer = match issuer.rsplit_once("Organization/") {
        Some((_, id)) => desk.look(ResourceType::ORGANIZATION, id).await?,
        None => None,
    };
    let shown = root.text_at("issuer.display");
    let named = issuer.as_ref().and_then(|one| one.root().text_at("name"));
    let due = root.extension(PAYMENT_DUE);
    let due = due.and_then(|due| due.text_at("valueDate"));
    let number = root.text_at("identifier.value");
    Ok(owed(root).map(|cents| Balance {
        statement_number: number.unwrap_or_default().into_owned(),
        cents,
        due: due.map(std::borrow::Cow::into_owned),
        organization: named.or(shown).unwrap_or_default().into_owned(),
        phone: issuer.as_ref().and_then(|one| phone(one.root())),
        name: masked(&name.unwrap_or_default()),
    }))
}

/// A code for one bill, told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub code: String,
    pub expires: Timestamp,
}

/// Makes the code by which a guest sees one bill though it is confidential; the one before is over. For the patient
/// themself, and for whoever of the house may change the bill.
///
/// # Errors
/// `Absent` for a bill the caller does not see; `Refused` for whoever acts for the patient and for apps of others;
/// `Rule` for a bill that is not one to pay.
pub async fn give_code(
    storage: &Storage,
    access: &Access,
    id: &str,
) -> Result<Given, proxies::Error> {
    let standing = access.standing();
    let found = storage
        .records(access)
        .read_as_part(ResourceType::INVOICE, id)
        .await?;
    let Found::Seen(seen) = found else {
        return Err(proxies::Error::Absent);
    };
    let text = String::from_utf8_lossy(seen.body()).into_owned();
    let bill = Document::parse(text).map_err(|e| proxies::Error::Invalid(format!("{e:?}")))?;
    let outside = standing.client.as_ref().is_some_and(|it| it.third_party);
    let may = match &standing.actor {
        Actor::SelfPatient { .. } => true,
        Actor::Staff(_) => access
            .may(access::Action::Update, ResourceType::INVOICE)
            .is_ok(),
        _ => false,
    };
    if outside || !may {
        let why = "a code is made by the patient, or by who does the bills here";
        return Err(proxies::Error::Refused(why));
    }
    if owed(bill.root()).is_none() {
        return Err(proxies::Error::rule(
            "Invoice.status",
            "this is no bill to pay",
        ));
    }
    let mut bytes = [0_u8; CODE_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Other("no randomness".to_owned()))?;
    let code = code_of(bytes);
    let hash = hash_of_code(&code).unwrap_or_default();
    let now = access.now();
    let days = i64::from(access.pack().guest_pay.code_days);
    let lifetime = SignedDuration::from_hours(days * 24);
    let expires = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
    storage.guests().give_code(id, &hash, expires).await?;
    let subject = bill.root().text_at("subject.reference");
    let patient = subject.as_deref().and_then(|it| it.rsplit_once("Patient/"));
    let patient = patient.map(|(_, id)| id.to_owned());
    storage.audit(Event {
        at: now,
        action: audit::Action::BillCode,
        permitted: true,
        reason: "BILL_CODE".to_owned(),
        agent: access.agent(patient.as_deref()).clone(),
        patient,
        entity: Some(format!("Invoice/{id}")),
        query: None,
        request_id: None,
    });
    Ok(Given { code, expires })
}

/// The bill as a guest may read it; `None` for what is nobody's to pay.
async fn bill(
    desk: &Desk<'_>,
    invoice: &str,
    patient: &str,
    guest: Guest,
) -> Result<Option<Document>, Error> {
    let standing = desk.storage.standing_of_guest(patient, guest);
    let Ok(access) = desk.open(standing) else {
        return Ok(None);
    };
    let records = desk.storage.records(&access);
    let found = records.read(ResourceType::INVOICE, invoice).await?;
    let Found::Seen(seen) = found else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(seen.body()).into_owned();
    let invoice = Document::parse(text).ok();
    Ok(invoice.filter(|invoice| owed(invoice.root()).is_some()))
}

/// What is owed on a bill, in cents; `None` for one that was never issued or is void.
fn owed(invoice: Element<'_>) -> Option<i64> {
    let dollars = |currency: &str| currency == "USD";
    match invoice.text_at("status").as_deref()? {
        "balanced" => Some(0),
        "issued" => {
            let currency = invoice.text_at("totalGross.currency");
            currency
                .as_deref()
                .is_none_or(dollars)
                .then_some(())
                .and_then(|()| cents(invoice.first("totalGross.value")?.raw()))
        }
        _ => None,
    }
}

/// A decimal of dollars in cents, exactly; `None` for fractions of a cent and for less than nothing.
fn cents(decimal: &str) -> Option<i64> {
    let (whole, places) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (kept, rest) = places.split_at_checked(2).unwrap_or((places, ""));
    if whole.is_empty() || !digits(whole) || !digits(kept) || rest.bytes().any(|b| b != b'0') {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let kept: i64 = format!("{kept:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(kept)
}

fn phone(organization: Element<'_>) -> Option<String> {
    let telecom = organization.all("telecom");
    let phone = telecom
        .iter()
        .find(|one| one.text_at("system").as_deref() == Some("phone"))?;
    phone.text_at("value").map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn money_is_counted_in_whole_cents() {
        for (text, expected) in [
            ("123.45", Some(12_345)),
            ("7", Some(700)),
            ("0.5", Some(50)),
            ("1.2300", Some(123)),
            ("1.234", None),
            ("-1", None),
            ("1e3", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(cents(text), expected, "{text}");
        }
        let balance = Balance {
            statement_number: String::new(),
            cents: 12_305,
            due: None,
            organization: String::new(),
            phone: None,
            name: String::new(),
        };
        assert_eq!(balance.amount(), "123.05");
    }

    #[test]
    fn only_what_was_billed_is_owed() {
        let owed_on = |status: &str| {
            let text = format!(
                r#"{{"resourceType":"Invoice","status":"{status}","totalGross":{{"value":12.50,"currency":"USD"}}}}"#
            );
            owed(Document::parse(text).unwrap().root())
        };
        assert_eq!(owed_on("issued"), Some(1_250));
        assert_eq!(owed_on("balanced"), Some(0));
        for status in ["draft", "cancelled", "entered-in-error"] {
            assert_eq!(owed_on(status), None, "{status}");
        }
    }
}
