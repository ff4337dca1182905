//! What the doctor looks at.

use std::time::Duration;

use config::{Settings, encryption::default_key_file};
use jiff::{SignedDuration, Timestamp};
use storage::{Storage, backup::Version, mail};

use super::{Finding, Weight};
use crate::encryption::Encryption;
use crate::mailer::Mailer;
use crate::policy::{self, Signing};
use crate::server;

/// How far the clocks of node and database may be apart, in seconds.
const CLOCK_SECONDS_MAX: i64 = 2;
/// How long mail may wait before somebody should look, in minutes.
const MAIL_MINUTES_MAX: i64 = 10;
/// How long a mail server may take to answer, in seconds.
const MAIL_SERVER_SECONDS_MAX: u64 = 10;

fn finding(weight: Weight, about: &'static str, text: impl Into<String>) -> Finding {
    let text = text.into();
    Finding {
        weight,
        about,
        text,
    }
}

fn good(about: &'static str, text: impl Into<String>) -> Finding {
    finding(Weight::Good, about, text)
}

fn odd(about: &'static str, text: impl Into<String>) -> Finding {
    finding(Weight::Odd, about, text)
}

fn bad(about: &'static str, text: impl Into<String>) -> Finding {
    finding(Weight::Bad, about, text)
}

/// Everything, in the order in which one thing rests on another.
pub(super) async fn all(settings: &Settings, now: Timestamp) -> Vec<Finding> {
    let base_url = base_url(settings);
    let mut found = vec![address(settings, &base_url), policy(settings)];
    found.extend(tls(settings).await);
    found.push(second_factor(settings));
    let storage = match open(settings, &base_url, &mut found).await {
        None => None,
        Some(storage) => {
            let inside = inside(&storage, &base_url, now, &mut found).await;
            if let Err(error) = inside {
                found.push(bad("database", format!("cannot be asked: {error}")));
            }
            Some(storage)
        }
    };
    found.push(mail(settings, &base_url, storage.as_ref(), now).await);
    if let Some(storage) = storage
        && let Err(error) = storage.close().await
    {
        found.push(bad("database", format!("cannot be closed: {error}")));
    }
    found
}

/// As a server would derive it.
fn base_url(settings: &Settings) -> String {
    let scheme = if settings.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let derived = || format!("{scheme}://{}", settings.listen);
    settings.base_url.clone().unwrap_or_else(derived)
}

fn address(settings: &Settings, base_url: &str) -> Finding {
    let url = url::Url::parse(base_url).ok();
    let host = url
        .as_ref()
        .and_then(|url| url.host_str())
        .unwrap_or_default();
    let is_here = ["127.0.0.1", "[::1]", "localhost"].contains(&host);
    if base_url.starts_with("https://") && settings.base_url.is_some() {
        return good("address", format!("people and apps use {base_url}"));
    }
    if is_here {
        let text = format!(
            "people and apps use {base_url}, which only this machine can reach; see --base-url"
        );
        return odd("address", text);
    }
    if settings.base_url.is_none() {
        let text = format!(
            "{base_url} is where the server listens; say with --base-url how people reach it"
        );
        return bad("address", text);
    }
    bad(
        "address",
        format!(
            "{base_url} is not HTTPS: passwords and records travel open; see --tls-cert, or a proxy"
        ),
    )
}

fn load_pack(settings: &Settings) -> Result<policy::Loaded, String> {
    let loaded = policy::load(&settings.policy, &settings.policy_keys, Signing::Required);
    loaded.map_err(|error| error.to_string())
}

fn policy(settings: &Settings) -> Finding {
    match load_pack(settings) {
        Ok(policy) => {
            let pack = &policy.pack;
            let by = match &policy.signature {
                Some(by) => format!("signed by {} on {}", by.signed_by, by.signed_on),
                None => "shipped with this program: have your counsel read it".to_owned(),
            };
            good(
                "policy",
                format!("{} {} is read, {by}", pack.id, pack.version),
            )
        }
        Err(error) => bad("policy", error),
    }
}

async fn tls(settings: &Settings) -> Option<Finding> {
    let tls = settings.tls.as_ref()?;
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let read = axum_server::tls_rustls::RustlsConfig::from_pem_file(&tls.cert, &tls.key).await;
    Some(match read {
        Ok(_) => good(
            "TLS",
            format!("certificate {} and its key fit", tls.cert.display()),
        ),
        Err(error) => bad("TLS", format!("{error}; see --tls-cert and --tls-key")),
    })
}

fn second_factor(settings: &Settings) -> Finding {
    if settings.sign_in.staff_second_factor {
        return good("sign-in", "staff prove a second factor");
    }
    bad(
        "sign-in",
        "staff sign in with a password alone; see sign-in.staff-second-factor in the settings file",
    )
}

