//! ID tokens that somebody made up, or that were not meant for us. None of them gives anything.

use crate::oidc_world::{
    AUDIENCE, EC, ISSUER, OIDC, OTHER_RSA, OidcWorld, RSA, claims, claims_with, github, id_token, mappings,
};
use crate::support::{NOW, text};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

async fn world() -> OidcWorld {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    oidc
}

/// The words for everything that is wrong with a token, so that they tell nothing.
const REFUSED: &str =
    "this ID token is not accepted: no provider of that name with an identity mapping admits it";

#[tokio::test]
async fn algorithms_come_from_the_key() {
    let oidc = world().await;
    let names =
        ["none", "HS256", "HS384", "HS512", "RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA", "ES256K"];
    let mut tried = 0;
    for name in names {
        let cased = [name.to_owned(), name.to_lowercase(), name.to_uppercase(), format!("{name} ")];
        for alg in cased.iter().filter(|alg| *alg != "RS256") {
            for kid in ["key-1", "key-2"] {
                let payload = claims().to_string();
                let header = json!({"typ": "JWT", "alg": alg, "kid": kid});
                // By the right key under a wrong name, by the other key, and by nobody.
                let unsigned = format!(
                    "{}.{}",
                    URL_SAFE_NO_PAD.encode(header.to_string()),
                    URL_SAFE_NO_PAD.encode(&payload)
                );
                let mac = hmac_by_public_key(&unsigned);
                for token in [
                    RSA.token_with(&header, &payload),
                    format!("{unsigned}."),
                    format!("{unsigned}.AA"),
                    format!("{unsigned}.{mac}"),
                ] {
                    tried += 1;
                    let answer = oidc.exchange(&token).await;
                    assert!([400, 401].contains(&answer.status), "{header}: {}", answer.status);
                }
                if (alg.as_str(), kid) != ("ES256", "key-2") {
                    oidc.exchange(&EC.token_with(&header, &payload)).await.expect_refusal();
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
    oidc.exchange(&RSA.token_with(&RSA.header(), &claims().to_string())).await.expect(200);
}

/// What who takes a public key for a shared secret would sign with.
fn hmac_by_public_key(input: &str) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, RSA.jwk().to_string().as_bytes());
    URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, input.as_bytes()))
}

impl crate::support::Answer {
    #[track_caller]
    fn expect_refusal(&self) {
        assert!([400, 401].contains(&self.status), "{} {}", self.status, String::from_utf8_lossy(&self.body));
    }
}

#[tokio::test]
async fn headers_lead_nowhere() {
    let oidc = world().await;
    oidc.exchange(&id_token(&json!({}))).await.expect(200);
    oidc.documents.asked();
    let with = |fields: Value| {
        let mut header = RSA.header();
        for (name, value) in fields.as_object().unwrap() {
            header[name] = value.clone();
        }
        header
    };
    for fields in [
        json!({"jku": "https://evil.example/jwks", "kid": "evil"}),
        json!({"x5u": "https://evil.example/cert", "kid": "evil"}),
        json!({"jwk": OTHER_RSA.jwk()}),
        json!({"jwk": OTHER_RSA.jwk(), "kid": "evil"}),
        json!({"x5c": ["AAAA"]}),
        json!({}),
    ] {
        let token = OTHER_RSA.token_with(&with(fields.clone()), &claims().to_string());
        assert_eq!(oidc.exchange(&token).await.refusal(401).1, REFUSED, "{fields}");
    }
    // An unknown key is looked for at the provider, and nowhere else, once in a while.
    assert_eq!(oidc.documents.asked(), 0);
    for fields in
        [json!({"crit": ["exp"]}), json!({"zip": "DEF"}), json!({"typ": "at+jwt"}), json!({"kid": "\u{1}x"})]
    {
        oidc.exchange(&RSA.token_with(&with(fields), &claims().to_string())).await.refusal(400);
    }
}

#[tokio::test]
async fn whatever_is_changed_is_refused() {
    let oidc = world().await;
    let token = id_token(&json!({}));
    for at in (0..token.len()).step_by(7) {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        oidc.exchange(&String::from_utf8(changed).unwrap()).await.expect_refusal();
    }
    for changed in [format!("{token}="), format!(" {token}"), format!("{token}."), format!("{token}AAAA")] {
        oidc.exchange(&changed).await.expect_refusal();
    }
    oidc.exchange(&testkit::with_claims(&token, &claims_with(&json!({"repository": "octo/other"}))))
        .await
        .refusal(401);
    oidc.exchange(&token).await.expect(200);
}

