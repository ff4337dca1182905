//! Settings read from flags and files, and what is said of faults in them.
#![allow(clippy::unwrap_used)]
use super::*;
use std::io::Write;

fn file(text: &str, name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("kinchart-{}-{name}", std::process::id()));
    std::fs::File::create(&path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    path
}

#[test]
fn nothing_said_means_the_defaults() {
    let settings = Settings::read(Flags::default()).unwrap();
    assert_eq!(settings.listen, "127.0.0.1:8080");
    assert_eq!(settings.database, "sqlite:kinchart.db");
    assert_eq!(settings.policy, "middlesex");
    assert_eq!(settings.tls, None);
}

#[test]
fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
    let path = file(
        "listen = \"0.0.0.0:1\"\npolicy = \"uconn\"\nbase-url = \"https://h.example/\"\n",
        "wins.toml",
    );
    let settings = Settings::read(Flags {
        config: Some(path),
        policy: Some("ct-exemplar".into()),
        ..Flags::default()
    })
    .unwrap();
    assert_eq!(settings.listen, "0.0.0.0:1");
    assert_eq!(settings.policy, "ct-exemplar");
    assert_eq!(settings.base_url.as_deref(), Some("https://h.example"));
}

#[test]
fn profiles_may_be_required_of_types_that_exist() {
    let text = "[validation]\nrefuse-unknown-profiles = true\n\
                [validation.required]\nObservation = [\"http://x/p\"]\n";
    let read = |text: &str, name: &str| {
        Settings::read(Flags {
            config: Some(file(text, name)),
            ..Flags::default()
        })
    };
    let settings = read(text, "required.toml").unwrap().validation;
    assert!(settings.refuse_unknown);
    let required = settings.required.get(&ResourceType::OBSERVATION);
    assert_eq!(required.unwrap(), &["http://x/p".to_owned()]);
    let odd = "[validation.required]\nObservatoin = [\"http://x/p\"]\n";
    let error = read(odd, "observatoin.toml").unwrap_err();
    assert!(error.to_string().contains("Observatoin"), "{error}");
    let none = Settings::read(Flags::default()).unwrap().validation;
    assert_eq!(none, Validation::default());
}

#[test]
fn staff_need_a_second_factor_unless_the_file_says_otherwise() {
    let read = |text: &str, name: &str| {
        Settings::read(Flags {
            config: Some(file(text, name)),
            ..Flags::default()
        })
    };
    let asked = Settings::read(Flags::default()).unwrap().sign_in;
    assert!(asked.staff_second_factor);
    let text = "[sign-in]\nstaff-second-factor = false\ntrusted-proxies = [\"10.0.0.0/8\"]\n";
    let sign_in = read(text, "sign-in.toml").unwrap().sign_in;
    assert!(!sign_in.staff_second_factor);
    assert!(sign_in.trusted_proxies[0].contains("10.1.2.3".parse().unwrap()));
    let odd = "[sign-in]\ntrusted-proxies = [\"the proxy\"]\n";
    let error = read(odd, "proxies.toml").unwrap_err();
    assert!(error.to_string().contains("the proxy"), "{error}");
}

#[test]
fn a_key_may_be_written_with_underscores() {
    let path = file("base_url = \"https://h.example\"\n", "underscore.toml");
    let settings = Settings::read(Flags {
        config: Some(path),
        ..Flags::default()
    })
    .unwrap();
    assert_eq!(settings.base_url.as_deref(), Some("https://h.example"));
}

#[test]
fn an_unknown_key_is_named() {
    let path = file("lissten = \"0.0.0.0:1\"\n", "unknown.toml");
    let error = Settings::read(Flags {
        config: Some(path),
        ..Flags::default()
    })
    .unwrap_err();
    assert!(error.0.contains("lissten"), "{error}");
}

#[test]
fn a_key_of_the_wrong_type_is_named() {
    let path = file("listen = 8080\n", "type.toml");
    let error = Settings::read(Flags {
        config: Some(path),
        ..Flags::default()
    })
    .unwrap_err();
    assert!(error.0.contains("listen"), "{error}");
}

#[test]
fn faults_say_what_to_write() {
    for (flags, word) in [
        (
            Flags {
                listen: Some("8080".into()),
                ..Flags::default()
            },
            "HOST:PORT",
        ),
        (
            Flags {
                base_url: Some("kinchart.example".into()),
                ..Flags::default()
            },
            "--base-url",
        ),
        (
            Flags {
                database: Database {
                    url: Some("mysql://x".into()),
                    ..Database::default()
                },
                ..Flags::default()
            },
            "sqlite:FILE",
        ),
        (
            Flags {
                tls_cert: Some("c.pem".into()),
                ..Flags::default()
            },
            "--tls-key",
        ),
        (
            Flags {
                smtp_url: Some("mail.example".into()),
                ..Flags::default()
            },
            "--smtp-url",
        ),
    ] {
        let error = Settings::read(flags).unwrap_err();
        assert!(error.0.contains(word), "{error}");
    }
}

#[test]
fn secrets_of_a_database_url_are_not_repeated() {
    let error = check_database("mysql://root:secret@h/db").unwrap_err();
    assert!(!error.0.contains("secret"));
}
