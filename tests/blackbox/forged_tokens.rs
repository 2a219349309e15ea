//! Tokens that nobody here made: forged, damaged, foreign, of another algorithm. All are 401, and all look
//! the same to whoever tries.

use crate::{TOKENS, accessd};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use testkit::{Accessd, claims, header, resigned, with_claims, with_header};

#[track_caller]
fn is_refused(accessd: &Accessd, token: &str, why: &str) {
    for call in [
        accessd.http().get(&format!("{TOKENS}/me")),
        accessd.http().post(TOKENS).json("{}"),
        accessd.http().get(TOKENS),
    ] {
        let answer = call.bearer(token).send();
        assert_eq!(answer.status, 401, "{why}: {}", answer.body);
        assert_eq!(answer.error_code(), "UNAUTHORIZED", "{why}");
        assert!(!answer.body.contains(token), "{why}: the answer repeats it");
    }
}

#[test]
fn a_changed_token_is_refused() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"expires_in": 3600}));
    let token = &minted.token;
    let change = |key: &str, value: Value| {
        let mut changed = claims(token);
        changed[key] = value;
        with_claims(token, &changed)
    };
    for (forged, why) in [
        (change("scp", json!("applied-permissions/admin")), "another scope"),
        (change("sub", json!(claims(&accessd.admin_token())["sub"])), "another subject"),
        (change("exp", json!(9_999_999_999_u64)), "another expiry"),
        (change("jti", claims(&frog.token)["jti"].clone()), "another id"),
        (change("x", json!(1)), "one claim more"),
        (with_claims(token, &json!({})), "no claims"),
        (token[..token.len() - 1].to_owned(), "a signature too short"),
        (token[..token.rfind('.').unwrap() + 1].to_owned(), "no signature"),
        (token[..token.rfind('.').unwrap()].to_owned(), "two parts"),
        (token[..token.len() / 2].to_owned(), "half of it"),
        (format!("{token}A"), "a character more"),
        (format!("{token}="), "padding"),
        (format!("{token}.{token}"), "six parts"),
        (format!("{token}\u{200b}"), "an invisible character"),
        (token.to_uppercase(), "upper case"),
        ("eyJhbGciOiJub25lIn0.e30.".to_owned(), "nothing in it"),
        ("a.b.c".to_owned(), "three letters"),
        ("x".repeat(7_000), "very long"),
        (format!("{}.{}.{}", "e30".repeat(900), "e30".repeat(900), "AAAA".repeat(300)), "very long parts"),
    ] {
        is_refused(&accessd, &forged, why);
    }
    let signature = token.rfind('.').unwrap() + 1;
    for at in [signature, signature + 100, token.len() - 3] {
        let mut flipped = token.clone().into_bytes();
        flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
        is_refused(&accessd, &String::from_utf8(flipped).unwrap(), "one character of the signature");
    }
    assert!(accessd.accepts(token), "the true one is not harmed");
}

#[test]
fn another_algorithm_is_refused_whatever_signs_it() {
    let accessd = accessd();
    let token = accessd.admin_token();
    let claims = claims(&token);
    let with_alg = |alg: &str| {
        let mut header = header(&token);
        header["alg"] = json!(alg);
        header
    };
    for alg in ["none", "None", "NONE", "", "RS384", "PS256", "HS256"] {
        is_refused(&accessd, &with_header(&token, &with_alg(alg)), alg);
        is_refused(&accessd, &resigned(&with_alg(alg), &claims, |_| Vec::new()), alg);
    }
    // The known trick: the public key, which everybody has, as the secret of an HMAC.
    let certificate =
        accessd.http().get("/access/api/v1/cert/root?formatted=true").bearer(&token).send().expect(200).body;
    let public_key = {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("root.pem");
        std::fs::write(&file, &certificate).unwrap();
        testkit::openssl(&["x509", "-in", &file.to_string_lossy(), "-pubkey", "-noout"])
    };
    for secret in [
        certificate.as_bytes(),
        certificate.trim().as_bytes(),
        public_key.as_bytes(),
        public_key.trim().as_bytes(),
    ] {
        let forged =
            resigned(&with_alg("HS256"), &claims, |input| hmac(input, &EncodingKey::from_secret(secret)));
        is_refused(&accessd, &forged, "HS256 with the public key");
    }
}

