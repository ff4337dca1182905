//! What each verb makes of a Task, and what it refuses.
#![allow(clippy::unwrap_used)]

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn worker(name: &str) -> Worker {
    Worker {
        who: format!("Practitioner/{name}"),
        display: format!("{name} of the staff"),
    }
}

/// A message routed to a pool on a Friday afternoon.
fn routed() -> Value {
    json!({
        "resourceType": "Task", "id": "t", "status": "requested", "intent": "order",
        "businessStatus": coded(BUSINESS_STATUS, "queued", "Queued"),
        "code": coded(access::vocabulary::TASK_CODE, "message-handling", "Message handling"),
        "owner": {"reference": "HealthcareService/front"},
        "restriction": {"period": {"end": "2026-11-24T22:00:00Z"}}
    })
}

fn step(task: &Value, step: Step, by: &str, now: &str) -> Result<Option<Value>, Error> {
    let pack = Pack::shipped("middlesex").unwrap();
    take(task, &step, &worker(by), &pack, at(now))
}

fn done(task: &Value, step_taken: Step, by: &str, now: &str) -> Value {
    step(task, step_taken, by, now).unwrap().unwrap()
}

const FRIDAY: &str = "2026-11-20T20:00:00Z";

#[test]
fn claimed_work_is_somebodys_and_still_routed_to_its_pool() {
    let claimed = done(&routed(), Step::Claim, "amy", FRIDAY);
    assert_eq!(claimed["status"], "in-progress");
    assert_eq!(claimed["owner"]["reference"], "Practitioner/amy");
    assert_eq!(text(&claimed, "/businessStatus/coding/0/code"), "assigned");
    let document = fhir::Document::parse(claimed.to_string()).unwrap();
    let pool = access::facts::pool(fhir::ResourceType::TASK, document.root());
    assert_eq!(pool.as_deref(), Some("front"));
    assert_eq!(step(&claimed, Step::Claim, "amy", FRIDAY).unwrap(), None);
    let back = done(&claimed, Step::Release, "amy", FRIDAY);
    assert_eq!(back["owner"]["reference"], "HealthcareService/front");
    assert_eq!(back["status"], "requested");
    assert_eq!(text(&back, "/businessStatus/coding/0/code"), "queued");
    assert_eq!(back.get("extension"), None);
}

#[test]
fn what_somebody_has_is_not_anothers_to_claim_release_or_end() {
    let claimed = done(&routed(), Step::Claim, "amy", FRIDAY);
    let ending = Step::Complete {
        done: true,
        answer: String::new(),
    };
    for verb in [Step::Claim, Step::Release, Step::Resume, ending] {
        match step(&claimed, verb.clone(), "bob", FRIDAY) {
            Err(Error::Held { by, .. }) => assert_eq!(by, worker("amy"), "{verb:?}"),
            other => panic!("{verb:?}: {other:?}"),
        }
    }
}

#[test]
fn it_is_given_to_a_colleague_only_out_of_the_hands_named() {
    let claimed = done(&routed(), Step::Claim, "amy", FRIDAY);
    let give = |from: Option<&str>| Step::Assign {
        to: worker("cyd"),
        from: from.map(str::to_owned),
    };
    assert!(matches!(
        step(&claimed, give(None), "bob", FRIDAY),
        Err(Error::Held { .. })
    ));
    let given = done(&claimed, give(Some("Practitioner/amy")), "bob", FRIDAY);
    assert_eq!(given["owner"]["reference"], "Practitioner/cyd");
    let late = step(&given, give(Some("Practitioner/amy")), "eve", FRIDAY);
    assert!(matches!(late, Err(Error::Held { by, .. }) if by == worker("cyd")));
    assert_eq!(
        done(&given, Step::Release, "cyd", FRIDAY)["owner"],
        routed()["owner"]
    );
}

#[test]
fn the_clock_stands_still_while_somebody_is_asked_for_more() {
    let asked = Step::Ask {
        question: "Which pharmacy?".to_owned(),
    };
    let waiting = done(&routed(), asked.clone(), "amy", FRIDAY);
    assert_eq!(waiting["status"], "on-hold");
    assert_eq!(
        text(&waiting, "/businessStatus/coding/0/code"),
        "waiting-for-information"
    );
    assert!(matches!(
        step(&waiting, asked, "amy", FRIDAY),
        Err(Error::Rule {
            element: "question",
            ..
        })
    ));
    // Two business days were left on Friday: from Wednesday on that is Monday, past Thanksgiving.
    let goes_on = done(&waiting, Step::Resume, "amy", "2026-11-25T15:00:00Z");
    assert_eq!(
        text(&goes_on, "/restriction/period/end"),
        "2026-11-30T22:00:00.000Z"
    );
    assert_eq!(goes_on["status"], "in-progress");
    assert_eq!(step(&goes_on, Step::Resume, "amy", FRIDAY).unwrap(), None);
}

#[test]
fn what_is_over_stays_over_and_says_who_ended_it() {
    let ending = Step::Complete {
        done: true,
        answer: String::new(),
    };
    let closed = done(&routed(), ending, "amy", FRIDAY);
    assert_eq!(closed["status"], "completed");
    let again = step(&closed, Step::Claim, "bob", FRIDAY);
    assert!(matches!(again, Err(Error::Over { by, .. }) if by == "amy of the staff"));
    let refusing = |answer: &str| Step::Complete {
        done: false,
        answer: answer.to_owned(),
    };
    assert!(matches!(
        step(&routed(), refusing(" "), "amy", FRIDAY),
        Err(Error::Rule {
            element: "answer",
            ..
        })
    ));
    let refused = done(&routed(), refusing("Not here"), "amy", FRIDAY);
    assert_eq!(refused["status"], "rejected");
}

#[test]
fn work_with_a_decision_of_its_own_is_not_ended_by_the_way() {
    let mut request = routed();
    request["code"] = coded(
        access::vocabulary::TASK_CODE,
        "proxy-request",
        "Proxy request",
    );
    request["businessStatus"] = coded(BUSINESS_STATUS, "awaiting-evidence", "Waiting for evidence");
    let ending = Step::Complete {
        done: true,
        answer: String::new(),
    };
    assert!(matches!(
        step(&request, ending, "amy", FRIDAY),
        Err(Error::Elsewhere("proxy-decide"))
    ));
    // How far the request has come is not a claim's to say.
    let claimed = done(&request, Step::Claim, "amy", FRIDAY);
    assert_eq!(
        text(&claimed, "/businessStatus/coding/0/code"),
        "awaiting-evidence"
    );
}

#[test]
fn a_clock_that_went_back_leaves_a_task_that_is_valid() {
    let mut early = routed();
    early["authoredOn"] = json!("2026-11-20T20:00:00.500Z");
    let claimed = done(&early, Step::Claim, "amy", "2026-11-20T19:59:00Z");
    assert_eq!(claimed["lastModified"], "2026-11-20T20:00:00.500Z");
}
