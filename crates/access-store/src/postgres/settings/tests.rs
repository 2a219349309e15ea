//! What a URL means, and that its password stays hidden.

use super::*;
use proptest::prelude::*;
use secrecy::ExposeSecret;

fn settings(url: &str) -> Result<PostgresSettings, PostgresSettingsError> {
    PostgresSettings::new(url, PostgresOptions::default())
}

fn shown(url: &str) -> String {
    settings(url).unwrap_or_else(|error| panic!("{url}: {error}")).to_string()
}

fn password(settings: &PostgresSettings) -> Option<&str> {
    settings.password.as_ref().map(ExposeSecret::expose_secret)
}

#[test]
fn a_url_means_what_libpq_takes_it_for() {
    for (url, means) in [
        ("postgres://u@db.example.org/d", "postgres://u@db.example.org:5432/d?sslmode=verify-full"),
        ("postgresql://u:p@DB.example.org:6/d", "postgres://u@db.example.org:6/d?sslmode=verify-full"),
        (
            "postgres://u@a,b:6,10.0.0.1,[2001:db8::1]:7/d",
            "postgres://u@a:5432,b:6,10.0.0.1:5432,[2001:db8::1]:7/d?sslmode=verify-full",
        ),
        ("postgres://u@localhost/d", "postgres://u@localhost:5432/d?sslmode=disable"),
        ("postgres://u@127.0.0.2,[::1]/d", "postgres://u@127.0.0.2:5432,[::1]:5432/d?sslmode=disable"),
        ("postgres://u@127.0.0.1,db/d", "postgres://u@127.0.0.1:5432,db:5432/d?sslmode=verify-full"),
        ("postgres://u@%2Frun%2Fpostgresql:6/d", "postgres://u@%2Frun%2Fpostgresql:6/d?sslmode=disable"),
        (
            "postgres://u@localhost/d?sslmode=verify-full&",
            "postgres://u@localhost:5432/d?sslmode=verify-full",
        ),
        (
            "postgres://a%40b@db/d%2Fe?connect_timeout=7&application_name=x%20y",
            "postgres://a%40b@db:5432/d%2Fe?sslmode=verify-full&connect_timeout=7&application_name=x%20y",
        ),
        (
            "postgres://u@db/d?connect_timeout=2&application_name=accessd&target_session_attrs=read-write",
            "postgres://u@db:5432/d?sslmode=verify-full",
        ),
    ] {
        assert_eq!(shown(url), means, "{url}");
    }
}

#[test]
fn what_is_no_such_url_is_refused() {
    for url in [
        "",
        "mysql://u@db/d",
        "postgres:u@db/d",
        "postgres://db/d",
        "postgres://@db/d",
        "postgres://:p@db/d",
        "postgres://u@/d",
        "postgres://u@db",
        "postgres://u@db/",
        "postgres://u@db/d/e",
        "postgres://u@db:0/d",
        "postgres://u@db:+1/d",
        "postgres://u@db:65536/d",
        "postgres://u@db:/d",
        "postgres://u@db,/d",
        "postgres://u@::1/d",
        "postgres://u@[::1/d",
        "postgres://u@[::1]x/d",
        "postgres://u@[1.2.3.4]/d",
        "postgres://u@a b/d",
        "postgres://u@run%2Fpostgresql/d",
        "postgres://u@db/d#x",
        "postgres://u@db/d%zz",
        "postgres://u@db/d%ff",
        "postgres://u%00@db/d",
        "postgres://u@db/d?sslmode",
        "postgres://u@db/d?sslmode=on",
        "postgres://u@db/d?connect_timeout=0",
        "postgres://u@db/d?connect_timeout=2s",
        "postgres://u@db/d?target_session_attrs=read-only",
        "postgres://u@db/d?target_session_attrs=any",
        "postgres://u@db/d?options=-c%20x",
        "postgres://u@db/d?connect_timeout=3&connect_timeout=3",
        &format!("postgres://{}@db/d", "u".repeat(64)),
        &format!("postgres://u@db/{}", "d".repeat(64)),
    ] {
        let error = settings(url).map(|settings| settings.to_string()).expect_err(url).to_string();
        assert!(error.starts_with("must "), "{url}: {error}");
    }
    let error = settings("postgres://u@db/d?ssl_mode=x").unwrap_err().to_string();
    assert!(error.ends_with("but has ssl_mode"), "{error}");
    let error = settings("postgres://u@db/d?target_session_attrs=any").unwrap_err().to_string();
    assert!(error.contains("target_session_attrs that is read-write, because"), "{error}");
}

