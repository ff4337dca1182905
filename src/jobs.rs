//! Every background job and its timetable.

use std::time::{Duration, Instant};

use config::{Settings, limits};
use jiff::SignedDuration;
use storage::reindex::Step;
use tokio::{sync::watch, task::JoinHandle};
use web::House;
use workflows::audit_roots;
use workflows::notices::news;

use crate::{mailer::Mailer, server::Error};

/// How often the outbox is looked at, in seconds.
const MAIL_SECONDS: u64 = 2;
/// How often ended codes and tokens are cleared away, in seconds.
const SWEEP_SECONDS: u64 = 3_600;

/// How often it is looked whether an hour or a day has begun, in seconds.
const FAMILY_SECONDS: u64 = 2;
/// How often it is looked whether work is due to be looked through, in seconds.
const WORK_SECONDS: u64 = 2;
/// How often the work of the staff is looked through, in minutes.
const WORK_MINUTES: i8 = 5;
/// How often it is looked whether somebody is to be told of something new, in seconds.
const NEWS_SECONDS: u64 = 2;
/// For so many looks in a row more may come before people are told: a panel of results is told of once.
const NEWS_LOOKS_MAX: usize = 5;
/// How often it is looked whether another node left an export, in seconds.
const EXPORT_SECONDS: i64 = 2;
/// How often it is looked whether a day is over whose audit trail is to be signed, in seconds.
const ROOT_SECONDS: u64 = 20;

/// How often it is looked whether another organization declared an emergency, in seconds.
const EMERGENCY_SECONDS: u64 = 2;

/// How often it is looked whether the search index is whole, in seconds.
const INDEX_SECONDS: u64 = 2;

/// How often it is looked whether a write left work for staff, in seconds.
const FOLLOW_UP_SECONDS: u64 = 2;

/// How often the files of trust communities are read again, in seconds.
const TRUST_SECONDS: u64 = 300;

/// The jobs of a running server.
#[derive(Debug)]
pub struct Jobs {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

/// Starts what the settings ask for. Errors: a mail address that cannot be used.
pub fn start(house: &House, settings: &Settings) -> Result<Jobs, Error> {
    let (stop, stopped) = watch::channel(false);
    let mut running = Vec::new();
    if !settings.udap.is_off() {
        let trusting = keep_trust(house.clone(), settings.udap.clone(), stopped.clone());
        running.push(tokio::spawn(trusting));
    }
    running.push(tokio::spawn(keep_grants(house.clone(), stopped.clone())));
    running.push(tokio::spawn(keep_index(house.clone(), stopped.clone())));
    running.push(tokio::spawn(keep_families(house.clone(), stopped.clone())));
    running.push(tokio::spawn(keep_work(house.clone(), stopped.clone())));
    running.push(tokio::spawn(keep_notices(house.clone(), stopped.clone())));
    running.push(tokio::spawn(keep_exports(house.clone(), stopped.clone())));
    running.push(tokio::spawn(follow_up(house.clone(), stopped.clone())));
    running.push(tokio::spawn(keep_roots(house.clone(), stopped.clone())));
    let reviewing = keep_emergencies(house.clone(), stopped.clone());
    running.push(tokio::spawn(reviewing));
    if let Some(server) = &settings.mail {
        let mailer = Mailer::new(server, &house.base_url).map_err(Error::Mail)?;
        running.push(tokio::spawn(send_mail(house.clone(), mailer, stopped)));
    }
    Ok(Jobs { stop, running })
}

/// Reads certificates, anchors and revocation lists again. What cannot be read leaves what there was; lists
/// that are out of date trust nobody by themselves.
async fn keep_trust(house: House, udap: config::Udap, mut stopped: watch::Receiver<bool>) {
    loop {
        let pause = tokio::time::sleep(Duration::from_secs(TRUST_SECONDS));
        tokio::select! {
            () = pause => {}
            _ = stopped.changed() => return,
        }
        match udap.membership(&house.fhir_base) {
            Ok(membership) => house.udap.replace(membership),
            Err(fault) => tracing::warn!(%fault, "trust communities stay as they are for now"),
        }
    }
}

impl Jobs {
    /// Lets each job finish what it is doing.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for job in self.running {
            let _ = job.await;
        }
    }
}

fn news_desk(house: &House) -> news::Desk<'_> {
    news::Desk {
        storage: &house.storage,
        pack: &house.pack,
        base_url: &house.base_url,
        now: house.clock.now(),
    }
}

