//! Where `jf atc` takes address and credentials from: flags, files, standard input, the environment, the
//! configured servers; and which of them counts.

use crate::accessd;
use serde_json::Value;
use testkit::{Accessd, Jf, Run, Shared};

static BASIC_CREATES: Shared = Shared::new(&[("ACCESSD_SECURITY_ALLOW_BASIC_TOKEN_CREATION", "true")]);

/// Whose token a command printed.
#[track_caller]
fn owner(accessd: &Accessd, run: Run) -> String {
    let printed: Value = run.json();
    let info = accessd.whoami(printed["access_token"].as_str().unwrap()).expect(200).json();
    info["subject"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn the_address_may_end_in_a_slash_or_not() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for url in [accessd.url(), format!("{}/", accessd.url())] {
        let run = Jf::new().run(&["atc", "--url", &url, "--access-token", &frog.token]);
        assert_eq!(owner(&accessd, run), frog.name);
    }
}

#[test]
fn a_token_may_come_by_standard_input_or_from_a_file() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let url = accessd.url();
    let jf = Jf::new().stdin(&format!("{}\n", frog.token));
    assert_eq!(owner(&accessd, jf.run(&["atc", "--url", &url, "--access-token-stdin"])), frog.name);
    let file = jf.file("token.txt", &format!("{}\n", frog.token));
    assert_eq!(owner(&accessd, jf.run(&["atc", "--url", &url, "--access-token-file", &file])), frog.name);
    Jf::new().run(&["atc", "--url", &url, "--access-token-stdin"]).failed(2, &["access token", "stdin"]);
    jf.run(&["atc", "--url", &url, "--access-token-file", "/nowhere/token"])
        .failed(1, &["--access-token-file"]);
}

#[test]
fn a_reference_token_is_a_credential_too() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let reference =
        accessd.mint(&frog.token, serde_json::json!({"include_reference_token": true})).reference_token;
    assert_eq!(owner(&accessd, Jf::with_flags(&accessd, &reference).atc(&[])), frog.name);
    let basic =
        Jf::new().run(&["atc", "--url", &accessd.url(), "--user", &frog.name, "--password", &reference]);
    assert_eq!(owner(&accessd, basic), frog.name);
}

#[test]
fn user_and_password_work_where_the_service_allows_it() {
    let accessd = BASIC_CREATES.service();
    let (frog, boss) = (accessd.new_user("frog"), accessd.new_admin("boss"));
    let url = accessd.url();
    let flags = ["atc", "--url", &url, "--user", &frog.name, "--password", &frog.password];
    assert_eq!(owner(&accessd, Jf::new().run(&flags)), frog.name);
    let stdin = Jf::new().stdin(&format!("{}\n", frog.password));
    assert_eq!(
        owner(&accessd, stdin.run(&["atc", "--url", &url, "--user", &frog.name, "--password-stdin"])),
        frog.name
    );
    let for_others = Jf::new().run(&[
        "atc",
        &frog.name,
        "--url",
        &url,
        "--user",
        &boss.name,
        "--password",
        &boss.password,
    ]);
    assert_eq!(owner(&accessd, for_others), frog.name, "an administrator creates for others this way too");
    let wrong = ["atc", "--url", &url, "--user", &frog.name, "--password", "wrong"];
    Jf::new().run(&wrong).failed(4, &["401"]);
}

#[test]
fn user_and_password_are_refused_where_it_does_not_and_the_message_says_so() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let run =
        Jf::new().run(&["atc", "--url", &accessd.url(), "--user", &frog.name, "--password", &frog.password]);
    run.failed(5, &["basic"]);
    assert_eq!(accessd.tokens_of(&frog.name).len(), 1);
}

#[test]
fn the_environment_gives_address_and_credentials() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::new().env("JF_URL", &accessd.url()).env("JF_ACCESS_TOKEN", &frog.token);
    assert_eq!(owner(&accessd, jf.run(&["atc"])), frog.name);
    let basic = BASIC_CREATES.service();
    let toad = basic.new_user("toad");
    let jf =
        Jf::new().env("JF_URL", &basic.url()).env("JF_USER", &toad.name).env("JF_PASSWORD", &toad.password);
    assert_eq!(owner(&basic, jf.run(&["atc"])), toad.name);
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_configured_server() {
    let accessd = accessd();
    let (flag, variable, config) =
        (accessd.new_user("flag"), accessd.new_user("variable"), accessd.new_user("config"));
    let jf = Jf::configured(&accessd, &config.token);
    assert_eq!(owner(&accessd, jf.run(&["atc"])), config.name);
    let jf = jf.env("JF_URL", &accessd.url()).env("JF_ACCESS_TOKEN", &variable.token);
    assert_eq!(owner(&accessd, jf.run(&["atc"])), variable.name);
    assert_eq!(
        owner(&accessd, jf.run(&["atc", "--url", &accessd.url(), "--access-token", &flag.token])),
        flag.name
    );
    assert_eq!(
        owner(&accessd, jf.run(&["atc", "--server-id", "main"])),
        config.name,
        "a server that is named is used"
    );
}

#[test]
fn a_server_is_chosen_by_flag_then_by_variable_then_by_default() {
    let accessd = accessd();
    let users: Vec<_> = ["one", "two", "three"].iter().map(|word| accessd.new_user(word)).collect();
    let jf = Jf::new();
    for (id, user) in ["one", "two", "three"].iter().zip(&users) {
        jf.run(&["c", "add", id, "--url", &accessd.url(), "--access-token", &user.token]).succeeded();
    }
    assert_eq!(owner(&accessd, jf.run(&["atc"])), users[0].name, "the first one is the default");
    jf.run(&["c", "use", "two"]).succeeded();
    assert_eq!(owner(&accessd, jf.run(&["atc"])), users[1].name);
    assert_eq!(owner(&accessd, jf.run(&["atc", "--server-id", "three"])), users[2].name);
    let jf = jf.env("JFROG_CLI_SERVER_ID", "three");
    assert_eq!(owner(&accessd, jf.run(&["atc"])), users[2].name);
    assert_eq!(owner(&accessd, jf.run(&["atc", "--server-id=one"])), users[0].name);
    jf.run(&["atc", "--server-id", "four"]).failed(6, &["Server ID 'four' does not exist"]);
}

#[test]
fn without_address_or_credentials_the_message_says_which_to_give() {
    let accessd = accessd();
    let url = accessd.url();
    Jf::new().run(&["atc"]).failed(4, &["no JFrog Platform URL specified", "--url"]);
    Jf::new()
        .run(&["atc", "--access-token", "a.b.c"])
        .failed(4, &["no JFrog Platform URL specified", "--url"]);
    Jf::new().run(&["atc", "--url", &url]).failed(4, &["--access-token"]);
    Jf::new().run(&["atc", "--url", &url, "--user", "frog"]).failed(4, &["--password"]);
    Jf::new().run(&["atc", "--url", &url, "--password", "x"]).failed(4, &["--user"]);
    Jf::new().env("JF_URL", &url).run(&["atc"]).failed(4, &["JF_ACCESS_TOKEN"]);
}

#[test]
fn address_and_credentials_on_the_command_line_need_no_home() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let run = Jf::with_flags(&accessd, &frog.token)
        .env("HOME", "/nowhere")
        .env("JFROG_CLI_HOME_DIR", "/nowhere/jf")
        .atc(&[]);
    assert_eq!(owner(&accessd, run), frog.name);
}