#[test]
fn another_machine_is_spoken_to_under_its_proven_name_only() {
    let insecure = |url: &str, allow_insecure| {
        PostgresSettings::new(url, PostgresOptions { allow_insecure, ..PostgresOptions::default() })
            .map(|settings| settings.ssl_mode)
    };
    for (name, mode) in SslMode::ALL.map(|mode| (mode.name(), mode)) {
        let far = format!("postgres://u@localhost,db/d?sslmode={name}");
        assert_eq!(insecure(&far, true), Ok(mode));
        let expected = if name == "verify-full" { Ok(mode) } else { Err(Error::Insecure(name)) };
        assert_eq!(insecure(&far, false), expected);
        assert_eq!(insecure(&format!("postgres://u@localhost/d?sslmode={name}"), false), Ok(mode));
    }
    // The permission alone changes nothing.
    assert_eq!(insecure("postgres://u@db/d", true), Ok(SslMode::VerifyFull));
    let words = settings("postgres://u@db/d?sslmode=require").unwrap_err().to_string();
    assert!(words.contains("sslmode=require") && words.contains("database.ca-file"), "{words}");
    assert!(words.contains("database.allow-insecure"), "{words}");
    // Not every name that looks local is.
    for host in ["localhost.example.org", "127.0.0.1.example.org", "0.0.0.0", "[::]", "[::2]"] {
        assert_eq!(insecure(&format!("postgres://u@{host}/d"), false), Ok(SslMode::VerifyFull), "{host}");
    }
}

#[test]
fn a_password_beside_the_url_outranks_the_one_in_it() {
    let given = |url: &str, beside: Option<&str>| {
        let options = PostgresOptions { password: beside.map(Secret::from), ..PostgresOptions::default() };
        PostgresSettings::new(url, options).unwrap().password.map(|secret| secret.expose_secret().to_owned())
    };
    assert_eq!(given("postgres://u@db/d", None), None);
    assert_eq!(given("postgres://u:a%3Ab%40@db/d", None).as_deref(), Some("a:b@"));
    assert_eq!(given("postgres://u:a:b@db/d", None).as_deref(), Some("a:b"));
    assert_eq!(given("postgres://u:a@db/d", Some("b")).as_deref(), Some("b"));
    assert_eq!(given("postgres://u@db/d", Some("b")).as_deref(), Some("b"));
}

/// A password as people paste it, which may be anything.
const PASTED: &str = "[A-Za-z0-9:/?#@&=%+ !]{0,12}CANARY[A-Za-z0-9:/?#@&=%+ !]{0,12}";

proptest! {
    #[test]
    fn what_is_shown_means_the_same(
        user in "[^\\p{Cc}]{1,15}",
        secret in "[^\\p{Cc}]{1,40}",
        database in "[^\\p{Cc}]{1,15}",
        hosts in proptest::collection::vec(
            (prop_oneof!["[a-z][a-z0-9._-]{0,20}", "%2F[a-z]{1,9}", Just("[::1]".to_owned()), Just("10.1.2.3".to_owned())], 1_u16..),
            1..4,
        ),
        seconds in 1_u64..=60,
        application in "[^\\p{Cc}]{0,15}",
    ) {
        let hosts: Vec<String> = hosts.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let url = format!(
            "postgres://{}:{}@{}/{}?connect_timeout={seconds}&application_name={}",
            encoded(&user), encoded(&secret), hosts.join(","), encoded(&database), encoded(&application),
        );
        let first = settings(&url).unwrap();
        prop_assert_eq!(password(&first), Some(secret.as_str()));
        let again = settings(&first.to_string()).unwrap();
        prop_assert_eq!(password(&again), None);
        prop_assert_eq!((&again.user, &again.database), (&user, &database));
        prop_assert_eq!(&again.application_name, &application);
        prop_assert_eq!(again.connect_timeout, Duration::from_secs(seconds));
        prop_assert_eq!((&again.hosts, again.ssl_mode), (&first.hosts, first.ssl_mode));
        prop_assert_eq!(again.to_string(), first.to_string());
    }

    #[test]
    fn a_password_is_never_shown_however_it_was_written(
        secret in PASTED,
        rest in prop_oneof![
            Just("@db.example.org/d"), Just("@db.example.org"), Just("@/"), Just("@db/d?sslmode=require"),
            Just("@db/d?x=y"), Just("@db:port/d"), Just("@localhost/d"),
        ],
    ) {
        let url = format!("postgres://u:{secret}{rest}");
        let words = match settings(&url) {
            Ok(settings) => format!("{settings} {settings:?} {settings:#?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!words.to_ascii_uppercase().contains("CANARY"), "{}", words);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(postgres://)?[a-z0-9:/?#@&=%,\\[\\]é.]{0,40}") {
        let _ = settings(&text);
    }
}
