//! Hashing what people choose, off the threads that others wait on.

use tokio::sync::Semaphore;
use web::House;
use workflows::opening::question;
use workflows::passwords::{self, Refusal};

/// Hashing costs 19 MiB and a core for a while: two at a time.
static TURNS: Semaphore = Semaphore::const_new(2);

/// The PHC string of a password that is good enough, or what is wrong with it, as a sentence.
pub(crate) async fn password(
    house: &House,
    password: &str,
    about: &[&str],
) -> Result<String, String> {
    let password = password.to_owned();
    let about: Vec<String> = about.iter().map(|word| (*word).to_owned()).collect();
    let leaked = house.sign_in.breached_passwords.clone();
    let check = move || {
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        passwords::accept(&password, &about, leaked.as_deref())
    };
    let Ok(_turn) = TURNS.acquire().await else {
        return Err(web::words::sentence(&Refusal::Failed.to_string()));
    };
    let checked = tokio::task::spawn_blocking(check).await;
    checked
        .unwrap_or(Err(Refusal::Failed))
        .map_err(|refusal| web::words::sentence(&refusal.to_string()))
}

/// The PHC string of an answer; `None` when the system has no randomness.
pub(crate) async fn answer(answer: &str) -> Option<String> {
    let answer = answer.to_owned();
    let _turn = TURNS.acquire().await.ok()?;
    let hashed = tokio::task::spawn_blocking(move || question::hash(&answer));
    hashed.await.ok().flatten()
}
