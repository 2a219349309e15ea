//! Tokens that nobody here made: forged, damaged, foreign, of another algorithm. All are 401, and all look
//! the same to whoever tries.

use crate::forgery::{Attacker, Forgery};
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

/// Everything public that a verifier could take for a secret.
fn public_bytes(accessd: &Accessd) -> Vec<(&'static str, Vec<u8>)> {
    use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
    let root = |formatted: &str| {
        let path = format!("/access/api/v1/cert/root?formatted={formatted}");
        accessd.http().get(&path).bearer(&accessd.admin_token()).send().expect(200).body
    };
    let (pem, base64) = (root("true"), root("false"));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(file("root.pem"), &pem).unwrap();
    let spki = testkit::openssl(&["x509", "-in", &file("root.pem"), "-pubkey", "-noout"]);
    std::fs::write(file("spki.pem"), &spki).unwrap();
    testkit::openssl(&[
        "pkey",
        "-pubin",
        "-in",
        &file("spki.pem"),
        "-outform",
        "DER",
        "-out",
        &file("spki.der"),
    ]);
    let jwks = accessd.http().get("/.well-known/jwks.json").send().expect(200);
    let jwk = jwks.json()["keys"][0].clone();
    let member = |name: &str| jwk[name].as_str().unwrap_or_default().as_bytes().to_vec();
    vec![
        ("the certificate's DER", STANDARD.decode(base64.trim()).unwrap()),
        ("the certificate's base64", base64.trim().as_bytes().to_vec()),
        ("the certificate's PEM", pem.clone().into_bytes()),
        ("the certificate's PEM without its end", pem.trim().as_bytes().to_vec()),
        ("the public key's PEM", spki.clone().into_bytes()),
        ("the public key's PEM without its end", spki.trim().as_bytes().to_vec()),
        ("the public key's DER", std::fs::read(file("spki.der")).unwrap()),
        ("the JWK set", jwks.body.into_bytes()),
        ("the JWK", jwk.to_string().into_bytes()),
        ("the modulus", URL_SAFE_NO_PAD.decode(member("n")).unwrap_or_default()),
        ("the modulus in base64", member("n")),
        ("the kid", member("kid")),
        ("nothing", Vec::new()),
        ("a blank", b" ".to_vec()),
        ("a well-known word", b"secret".to_vec()),
    ]
}

#[test]
fn reg_57_to_61_of_a_thousand_forgeries_none_is_accepted_and_none_is_fetched() {
    let canary = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let token = accessd.mint(&frog.token, json!({"expires_in": 3600})).token;
    let other = Accessd::start();
    let foreign = vec![other.admin_token(), other.new_user("frog").token];
    let address = format!("http://{}", canary.local_addr().unwrap());
    let forgeries = Attacker::new(&token, public_bytes(&accessd), foreign, address).forge();
    assert!(forgeries.len() >= 1_000, "{}", forgeries.len());
    for Forgery { trick, token } in &forgeries {
        for path in ["/access/api/v1/tokens/me", "/artifactory/api/system/version"] {
            let answer = accessd.http().get(path).bearer(token).try_send();
            // What is no header, or too large for one, does not get as far.
            let fits = token.len() < 15_000 && !token.bytes().any(|byte| byte.is_ascii_control());
            let Ok(answer) = answer else {
                assert!(!fits, "{trick}: no answer");
                continue;
            };
            let status = answer.status;
            assert!(status == 401 || (!fits && [400, 431].contains(&status)), "{trick} on {path}: {status}");
        }
    }
    assert!(accessd.accepts(&token), "the true one is none the worse");
    let caller = canary.accept();
    assert!(caller.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "a key was fetched");
}

#[test]
fn signatures_of_a_curve_have_one_form() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let accessd = Accessd::builder().env("ACCESSD_TOKEN_SIGNATURE", "ES256").start();
    let token = accessd.admin_token();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let (r, s) = signature.split_at(32);
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let (zero, one) = ([0; 32], [&[0; 31][..], &[1]].concat());
    let integer = |bytes: &[u8]| {
        let sign = if bytes[0] > 127 { &[0][..] } else { &[] };
        let length = u8::try_from(bytes.len() + sign.len()).unwrap();
        [&[2, length], sign, bytes].concat()
    };
    let pair = [integer(r), integer(s)].concat();
    let der = [&[0x30, u8::try_from(pair.len()).unwrap()][..], &pair].concat();
    for (why, forged) in [
        ("r and s zero", [zero, zero].concat()),
        ("r zero", [&zero, s].concat()),
        ("s zero", [r, &zero].concat()),
        ("r and s one", [one.clone(), one.clone()].concat()),
        ("r the order", [&order[..], s].concat()),
        ("s the order", [r, &order].concat()),
        ("both the order", [order, order].concat()),
        ("all bits set", vec![0xff; 64]),
        ("swapped", [s, r].concat()),
        ("DER", der),
        ("r alone", r.to_vec()),
        ("one byte more", [&signature[..], &[0]].concat()),
        ("one byte less", signature[..63].to_vec()),
        ("leading zeros", [&[0][..], r, &[0], s].concat()),
        ("nothing", vec![0]),
    ] {
        is_refused(&accessd, &format!("{input}.{}", URL_SAFE_NO_PAD.encode(forged)), why);
    }
    for alg in ["RS256", "ES384", "none", "HS256"] {
        let mut header = header(&token);
        header["alg"] = json!(alg);
        is_refused(&accessd, &with_header(&token, &header), alg);
    }
    assert!(accessd.accepts(&token));
}
