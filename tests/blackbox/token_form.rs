//! The token itself, byte for byte: header, claims, root certificate, reference token.

use crate::{TOKENS, accessd};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::json;
use std::path::Path;
use testkit::{Accessd, claims, openssl, payload_json};
use x509_parser::prelude::{FromDer as _, X509Certificate};

fn root_der(accessd: &Accessd) -> Vec<u8> {
    let body =
        accessd.http().get("/access/api/v1/cert/root").bearer(&accessd.admin_token()).send().expect(200).body;
    STANDARD.decode(body).expect("the body is standard base64 and nothing else")
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_string_lossy().into_owned()
}

/// The digest by a program that nobody here wrote, as base64url.
fn sha256(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let digest = folder.path().join("digest").to_string_lossy().into_owned();
    openssl(&["dgst", "-sha256", "-binary", "-out", &digest, &write(folder.path(), "data", bytes)]);
    URL_SAFE_NO_PAD.encode(std::fs::read(digest).unwrap())
}

#[test]
fn the_header_is_the_wires_to_the_byte() {
    let accessd = accessd();
    let token = accessd.admin_token();
    let header =
        String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    let kid = sha256(&root_der(&accessd));
    assert_eq!(kid.len(), 43);
    assert_eq!(header, format!(r#"{{"ver":"2","typ":"JWT","alg":"RS256","kid":"{kid}"}}"#));
    let signature = URL_SAFE_NO_PAD.decode(token.rsplit('.').next().unwrap()).unwrap();
    assert_eq!(signature.len(), 256);
}

#[test]
fn claims_stand_in_the_order_of_the_wire() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&accessd.admin_token(), json!({
        "username": frog.name, "scope": r#"applied-permissions/groups:"a b",c"#, "audience": "jfrt@* jfac@*", "expires_in": 60,
    }));
    let payload = payload_json(&minted.token);
    let read = claims(&minted.token);
    let (issuer, iat, id) = (read["iss"].as_str().unwrap(), read["iat"].as_u64().unwrap(), &minted.id);
    assert_eq!(
        payload,
        format!(
            concat!(
                r#"{{"ext":"{{\"revocable\":\"true\"}}","sub":"{}/users/{}","scp":"applied-permissions/groups:\"a b\",c","#,
                r#""aud":["jfrt@*","jfac@*"],"iss":"{}","exp":{},"iat":{},"jti":"{}"}}"#
            ),
            issuer,
            frog.name,
            issuer,
            iat + 60,
            iat,
            id
        )
    );
    let plain = accessd.mint(&frog.token, json!({}));
    let keys: Vec<String> = claims(&plain.token).as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["ext", "sub", "scp", "aud", "iss", "exp", "iat", "jti"]);
    let eternal = accessd.mint(&accessd.admin_token(), json!({"expires_in": 0}));
    let keys: Vec<String> = claims(&eternal.token).as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["ext", "sub", "scp", "aud", "iss", "iat", "jti"]);
}