/// Opens the database unless that would change it.
async fn open(settings: &Settings, base_url: &str, found: &mut Vec<Finding>) -> Option<Storage> {
    let version = match storage::backup::version(&settings.database).await {
        Err(error) => {
            found.push(bad("database", format!("{error}; see --database")));
            return None;
        }
        Ok(None | Some(Version { found: None, .. })) => {
            found.push(odd(
                "database",
                "there is none yet; `kinchart serve` makes it",
            ));
            return None;
        }
        Ok(Some(version)) => version,
    };
    let Version { found: last, ours } = version;
    let last = last.unwrap_or_default();
    if last != ours {
        found.push(if last < ours {
            let text = "is of an earlier release; `kinchart backup` it, then `kinchart serve` brings it up to date";
            odd("database", format!("{text} (tables {last}, here {ours})"))
        } else {
            let text = "is of a later release than this program; use that one";
            bad("database", format!("{text} (tables {last}, here {ours})"))
        });
        return None;
    }
    if settings.encryption_keys.0.is_empty()
        && let Some(path) = default_key_file(&settings.database).filter(|path| !path.exists())
    {
        let text = "is not there, and secrets in the database cannot be read without it; put it back, \
                    or give --encryption-key";
        found.push(bad("encryption", format!("{} {text}", path.display())));
        return None;
    }
    let opened = opened(settings, base_url).await;
    match opened {
        Ok((storage, is_sealed)) => {
            found.push(good(
                "database",
                format!("answers, and its tables are of this release ({ours})"),
            ));
            found.push(if is_sealed {
                good(
                    "encryption",
                    "secrets in the database are encrypted, and the key fits",
                )
            } else {
                bad(
                    "encryption",
                    "secrets in the database lie open; see --encryption-key",
                )
            });
            Some(storage)
        }
        Err(why) => {
            found.push(bad("database", why));
            None
        }
    }
}

async fn opened(settings: &Settings, base_url: &str) -> Result<(Storage, bool), String> {
    let pack = load_pack(settings)?.pack;
    let encryption = Encryption::of(settings, base_url).map_err(|error| error.to_string())?;
    let is_sealed = encryption.sealing.is_on();
    let storage = Storage::open(storage::Settings {
        url: settings.database.clone(),
        base: format!("{base_url}/fhir"),
        pack: std::sync::Arc::new(pack),
        read_connections: 1,
        check_references: false,
        validation: server::validation(&settings.validation),
        sealing: encryption.sealing.clone(),
    })
    .await
    .map_err(|error| error.to_string())?;
    let settled = encryption.settle(&storage).await;
    settled.map_err(|error| error.to_string())?;
    Ok((storage, is_sealed))
}

async fn inside(
    storage: &Storage,
    base_url: &str,
    now: Timestamp,
    found: &mut Vec<Finding>,
) -> Result<(), storage::Error> {
    if let Some(said) = storage.unsoundness().await? {
        let text = "is damaged: stop the server and restore the last good copy";
        found.push(bad("database", format!("{text} ({said})")));
    }
    let works = storage.reindex().progress().await?;
    let left: u64 = works
        .iter()
        .filter(|work| !work.finished)
        .map(|work| work.total.saturating_sub(work.done))
        .sum();
    let is_whole = works.iter().all(|work| work.finished);
    found.push(match is_whole {
        true => good("search", "the index is whole"),
        false => odd(
            "search",
            format!("{left} resources wait to be indexed; a server does it, or `kinchart reindex`"),
        ),
    });
    let keys = storage.keys().list().await?;
    let live = keys.iter().filter(|key| key.retired.is_none()).count();
    found.push(match live {
        0 => odd("keys", "there is no signing key yet; a server makes one"),
        live => good("keys", format!("{live} signing key(s) can be read")),
    });
    found.push(clock(
        storage.database_time().await?,
        storage.last_written().await?,
        now,
    ));
    let clients = storage.clients();
    let portal = clients.find("portal").await?;
    let own = format!("{}/apps/portal/", base_url.trim_end_matches('/'));
    found.push(match portal {
        Some(portal) if portal.redirect_uris.contains(&own) => {
            good("apps", "the portal is registered at this address")
        }
        Some(_) => bad(
            "apps",
            format!("the portal is registered at another address than {base_url}; see --base-url"),
        ),
        None => odd(
            "apps",
            "the portal is not registered; `kinchart admin apps` does it",
        ),
    });
    Ok(())
}

