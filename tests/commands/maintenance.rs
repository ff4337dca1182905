//! `kinchart admin maintenance`: told ahead, begun and ended while a server runs.

use config::Clock;
use jiff::SignedDuration;

use super::{Server, run, stderr, stdout};

/// A running server and the database it runs on.
struct House {
    server: Server,
    database: String,
    _keep: tempfile::TempDir,
}

impl House {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("a.db").display());
        Self {
            server: Server::start(&["serve", "--database", &database]),
            database,
            _keep: folder,
        }
    }
    /// What a command prints, or what it says against it.
    fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let place = ["--database", &self.database];
        let done = run(&[&["admin", "maintenance"], arguments, &place].concat());
        match done.status.success() {
            true => Ok(stdout(&done).trim().to_owned()),
            false => Err(stderr(&done)),
        }
    }
    /// What the server says of itself to anybody.
    fn told(&self) -> String {
        self.server.get("/fhir/metadata", "").1
    }
    /// What comes of a change, from nobody in particular.
    fn change(&self) -> String {
        self.server
            .post_json("/fhir/Patient", r#"{"resourceType":"Patient"}"#)
    }
}

fn hours_from_now(hours: i64) -> String {
    let at = Clock::real().now() + SignedDuration::from_hours(hours);
    at.to_string()
}

/// Waits until the server has heard of it, two seconds at most.
fn heard(so: impl Fn() -> bool) -> bool {
    (0..80).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(25));
        so()
    })
}

#[test]
fn what_is_planned_is_told_by_the_running_server_and_called_off_by_its_id() {
    let house = House::start();
    let (from, until) = (hours_from_now(3), hours_from_now(4));
    let later = (hours_from_now(5), hours_from_now(6));
    let plan = ["plan", "--from", &from, "--until", &until];
    let after = ["plan", "--from", &later.0, "--until", &later.1];
    let id = house
        .ask(&[&plan[..], &["--say", "A new version."]].concat())
        .unwrap();
    let other = house.ask(&[&after[..], &["--closed"]].concat()).unwrap();
    let list = house.ask(&["list"]).unwrap();
    assert_eq!(list.lines().count(), 2, "{list}");
    assert!(list.contains(&id) && list.contains(&other) && list.contains("A new version."));
    assert!(heard(|| house.told().contains("A new version.")));
    assert!(!house.change().contains("aintenance"), "not yet");
    assert_eq!(house.ask(&["end", &id]).unwrap(), "ended");
    assert!(heard(|| !house.told().contains("A new version.")));
    assert!(!house.ask(&["list"]).unwrap().contains(&id));
    // Of two that begin at once it tells the one that closes more.
    house
        .ask(&[&after[..], &["--say", "Looks only."]].concat())
        .unwrap();
    assert!(!heard(|| house.told().contains("Looks only.")));
    assert_eq!(house.ask(&["end", &id]).unwrap(), "there was none");
    // Nothing is in force: to end that leaves what is planned as it is.
    assert_eq!(house.ask(&["end"]).unwrap(), "there was none");
    assert!(house.ask(&["list"]).unwrap().contains(&other));
}

#[test]
fn what_is_begun_turns_changes_or_everybody_away_until_it_is_ended() {
    let house = House::start();
    house.ask(&["start", "--say", "Back soon."]).unwrap();
    assert!(heard(|| house.change().contains("Back soon.")));
    assert_eq!(
        house.server.get("/fhir/metadata", "").0,
        200,
        "looking works"
    );
    assert_eq!(house.ask(&["end"]).unwrap(), "ended");
    assert!(heard(|| !house.change().contains("Back soon.")));
    let until = hours_from_now(2);
    house
        .ask(&["start", "--closed", "--until", &until])
        .unwrap();
    assert!(heard(|| house.server.get("/account/sign-in", "").0 == 503));
    assert_eq!(house.ask(&["end"]).unwrap(), "ended");
    assert!(heard(|| house.server.get("/account/sign-in", "").0 == 200));
}

#[test]
fn what_cannot_be_is_refused_in_words_and_leaves_nothing() {
    let house = House::start();
    let (past, soon, late) = (hours_from_now(-2), hours_from_now(1), hours_from_now(3));
    for wrong in [
        ["plan", "--from", &late, "--until", &soon],
        ["plan", "--from", &past, "--until", &past],
        ["plan", "--from", &soon, "--until", &soon],
    ] {
        let said = house.ask(&wrong).unwrap_err();
        assert!(said.contains("ends after it begins"), "{said}");
    }
    let said = house.ask(&["start", "--until", &past]).unwrap_err();
    assert!(said.contains("not in the past"), "{said}");
    let long = "x".repeat(301);
    let said = house.ask(&["start", "--say", &long]).unwrap_err();
    assert!(said.contains("at most 300 characters"), "{said}");
    let said = house.ask(&["plan", "--from", "tomorrow", "--until", &late]);
    assert!(said.unwrap_err().contains("--from"));
    assert_eq!(house.ask(&["list"]).unwrap(), "");
}
