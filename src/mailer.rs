//! Sends what waits in the outbox. Mail holds no health information; addresses are never logged.

use config::Clock;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::Mailbox};
use storage::Storage;

/// How many messages are taken at once.
const BATCH: i64 = 20;

/// A connection to the mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// `url` as `--smtp-url` has it; mail comes from `no-reply@` the host of `base_url`.
    pub fn new(url: &str, base_url: &str) -> Result<Self, String> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| error.to_string())?
            .build();
        let host = url::Url::parse(base_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_else(|| "localhost".into());
        let from = format!("Kinchart <no-reply@{host}>")
            .parse()
            .map_err(|error: lettre::address::AddressError| error.to_string())?;
        Ok(Self { transport, from })
    }

    /// Greets the mail server without sending anything. Errors: why it cannot be used.
    pub async fn reach(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it is not ready".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Sends every waiting message once; what fails stays in the outbox for the next round.
    pub async fn send_waiting(&self, storage: &Storage, clock: &Clock) {
        let waiting = match storage.mail().unsent(BATCH).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read");
                return;
            }
        };
        for message in waiting {
            if let Err(error) = self.send(&message).await {
                tracing::warn!(
                    mail = message.id,
                    error,
                    "mail not sent, will be tried again"
                );
                continue;
            }
            if let Err(error) = storage.mail().mark_sent(&message.id, clock.now()).await {
                tracing::warn!(mail = message.id, %error, "mail sent but not marked");
            }
        }
    }

    async fn send(&self, message: &storage::mail::Message) -> Result<(), String> {
        let to: Mailbox = message
            .to
            .parse()
            .map_err(|_| "the address is not valid".to_owned())?;
        let mail = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&message.subject)
            .body(message.text.clone())
            .map_err(|error| error.to_string())?;
        self.transport
            .send(mail)
            .await
            .map(|_| ())
            .map_err(|error| error.to_string())
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish()
    }
}