/// Ages and periods decide who sees what: a wrong clock decides wrongly.
fn clock(database: Option<Timestamp>, last_written: Option<Timestamp>, now: Timestamp) -> Finding {
    if let Some(database) = database {
        let apart = database.duration_since(now).abs();
        if apart > SignedDuration::from_secs(CLOCK_SECONDS_MAX) {
            let text = format!(
                "this machine and the database are {} s apart",
                apart.as_secs()
            );
            return bad("clock", format!("{text}; let both follow a time server"));
        }
    }
    if last_written.is_some_and(|last| last > now) {
        let text = "the record was last written after what this machine takes for now; its clock is slow, or was";
        return bad("clock", text);
    }
    good("clock", now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

async fn mail(
    settings: &Settings,
    base_url: &str,
    storage: Option<&Storage>,
    now: Timestamp,
) -> Finding {
    let standing = match storage {
        None => mail::Standing::default(),
        Some(storage) => storage.mail().standing().await.unwrap_or_default(),
    };
    let Some(server) = &settings.mail else {
        let waits = if standing.waiting > 0 {
            format!("; {} wait in the outbox", standing.waiting)
        } else {
            String::new()
        };
        return bad(
            "mail",
            format!("there is no mail server: nobody gets notices or codes{waits}; see --smtp-url"),
        );
    };
    let reached = match Mailer::new(server, base_url) {
        Err(why) => Err(why),
        Ok(mailer) => {
            let wait = Duration::from_secs(MAIL_SERVER_SECONDS_MAX);
            let reached = tokio::time::timeout(wait, mailer.reach()).await;
            reached.unwrap_or_else(|_| Err("it does not answer".to_owned()))
        }
    };
    if let Err(why) = reached {
        return bad(
            "mail",
            format!("the mail server cannot be used: {why}; see --smtp-url"),
        );
    }
    if server.is_open() {
        return bad(
            "mail",
            "mail travels open: write smtps://, or add ?tls=required to --smtp-url",
        );
    }
    outbox(standing, now)
}

/// How the outbox of a mail server that answers stands.
fn outbox(standing: mail::Standing, now: Timestamp) -> Finding {
    let lost = standing.given_up + standing.refused;
    if lost > 0 {
        let text = format!(
            "the mail server answers, but {} were given up and {} refused; see kinchart admin mail list",
            standing.given_up, standing.refused
        );
        return odd("mail", text);
    }
    let waited = standing.oldest.map(|at| now.duration_since(at).as_mins());
    match waited {
        Some(minutes) if minutes >= MAIL_MINUTES_MAX => odd(
            "mail",
            format!("the mail server answers, but mail has waited for {minutes} minutes"),
        ),
        _ if standing.bounced > 0 => good(
            "mail",
            format!(
                "the mail server answers; the addresses of {} accounts do not",
                standing.bounced
            ),
        ),
        _ => good("mail", "the mail server answers"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_that_disagrees_with_the_database_or_with_what_was_written_is_told() {
        let now = at("2026-06-15T12:00:00Z");
        let weight = |database, last| clock(database, last, now).weight;
        assert_eq!(weight(None, None), Weight::Good);
        assert_eq!(
            weight(Some(at("2026-06-15T12:00:01Z")), Some(now)),
            Weight::Good
        );
        assert_eq!(weight(Some(at("2026-06-15T11:59:50Z")), None), Weight::Bad);
        assert_eq!(weight(None, Some(at("2026-06-15T12:00:30Z"))), Weight::Bad);
    }

    #[test]
    fn an_open_address_is_told_unless_only_this_machine_reaches_it() {
        let settings = |base: Option<&str>, listen: &str| {
            let flags = config::Flags {
                base_url: base.map(str::to_owned),
                listen: Some(listen.to_owned()),
                ..config::Flags::default()
            };
            Settings::read(flags).unwrap()
        };
        let weight = |base, listen| {
            let settings = settings(base, listen);
            address(&settings, &base_url(&settings)).weight
        };
        assert_eq!(
            weight(Some("https://record.example"), "127.0.0.1:8080"),
            Weight::Good
        );
        assert_eq!(weight(None, "127.0.0.1:8080"), Weight::Odd);
        assert_eq!(weight(None, "0.0.0.0:8080"), Weight::Bad);
        assert_eq!(
            weight(Some("http://record.example"), "127.0.0.1:8080"),
            Weight::Bad
        );
    }

    #[test]
    fn mail_that_waits_long_or_is_lost_is_told() {
        let now = at("2026-06-15T12:00:00Z");
        let weight = |standing| outbox(standing, now).weight;
        let quiet = mail::Standing::default();
        assert_eq!(weight(quiet), Weight::Good);
        let waiting = |oldest| mail::Standing {
            waiting: 1,
            oldest: Some(at(oldest)),
            ..quiet
        };
        assert_eq!(weight(waiting("2026-06-15T11:59:00Z")), Weight::Good);
        assert_eq!(weight(waiting("2026-06-15T11:00:00Z")), Weight::Odd);
        let lost = mail::Standing {
            given_up: 1,
            ..quiet
        };
        assert_eq!(weight(lost), Weight::Odd);
    }
}
