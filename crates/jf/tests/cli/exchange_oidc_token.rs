//! `jf exchange-oidc-token`: where each value comes from, what is sent, and what is printed.

use crate::refresh_world::{REFRESHABLE, config, ended, jwt};
use crate::support::{Jf, Run, Server, reply};

const ANSWER: &str = r#"{"access_token":"TOKEN","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","scope":"applied-permissions/user","token_type":"Bearer","expires_in":3600,"username":"frog","own":[1]}"#;
/// The beginning of every body.
const HEAD: &str = r#"{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange","subject_token_type":"urn:ietf:params:oauth:token-type:id_token","#;

fn exchanged() -> Server {
    Server::start(vec![reply("200 OK", ANSWER)])
}

fn eot(jf: &Jf, server: &Server, arguments: &[&str]) -> Run {
    let url = server.url();
    jf.run(&[&["eot"], arguments, &["--url", &url]].concat())
}

/// The body that an exchange with these arguments sends, without its beginning.
#[track_caller]
fn body(jf: &Jf, arguments: &[&str]) -> String {
    let server = exchanged();
    eot(jf, &server, arguments).ok();
    let call = server.call();
    assert_eq!(call.line, "POST /access/api/v1/oidc/token HTTP/1.1");
    assert_eq!(call.header("authorization"), None);
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert!(call.header("idempotency-key").is_some());
    call.body.strip_prefix(HEAD).unwrap().to_owned()
}

const PLAIN: &str = r#""subject_token":"id","provider_name":"p","provider_type":"GitHub"}"#;

#[test]
fn w38_provider_and_id_token_come_from_each_place_that_the_help_names() {
    let jf = Jf::new;
    let variable = || Jf::new().env("JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID", "id");
    for (jf, arguments) in [
        (jf(), &["p", "id"][..]),
        (jf(), &["p", "--oidc-token-id", "id"]),
        (jf(), &["--oidc-provider-name=p", "--oidc-token-id=id"]),
        (jf(), &["-oidc-provider-name", "p", "-oidc-token-id", "id"]),
        (variable(), &["p"]),
        (variable(), &["--oidc-provider-name", "p"]),
        (variable(), &["p", ""]),
        (variable(), &["p", "--oidc-token-id="]),
        (jf().stdin(" id\n"), &["p", "--oidc-token-id-stdin"]),
        (jf().env("JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID", "other"), &["p", "id"]),
        (jf().env("JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID", "other"), &["p", "--oidc-token-id=id"]),
        // The argument stands above the flag, as in the existing tool.
        (jf(), &["p", "id", "--oidc-token-id=other", "--oidc-provider-name=other"]),
    ] {
        assert_eq!(body(&jf, arguments), PLAIN, "{arguments:?}");
    }
}

#[test]
fn w38_no_exchange_without_a_provider_or_an_id_token() {
    let jf = Jf::new();
    let nobody = Server::untouched();
    eot(&jf, &nobody, &[]).fails(2, &["Wrong number of arguments (0).", "--oidc-provider-name"]);
    eot(&jf, &nobody, &[""]).fails(2, &["Wrong number of arguments (0)."]);
    eot(&jf, &nobody, &["p", "id", "more"]).fails(2, &["Wrong number of arguments (3)."]);
    let missing =
        "the --oidc-token-id flag or the JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID environment variable must be";
    eot(&jf, &nobody, &["p"]).fails(4, &[missing, "--oidc-token-id-stdin"]);
    eot(&jf, &nobody, &["p", "  "]).fails(4, &[missing]);
    eot(&jf, &nobody, &["p", "--oidc-token-id-stdin"]).fails(2, &["no ID token provided via Stdin"]);
    eot(&jf, &nobody, &["p", "canary", "--oidc-token-id-stdin"]).fails(2, &["the ID token is given twice"]);
    let blank = Jf::new().env("JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID", "  ");
    eot(&blank, &nobody, &["p"]).fails(2, &["the ID token is empty"]);
}

