//! Log-in by ID tokens, from the job to the token: a real provider over TLS, the real service, the real `jf`, and the
//! calls of setup-jfrog-cli.

use crate::{TOKENS, USERS};
use serde_json::{Value, json};
use testkit::{
    Accessd, Answer, Fault, FaultProxy, IdTokenKey, IdentityProvider, Jf, claims, unique, with_claims,
};

const OIDC: &str = "/access/api/v1/oidc";
const AUDIENCE: &str = "jfrog-github";

/// A provider, a service that trusts its certificate, and the provider `github` with the mapping `ci` there.
pub(crate) struct Landscape {
    pub(crate) provider: IdentityProvider,
    pub(crate) accessd: Accessd,
    pub(crate) key: IdTokenKey,
    _folder: tempfile::TempDir,
}

impl Landscape {
    pub(crate) fn new(settings: &[(&str, &str)]) -> Self {
        let key = IdTokenKey::ec("key-1", "ES256");
        let provider = IdentityProvider::start(&[&key]);
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, &provider.certificate.pem).unwrap();
        let mut builder = Accessd::builder().env("ACCESSD_OIDC_CA_FILE", &ca.to_string_lossy());
        for (name, value) in settings {
            builder = builder.env(name, value);
        }
        let this = Self { provider, accessd: builder.start(), key, _folder: folder };
        this.make(&this.provider.issuer());
        this
    }

    fn make(&self, issuer: &str) {
        let body =
            json!({"name": "github", "issuer_url": issuer, "provider_type": "GitHub", "audience": AUDIENCE});
        self.as_admin("POST", OIDC, &body).expect(201);
        let user =
            json!({"username": "frog", "email": "f@example.org", "password": "Correct-horse-7-battery"});
        self.as_admin("POST", USERS, &user).expect(201);
        let mapping = json!({
            "name": "ci", "priority": 1, "claims": {"repository": "octo/app"}, "token_spec": {"username": "frog"},
        });
        self.as_admin("POST", &format!("{OIDC}/github/identity_mappings"), &mapping).expect(201);
    }

    pub(crate) fn as_admin(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.accessd.http().request(method, path).bearer(&self.accessd.admin_token()).json(body).send()
    }

    pub(crate) fn id_token(&self) -> String {
        self.key.token(&self.provider.claims(AUDIENCE))
    }

    /// The call of setup-jfrog-cli.
    pub(crate) fn exchange(&self, id_token: &str) -> Answer {
        let body = json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "subject_token": id_token,
            "provider_name": "github",
            "project_key": "",
            "gh_job_id": "build",
            "gh_run_id": "17",
            "gh_repo": "octo/app",
            "application_key": "",
        });
        self.accessd.http().post(&format!("{OIDC}/token")).json(body).send()
    }
}

/// Settings for a provider on this machine.
pub(crate) const NEAR: &[(&str, &str)] = &[("ACCESSD_OIDC_ALLOW_PRIVATE_ADDRESSES", "true")];

#[test]
fn a_job_gets_a_token_by_jf() {
    let land = Landscape::new(NEAR);
    let token = land.id_token();
    let jf = Jf::new().flag("--url", &land.accessd.url()).env("JFROG_CLI_CI_RUN_ID", "17");
    let run = jf.run(&["eot", "github", &token]).succeeded();
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    let access_token = printed["AccessToken"].as_str().unwrap().to_owned();
    assert_eq!(printed["Username"], "frog");
    assert!(claims(&access_token)["sub"].as_str().unwrap().ends_with("/users/frog"));
    let me = land.accessd.http().get(&format!("{TOKENS}/me")).bearer(&access_token).send().expect(200);
    assert_eq!(me.json()["description"], "OIDC github, ci");
    // The next command with the same ID token gets nothing, nor does one for another repository.
    jf.run(&["eot", "github", &token]).failed(4, &["used before"]);
    let mut other = land.provider.claims(AUDIENCE);
    other["repository"] = json!("octo/other");
    jf.run(&["eot", "github", &land.key.token(&other)]).failed(4, &["not accepted"]);
    jf.run(&["eot", "gitlab", &land.id_token()]).failed(4, &["not accepted"]);
}

#[test]
fn an_answer_that_is_lost_on_the_way_costs_nothing() {
    let land = Landscape::new(NEAR);
    let proxy = FaultProxy::to_port(land.accessd.port(), &[Fault::LoseAnswer]);
    let jf = Jf::new().flag("--url", &proxy.url());
    let given = jf.run(&["eot", "github", &land.id_token()]).text("AccessToken");
    assert_eq!(proxy.faults_left(), 0);
    let id = claims(&given)["jti"].clone();
    let listed =
        land.accessd.http().get(&format!("{TOKENS}?username=frog")).bearer(&land.accessd.admin_token());
    let tokens = listed.send().expect(200).json();
    assert_eq!((tokens["tokens"].as_array().unwrap().len(), &tokens["tokens"][0]["token_id"]), (1, &id));
}

