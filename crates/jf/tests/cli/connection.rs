//! Which server is asked, and as whom.

use crate::support::{Jf, Server};

fn config(url: &str, more: &str) -> String {
    format!(
        r#"{{"servers":[{{"url":"{url}/","accessToken":"configured","serverId":"one","isDefault":true}}{more}],"version":"6"}}"#
    )
}

fn asked_as(server: &Server, jf: &Jf, arguments: &[&str]) -> String {
    jf.run(&[&["atc"], arguments].concat()).ok();
    server.call().header("authorization").unwrap().to_owned()
}

#[test]
fn variables_stand_above_the_configured_server() {
    let (server, other) = (Server::created(), Server::untouched());
    let jf = Jf::new().config(&config(&other.url(), "")).env("JF_URL", &server.url());
    assert_eq!(asked_as(&server, &jf.env("JF_ACCESS_TOKEN", "variable\n"), &[]), "Bearer variable");
}

#[test]
fn flags_stand_above_variables_piece_by_piece() {
    let server = Server::created();
    let url = server.url();
    let jf = Jf::new().env("JF_URL", &url).env("JF_ACCESS_TOKEN", "variable");
    assert_eq!(asked_as(&server, &jf, &["--access-token", "flag"]), "Bearer flag");

    let server = Server::created();
    let jf = Jf::new().env("JF_ACCESS_TOKEN", "variable");
    assert_eq!(asked_as(&server, &jf, &["--url", &server.url()]), "Bearer variable");

    let server = Server::created();
    let jf = Jf::new().env("JF_URL", &server.url()).env("JF_USER", "u").env("JF_PASSWORD", "p");
    assert_eq!(asked_as(&server, &jf, &[]), "Basic dTpw");
}

#[test]
fn each_flag_of_the_existing_tool_chooses_the_command_line() {
    let server = Server::untouched();
    let jf = Jf::new().config(&config(&server.url(), ""));
    for flag in [
        "--user=u",
        "--password=p",
        "--access-token=t",
        "--ssh-passphrase=s",
        "--ssh-key-path=k",
        "--client-cert-path=c",
        "--client-cert-key-path=k",
    ] {
        let run = jf.run(&["atc", flag, "--server-id=one"]);
        run.fails(4, &["no JFrog Platform URL specified, either via the --url flag"]);
    }
    let server = Server::created();
    let jf = Jf::new().config(&config(&server.url(), ""));
    let empty = [
        "--url=",
        "--user=",
        "--password=",
        "--access-token=",
        "--ssh-passphrase=",
        "--ssh-key-path=",
        "--client-cert-path=",
        "--client-cert-key-path=",
        "--server-id=",
    ];
    assert_eq!(asked_as(&server, &jf, &empty), "Bearer configured");
}

#[test]
fn flags_beside_address_and_token_change_nothing() {
    for flags in [
        &["--user=u", "--password=p"][..],
        &["--server-id=unknown"],
        &["--ssh-passphrase=s", "--ssh-key-path=k"],
    ] {
        let server = Server::created();
        let url = server.url();
        let arguments = [&["--url", &url, "--access-token=t"], flags].concat();
        assert_eq!(asked_as(&server, &Jf::new(), &arguments), "Bearer t");
    }
}

#[test]
fn a_named_server_stands_above_variables() {
    let server = Server::created();
    let jf = Jf::new().config(&config(&server.url(), "")).env("JF_URL", "http://127.0.0.1:1");
    assert_eq!(
        asked_as(&server, &jf.env("JF_ACCESS_TOKEN", "variable"), &["--server-id", "one"]),
        "Bearer configured"
    );
}

#[test]
fn credentials_never_go_to_another_origin() {
    let server = Server::untouched();
    let jf = Jf::new().env("JF_URL", "https://elsewhere.example").env("JF_ACCESS_TOKEN", "canary");
    let run = jf.run(&["atc", "--url", &server.url()]);
    run.fails(4, &["no credentials for", "belong to JF_URL"]);
    let jf = Jf::new().config(&config(&server.url(), ""));
    jf.run(&["atc", "--url", &server.url()]).fails(4, &["no credentials for"]);
}

