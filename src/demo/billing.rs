//! Bills of the demo's families, and who pays them.

use crate::chart::Chart;
use crate::people::{PROXIES, State};
use crate::words::to;
use population::billing;
use serde_json::Value;

/// What to bill.
#[derive(Debug, Clone, Copy)]
pub struct Bill {
    pub slug: &'static str,
    pub days_ago: i64,
    pub text: &'static str,
    pub cents: i64,
    pub paid: bool,
}

/// `Invoice.identifier.system` of the number printed on a statement.
pub fn statement_system() -> String {
    billing::statement_system(crate::places::HOME.site)
}

/// The patient's account with the practice.
pub fn account(chart: &mut Chart<'_>) {
    let since = chart.calendar.day(700);
    billing::account(chart, since);
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
    let paid = chart.calendar.day((bill.days_ago - 12).max(1));
    let made = billing::Bill {
        slug: bill.slug,
        date: chart.calendar.day(bill.days_ago),
        text: bill.text,
        cents: bill.cents,
        paid: bill.paid.then_some(paid),
        recipient: recipient(chart, bill.slug),
    };
    billing::invoice(chart, &made);
}