#[test]
fn setup_jfrog_cli_gets_a_token_or_errors() {
    let land = Landscape::new(NEAR);
    let body = land.exchange(&land.id_token()).expect(200).json();
    // It looks for errors, then for a token with three parts and a sub.
    assert!(body.get("errors").is_none());
    assert!(claims(body["access_token"].as_str().unwrap())["sub"].is_string());
    let mut claims = land.provider.claims("other-audience");
    let refused = land.exchange(&land.key.token(&claims)).expect(400);
    assert_eq!(
        (refused.error_code().as_str(), refused.error_message().as_str()),
        ("BAD_REQUEST", "Invalid audience")
    );
    claims = land.provider.claims(AUDIENCE);
    claims["exp"] = json!(claims["iat"].as_u64().unwrap() - 1000);
    claims["iat"] = json!(claims["iat"].as_u64().unwrap() - 2000);
    let refused = land.exchange(&land.key.token(&claims)).expect(401);
    assert_eq!(refused.error_message(), "Invalid ID token, expired");
}

#[test]
fn forged_id_tokens_give_nothing() {
    let land = Landscape::new(NEAR);
    let other = IdTokenKey::ec("key-1", "ES256");
    let good = land.id_token();
    let mut issuer = land.provider.claims(AUDIENCE);
    issuer["iss"] = json!("https://token.actions.githubusercontent.com");
    for token in [
        other.token(&land.provider.claims(AUDIENCE)),
        land.key.token(&issuer),
        with_claims(&good, &land.provider.claims(AUDIENCE)),
    ] {
        land.exchange(&token).expect(401);
    }
    for alg in ["none", "HS256", "RS256", "es256"] {
        let header = json!({"typ": "JWT", "alg": alg, "kid": "key-1"});
        let token = land.key.token_with(&header, &land.provider.claims(AUDIENCE).to_string());
        let answer = land.exchange(&token);
        assert!([400, 401].contains(&answer.status), "{alg}: {}", answer.status);
    }
    land.exchange(&good).expect(200);
}

#[test]
fn reg_42_a_used_id_token_stays_used_through_a_crash() {
    let land = Landscape::new(NEAR);
    let token = land.id_token();
    land.exchange(&token).expect(200);
    land.accessd.kill();
    land.accessd.restart();
    let refused = land.exchange(&token).expect(401);
    assert!(refused.error_message().contains("used before"), "{}", refused.error_message());
    land.exchange(&land.id_token()).expect(200);
}

#[test]
fn neither_id_tokens_nor_what_they_give_are_logged() {
    let land = Landscape::new(&[NEAR[0], ("ACCESSD_LOG_LEVEL", "trace")]);
    let good = land.id_token();
    let given = land.exchange(&good).expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let other = IdTokenKey::ec("key-1", "ES256");
    let mut claims = land.provider.claims(AUDIENCE);
    let canary = unique("canary");
    claims["repository"] = json!(canary);
    let (forged, unfit) = (other.token(&land.provider.claims(AUDIENCE)), land.key.token(&claims));
    for token in [&good, &forged, &unfit] {
        land.exchange(token).expect(401);
    }
    let log = land.accessd.log();
    for secret in [&good, &given, &forged, &unfit] {
        for part in secret.split('.').skip(1) {
            assert!(!log.contains(part), "a part of a token in the log");
        }
    }
    assert!(!log.contains(&canary), "a claim in the log");
    assert!(
        log.contains("no identity mapping fits its claims") && log.contains("an ID token was refused"),
        "{log}"
    );
}

/// Every call that docs/oidc.md shows, in its order, as it stands there.
#[test]
fn what_the_page_shows_is_accepted() {
    const PAGE: &str = include_str!("../../docs/oidc.md");
    let accessd = Accessd::start();
    let mut calls = 0;
    for call in PAGE.split("\ncall $A").skip(1) {
        let (path, rest) = call.split_once(" --json '").unwrap();
        let (body, _) = rest.split_once('\'').unwrap();
        let answer = accessd.http().post(path).bearer(&accessd.admin_token()).json(body).send();
        assert_eq!(answer.status, 201, "{path} {body}: {}", answer.json());
        calls += 1;
    }
    assert_eq!(calls, 5);
    let answer: Value = serde_json::from_str(
        PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap(),
    )
    .unwrap();
    let land = Landscape::new(NEAR);
    let body = land.exchange(&land.id_token()).expect(200);
    let shown: Vec<String> = answer.as_object().unwrap().keys().cloned().collect();
    assert_eq!(shown, body.keys());
}
