//! `jf config add --oidc-provider-name`: the token of an exchange is what is kept.

use crate::support::{Jf, Server, compact, reply};

const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZmFjQHgvdXNlcnMvRnJvZyJ9.c2ln";

fn add(jf: &Jf, url: &str, more: &[&str]) -> crate::support::Run {
    jf.run(&[&["config", "add", "ci", "--url", url, "--oidc-provider-name=gh"], more].concat())
}

fn exchanged(user: &str) -> String {
    format!(r#"{{"access_token":"{JWT}","token_type":"Bearer","expires_in":3600{user}}}"#)
}

#[test]
fn the_exchanged_token_is_kept_with_its_user() {
    for (user, kept) in [(r#","username":"Job""#, "job"), ("", "frog")] {
        let server = Server::start(vec![reply("200 OK", &exchanged(user))]);
        let jf = Jf::new().env("JFROG_CLI_CI_JOB_ID", "job").env("JFROG_CLI_BUILD_PROJECT", "proj");
        let more = [
            "--oidc-token-id=id token",
            "--oidc-audience=aud",
            "--oidc-provider-type=azure",
            "--application-key=app",
        ];
        let run = add(&jf, &server.url(), &more).ok();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
        let call = server.call();
        assert_eq!(call.line, "POST /access/api/v1/oidc/token HTTP/1.1");
        assert_eq!(call.header("authorization"), None);
        assert_eq!(
            call.body,
            r#"{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange","subject_token_type":"urn:ietf:params:oauth:token-type:id_token","subject_token":"id token","provider_name":"gh","project_key":"proj","job_id":"job","audience":"aud","provider_type":"Azure","application_key":"app"}"#
        );
        assert!(
            compact(&jf).contains(&format!(
                r#""user":"{kept}","accessToken":"{JWT}","serverId":"ci","isDefault":true"#
            ))
        );
    }
}

#[test]
fn the_id_token_comes_from_where_it_is_said() {
    let from_variable = Jf::new().env("JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID", "there");
    for (jf, more) in [(from_variable, &[][..]), (Jf::new().stdin("there\n"), &["--oidc-token-id-stdin"][..])]
    {
        let server = Server::start(vec![reply("200 OK", &exchanged(""))]);
        add(&jf, &server.url(), more).ok();
        assert!(server.call().body.contains(r#""subject_token":"there""#));
    }
}

#[test]
fn what_was_not_exchanged_is_not_kept() {
    for (status, body, code, words) in [
        (
            "401 Unauthorized",
            r#"{"errors":[{"message":"no canary"}]}"#,
            4,
            &["failed to exchange OIDC token", "401"][..],
        ),
        ("403 Forbidden", "", 5, &["failed to exchange OIDC token", "403"]),
        ("200 OK", "{}", 9, &["the server answered 200, but"]),
        ("200 OK", "not json", 9, &["the server answered 200, but"]),
    ] {
        let (jf, server) = (Jf::new(), Server::start(vec![reply(status, body)]));
        let run = add(&jf, &server.url(), &["--oidc-token-id=canary"]).fails(code, words);
        assert!(!run.stderr.contains("canary"), "{run:?}");
        assert!(!jf.home().exists());
    }
}

#[test]
fn what_is_missing_or_too_much_is_named_before_a_call() {
    let server = Server::untouched();
    let url = server.url();
    for (code, more, words) in [
        (
            4,
            &[][..],
            &["the --oidc-token-id flag or the JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID environment variable"][..],
        ),
        (4, &["--oidc-token-id="], &["--oidc-token-id"]),
        (2, &["--oidc-token-id=t", "--access-token=t"], &["an OIDC provider and other credentials"]),
        (
            2,
            &["--oidc-token-id=t", "--oidc-provider-type=x"],
            &["unsupported oidc provider type: x", "GenericOidc"],
        ),
        (2, &["--oidc-token-id=t", "--oidc-token-id-stdin"], &["given twice"]),
    ] {
        let jf = Jf::new();
        add(&jf, &url, more).fails(code, words);
        assert!(!jf.home().exists(), "{more:?}");
    }
    let artifactory = format!("--artifactory-url={url}");
    Jf::new()
        .run(&["config", "add", "ci", &artifactory, "--oidc-provider-name=gh", "--oidc-token-id=t"])
        .fails(2, &["the --url flag must be provided when --oidc-provider is used"]);
    Jf::new()
        .env("JFROG_CLI_OIDC_PROVIDER_TYPE", "x")
        .run(&["config", "add", "ci", "--url", &url, "--access-token=t"])
        .fails(2, &["unsupported oidc provider type: x"]);
}
