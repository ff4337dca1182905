//! Sends what waits in the outbox. Mail holds no health information; addresses are never logged, nor what mail
//! servers say, which may hold one.

use config::MailServer;
use jiff::{SignedDuration, Timestamp};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error as SmtpError};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use storage::mail::{self, Outcome};
use workflows::notices::{html, news};

/// How many messages are taken at once.
const BATCH: i64 = 20;
/// After which try in vain how long until the next, in minutes; after the last one a message is given up.
const PAUSES_MINUTES: [i64; 8] = [1, 5, 15, 60, 240, 720, 1_440, 1_440];

/// A connection to the mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// Right of the @ in message ids.
    host: String,
}

/// What a try came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// No such address: neither this nor other mail to it will ever arrive.
    NoSuchAddress,
    /// This mail is not wanted; another may be.
    Refused,
    /// It may work later.
    Later,
}

/// Mail that no person wrote, so that nobody's absence note answers it (RFC 3834 section 5).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mailer {
    /// Mail comes from where the settings say, or from `no-reply@` the host of `base_url`. Errors: what is wrong
    /// with the settings.
    pub fn new(server: &MailServer, base_url: &str) -> Result<Self, String> {
        let host = url::Url::parse(base_url)
            .ok()
            .and_then(|url| url.domain().map(str::to_owned))
            .unwrap_or_else(|| "localhost".into());
        let from = match &server.from {
            Some(from) => from.clone(),
            None => format!("Kinchart <no-reply@{host}>"),
        };
        let from = from
            .parse()
            .map_err(|error: lettre::address::AddressError| error.to_string())?;
        let transport = builder(server)?.build();
        Ok(Self {
            transport,
            from,
            host,
        })
    }

    /// Greets the mail server without sending anything. Errors: why it cannot be used.
    pub async fn reach(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it is not ready".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Tries every message that is due once; what fails waits for its next try. How many were sent.
    pub async fn send_waiting(&self, desk: news::Desk<'_>) -> usize {
        let taken = match desk.storage.mail().take_due(BATCH, desk.now).await {
            Ok(taken) => taken,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read");
                return 0;
            }
        };
        let mut sent = 0;
        for message in taken {
            match self.answer_for(desk, &message).await {
                Ok(true) => sent += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(mail = message.id, %error, "the outbox stays as it is")
                }
            }
        }
        sent
    }

    /// One message, and what came of it written down. Whether it was sent.
    async fn answer_for(
        &self,
        desk: news::Desk<'_>,
        message: &mail::Message,
    ) -> Result<bool, storage::Error> {
        let (outbox, now) = (desk.storage.mail(), desk.now);
        if !news::may_leave(desk, message).await? {
            outbox.end(&message.id, Outcome::Withdrawn, now).await?;
            return Ok(false);
        }
        let Some(verdict) = self.send(message).await.err() else {
            outbox.mark_sent(&message.id, now).await?;
            return Ok(true);
        };
        match (verdict, pause(message.tries)) {
            (Verdict::NoSuchAddress, _) => {
                tracing::info!(mail = message.id, "mail came back");
                outbox.end(&message.id, Outcome::Refused, now).await?;
                desk.storage.contacts().bounce(&message.to, now).await?;
            }
            (Verdict::Refused, _) => {
                tracing::warn!(mail = message.id, "the mail server refused a mail");
                outbox.end(&message.id, Outcome::Refused, now).await?;
            }
            (Verdict::Later, Some(pause)) => {
                let next = now.checked_add(pause).unwrap_or(Timestamp::MAX);
                tracing::warn!(
                    mail = message.id,
                    tries = message.tries,
                    "mail is tried again later"
                );
                outbox.put_off(&message.id, next).await?;
            }
            (Verdict::Later, None) => {
                tracing::error!(mail = message.id, "mail was tried too often and given up");
                outbox.end(&message.id, Outcome::GivenUp, now).await?;
            }
        }
        Ok(false)
    }

    async fn send(&self, message: &mail::Message) -> Result<(), Verdict> {
        let mail = self.compose(message).map_err(|_| Verdict::NoSuchAddress)?;
        let sent = self.transport.send(mail).await;
        sent.map(drop).map_err(|error| verdict(&error))
    }

    /// Text, and the same as HTML. One message keeps its id however often it is tried, so that a mailbox that
    /// already has it shows it once.
    fn compose(&self, message: &mail::Message) -> Result<Message, Box<dyn std::error::Error>> {
        let to: Mailbox = message.to.parse()?;
        let plain = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.clone());
        let rich = SinglePart::builder()
            .header(ContentType::TEXT_HTML)
            .body(html::page(&message.subject, &message.text));
        let both = MultiPart::alternative().singlepart(plain).singlepart(rich);
        let mail = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&message.subject)
            .message_id(Some(format!("<{}@{}>", message.id, self.host)))
            .header(AutoSubmitted)
            .multipart(both)?;
        Ok(mail)
    }
}

/// Connects as the URL says: `smtps://` in TLS from the first byte, `smtp://…?tls=required` by STARTTLS.
fn builder(server: &MailServer) -> Result<AsyncSmtpTransportBuilder, String> {
    let said = |error: SmtpError| error.to_string();
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&server.url).map_err(said)?;
    let Some(path) = &server.ca else {
        return Ok(builder);
    };
    let pem = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let ca = Certificate::from_pem(&pem).map_err(said)?;
    let url = url::Url::parse(&server.url).map_err(|error| error.to_string())?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let parameters = TlsParameters::builder(host).add_root_certificate(ca);
    let parameters = parameters.build().map_err(said)?;
    let mut wishes = url.query_pairs().filter(|(name, _)| name == "tls");
    let wish = wishes.next().map(|(_, wish)| wish.into_owned());
    Ok(match (url.scheme(), wish.as_deref()) {
        ("smtps", _) => builder.tls(Tls::Wrapper(parameters)),
        (_, Some("opportunistic")) => builder.tls(Tls::Opportunistic(parameters)),
        // Who names whom to trust wants TLS.
        _ => builder.tls(Tls::Required(parameters)),
    })
}

fn verdict(error: &SmtpError) -> Verdict {
    match error.status() {
        Some(code) => verdict_of(code.into()),
        None => Verdict::Later,
    }
}

/// By the reply code (RFC 5321 section 4.2.3, RFC 7504): the address, the mail, or the server.
fn verdict_of(code: u16) -> Verdict {
    match code {
        550 | 551 | 553 | 556 => Verdict::NoSuchAddress,
        552 | 554 | 555 => Verdict::Refused,
        // Also what is wrong with our sign-in there (530, 534, 535), which somebody will mend.
        _ => Verdict::Later,
    }
}

/// How long until the next try after so many in vain.
fn pause(tries: i64) -> Option<SignedDuration> {
    let at = usize::try_from(tries.max(1) - 1).ok()?;
    PAUSES_MINUTES
        .get(at)
        .map(|minutes| SignedDuration::from_mins(*minutes))
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_of_the_server_says_whether_to_try_again() {
        assert_eq!(verdict_of(550), Verdict::NoSuchAddress);
        assert_eq!(verdict_of(554), Verdict::Refused);
        for code in [421, 450, 451, 452, 530, 535] {
            assert_eq!(verdict_of(code), Verdict::Later, "{code}");
        }
    }

    #[test]
    fn tries_grow_rarer_and_end() {
        let pauses: Vec<_> = (1..=8).map_while(pause).collect();
        assert_eq!(pauses.len(), 8);
        assert!(pauses.is_sorted());
        assert_eq!(pause(9), None);
    }
}