fn hmac(input: &str, key: &EncodingKey) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let text = jsonwebtoken::crypto::sign(input.as_bytes(), key, Algorithm::HS256).unwrap();
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn keys_that_a_header_brings_along_count_for_nothing() {
    let accessd = accessd();
    let token = accessd.admin_token();
    let attacker = Accessd::start();
    let jwks = attacker.http().get("/.well-known/jwks.json").send().expect(200).json();
    let foreign = attacker.admin_token();
    for extra in [
        json!({"jwk": jwks["keys"][0]}),
        json!({"jku": format!("{}/.well-known/jwks.json", attacker.url())}),
        json!({"x5u": format!("{}/access/api/v1/cert/root", attacker.url())}),
        json!({"crit": ["exp"]}),
        json!({"kid": "../../../dev/null"}),
        json!({"kid": "' OR 1=1 --"}),
        json!({"kid": header(&token)["kid"]}),
    ] {
        let mut header = header(&foreign);
        for (key, value) in extra.as_object().unwrap() {
            header[key] = value.clone();
        }
        is_refused(&accessd, &with_header(&foreign, &header), &extra.to_string());
    }
}

#[test]
fn a_token_of_another_service_is_foreign() {
    let (accessd, other) = (accessd(), Accessd::start());
    is_refused(&accessd, &other.admin_token(), "foreign");
    let foreign =
        other.mint(&other.admin_token(), json!({"include_reference_token": true, "refreshable": true}));
    is_refused(&accessd, &foreign.reference_token, "a foreign reference token");
    let answer = accessd.ask_refresh(&accessd.admin_token(), &foreign.refresh_token);
    assert!(matches!(answer.status, 400 | 404), "{}", answer.body);
    assert!(other.accepts(&foreign.token));
}

#[test]
fn an_expired_token_says_so_in_the_words_that_clients_match() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"expires_in": 1, "include_reference_token": true}));
    std::thread::sleep(std::time::Duration::from_millis(2100));
    for token in [&minted.token, &minted.reference_token] {
        let answer = accessd.whoami(token).expect(401);
        assert_eq!(answer.error_message(), "Invalid token, expired");
    }
}

#[test]
fn a_forged_signature_says_so() {
    let accessd = accessd();
    let token = accessd.admin_token();
    let mut changed = claims(&token);
    changed["scp"] = json!("applied-permissions/user");
    let answer = accessd.whoami(&with_claims(&token, &changed)).expect(401);
    assert_eq!(answer.error_message(), "Invalid token, signature");
}

#[test]
fn guesses_at_reference_tokens_are_refused() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let accessd = accessd();
    let minted = accessd.mint(&accessd.admin_token(), json!({"include_reference_token": true}));
    let guess = |plain: &str| STANDARD.encode(plain);
    let plain = String::from_utf8(STANDARD.decode(&minted.reference_token).unwrap()).unwrap();
    for (forged, why) in [
        (guess("reftkn:01:0000000000:aaaaaaaaaaaaaaaaaaaaaaaaaaa"), "a guess"),
        (guess(&format!("reftkn:01:9999999999:{}", &plain[21..])), "the expiry changed"),
        (guess(&format!("{}{}", &plain[..47], if plain.ends_with('a') { 'b' } else { 'a' })), "one letter"),
        (guess("reftkn:02:0000000000:aaaaaaaaaaaaaaaaaaaaaaaaaaa"), "another version"),
        (minted.reference_token.to_lowercase(), "lower case"),
        (minted.reference_token[..63].to_owned(), "cut"),
        ("%".repeat(64), "a pattern"),
    ] {
        is_refused(&accessd, &forged, why);
    }
    assert!(accessd.accepts(&minted.reference_token));
}