#[tokio::test]
async fn claims_must_be_ours_and_of_now() {
    let oidc = world().await;
    for others in [
        json!({"iss": "https://evil.example"}),
        json!({"iss": format!("{ISSUER}/")}),
        json!({"iss": [ISSUER]}),
        json!({"iss": null}),
        json!({"sub": null}),
        json!({"exp": null}),
        json!({"iat": null}),
        json!({"exp": (NOW + 300).to_string()}),
        json!({"exp": 1e12}),
        json!({"nbf": NOW + 31}),
        json!({"iat": NOW + 31, "exp": NOW + 60}),
        json!({"exp": NOW + 100_000}),
        json!({"repository": "octo/other"}),
        json!({"repository": ["octo/other"]}),
        json!({"repository": "octo/app2"}),
        json!({"repository": "Octo/app"}),
        json!({"repository": null}),
    ] {
        assert_eq!(oidc.exchange(&id_token(&others)).await.refusal(401).1, REFUSED, "{others}");
    }
    let late = oidc.exchange(&id_token(&json!({"exp": NOW - 30, "iat": NOW - 300}))).await.refusal(401);
    assert_eq!(late.1, "Invalid ID token, expired");
    let repeated = format!(r#"{{"repository":"octo/other",{}"#, &claims().to_string()[1..]);
    oidc.exchange(&RSA.token_with(&RSA.header(), &repeated)).await.refusal(400);
}

#[tokio::test]
async fn another_audience_has_the_words_of_the_wire() {
    let oidc = world().await;
    for aud in [
        json!("https://github.com/octo"),
        json!("JFROG-GITHUB"),
        json!([AUDIENCE, "other"]),
        json!(["other"]),
    ] {
        let refusal = oidc.exchange(&id_token(&json!({"aud": aud}))).await.refusal(400);
        assert_eq!(refusal, ("BAD_REQUEST".to_owned(), "Invalid audience".to_owned()), "{aud}");
    }
    oidc.exchange(&id_token(&json!({"aud": [AUDIENCE, "other"], "azp": AUDIENCE}))).await.expect(200);
    let asked = json!({"audience": "other"});
    assert_eq!(oidc.exchange_with(&id_token(&json!({})), &asked).await.refusal(400).1, "Invalid audience");
    oidc.exchange_with(&id_token(&json!({})), &json!({"audience": AUDIENCE})).await.expect(200);
}

#[tokio::test]
async fn without_an_audience_only_what_the_organization_has_by_default_counts() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    oidc.change(&format!("{OIDC}/github"), &json!({"audience": ""})).await.expect(200);
    for aud in [AUDIENCE, "https://github.com/octo"] {
        assert_eq!(oidc.exchange(&id_token(&json!({"aud": aud}))).await.refusal(400).1, "Invalid audience");
    }
    oidc.change(&format!("{OIDC}/github"), &json!({"organization": "octo"})).await.expect(200);
    oidc.exchange(&id_token(&json!({"aud": "https://github.com/octo"}))).await.expect(200);
    oidc.exchange(&id_token(&json!({"aud": "https://github.com/other"}))).await.refusal(400);
    // The organization is not only an audience.
    let others = json!({"aud": "https://github.com/octo", "repository_owner": "other"});
    assert_eq!(oidc.exchange(&id_token(&others)).await.refusal(401).1, REFUSED);
}

#[tokio::test]
async fn who_is_unknown_and_what_does_not_fit_have_the_same_words() {
    let oidc = world().await;
    let mut answers = Vec::new();
    for (token, fields) in [
        (id_token(&json!({})), json!({"provider_name": "gitlab"})),
        (id_token(&json!({})), json!({"provider_name": "a' OR 1=1 --"})),
        (id_token(&json!({"iss": "x"})), json!({})),
        (id_token(&json!({"repository": "x/y"})), json!({})),
        (id_token(&json!({})), json!({"identity_mapping_name": "other"})),
        (OTHER_RSA.token(&claims()), json!({})),
    ] {
        answers.push(oidc.exchange_with(&token, &fields).await);
    }
    for answer in &answers {
        assert_eq!(answer.refusal(401), ("UNAUTHORIZED".to_owned(), REFUSED.to_owned()));
        assert_eq!(answer.body, answers[0].body);
    }
}

