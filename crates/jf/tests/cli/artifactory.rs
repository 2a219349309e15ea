//! `jf rt access-token-create` and `jf rt ping`: what is asked of Artifactory itself.

use crate::support::{CREATED, Jf, Run, Server, reply, reply_with};

const AUTH: [&str; 1] = ["--access-token=canary-token"];

fn rt(jf: &Jf, server: &Server, arguments: &[&str]) -> Run {
    let url = format!("{}/artifactory", server.url());
    jf.run(&[&["rt"], arguments, &["--url", &url], &AUTH].concat())
}

#[test]
fn the_forms_of_the_old_token_api() {
    for (arguments, body) in [
        (&[][..], "expires_in=3600&scope=member-of-groups%3A*"),
        (&["Frog"], "expires_in=3600&scope=member-of-groups%3A*&username=frog"),
        (&["--user", "Alice"], "expires_in=3600&scope=member-of-groups%3A*&username=alice"),
        (
            &["frog", "--groups", "a,b", "--expiry=0", "--refreshable", "--audience", "jfrt@* jfxr@*"],
            "audience=jfrt%40*+jfxr%40*&expires_in=0&refreshable=true&scope=member-of-groups%3Aa%2Cb&username=frog",
        ),
        (
            &["--refreshable=false", "--grant-admin=false", "--expiry", "1h"],
            "expires_in=3600&scope=member-of-groups%3A*",
        ),
    ] {
        let server = Server::created();
        let run = rt(&Jf::new(), &server, &[&["atc"], arguments].concat()).ok();
        let call = server.call();
        assert_eq!((&*call.line, &*call.body), ("POST /artifactory/api/security/token HTTP/1.1", body));
        assert_eq!(call.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(call.header("authorization"), Some("Bearer canary-token"));
        assert!(run.stdout.starts_with("{\n  \"scope\": ") && run.stdout.contains("eyJ.made.up"), "{run:?}");
        assert_eq!(
            run.stderr,
            "[Warn] You are using a deprecated syntax of the command.\nInstead of:\n$ jf rt atc ...\nUse:\n$ jf atc ...\n"
        );
    }
}

#[test]
fn administrator_rights_are_on_the_service_that_answers() {
    for (arguments, scope) in [
        (&["--grant-admin"][..], "scope=jfrt%4001%3Aadmin"),
        (&["--grant-admin", "--groups=g"], "scope=member-of-groups%3Ag+jfrt%4001%3Aadmin"),
    ] {
        let server = Server::start(vec![reply("200 OK", "jfrt@01\n"), reply("200 OK", CREATED)]);
        rt(&Jf::new(), &server, &[&["atc"], arguments].concat()).ok();
        let calls = server.calls();
        assert_eq!(calls[0].line, "GET /artifactory/api/system/service_id HTTP/1.1");
        assert_eq!(calls[0].header("authorization"), Some("Bearer canary-token"));
        assert!(calls[1].body.contains(scope), "{calls:?}");
    }
    for body in ["", "<html> no id"] {
        let server = Server::start(vec![reply("200 OK", body)]);
        rt(&Jf::new(), &server, &["atc", "--grant-admin"]).fails(9, &["not with a service id"]);
    }
    let server = Server::start(vec![reply("403 Forbidden", "")]);
    rt(&Jf::new(), &server, &["atc", "--grant-admin"]).fails(5, &["--grant-admin needs", "403 Forbidden"]);
}

#[test]
fn w45_password_servers_create_by_the_old_api() {
    let server = Server::created();
    let jf = Jf::new().env("JFROG_CLI_AVOID_DEPRECATION_WARNINGS", "true").config(&format!(
        r#"{{"servers":[{{"url":"{0}/","artifactoryUrl":"{0}/own/","user":"frog","password":"p","tokenRefreshInterval":60,"serverId":"one","isDefault":true}}],"version":"6"}}"#,
        server.url()
    ));
    let text = jf.config_text();
    assert_eq!(jf.run(&["rt", "atc"]).ok().stderr, "");
    let call = server.call();
    assert_eq!(call.line, "POST /own/api/security/token HTTP/1.1");
    assert_eq!(call.header("authorization"), Some("Basic ZnJvZzpw"));
    assert_eq!(call.body, "expires_in=3600&scope=member-of-groups%3A*&username=frog");
    assert_eq!(jf.config_text(), text, "no token is made behind the scenes");
}

#[test]
fn what_the_old_api_says_no_to() {
    let server = Server::start(vec![reply("403 Forbidden", r#"{"errors":[{"message":"no"}]}"#)]);
    rt(&Jf::new(), &server, &["atc", "other"])
        .fails(5, &["got unexpected server response while attempting to create token: server response: 403 Forbidden\n  no"]);
    let nobody = Server::untouched();
    let jf = Jf::new();
    rt(&jf, &nobody, &["atc", "a", "b"]).fails(2, &["Wrong number of arguments (2)."]);
    rt(&jf, &nobody, &["atc", "--expiry=soon"]).fails(2, &["expiry"]);
    rt(&jf, &nobody, &["atc", "--format=xml"]).fails(2, &["output formats"]);
    jf.run(&["rt", "atc"]).fails(4, &["no JFrog Artifactory URL specified, either via the --url flag"]);
}

#[test]
fn ping_prints_the_answer() {
    for (format, wanted) in [
        ("", "OK\n"),
        ("--format=json", "{\n  \"status_code\": 200,\n  \"message\": \"OK\"\n}\n"),
        ("--format=table", "FIELD        VALUE\nstatus_code  200\nmessage      OK\n"),
    ] {
        for name in ["ping", "p"] {
            let server = Server::start(vec![reply("200 OK", "OK")]);
            let words: Vec<&str> = [name, format].into_iter().filter(|word| !word.is_empty()).collect();
            let run = rt(&Jf::new(), &server, &words).ok();
            assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (wanted, ""));
            assert_eq!(server.call().line, "GET /artifactory/api/system/ping HTTP/1.1");
        }
    }
}

#[test]
fn ping_needs_no_credential_and_no_arguments() {
    let server = Server::start(vec![reply("200 OK", "OK")]);
    Jf::new().run(&["rt", "ping", "--url", &server.url()]).ok();
    let call = server.call();
    assert_eq!((&*call.line, call.header("authorization")), ("GET /api/system/ping HTTP/1.1", None));
    let nobody = Server::untouched();
    rt(&Jf::new(), &nobody, &["ping", "x"]).fails(2, &["No arguments should be sent."]);
}

#[test]
fn w52_ping_prints_an_errors_body_once() {
    for (body, code) in [(r#"{"errors":[{"message":"only once"}]}"#, 5), ("only once", 5)] {
        let server = Server::start(vec![reply("403 Forbidden", body)]);
        let run =
            rt(&Jf::new(), &server, &["ping"]).fails(code, &["[Error] server response: 403 Forbidden\n"]);
        assert_eq!(run.stderr.matches("only once").count(), 1, "{run:?}");
    }
    let server = Server::start(vec![reply("201 Created", "only once")]);
    let run = rt(&Jf::new(), &server, &["ping"]).fails(1, &[]);
    assert_eq!(run.stderr.matches("only once").count(), 1, "{run:?}");
}

#[test]
fn ping_is_tried_again() {
    let busy = || reply_with("503 Service Unavailable", &["Retry-After: 0"], "");
    let server = Server::start(vec![busy(), busy(), reply("200 OK", "OK")]);
    assert_eq!(rt(&Jf::new(), &server, &["ping"]).ok().stdout, "OK\n");
}
