//! What acting for somebody comes to, today and from each day on which that changes by itself.

use std::sync::Arc;

use access::offer::Outlook;
use access::{Pack, Standing};
use jiff::Timestamp;

/// The outlook at `now` and after each change, `most` in all, each with the instant it begins.
pub fn steps(
    standing: &Arc<Standing>,
    pack: &Arc<Pack>,
    now: Timestamp,
    most: usize,
) -> Vec<(Timestamp, Outlook)> {
    let mut steps = Vec::new();
    let mut at = Some(now);
    while let Some(from) = at.filter(|_| steps.len() < most) {
        let outlook = Outlook::of(standing, pack, from);
        at = outlook.next.as_ref().map(|(next, _)| *next);
        steps.push((from, outlook));
    }
    steps
}
