//! Bills: the account of a patient, charges, invoices with statement numbers, payments.

use crate::chart::Chart;
use crate::people::{PROXIES, State};
use crate::places::{ORGANIZATION, ORGANIZATION_NAME};
use crate::words::{coded, dollars, named, to};
use access::vocabulary::BASE;
use serde_json::{Value, json};

/// `Invoice.identifier.system` of the number printed on a statement.
pub const STATEMENT: &str = "https://riverbend.example/statements";

/// What to bill.
#[derive(Debug, Clone, Copy)]
pub struct Bill {
    pub slug: &'static str,
    pub days_ago: i64,
    pub text: &'static str,
    pub cents: i64,
    pub paid: bool,
}

/// The number printed on a statement: stable, and not to be guessed from the patient.
pub fn statement_number(patient: &str, slug: &str) -> String {
    let spread = crate::words::wobble(&format!("statement {patient} {slug}")) + 1.0;
    format!("S{:08}", (spread * 45_000_000.0) as u64 + 10_000_000)
}

/// The patient's account with the practice.
pub fn account(chart: &mut Chart<'_>) {
    let resource = json!({
        "resourceType": "Account", "id": chart.id("account"), "status": "active",
        "type": coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "PBILLACCT",
            "patient billing account"),
        "name": format!("Account of {}", chart.whose.name),
        "subject": [chart.subject()],
        "servicePeriod": {"start": chart.calendar.day(700).to_string()},
        "owner": named(ORGANIZATION, ORGANIZATION_NAME)
    });
    let at = chart.calendar.ago(700, 9, 0);
    chart.add(resource, ORGANIZATION, &at);
}

/// Who pays: a parent for a child, the patient otherwise (and always in confidential care).
fn recipient(chart: &Chart<'_>, slug: &str) -> Value {
    let parent = PROXIES.iter().find(|proxy| {
        proxy.patient == chart.whose.id
            && proxy.relationship == "parent"
            && proxy.state == State::Active
    });
    match parent {
        Some(proxy) if slug != "confidential" => to(&format!("RelatedPerson/{}", proxy.id())),
        _ => chart.subject(),
    }
}

/// One invoice with its charge and, when paid, the payment.
pub fn invoice(chart: &mut Chart<'_>, bill: &Bill) {
    let at = chart.calendar.ago(bill.days_ago, 9, 0);
    let charge = json!({
        "resourceType": "ChargeItem", "id": chart.id(&format!("charge-{}", bill.slug)),
        "status": if bill.paid { "billed" } else { "billable" },
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}],
            "text": bill.text},
        "subject": chart.subject(), "occurrenceDateTime": at,
        "account": [to(&format!("Account/{}", chart.id("account")))], "enteredDate": at
    });
    let charge = chart.add(charge, ORGANIZATION, &at);
    let number = statement_number(&chart.whose.id, bill.slug);
    let amount = dollars(bill.cents);
    let resource = json!({
        "resourceType": "Invoice", "id": chart.id(&format!("invoice-{}", bill.slug)),
        "identifier": [{"use": "official", "system": STATEMENT, "value": number}],
        "status": if bill.paid { "balanced" } else { "issued" },
        "type": coded(&format!("{BASE}/CodeSystem/invoice-type"), "patient-statement",
            "Patient statement"),
        "subject": chart.subject(), "recipient": recipient(chart, bill.slug), "date": at,
        "issuer": named(ORGANIZATION, ORGANIZATION_NAME),
        "account": to(&format!("Account/{}", chart.id("account"))),
        "lineItem": [{"sequence": 1, "chargeItemReference": to(&charge),
            "priceComponent": [{"type": "base", "code": {"text": bill.text}, "amount": amount}]}],
        "totalNet": amount, "totalGross": amount,
        "paymentTerms": "Due within 30 days. Questions: send a message to the Billing Office."
    });
    let invoice = chart.add(resource, ORGANIZATION, &at);
    if bill.paid {
        payment(chart, bill, &invoice, &amount);
    }
}

fn payment(chart: &mut Chart<'_>, bill: &Bill, invoice: &str, amount: &Value) {
    let days = (bill.days_ago - 12).max(1);
    let at = chart.calendar.ago(days, 19, 45);
    let day = chart.calendar.day(days).to_string();
    let reconciliation = json!({
        "resourceType": "PaymentReconciliation",
        "id": chart.id(&format!("payment-{}", bill.slug)),
        "status": "active", "created": at, "paymentIssuer": to(ORGANIZATION),
        "outcome": "complete", "paymentDate": day, "paymentAmount": amount,
        "detail": [{"type": {"coding": [{"system":
            "http://terminology.hl7.org/CodeSystem/payment-type", "code": "payment"}]},
            "request": to(invoice), "date": day, "amount": amount}]
    });
    let reconciliation = chart.add(reconciliation, ORGANIZATION, &at);
    let notice = json!({
        "resourceType": "PaymentNotice", "id": chart.id(&format!("paid-{}", bill.slug)),
        "status": "active", "request": to(invoice), "created": at, "payment": to(&reconciliation),
        "paymentDate": day, "recipient": to(ORGANIZATION), "amount": amount,
        "paymentStatus": coded("http://terminology.hl7.org/CodeSystem/paymentstatus", "paid", "Paid")
    });
    chart.add(notice, ORGANIZATION, &at);
}
