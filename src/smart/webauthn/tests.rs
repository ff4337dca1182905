//! A passkey made and used, and every way an answer can be wrong.
#![allow(clippy::unwrap_used)]

use super::authenticator::{Authenticator, text};
use super::*;

const CHALLENGE: &str = "Y2hhbGxlbmdlLWNoYWxsZW5nZS1jaGFsbGVuZ2U";

fn party() -> Party {
    Party::of("https://record.example:8443").unwrap()
}

fn device() -> Authenticator {
    Authenticator::on("https://record.example:8443", "record.example")
}

fn registered(device: &Authenticator) -> Result<Passkey, Fault> {
    let answer = serde_json::from_value(device.create(CHALLENGE)).unwrap();
    register(&party(), CHALLENGE, &answer)
}

fn used(device: &mut Authenticator, passkey: &Passkey) -> Result<Use, Fault> {
    let answer = serde_json::from_value(device.get(CHALLENGE)).unwrap();
    let (key, counter) = (&passkey.public_key, passkey.counter);
    authenticate(&party(), CHALLENGE, key, counter, &answer)
}

#[test]
fn a_passkey_is_made_and_used() {
    let mut device = device();
    let passkey = registered(&device).unwrap();
    assert_eq!(passkey.credential, text(&device.credential));
    assert_eq!(passkey.public_key, device.key());
    assert_eq!(used(&mut device, &passkey).unwrap().counter, 1);
    let asked = device.get(CHALLENGE);
    let client_data = asked["clientDataJSON"].as_str().unwrap();
    assert_eq!(challenge_of(client_data).as_deref(), Some(CHALLENGE));
}

#[test]
fn passkeys_are_for_names_and_for_safe_places() {
    let local = Party::of("http://localhost:8080").unwrap();
    assert_eq!(local.origin, "http://localhost:8080");
    assert_eq!(party().id, "record.example");
    for base in [
        "http://127.0.0.1:8080",
        "http://record.example",
        "https://[::1]",
        "x",
    ] {
        assert_eq!(Party::of(base), None, "{base}");
    }
}

#[test]
fn another_site_another_challenge_and_no_verification_are_refused() {
    let good = device();
    let passkey = registered(&good).unwrap();
    let mut elsewhere = device();
    elsewhere.origin = "https://record.example.evil.example".to_owned();
    let mut other_party = device();
    other_party.party = "evil.example".to_owned();
    let mut unverified = device();
    unverified.flags = 0x01;
    let mut oddly_backed_up = device();
    oddly_backed_up.flags = 0x15;
    for device in [
        &mut elsewhere,
        &mut other_party,
        &mut unverified,
        &mut oddly_backed_up,
    ] {
        assert!(registered(device).is_err());
        assert!(used(device, &passkey).is_err());
    }
    let answer = serde_json::from_value(good.create(CHALLENGE)).unwrap();
    assert!(register(&party(), "another", &answer).is_err());
    assert!(register(&party(), "", &answer).is_err());
}

#[test]
fn the_answer_to_making_one_is_no_answer_to_using_one() {
    let mut device = device();
    let passkey = registered(&device).unwrap();
    let mut answer = device.get(CHALLENGE);
    answer["clientDataJSON"] = device.create(CHALLENGE)["clientDataJSON"].clone();
    let answer = serde_json::from_value(answer).unwrap();
    let refused = authenticate(&party(), CHALLENGE, &passkey.public_key, 0, &answer);
    assert_eq!(refused, Err(Fault("the answer is to another question")));
}

#[test]
fn a_foreign_signature_and_a_changed_answer_are_refused() {
    let mut mine = device();
    let passkey = registered(&mine).unwrap();
    let mut foreign = device();
    let refused = used(&mut foreign, &passkey);
    assert_eq!(refused, Err(Fault("the signature is not of that passkey")));
    let mut answer = mine.get(CHALLENGE);
    let mut data = decoded(answer["authenticatorData"].as_str().unwrap()).unwrap();
    *data.last_mut().unwrap() += 1;
    answer["authenticatorData"] = text(&data).into();
    let answer = serde_json::from_value(answer).unwrap();
    let refused = authenticate(&party(), CHALLENGE, &passkey.public_key, 0, &answer);
    assert_eq!(refused, Err(Fault("the signature is not of that passkey")));
}

#[test]
fn a_counter_must_grow_unless_there_is_none() {
    let mut device = device();
    let mut passkey = registered(&device).unwrap();
    passkey.counter = 5;
    let copied = Err(Fault("the passkey seems to have been copied"));
    assert_eq!(used(&mut device, &passkey), copied);
    device.counter = 5;
    assert_eq!(used(&mut device, &passkey).unwrap().counter, 6);
    // Many passkeys count nothing at all.
    passkey.counter = 0;
    device.counts = false;
    assert_eq!(used(&mut device, &passkey).unwrap().counter, 0);
}

#[test]
fn cut_answers_are_refused_at_every_length() {
    let device = device();
    let whole = decoded(
        device.create(CHALLENGE)["attestationObject"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    for length in 0..whole.len() {
        let answer = Registration {
            client_data: device.create(CHALLENGE)["clientDataJSON"]
                .as_str()
                .unwrap()
                .to_owned(),
            attestation_object: text(&whole[..length]),
        };
        assert!(register(&party(), CHALLENGE, &answer).is_err(), "{length}");
    }
}