#[test]
fn the_provider_type_is_one_of_three_in_any_case() {
    let named = |name: &str| PLAIN.replace("GitHub", name);
    let variable = |value| Jf::new().env("JFROG_CLI_OIDC_PROVIDER_TYPE", value);
    for (jf, flag, wanted) in [
        (Jf::new(), "--oidc-provider-type=AZURE", "Azure"),
        (Jf::new(), "--oidc-provider-type=genericoidc", "GenericOidc"),
        (variable("azure"), "--oidc-provider-type=", "Azure"),
        (variable("nonsense"), "--oidc-provider-type=github", "GitHub"),
    ] {
        assert_eq!(body(&jf, &["p", "id", flag]), named(wanted));
    }
    let nobody = Server::untouched();
    eot(&Jf::new(), &nobody, &["p", "id", "--oidc-provider-type=gitlab"])
        .fails(2, &["unsupported oidc provider type: gitlab", "GitHub, Azure, GenericOidc"]);
    eot(&variable("x"), &nobody, &["p", "id"]).fails(2, &["unsupported oidc provider type: x"]);
}

#[test]
fn w38_project_repository_and_application_come_from_flags_first() {
    let job = || {
        [
            ("JFROG_CLI_BUILD_PROJECT", "variable"),
            ("JFROG_CLI_CI_VCS_URL", "https://variable"),
            ("JFROG_CLI_APPLICATION_KEY", "variable"),
            ("JFROG_CLI_CI_JOB_ID", "j<1>"),
            ("JFROG_CLI_CI_RUN_ID", "7"),
            ("JFROG_CLI_CI_VCS_REVISION", "abc"),
            ("JFROG_CLI_CI_BRANCH", "main"),
        ]
        .into_iter()
        .fold(Jf::new(), |jf, (name, value)| jf.env(name, value))
    };
    let wanted = |project: &str, repository: &str, application: &str| {
        format!(
            r#""subject_token":"id","provider_name":"p","project_key":"{project}","job_id":"j\u003c1\u003e","run_id":"7","audience":"a","provider_type":"GitHub","repo":"{repository}","revision":"abc","branch":"main","application_key":"{application}"}}"#
        )
    };
    let audience = "--oidc-audience=a";
    assert_eq!(body(&job(), &["p", "id", audience]), wanted("variable", "https://variable", "variable"));
    let empty = ["--project=", "--repository=", "--application-key="];
    assert_eq!(
        body(&job(), &[&["p", "id", audience], &empty[..]].concat()),
        wanted("variable", "https://variable", "variable")
    );
    let flags = ["--project=flag", "--repository=https://flag", "--application-key=flag"];
    assert_eq!(
        body(&job(), &[&["p", "id", audience], &flags[..]].concat()),
        wanted("flag", "https://flag", "flag")
    );
}