#[tokio::test]
async fn everybody_on_github_is_not_let_in() {
    let oidc = OidcWorld::new().await;
    let body = |claims: Value| json!({"name": "ci", "claims": claims, "token_spec": {"username": "frog"}});
    for claims in [
        json!({}),
        json!({"ref": "refs/heads/main"}),
        json!({"repository_owner": "*"}),
        json!({"sub": "repo:*:ref:refs/heads/main"}),
        json!({"job_workflow_ref": "octo/app/.github/workflows/ci.yml@refs/heads/main"}),
    ] {
        let refusal = oidc.create(&mappings(), &body(claims)).await.refusal(400);
        assert!(refusal.1.starts_with("claims: must say whose repositories are meant"), "{refusal:?}");
    }
    // With an organization the mapping need not say it; without it any more, it must again.
    oidc.change(&format!("{OIDC}/github"), &json!({"organization": "Octo"})).await.expect(200);
    oidc.create(&mappings(), &body(json!({"ref": "refs/heads/main"}))).await.expect(201);
    oidc.exchange(&id_token(&json!({}))).await.expect(200);
    oidc.exchange(&id_token(&json!({"repository_owner": "evil"}))).await.refusal(401);
    oidc.exchange(&id_token(&json!({"repository_owner": null}))).await.refusal(401);
    oidc.change(&format!("{OIDC}/github"), &json!({"organization": ""})).await.expect(200);
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
    let permissive = json!({"enable_permissive_configuration": true});
    oidc.change(&format!("{OIDC}/github"), &permissive).await.expect(200);
    oidc.exchange(&id_token(&json!({"repository_owner": "evil"}))).await.expect(200);
}

#[tokio::test]
async fn githubs_issuer_is_known_whatever_the_type_says() {
    let oidc = OidcWorld::new().await;
    for (name, kind) in [("g1", "GitHub Enterprise"), ("g2", "Generic OpenID Connect"), ("g3", "Azure")] {
        let provider = json!({
            "name": name, "issuer_url": ISSUER, "provider_type": kind, "audience": AUDIENCE,
        });
        oidc.create(OIDC, &provider).await.expect(201);
        let mapping =
            |claims: Value| json!({"name": "m", "claims": claims, "token_spec": {"username": "frog"}});
        let path = format!("{OIDC}/{name}/identity_mappings");
        oidc.create(&path, &mapping(json!({"ref": "refs/heads/main"}))).await.refusal(400);
        oidc.create(&path, &mapping(json!({"repository_owner": "octo"}))).await.expect(201);
    }
    // With a path it is an enterprise's own.
    let own = json!({"issuer_url": format!("{ISSUER}/octo"), "provider_type": "GitHub Enterprise"});
    oidc.change(&format!("{OIDC}/g1"), &own).await.expect(200);
    oidc.change(&format!("{OIDC}/g1/identity_mappings/m"), &json!({"claims": {"ref": "x"}}))
        .await
        .expect(200);
    oidc.change(&format!("{OIDC}/g1/identity_mappings/m"), &json!({"claims": {}})).await.refusal(400);
}

#[tokio::test]
async fn azure_tokens_are_for_the_application_that_is_named() {
    let oidc = OidcWorld::new().await;
    let (issuer, tenant) = ("https://login.example/tenant/v2.0", "https://sts.example/tenant/");
    oidc.documents.publish(issuer, &[&RSA]);
    let provider = json!({
        "name": "azure", "issuer_url": issuer, "provider_type": "Azure", "azure_app_id": "app-1",
        "token_issuer": tenant,
    });
    oidc.create(OIDC, &provider).await.expect(201);
    let mapping = json!({"name": "m", "claims": {"sub": "*"}, "token_spec": {"username": "frog"}});
    oidc.create(&format!("{OIDC}/azure/identity_mappings"), &mapping).await.expect(201);
    let exchange = async |claims: Value| {
        let token = id_token(&claims);
        oidc.exchange_with(&token, &json!({"provider_name": "azure"})).await
    };
    exchange(json!({"iss": tenant, "aud": "app-1"})).await.expect(200);
    exchange(json!({"iss": tenant, "aud": "api://app-1"})).await.expect(200);
    exchange(json!({"iss": tenant, "aud": "app-2"})).await.refusal(400);
    // token_issuer takes the place of issuer_url.
    exchange(json!({"iss": issuer, "aud": "app-1"})).await.refusal(401);
    oidc.change(&format!("{OIDC}/azure"), &json!({"audience": "us"})).await.expect(200);
    exchange(json!({"iss": tenant, "aud": "us", "appid": "app-1"})).await.expect(200);
    exchange(json!({"iss": tenant, "aud": "us", "appid": "app-2"})).await.refusal(401);
    exchange(json!({"iss": tenant, "aud": "us"})).await.refusal(401);
}

#[tokio::test]
async fn an_access_token_is_no_id_token_and_the_other_way_round() {
    let oidc = world().await;
    let token = text(&oidc.exchange(&id_token(&json!({}))).await.expect(200), "access_token");
    oidc.exchange(&token).await.expect_refusal();
    oidc.exchange(&oidc.world.admin).await.expect_refusal();
    oidc.world.get(OIDC, &id_token(&json!({}))).await.refusal(401);
    assert_eq!(github()["name"], "github");
}
