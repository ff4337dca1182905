//! Bills: the account of a patient, charges, invoices with statement numbers, payments.

use crate::chart::Chart;
use crate::words::{coded, dollars, named, to};
use access::vocabulary::{BASE, PAYMENT_DUE};
use jiff::civil::Date;
use serde_json::{Value, json};

/// What to bill.
#[derive(Debug, Clone)]
pub struct Bill<'b> {
    pub slug: &'b str,
    pub date: Date,
    pub text: &'b str,
    pub cents: i64,
    pub paid: Option<Date>,
    /// Reference to who pays.
    pub recipient: Value,
}

/// `Invoice.identifier.system` of the number printed on a statement.
pub fn statement_system(site: &str) -> String {
    format!("{site}/statements")
}

/// The number printed on a statement: stable, and not to be guessed from the patient.
pub fn statement_number(patient: &str, slug: &str) -> String {
    let spread = crate::words::wobble(&format!("statement {patient} {slug}")) + 1.0;
    format!("S{:08}", (spread * 45_000_000.0) as u64 + 10_000_000)
}

/// The patient's account with the practice since a day.
pub fn account(chart: &mut Chart<'_>, since: Date) {
    let resource = json!({
        "resourceType": "Account", "id": chart.id("account"), "status": "active",
        "type": coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "PBILLACCT",
            "patient billing account"),
        "name": format!("Account of {}", chart.whose.name),
        "subject": [chart.subject()],
        "servicePeriod": {"start": since.to_string()},
        "owner": named(chart.home.organization, chart.home.name)
    });
    let at = chart.calendar.at(since, 9, 0);
    let home = chart.home.organization;
    chart.add(resource, home, &at);
}

/// One invoice with its charge and, when paid, the payment.
pub fn invoice(chart: &mut Chart<'_>, bill: &Bill<'_>) {
    let home = chart.home;
    let paid = bill.paid.is_some();
    let at = chart.calendar.at(bill.date, 9, 0);
    let charge = json!({
        "resourceType": "ChargeItem", "id": chart.id(&format!("charge-{}", bill.slug)),
        "status": if paid { "billed" } else { "billable" },
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}],
            "text": bill.text},
        "subject": chart.subject(), "occurrenceDateTime": at,
        "account": [to(&format!("Account/{}", chart.id("account")))], "enteredDate": at
    });
    let charge = chart.add(charge, home.organization, &at);
    let number = statement_number(&chart.whose.id, bill.slug);
    let amount = dollars(bill.cents);
    let resource = json!({
        "resourceType": "Invoice", "id": chart.id(&format!("invoice-{}", bill.slug)),
        "extension": [{"url": PAYMENT_DUE, "valueDate": due(bill.date)}],
        "identifier": [{"use": "official", "system": statement_system(home.site), "value": number}],
        "status": if paid { "balanced" } else { "issued" },
        "type": coded(&format!("{BASE}/CodeSystem/invoice-type"), "patient-statement",
            "Patient statement"),
        "subject": chart.subject(), "recipient": bill.recipient, "date": at,
        "issuer": named(chart.home.organization, chart.home.name),
        "account": to(&format!("Account/{}", chart.id("account"))),
        "lineItem": [{"sequence": 1, "chargeItemReference": to(&charge),
            "priceComponent": [{"type": "base", "code": {"text": bill.text}, "amount": amount}]}],
        "totalNet": amount, "totalGross": amount,
        "paymentTerms": "Due within 30 days. Questions: send a message to the Billing Office."
    });
    let invoice = chart.add(resource, home.organization, &at);
    if let Some(day) = bill.paid {
        payment(chart, bill.slug, day, &invoice, &amount);
    }
}

/// Thirty days after the bill.
fn due(billed: Date) -> String {
    billed
        .saturating_add(jiff::Span::new().days(30))
        .to_string()
}

fn payment(chart: &mut Chart<'_>, slug: &str, date: Date, invoice: &str, amount: &Value) {
    let home = chart.home;
    let at = chart.calendar.at(date, 19, 45);
    let day = date.to_string();
    let reconciliation = json!({
        "resourceType": "PaymentReconciliation",
        "id": chart.id(&format!("payment-{}", slug)),
        "status": "active", "created": at, "paymentIssuer": to(home.organization),
        "outcome": "complete", "paymentDate": day, "paymentAmount": amount,
        "detail": [{"type": {"coding": [{"system":
            "http://terminology.hl7.org/CodeSystem/payment-type", "code": "payment"}]},
            "request": to(invoice), "date": day, "amount": amount}]
    });
    let reconciliation = chart.add(reconciliation, home.organization, &at);
    let notice = json!({
        "resourceType": "PaymentNotice", "id": chart.id(&format!("paid-{}", slug)),
        "status": "active", "request": to(invoice), "created": at, "payment": to(&reconciliation),
        "paymentDate": day, "recipient": to(home.organization), "amount": amount,
        "paymentStatus": coded("http://terminology.hl7.org/CodeSystem/paymentstatus", "paid", "Paid")
    });
    chart.add(notice, home.organization, &at);
}
