//! Headers: algorithms, key ids, keys brought along, other texts for the same.

use super::Attacker;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use testkit::{claims, header, payload_json};

impl Attacker {
    /// J1: the algorithm is the key's, whatever the header says and in whatever letters.
    pub(super) fn algorithms(&mut self) {
        for name in [
            "none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
            "ES384", "ES512", "EdDSA", "RSA-OAEP", "dir",
        ] {
            let alternating = |from: usize| -> String {
                let letters = name.chars().enumerate();
                letters
                    .map(
                        |(at, c)| {
                            if at % 2 == from { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
                        },
                    )
                    .collect()
            };
            for spelling in [
                name.to_owned(),
                name.to_lowercase(),
                name.to_uppercase(),
                alternating(0),
                alternating(1),
                format!(" {name}"),
                format!("{name}\0"),
            ] {
                self.with_header(&format!("alg {spelling:?}"), json!({"alg": spelling}));
            }
        }
        for value in [json!(null), json!(""), json!(0), json!(["none"]), json!({}), json!(true)] {
            self.with_header(&format!("alg {value}"), json!({"alg": value}));
        }
    }

    /// The public key, which everybody has, as the secret of an HMAC.
    pub(super) fn confused_keys(&mut self) {
        let mut admin = claims(&self.token);
        admin["scp"] = json!("applied-permissions/admin");
        let kid = header(&self.token)["kid"].clone();
        for (name, secret) in self.public.clone() {
            for (alg, algorithm) in
                [("HS256", Algorithm::HS256), ("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)]
            {
                let header = json!({"ver": "2", "typ": "JWT", "alg": alg, "kid": kid});
                let input = format!(
                    "{}.{}",
                    URL_SAFE_NO_PAD.encode(header.to_string()),
                    URL_SAFE_NO_PAD.encode(admin.to_string())
                );
                let key = EncodingKey::from_secret(&secret);
                let signature = jsonwebtoken::crypto::sign(input.as_bytes(), &key, algorithm).unwrap();
                self.add(format!("{alg} with {name} as secret"), format!("{input}.{signature}"));
                let [header, _, _] = self.parts();
                let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(admin.to_string()));
                let signature = jsonwebtoken::crypto::sign(input.as_bytes(), &key, algorithm).unwrap();
                self.add(format!("{alg} with {name} under the true header"), format!("{input}.{signature}"));
            }
        }
    }

    /// J2: a key id is nothing but a key id.
    pub(super) fn key_ids(&mut self) {
        let canary = self.canary.clone();
        for kid in [
            json!("' OR 1=1 --"),
            json!("' UNION SELECT 'x' --"),
            json!("1; DROP TABLE signing_keys"),
            json!("../../../../dev/null"),
            json!("/dev/null"),
            json!("file:///dev/null"),
            json!(canary),
            json!("| sleep 5"),
            json!("$(sleep 5)"),
            json!("\0"),
            json!("x\0y"),
            json!("\r\nX-Injected: 1"),
            json!("%00"),
            json!("\u{202e}kid"),
            json!("*"),
            json!(""),
            json!(" "),
            json!(null),
            json!(0),
            json!(-1),
            json!([]),
            json!({}),
            json!(true),
            json!("k".repeat(4_000)),
            json!("k".repeat(1_000_000)),
        ] {
            let trick = format!("kid {:.40}", kid.to_string());
            self.with_header(&trick, json!({"kid": kid}));
        }
    }

    /// J3: keys and places of keys that a header brings along, and what it says must be understood.
    pub(super) fn brought_along(&mut self) {
        let canary = self.canary.clone();
        let jwk = self.public.iter().find(|(name, _)| *name == "the JWK").map(|(_, text)| text.clone());
        let jwk: Value = serde_json::from_slice(&jwk.unwrap()).unwrap();
        let own_jwk = json!({"kty": "RSA", "e": "AQAB", "n": "x".repeat(342), "alg": "RS256", "kid": "own"});
        let secret = json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"});
        for (trick, changes) in [
            ("jku", json!({"jku": format!("{canary}/jku")})),
            ("jku and another kid", json!({"jku": format!("{canary}/jku"), "kid": "own"})),
            ("x5u", json!({"x5u": format!("{canary}/x5u")})),
            ("x5u and another kid", json!({"x5u": format!("{canary}/x5u"), "kid": "own"})),
            ("jwk of the attacker", json!({"jwk": own_jwk, "kid": "own"})),
            ("jwk of the service", json!({"jwk": jwk})),
            ("jwk with a secret", json!({"jwk": secret, "alg": "HS256"})),
            ("x5c", json!({"x5c": ["MIIB"]})),
            ("x5c that is none", json!({"x5c": 1})),
            ("x5t", json!({"x5t": "AAAA", "x5t#S256": "AAAA"})),
            ("crit of something known", json!({"crit": ["exp"], "exp": 1})),
            ("crit of something unknown", json!({"crit": ["http://elsewhere.example"]})),
            ("crit of nothing", json!({"crit": []})),
            ("crit of a wrong type", json!({"crit": "exp"})),
            ("b64 off", json!({"b64": false, "crit": ["b64"]})),
            ("b64 off without crit", json!({"b64": false})),
            ("zip", json!({"zip": "DEF"})),
            ("enc", json!({"alg": "dir", "enc": "A128GCM"})),
            ("another typ", json!({"typ": "at+jwt"})),
            ("JOSE", json!({"typ": "JOSE"})),
            ("a typ of a wrong type", json!({"typ": ["JWT"]})),
            ("nested", json!({"cty": "JWT"})),
            ("another ver", json!({"ver": "1"})),
            ("a ver of a wrong type", json!({"ver": 2})),
            ("one field more", json!({"x": 1})),
            ("a jku inside the service", json!({"jku": "http://127.0.0.1/.well-known/jwks.json"})),
            ("a jku in a file", json!({"jku": "file:///etc/passwd"})),
            ("iss in the header", json!({"iss": "elsewhere"})),
        ] {
            self.with_header(trick, changes);
        }
    }

    /// The same header and payload in other texts.
    pub(super) fn headers_rewritten(&mut self) {
        let payload = payload_json(&self.token);
        let header = header(&self.token);
        let field = |name: &str| format!("\"{name}\":{}", header[name]);
        let orders: [[&str; 4]; 4] = [
            ["kid", "alg", "typ", "ver"],
            ["alg", "typ", "kid", "ver"],
            ["typ", "ver", "alg", "kid"],
            ["ver", "typ", "kid", "alg"],
        ];
        for order in orders {
            let text = format!("{{{}}}", order.map(field).join(","));
            self.sign_every_way("header in another order", &text, &payload);
        }
        let text = header.to_string();
        for (trick, header) in [
            ("header with spaces", text.replace(',', ", ")),
            ("header with a line end", format!("{text}\n")),
            ("header with a byte order mark", format!("\u{feff}{text}")),
            (
                "alg twice, none last",
                text.replacen('{', "{\"alg\":\"RS256\",", 1)
                    .replace("\"alg\":\"RS256\",\"kid\"", "\"alg\":\"none\",\"kid\""),
            ),
            ("alg twice, none first", text.replacen('{', "{\"alg\":\"none\",", 1)),
            ("alg escaped", text.replace("\"alg\"", "\"\\u0061lg\"")),
            ("header of an array", format!("[{text}]")),
            ("header of nothing", "{}".to_owned()),
            ("header that is cut", text[..text.len() - 1].to_owned()),
            ("header that is no JSON", "x".to_owned()),
        ] {
            self.sign_every_way(trick, &header, &payload);
        }
        let pretty = serde_json::to_string_pretty(&claims(&self.token)).unwrap();
        self.sign_every_way("payload with spaces", &text, &pretty);
    }
}
