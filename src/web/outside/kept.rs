//! Documents of others (key sets, metadata), kept for as long as they say.

use access::time::later;
use bytes::Bytes;
use config::limits::{KEPT_DOCUMENTS_MAX, KEPT_SECONDS_DEFAULT, KEPT_SECONDS_MAX, REFETCH_SECONDS};
use http::{HeaderMap, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;

use super::{Fault, Outside, origin};

/// What somebody wants of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// As it is kept.
    Kept,
    /// Anew, because something was not found in it; at most every half minute.
    Newer,
}

/// What a fetch came to.
#[derive(Clone)]
struct Entry {
    fetched: Timestamp,
    until: Timestamp,
    result: Result<Bytes, Fault>,
}

impl Entry {
    fn serves(&self, want: Want, now: Timestamp) -> bool {
        let again = later(self.fetched, SignedDuration::from_secs(REFETCH_SECONDS));
        // A clock set back ends everything kept.
        let until = match (&self.result, want) {
            (Ok(_), Want::Kept) => self.until,
            (Ok(_), Want::Newer) => again,
            (Err(_), _) => again,
        };
        self.fetched <= now && now < until
    }
}

/// The documents kept by one process.
#[derive(Clone)]
pub(super) struct Documents(Cache<String, Entry>);

impl Default for Documents {
    fn default() -> Self {
        Self(Cache::new(KEPT_DOCUMENTS_MAX))
    }
}

impl Outside {
    /// The document at an address, kept as long as its `Cache-Control` says (RFC 9111). That it cannot be had is
    /// kept for half a minute.
    ///
    /// # Errors
    /// See [`Fault`]; any status but 200 is one too.
    pub async fn document(&self, url: &str, want: Want, now: Timestamp) -> Result<Bytes, Fault> {
        let kept = &self.inner.documents.0;
        if let Some(entry) = kept.get(url)
            && entry.serves(want, now)
        {
            return entry.result;
        }
        let mut until = later(now, SignedDuration::from_secs(KEPT_SECONDS_DEFAULT));
        let result = match self.get_json(url).await {
            Ok(fetched) if fetched.status == StatusCode::OK => {
                if let Some(seconds) = seconds(&fetched.headers) {
                    until = later(
                        now,
                        SignedDuration::from_secs(seconds.min(KEPT_SECONDS_MAX)),
                    );
                }
                Ok(fetched.body)
            }
            Ok(fetched) => Err(Fault::Status(self.named(url), fetched.status.as_u16())),
            // That is about us, not about the document.
            Err(Fault::Busy) => return Err(Fault::Busy),
            Err(fault) => Err(fault),
        };
        let entry = Entry {
            fetched: now,
            until,
            result: result.clone(),
        };
        kept.insert(url.to_owned(), entry);
        result
    }

    fn named(&self, url: &str) -> String {
        self.target(url).map(|url| origin(&url)).unwrap_or_default()
    }
}

/// How long `Cache-Control` lets a document be kept; `None` when it does not say.
fn seconds(headers: &HeaderMap) -> Option<i64> {
    let lines = headers.get_all(header::CACHE_CONTROL).iter();
    let said = lines.filter_map(|line| line.to_str().ok());
    let mut found = None;
    for directive in said.flat_map(|line| line.split(',')) {
        let directive = directive.trim().to_ascii_lowercase();
        if matches!(directive.as_str(), "no-store" | "no-cache") {
            return Some(0);
        }
        if let Some(age) = directive.strip_prefix("max-age=") {
            found = Some(age.trim_matches('"').parse().unwrap_or(0));
        }
    }
    found.map(|age: i64| age.max(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{here, listener};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).unwrap()
    }

    /// How many of these questions, each at its second, were asked of the other side.
    async fn asked(head: &str, questions: &[(Want, i64)]) -> usize {
        let text = format!("HTTP/1.1 {head}\r\nContent-Length: 2\r\n\r\n{{}}");
        let (port, mut hears) = listener(text.into()).await;
        let url = format!("http://127.0.0.1:{port}/jwks");
        let outside = here();
        for (want, second) in questions {
            let _ = outside.document(&url, *want, at(*second)).await;
        }
        let mut count = 0;
        while hears.try_recv().is_ok() {
            count += 1;
        }
        count
    }

    #[tokio::test]
    async fn a_document_is_kept_as_long_as_it_says() {
        use Want::{Kept, Newer};
        let minute = "200 OK\r\nCache-Control: public, max-age=60";
        assert_eq!(asked(minute, &[(Kept, 0), (Kept, 59)]).await, 1);
        assert_eq!(asked(minute, &[(Kept, 0), (Kept, 60)]).await, 2);
        assert_eq!(asked(minute, &[(Kept, 0), (Kept, -1)]).await, 2);
        let never = "200 OK\r\nCache-Control: no-store";
        assert_eq!(asked(never, &[(Kept, 0), (Kept, 1)]).await, 2);
        let silent = [(Kept, 0), (Kept, KEPT_SECONDS_DEFAULT - 1)];
        assert_eq!(asked("200 OK", &silent).await, 1);
        let ever = "200 OK\r\nCache-Control: max-age=999999999";
        assert_eq!(asked(ever, &[(Kept, 0), (Kept, KEPT_SECONDS_MAX)]).await, 2);
        let soon = [(Kept, 0), (Newer, 1), (Newer, REFETCH_SECONDS)];
        assert_eq!(asked(minute, &soon).await, 2);
    }

    #[tokio::test]
    async fn what_cannot_be_had_is_not_asked_for_all_the_time() {
        let questions = [(Want::Kept, 0), (Want::Newer, 1), (Want::Kept, 30)];
        assert_eq!(asked("404 Not Found", &questions).await, 2);
    }
}