#[test]
fn the_configured_servers_have_an_order() {
    let (one, two) = (Server::created(), Server::created());
    let more = format!(
        r#",{{"url":"{0}","accessUrl":"{0}/own/access/","user":"Frog","password":"p","serverId":"two"}}"#,
        two.url()
    );
    let jf = Jf::new().config(&config(&one.url(), &more));
    assert_eq!(asked_as(&one, &jf, &[]), "Bearer configured");
    let jf = jf.env("JFROG_CLI_SERVER_ID", "two");
    assert_eq!(asked_as(&two, &jf, &[]), "Basic RnJvZzpw");
    assert_eq!(two.call().line, "POST /own/access/api/v1/tokens HTTP/1.1");
    assert!(two.call().body.contains(r#""username":"frog""#));
}

#[test]
fn what_is_missing_is_named() {
    let no_url =
        "no JFrog Platform URL specified, either via the --url flag or as part of the server configuration";
    let url = "http://127.0.0.1:1";
    for (arguments, code, words) in [
        (&["atc"][..], 4, &[no_url, "jf config add", "JF_URL"][..]),
        (&["atc", "--access-token", "t"], 4, &[no_url]),
        (&["atc", "--user", "u"], 4, &[no_url]),
        (&["atc", "--url", url], 4, &["no credentials", "--access-token-stdin", "--password-stdin"]),
        (&["atc", "--url", url, "--user", "u"], 4, &["no credentials"]),
        (&["atc", "--url", url, "--password", "p"], 4, &["no user name", "--user"]),
        (&["atc", "--server-id", "x"], 6, &["Server ID 'x' does not exist."]),
    ] {
        let jf = Jf::new();
        jf.run(arguments).fails(code, words);
        assert!(!jf.home().exists(), "{arguments:?}");
    }
    Jf::new().env("JF_ACCESS_TOKEN", "t").run(&["atc"]).fails(4, &[no_url]);
}

#[test]
fn servers_without_a_default_are_no_panic() {
    let jf =
        Jf::new().config(r#"{"servers":[{"url":"http://h","serverId":"a"},{"serverId":"b"}],"version":"6"}"#);
    jf.run(&["atc"]).fails(4, &["none of the configured servers is the default", "a, b"]);
    jf.run(&["atc", "--server-id", "a"]).fails(4, &["server 'a' has no credentials"]);
    jf.run(&["atc", "--server-id", "c"]).fails(6, &["Server ID 'c' does not exist."]);
}

#[test]
fn a_broken_configuration_stops_only_those_who_need_it() {
    let server = Server::created();
    let jf = Jf::new().config("{");
    jf.atc(&server, &[]).ok();
    jf.run(&["atc"]).fails(1, &["jfrog-cli.conf.v6", "not readable"]);
    assert_eq!(jf.config_text(), "{");
}

#[test]
fn secrets_come_from_standard_input_and_files() {
    let server = Server::created();
    let jf = Jf::new().stdin("  from-stdin\n");
    assert_eq!(
        asked_as(&server, &jf, &["--url", &server.url(), "--access-token-stdin"]),
        "Bearer from-stdin"
    );

    let server = Server::created();
    let jf = Jf::new().stdin("p\n");
    assert_eq!(
        asked_as(&server, &jf, &["--url", &server.url(), "--user=u", "--password-stdin"]),
        "Basic dTpw"
    );

    let server = Server::created();
    let jf = Jf::new();
    std::fs::write(jf.folder().join("token"), "from-file\n").unwrap();
    assert_eq!(
        asked_as(&server, &jf, &["--url", &server.url(), "--access-token-file", "token"]),
        "Bearer from-file"
    );

    let url = "http://127.0.0.1:1";
    let jf = Jf::new();
    jf.run(&["atc", "--url", url, "--access-token-stdin"]).fails(2, &["no access token provided via Stdin"]);
    jf.run(&["atc", "--url", url, "--access-token-stdin", "--password-stdin"]).fails(2, &["only one"]);
    jf.run(&["atc", "--url", url, "--password-stdin", "--password", "p"])
        .fails(2, &["providing both password and password-stdin flags is not supported"]);
    jf.run(&["atc", "--url", url, "--access-token-file", "none"])
        .fails(1, &["--access-token-file: cannot read the file"]);
}

#[test]
fn no_home_folder_is_needed_with_flags() {
    let server = Server::created();
    let jf = Jf::new();
    let url = server.url();
    let without_home = |arguments: &[&str]| {
        let mut command = jf.command(arguments);
        command.env_remove("HOME").env_remove("JFROG_CLI_HOME_DIR").output().unwrap()
    };
    assert!(without_home(&["atc", "--url", &url, "--access-token", "t"]).status.success());
    let output = without_home(&["atc"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("couldn't find home directory"));
}

#[test]
fn an_address_that_a_command_does_not_use_does_not_stop_it() {
    let server = Server::created();
    let text = config(&server.url(), "")
        .replace("\"accessToken\"", "\"artifactoryUrl\":\"ssh://h:1339/\",\"accessToken\"");
    let jf = Jf::new().config(&text);
    jf.run(&["atc"]).ok();
    jf.run(&["rt", "ping"]).fails(2, &["artifactoryUrl of server 'one'"]);
}