async fn send_mail(house: House, mailer: Mailer, mut stopped: watch::Receiver<bool>) {
    loop {
        mailer.send_waiting(news_desk(&house)).await;
        let pause = tokio::time::sleep(Duration::from_secs(MAIL_SECONDS));
        tokio::select! {
            () = pause => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Keeps signing keys on their schedule (the first one is made before anybody waits for it) and clears
/// away what ended.
async fn keep_grants(house: House, mut stopped: watch::Receiver<bool>) {
    loop {
        match web::keys::keep(&house.storage, house.clock.now()).await {
            Ok(Some(kid)) => tracing::info!(kid, "published the next signing key"),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "signing keys stay as they are for now"),
        }
        if let Err(error) = house.storage.sweep_grants(house.clock.now()).await {
            tracing::warn!(%error, "ended codes and tokens stay for now");
        }
        if let Err(error) = house.storage.sweep_sign_ins(house.clock.now()).await {
            tracing::warn!(%error, "sign-ins that are over stay for now");
        }
        if let Err(error) = house.storage.mail().sweep(house.clock.now()).await {
            tracing::warn!(%error, "mail that is over stays for now");
        }
        if let Err(error) = house.storage.exports().sweep(house.clock.now()).await {
            tracing::warn!(%error, "exports that are over stay for now");
        }
        let unused = SignedDuration::from_hours(24 * limits::REGISTRATION_UNUSED_DAYS);
        if let Ok(past) = house.clock.now().checked_sub(unused)
            && let Err(error) = house.storage.clients().sweep(past).await
        {
            tracing::warn!(%error, "unused registrations stay for now");
        }
        let pause = tokio::time::sleep(Duration::from_secs(SWEEP_SECONDS));
        tokio::select! {
            () = pause => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Has emergencies of other organizations reviewed, and patients told.
async fn keep_emergencies(house: House, mut stopped: watch::Receiver<bool>) {
    loop {
        let desk = workflows::apps::Desk {
            storage: &house.storage,
            pack: &house.pack,
            now: house.clock.now(),
        };
        if let Err(error) = workflows::break_glass::hand_over(desk).await {
            tracing::warn!(%error, "emergencies of other organizations wait for their review");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(EMERGENCY_SECONDS)) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Signs the audit trail once a day.
async fn keep_roots(house: House, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = sign_root(&house).await {
            tracing::warn!(%error, "the audit trail stays unsigned for now");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(ROOT_SECONDS)) => {}
            _ = stopped.changed() => return,
        }
    }
}

async fn sign_root(house: &House) -> Result<(), storage::Error> {
    let (storage, pack, now) = (&house.storage, &house.pack, house.clock.now());
    if !audit_roots::is_due(storage, pack, now).await? {
        return Ok(());
    }
    let key = web::keys::signing(storage, now).await?;
    let root = audit_roots::sign(storage, &key, &house.base_url, pack, now).await?;
    if let Some(root) = root {
        tracing::info!(day = root.day, entries = root.seq, "signed the audit trail");
    }
    Ok(())
}

/// Does what is to be done on the search index, resting as long as it works, so that requests go
/// first.
async fn keep_index(house: House, mut stopped: watch::Receiver<bool>) {
    loop {
        let started = Instant::now();
        let pause = match house.storage.reindex().step(house.clock.now()).await {
            Ok(Step::Worked(_)) => started.elapsed(),
            Ok(Step::Idle | Step::Elsewhere) => Duration::from_secs(INDEX_SECONDS),
            Err(error) => {
                tracing::debug!(%error, "a step of indexing is tried again");
                Duration::from_secs(INDEX_SECONDS)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Does what birthdays and ends of grants bring, whenever a local day or hour begins: also when the clock was
/// moved there, in either direction.
async fn keep_families(house: House, mut stopped: watch::Receiver<bool>) {
    let mut done = None;
    loop {
        let now = house.clock.now();
        if let Err(error) = workflows::ending::settle_all(&house.storage, &house.pack, now).await {
            tracing::warn!(%error, "what follows from the end of an account is done again");
        }
        let local = house.pack.zone().to_datetime(now);
        let hour = (local.date(), local.hour());
        if done != Some(hour) {
            match workflows::transitions::run(&house.storage, &house.pack, now).await {
                Ok(Some(_)) => done = Some(hour),
                // Another node is at it: when it has left, nothing is left to do.
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "birthdays are looked at again"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(FAMILY_SECONDS)) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Brings overdue work to the head of its queue and goes on with what was answered, every few minutes of the
/// clock: also when the clock was moved.
async fn keep_work(house: House, mut stopped: watch::Receiver<bool>) {
    let mut done = None;
    loop {
        let now = house.clock.now();
        let local = house.pack.zone().to_datetime(now);
        let turn = (local.date(), local.hour(), local.minute() / WORK_MINUTES);
        if done != Some(turn) {
            match workflows::work::run(&house.storage, &house.pack, now).await {
                Ok(Some(_)) => done = Some(turn),
                // Another node is at it: when it has left, nothing is left to do.
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the staff's work is looked through again"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(WORK_SECONDS)) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Tells people that there is something new for them to read.
async fn keep_notices(house: House, mut stopped: watch::Receiver<bool>) {
    let mut looks = 0;
    loop {
        let desk = news_desk(&house);
        let done = async {
            let found = news::gather(desk).await?.unwrap_or_default();
            looks = if found > 0 { looks + 1 } else { 0 };
            if looks == 0 || looks > NEWS_LOOKS_MAX {
                looks = 0;
                news::tell(desk).await?;
            }
            Ok::<(), storage::Error>(())
        };
        if let Err(error) = done.await {
            tracing::warn!(%error, "people are told of news later");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(NEWS_SECONDS)) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Hands the work to staff that writing left for them.
async fn follow_up(house: House, mut stopped: watch::Receiver<bool>) {
    loop {
        let made = workflows::follow_ups::run(&house.storage, &house.pack, house.clock.now());
        if let Err(error) = made.await {
            tracing::warn!(%error, "work for staff is handed on later");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(FOLLOW_UP_SECONDS)) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Goes on with exports, those begun here at once, resting a while after each step so that requests go
/// first.
async fn keep_exports(house: House, mut stopped: watch::Receiver<bool>) {
    let exports = house.storage.exports();
    loop {
        let started = Instant::now();
        let step = async {
            match rest::bulk::work(&house).await {
                Ok(true) => tokio::time::sleep(started.elapsed() / 4).await,
                Ok(false) => {
                    exports
                        .wait(SignedDuration::from_secs(EXPORT_SECONDS))
                        .await
                }
                Err(error) => {
                    tracing::debug!(%error, "exports are looked at again");
                    exports
                        .wait(SignedDuration::from_secs(EXPORT_SECONDS))
                        .await;
                }
            }
        };
        tokio::select! {
            () = step => {}
            _ = stopped.changed() => return,
        }
    }
}