#[test]
fn the_application_may_stand_in_the_projects_file() {
    let with_file = |text: &str| {
        let jf = Jf::new();
        std::fs::create_dir(jf.folder().join(".jfrog")).unwrap();
        std::fs::write(jf.folder().join(".jfrog/config.yml"), text).unwrap();
        jf
    };
    let file = "application:\n  key: \"from-file\"\n";
    let with_key = |key: &str| PLAIN.replace('}', &format!(r#","application_key":"{key}"}}"#));
    assert_eq!(body(&with_file(file), &["p", "id"]), with_key("from-file"));
    assert_eq!(body(&with_file(file), &["p", "id", "--application-key", "flag"]), with_key("flag"));
    let variable = with_file(file).env("JFROG_CLI_APPLICATION_KEY", "variable");
    assert_eq!(body(&variable, &["p", "id"]), with_key("variable"));
    assert_eq!(body(&with_file("other: 1\n"), &["p", "id"]), PLAIN);
    let nobody = Server::untouched();
    eot(&with_file("a: [1"), &nobody, &["p", "id"]).fails(1, &[".jfrog/config.yml is not readable as YAML"]);
}

#[test]
fn no_credential_goes_along_not_even_that_of_a_configured_server() {
    for arguments in [&["eot", "p", "id"][..], &["token", "exchange", "p", "id", "--server-id=one"]] {
        let server = exchanged();
        let text = config(&server.url(), &ended(), REFRESHABLE);
        let jf = Jf::new().config(&text);
        jf.run(arguments).ok();
        let call = server.call();
        assert_eq!(call.header("authorization"), None);
        assert!(!format!("{call:?}").contains("canary"));
        assert_eq!(jf.config_text(), text);
    }
    let server = exchanged();
    eot(&Jf::new(), &server, &["p", "id", "--access-token=canary", "--user=u", "--password=canary"]).ok();
    let call = server.call();
    assert!(call.header("authorization").is_none() && !format!("{call:?}").contains("canary"));
    Jf::new().run(&["eot", "p", "id"]).fails(4, &["no JFrog Platform URL specified"]);
}

#[test]
fn each_format_has_the_whole_token() {
    let json = "{\n  \"AccessToken\": \"TOKEN\",\n  \"Username\": \"frog\",\n  \"scope\": \"applied-permissions/user\",\n  \"expires_in\": 3600,\n  \"token_type\": \"Bearer\",\n  \"issued_token_type\": \"urn:ietf:params:oauth:token-type:access_token\",\n  \"own\": [\n    1\n  ]\n}\n";
    let table = "FIELD              VALUE\naccess_token       TOKEN\nusername           frog\nissued_token_type  urn:ietf:params:oauth:token-type:access_token\nscope              applied-permissions/user\ntoken_type         Bearer\nexpires_in         3600\nown                [1]\n";
    let token = jwt(&format!(r#"{{"sub":"jfac@1/users/{}"}}"#, "x".repeat(500)));
    for (format, wanted) in [
        ("", json),
        ("--format=json", json),
        ("--format=table", table),
        ("--format=token", "TOKEN\n"),
        (
            "--format=env",
            "JF_URL='URL/'\nJF_ACCESS_TOKEN='TOKEN'\nJF_TOKEN_EXPIRES_IN='3600'\nJF_USER='frog'\n",
        ),
    ] {
        let server = Server::start(vec![reply("200 OK", &ANSWER.replace("TOKEN", &token))]);
        let arguments: Vec<&str> = ["p", "id", format].into_iter().filter(|word| !word.is_empty()).collect();
        let run = eot(&Jf::new(), &server, &arguments).ok();
        let wanted = wanted.replace("TOKEN_", "\0").replace("TOKEN", &token).replace('\0', "TOKEN_");
        let wanted = wanted.replace(&format!("JF_ACCESS_{token}="), "JF_ACCESS_TOKEN=");
        assert_eq!(run.stdout, wanted.replace("URL/", &format!("{}/", server.url())), "{format}");
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn the_user_is_the_tokens_if_the_server_names_none() {
    let answer = format!(r#"{{"access_token":"{}"}}"#, jwt(r#"{"sub":"jfac@1/users/Toad"}"#));
    let server = Server::start(vec![reply("200 OK", &answer)]);
    assert!(eot(&Jf::new(), &server, &["p", "id"]).ok().stdout.contains("\"Username\": \"toad\""));
    let server = Server::start(vec![reply("200 OK", r#"{"access_token":"opaque"}"#)]);
    let run = eot(&Jf::new(), &server, &["p", "id"]).ok();
    assert_eq!(run.stdout, "{\n  \"AccessToken\": \"opaque\",\n  \"Username\": \"\"\n}\n");
}

#[test]
fn what_goes_wrong_is_said_without_the_id_token() {
    for (status, body, code, words) in [
        ("400 Bad Request", r#"{"errors":[{"message":"canary-id is spent"}]}"#, 1, "*** is spent"),
        ("401 Unauthorized", "", 4, "server response: 401 Unauthorized"),
        ("403 Forbidden", "", 5, "identity mappings"),
        ("404 Not Found", "", 6, "server response: 404 Not Found"),
        ("500 Internal Server Error", "canary-id", 9, "server response: 500"),
    ] {
        let server = Server::start(vec![reply(status, body)]);
        let run = eot(&Jf::new(), &server, &["p", "canary-id"]);
        let run = run.fails(code, &["[Error] failed to exchange OIDC token: server response: ", words]);
        assert!(!run.stderr.contains("canary"), "{run:?}");
    }
    for body in ["<html>", "{}", r#"{"access_token":""}"#] {
        let server = Server::start(vec![reply("200 OK", body)]);
        eot(&Jf::new(), &server, &["p", "id"]).fails(9, &["answered 200, but"]);
    }
    // Looked at before anything is sent.
    let nobody = Server::untouched();
    eot(&Jf::new(), &nobody, &["p", "id", "--format=xml"])
        .fails(2, &["only the following output formats are supported: json, table"]);
}