#[test]
fn issuer_and_ids_have_their_form() {
    let accessd = accessd();
    let minted = accessd.mint(&accessd.admin_token(), json!({}));
    let issuer = claims(&minted.token)["iss"].as_str().unwrap().to_owned();
    let tail = issuer.strip_prefix("jfac@").unwrap();
    assert_eq!(tail.len(), 26);
    assert!(tail.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{issuer}");
    let id = minted.id.as_bytes();
    assert_eq!((id.len(), id[8], id[13], id[18], id[23]), (36, b'-', b'-', b'-', b'-'), "{}", minted.id);
    assert!(minted.id.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
}

#[test]
fn a_payload_never_needs_the_url_alphabet() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    for (number, name) in ["?", "~", ">", "é", "🐸", "\u{7ff}"].iter().enumerate() {
        for padding in 0..3 {
            let group = format!("{}{name}{name}{name}{number}", "x".repeat(padding));
            let scope = format!("applied-permissions/groups:\"{group}\"");
            let minted = accessd.mint(&admin, json!({"username": "robot", "scope": scope}));
            let payload = minted.token.split('.').nth(1).unwrap();
            assert!(!payload.contains(['-', '_']), "{scope}: {payload}");
            assert_eq!(claims(&minted.token)["scp"], scope.as_str(), "it still says the same");
            assert_eq!(minted.answer.json()["scope"], scope.as_str());
        }
    }
}

#[test]
fn the_root_certificate_is_the_wires() {
    let accessd = accessd();
    let der = root_der(&accessd);
    let issuer = claims(&accessd.admin_token())["iss"].as_str().unwrap().to_owned();
    let (rest, certificate) = X509Certificate::from_der(&der).unwrap();
    assert!(rest.is_empty());
    let name = format!("CN=JFrog Token Issuer {issuer}");
    assert_eq!((certificate.subject().to_string(), certificate.issuer().to_string()), (name.clone(), name));
    assert_eq!(certificate.version().0, 2, "v3");
    assert_eq!(certificate.validity().not_after.to_datetime().to_string(), "7000-01-01 0:00:00.0 +00:00:00");
    let serial = certificate.raw_serial();
    assert!((13..=17).contains(&serial.len()), "a random number of 128 bits: {serial:02x?}");
    assert_eq!(
        certificate.signature_algorithm.algorithm.to_id_string(),
        "1.2.840.113549.1.1.11",
        "sha256WithRSA"
    );
    let extensions: Vec<_> = certificate
        .extensions()
        .iter()
        .map(|e| (e.oid.to_id_string(), e.critical, e.value.to_vec()))
        .collect();
    let content = vec![0x30, 0x0B, 0xA0, 0x09, 0x06, 0x04, 0x55, 0x1D, 0x11, 0x01, 0x02, 0x01, 0x00];
    assert_eq!(extensions, [("2.5.29.17.1".to_owned(), false, content)]);
}

#[test]
fn openssl_reads_and_verifies_certificate_and_token() {
    let accessd = accessd();
    let folder = tempfile::tempdir().unwrap();
    let der = write(folder.path(), "root.der", &root_der(&accessd));
    let text = openssl(&["x509", "-inform", "DER", "-in", &der, "-noout", "-text"]);
    for line in [
        "Version: 3",
        "sha256WithRSAEncryption",
        "Not After : Jan  1 00:00:00 7000 GMT",
        "Public-Key: (2048 bit)",
        "2.5.29.17.1",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    let formatted = accessd
        .http()
        .get("/access/api/v1/cert/root?formatted=true")
        .bearer(&accessd.admin_token())
        .send()
        .expect(200);
    assert!(formatted.body.starts_with("-----BEGIN CERTIFICATE-----\n"), "{}", formatted.body);
    let pem = write(folder.path(), "root.pem", formatted.body.as_bytes());
    let again = folder.path().join("again.der").to_string_lossy().into_owned();
    openssl(&["x509", "-in", &pem, "-outform", "DER", "-out", &again]);
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(&der).unwrap());
    openssl(&["verify", "-check_ss_sig", "-CAfile", &pem, "-partial_chain", &pem]);

    let key =
        write(folder.path(), "key.pem", openssl(&["x509", "-in", &pem, "-pubkey", "-noout"]).as_bytes());
    let token = accessd.mint(&accessd.admin_token(), json!({})).token;
    let (input, signature) = token.rsplit_once('.').unwrap();
    let input = write(folder.path(), "input", input.as_bytes());
    let signature = write(folder.path(), "signature", &URL_SAFE_NO_PAD.decode(signature).unwrap());
    let verdict = openssl(&["dgst", "-sha256", "-verify", &key, "-signature", &signature, &input]);
    assert_eq!(verdict.trim(), "Verified OK");
}

#[test]
fn a_reference_token_is_64_characters_that_scanners_know() {
    let accessd = accessd();
    let ever =
        accessd.mint(&accessd.admin_token(), json!({"expires_in": 0, "include_reference_token": true}));
    let soon =
        accessd.mint(&accessd.admin_token(), json!({"expires_in": 3600, "include_reference_token": true}));
    let expiry = claims(&soon.token)["exp"].as_u64().unwrap();
    for (token, digits) in
        [(&ever.reference_token, "0000000000".to_owned()), (&soon.reference_token, format!("{expiry:010}"))]
    {
        // \bcmVmd[A-Za-z0-9]{59}\b
        assert_eq!(token.len(), 64);
        assert!(
            token.starts_with("cmVmdGtuOjAxO") && token.bytes().all(|b| b.is_ascii_alphanumeric()),
            "{token}"
        );
        let plain = String::from_utf8(STANDARD.decode(token).unwrap()).unwrap();
        let random = plain.strip_prefix(&format!("reftkn:01:{digits}:")).unwrap();
        assert!(random.len() == 27 && random.bytes().all(|b| b.is_ascii_alphanumeric()), "{plain}");
    }
}

#[test]
fn what_comes_with_a_reference_token_stays_below_4000_characters() {
    let accessd = accessd();
    let minted = accessd.mint(&accessd.admin_token(), json!({
        "username": "n".repeat(255), "scope": format!("applied-permissions/groups:{}", vec!["a"; 236].join(",")),
        "audience": vec!["jfrt@*"; 36].join(" "), "include_reference_token": true,
    }));
    let payload = minted.token.split('.').nth(1).unwrap();
    assert!(payload.len() <= 4000, "{}", payload.len());
    accessd.http().get(TOKENS).bearer(&minted.reference_token).send();
}

#[test]
fn with_es256_tokens_are_signed_by_a_curve() {
    let accessd = Accessd::builder().env("ACCESSD_TOKEN_SIGNATURE", "ES256").start();
    let token = accessd.admin_token();
    assert_eq!(testkit::header(&token)["alg"], "ES256");
    assert!(accessd.accepts(&token));
    let key = accessd.http().get("/.well-known/jwks.json").send().expect(200).json()["keys"][0].clone();
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("EC"), &json!("P-256"), &json!("ES256")));
}
