//! Verifiers that nobody here wrote accept our tokens, by the published certificate and by the JWKS.

use crate::accessd;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use testkit::{Accessd, python, resigned};
use x509_parser::pem::parse_x509_pem;

const JWKS: &str = "/.well-known/jwks.json";

fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&["*@*"]);
    validation
}

#[test]
fn jsonwebtoken_accepts_by_jwks_and_by_certificate() {
    let accessd = accessd();
    let token = accessd.mint(&accessd.admin_token(), json!({})).token;
    let issuer = testkit::claims(&token)["iss"].as_str().unwrap().to_owned();

    let set: JwkSet = serde_json::from_value(accessd.http().get(JWKS).send().expect(200).json()).unwrap();
    let kid = decode_header(&token).unwrap().kid.unwrap();
    let by_jwks = DecodingKey::from_jwk(set.find(&kid).expect("the key of the token is published")).unwrap();

    let pem =
        accessd.http().get("/access/api/v1/cert/root?formatted=true").bearer(&token).send().expect(200).body;
    let (_, pem) = parse_x509_pem(pem.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    let by_certificate = DecodingKey::from_rsa_der(&certificate.public_key().subject_public_key.data);

    for key in [by_jwks, by_certificate] {
        let data = decode::<Value>(&token, &key, &validation(&issuer)).unwrap();
        assert_eq!(data.claims["scp"], "applied-permissions/user");
        let forged = resigned(
            &testkit::header(&token),
            &json!({"iss": issuer, "aud": "*@*", "exp": 9_999_999_999_u64}),
            |_| vec![1; 256],
        );
        assert!(decode::<Value>(&forged, &key, &validation(&issuer)).is_err(), "the witness can tell");
    }
}

#[test]
fn the_jwks_holds_public_keys_only() {
    let accessd = accessd();
    let answer = accessd.http().get(JWKS).send().expect(200);
    assert_eq!(answer.keys(), ["keys"]);
    let key = &answer.json()["keys"][0];
    assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&json!("RSA"), &json!("RS256"), &json!("sig")));
    assert_eq!(key["kid"], testkit::header(&accessd.admin_token())["kid"]);
    for secret in ["d", "p", "q", "dp", "dq", "qi", "k"] {
        assert!(key.get(secret).is_none(), "{key}");
    }
}

#[test]
fn pyjwt_accepts_by_jwks_and_by_certificate() {
    let accessd = accessd();
    pyjwt(&accessd, "RS256");
}

#[test]
fn pyjwt_accepts_es256_too() {
    pyjwt(&Accessd::builder().env("ACCESSD_TOKEN_SIGNATURE", "ES256").start(), "ES256");
}

#[track_caller]
fn pyjwt(accessd: &Accessd, algorithm: &str) {
    let token = accessd.mint(&accessd.admin_token(), json!({"expires_in": 3600})).token;
    let said = python("verify.py", &[&accessd.url(), &token, algorithm]);
    assert_eq!(said.trim(), "accepted by JWKS and by certificate, forgery refused");
}
