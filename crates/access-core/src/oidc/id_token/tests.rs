//! Tokens that are none, or whose claims are not what they must be. Attacks on signatures: accessd's API tests.

use super::*;
use proptest::prelude::*;
use serde_json::json;

const NOW: u64 = 1_800_000_000;

fn verified(claims: &Value) -> Verified {
    Verified { hash: [0; 32], claims: claims.as_object().unwrap().clone() }
}

fn check(claims: &Value) -> Result<IdToken, Refusal> {
    verified(claims).check(Expected { issuer: "https://a.example", now: NOW })
}

fn good() -> Value {
    json!({"iss": "https://a.example", "sub": "s", "aud": "us", "iat": NOW - 5, "exp": NOW + 60, "jti": "j"})
}

fn encoded(header: &str, payload: &str) -> String {
    format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

#[test]
fn headers_that_want_something_else_are_refused() {
    assert!(read(&encoded(r#"{"alg":"RS256"}"#, "{}")).is_ok());
    assert!(
        read(&encoded(r#"{"alg":"RS256","typ":"jwt","kid":"a","x5t":"b","jku":"https://evil"}"#, "{}"))
            .is_ok()
    );
    for header in [
        r#"{}"#,
        r#"{"alg":"none"}"#,
        r#"{"alg":"NONE"}"#,
        r#"{"alg":"rs256"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"alg":["RS256"]}"#,
        r#"{"alg":"RS256","alg":"RS256"}"#,
        r#"{"alg":"RS256","crit":["exp"]}"#,
        r#"{"alg":"RS256","b64":false}"#,
        r#"{"alg":"RS256","zip":"DEF"}"#,
        r#"{"alg":"RS256","enc":"A128GCM"}"#,
        r#"{"alg":"RS256","typ":"at+jwt"}"#,
        r#"{"alg":"RS256","typ":1}"#,
        r#"{"alg":"RS256","kid":1}"#,
        r#"{"alg":"RS256","kid":""}"#,
        r#"{"alg":"RS256","kid":"größe"}"#,
        r#"{"alg":"RS256","kid":"a\u0000"}"#,
    ] {
        assert!(read(&encoded(header, "{}")).is_err(), "{header}");
    }
    // A key id is compared, and nothing else: Cognito's are base64.
    for kid in ["Zr7+/x8=", "../../etc/passwd", "a' OR 1=1", &"a".repeat(255)] {
        let header = json!({"alg": "RS256", "kid": kid}).to_string();
        assert_eq!(read(&encoded(&header, "{}")).unwrap().kid.as_deref(), Some(kid));
    }
    assert!(read(&encoded(&json!({"alg": "RS256", "kid": "a".repeat(256)}).to_string(), "{}")).is_err());
    let long = format!(r#"{{"alg":"RS256","x":"{}"}}"#, "a".repeat(2000));
    assert_eq!(read(&encoded(&long, "{}")).err(), Some(Refusal::Malformed));
}

#[test]
fn payloads_are_objects_in_which_no_name_stands_twice() {
    for payload in ["", "[]", "null", "1", r#"{"sub":"a","sub":"b"}"#, r#"{"a":{"b":1,"b":1}}"#, "{} "] {
        let is_object = payload == "{} ";
        assert_eq!(read(&encoded(r#"{"alg":"RS256"}"#, payload)).is_ok(), is_object, "{payload}");
    }
    // A last letter with bits that say nothing is another spelling of the same bytes.
    let token = encoded(r#"{"alg":"RS256"}"#, "{}");
    assert!(read(&token.replace(".e30.", ".e31.")).is_err());
}

#[test]
fn times_are_whole_numbers_in_range() {
    assert!(check(&good()).is_ok());
    for claim in ["exp", "iat", "nbf"] {
        for value in [
            json!("1800000000"),
            json!(1.8e9),
            json!(-1),
            json!(1e30),
            json!(null),
            json!([NOW]),
            json!(10_000_000_000_u64),
        ] {
            let mut claims = good();
            claims[claim] = value;
            assert_eq!(check(&claims).err(), Some(Refusal::Claim(claim)), "{claims}");
        }
    }
}

#[test]
fn times_have_a_leeway_and_an_end() {
    let with = |claims: &[(&str, u64)]| {
        let mut changed = good();
        claims.iter().for_each(|(name, value)| changed[*name] = json!(value));
        check(&changed).err()
    };
    assert_eq!(with(&[("exp", NOW - LEEWAY + 1), ("iat", NOW - 100)]), None);
    assert_eq!(with(&[("exp", NOW - LEEWAY), ("iat", NOW - 100)]), Some(Refusal::Expired));
    assert_eq!(with(&[("iat", NOW + LEEWAY), ("exp", NOW + 100)]), None);
    assert_eq!(with(&[("iat", NOW + LEEWAY + 1), ("exp", NOW + 100)]), Some(Refusal::Lifetime));
    assert_eq!(with(&[("nbf", NOW + LEEWAY)]), None);
    assert_eq!(with(&[("nbf", NOW + LEEWAY + 1)]), Some(Refusal::Lifetime));
    assert_eq!(with(&[("iat", NOW), ("exp", NOW)]), Some(Refusal::Lifetime));
    assert_eq!(with(&[("exp", NOW - 5 + LONGEST_LIFETIME)]), None);
    assert_eq!(with(&[("exp", NOW - 4 + LONGEST_LIFETIME)]), Some(Refusal::Lifetime));
}

#[test]
fn what_every_id_token_has_must_be_there() {
    for (claim, refusal) in [
        ("iss", Refusal::Issuer),
        ("sub", Refusal::Claim("sub")),
        ("aud", Refusal::Claim("aud")),
        ("exp", Refusal::Claim("exp")),
        ("iat", Refusal::Claim("iat")),
    ] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(check(&claims).err(), Some(refusal), "{claim}");
    }
    for (claim, value) in [
        ("iss", json!(["https://a.example"])),
        ("iss", json!("https://a.example/")),
        ("iss", json!("https://A.example")),
        ("sub", json!("")),
        ("sub", json!("s".repeat(1025))),
        ("aud", json!([])),
        ("aud", json!([""])),
        ("aud", json!(["us", 1])),
        ("aud", json!({"us": true})),
        ("aud", json!(vec!["us"; 21])),
        ("azp", json!(1)),
        ("jti", json!("")),
    ] {
        let mut claims = good();
        claims[claim] = value;
        assert!(check(&claims).is_err(), "{claims}");
    }
}

#[test]
fn one_of_several_audiences_must_have_been_issued_to_it() {
    let meant = |aud: Value, azp: Option<&str>| {
        let mut claims = good();
        claims["aud"] = aud;
        azp.iter().for_each(|azp| claims["azp"] = json!(azp));
        check(&claims).unwrap().is_meant_for(&["us".to_owned()])
    };
    assert!(meant(json!("us"), None) && meant(json!(["us"]), Some("them")));
    assert!(meant(json!(["us", "them"]), Some("us")));
    assert!(!meant(json!(["us", "them"]), None) && !meant(json!(["us", "them"]), Some("them")));
    for other in ["them", "US", "us ", "u", "us/x"] {
        assert!(!meant(json!(other), None), "{other}");
    }
}

#[test]
fn a_token_is_told_apart_by_issuer_and_id() {
    let hash = |issuer: &str, id: &str| {
        let mut claims = good();
        (claims["iss"], claims["jti"]) = (json!(issuer), json!(id));
        verified(&claims).check(Expected { issuer, now: NOW }).unwrap().hash
    };
    assert_eq!(hash("https://a", "bc"), hash("https://a", "bc"));
    assert_ne!(hash("https://a", "bc"), hash("https://ab", "c"));
    let mut claims = good();
    claims.as_object_mut().unwrap().remove("jti");
    assert_eq!(check(&claims).unwrap().hash, [0; 32]);
}

proptest! {
    #[test]
    fn reading_never_panics(token in "[A-Za-z0-9._-]{0,80}|\\PC{0,40}") {
        let _ = read(&token);
    }

    #[test]
    fn nothing_but_the_claims_is_believed(name in "[a-z]{3}", value in "\\PC{0,20}") {
        let mut claims = good();
        claims[name.as_str()] = json!(value);
        if let Ok(token) = check(&claims) {
            prop_assert_eq!(&claims["iss"], "https://a.example");
            prop_assert_eq!(&token.claims, claims.as_object().unwrap());
        }
    }
}
