//! A share link in plain words.

use access::{Pack, labels, links::category};
use jiff::Timestamp;
use storage::links::ShareLink;

/// How long a link may be chosen to be good: code, days, in words.
pub(super) const UNTIL: &[(&str, i64, &str)] = &[
    ("day", 1, "Until this time tomorrow"),
    ("week", 7, "A week"),
    ("month", 30, "30 days"),
    ("quarter", 90, "90 days"),
    ("year", 365, "A year"),
];

/// One link as a page shows it.
pub(super) struct Shown {
    pub id: String,
    pub label: String,
    pub recipient: String,
    /// `Medications, Allergies`
    pub what: String,
    /// Sensitive care that goes along; empty for none.
    pub sensitive: String,
    pub passcode: bool,
    pub long_term: bool,
    pub live: bool,
    /// `July 5, 2026 at 12:00 PM`
    pub until: String,
    /// `Not opened yet`, `Opened 3 times, last on …`
    pub opened: String,
    /// Why it is over; empty while it is open.
    pub why_over: &'static str,
    /// Whoever looks made it, and may show it again.
    pub own: bool,
}

pub(super) fn shown(link: &ShareLink, own: bool, pack: &Pack, now: Timestamp) -> Shown {
    let titles = link.categories.iter().filter_map(|code| category(code));
    let titles: Vec<&str> = titles.map(|one| one.title).collect();
    let sensitive = link.labels.iter().filter_map(|one| labels::describe(one));
    let sensitive: Vec<&str> = sensitive.collect();
    Shown {
        id: link.id.clone(),
        label: link.label.clone(),
        recipient: link.recipient.clone(),
        what: titles.join(", "),
        sensitive: sensitive.join(", "),
        passcode: link.passcode.is_some(),
        long_term: link.flags.contains('L'),
        live: link.live,
        until: moment(link.expires, pack),
        opened: opened(link, pack),
        why_over: why_over(link, now),
        own,
    }
}

fn opened(link: &ShareLink, pack: &Pack) -> String {
    let last = link.last_opened.map(|at| moment(at, pack));
    match (link.opened, last) {
        (1, Some(last)) => format!("Opened once, on {last}"),
        (times, Some(last)) => format!("Opened {times} times, last on {last}"),
        _ => "Not opened yet".to_owned(),
    }
}

fn why_over(link: &ShareLink, now: Timestamp) -> &'static str {
    match link {
        link if link.ended.is_some() => "Ended",
        link if now >= link.expires => "Its time was over",
        link if !link.is_live(now) => "Closed after too many wrong passcodes",
        _ => "",
    }
}

fn moment(at: Timestamp, pack: &Pack) -> String {
    let local = at.to_zoned(pack.zone().clone());
    local.strftime("%B %-d, %Y at %-I:%M %p").to_string()
}
