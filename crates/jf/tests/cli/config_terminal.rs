//! `jf config` with a person at the terminal: the questions, and what comes of the answers.

use crate::support::{Jf, Server, compact, reply, stamp};
use crate::terminal::Terminal;

const WAYS: &str = "Select one of the following authentication methods:\n  1) Access Token\n  2) Web Login\n  3) Username and Password / Reference token\n  4) Mutual TLS\nNumber [1-4]: ";
const TWO: &str = r#"{"servers":[{"url":"https://h/","accessToken":"t","serverId":"one","isDefault":true},{"url":"https://g/","serverId":"two"}],"version":"6"}"#;
const BELOW: &str = r#""url":"https://h/","artifactoryUrl":"https://h/artifactory/","distributionUrl":"https://h/distribution/","xrayUrl":"https://h/xray/","missionControlUrl":"https://h/mc/","pipelinesUrl":"https://h/pipelines/""#;
const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZmFjQHgvdXNlcnMvRnJvZyJ9.c2ln";

fn add(jf: &Jf, arguments: &[&str]) -> Terminal {
    Terminal::start(jf, &[&["config", "add"], arguments].concat())
}

#[test]
fn add_asks_for_id_address_and_a_token_that_is_not_shown() {
    let jf = Jf::new();
    let session = add(&jf, &[])
        .answer("Enter a unique server identifier [Default-Server]: ", "prod")
        .answer("JFrog Platform URL: ", "https://h")
        .answer(WAYS, "1")
        .answer_hidden("JFrog access token: ", JWT)
        .end()
        .ok();
    assert!(!session.screen.contains("eyJ") && !session.screen.contains("[Warn]"), "{session:?}");
    assert!(session.is_as_before(), "{session:?}");
    assert_eq!(
        compact(&jf),
        format!(
            r#"{{"servers":[{{{BELOW},"user":"frog","accessToken":"{JWT}","serverId":"prod","isDefault":true}}],"version":"6"}}"#
        )
    );
}

#[test]
fn a_token_without_a_name_is_asked_one() {
    for (name, kept) in [("Toad", r#""user":"toad","accessToken""#), ("", r#"pipelines/","accessToken""#)] {
        let jf = Jf::new();
        let session = add(&jf, &["one", "--url=https://h"])
            .answer(WAYS, "1")
            .answer_hidden("JFrog access token: ", " canary ")
            .answer("JFrog username (optional): ", name)
            .end()
            .ok();
        assert!(!session.screen.contains("canary"), "{session:?}");
        assert!(compact(&jf).contains(kept) && compact(&jf).contains(r#""accessToken":"canary""#));
    }
}

#[test]
fn user_and_password_are_kept_and_the_password_is_not_shown() {
    let (jf, server) = (Jf::new(), Server::start(vec![reply("200 OK", "encrypted")]));
    let session = add(&jf, &["--url", &server.url()])
        .answer("identifier [Default-Server]: ", "")
        .answer(WAYS, "3")
        .answer("JFrog username: ", "Frog")
        .answer_hidden("JFrog password or Reference Token: ", "canary pass")
        .end()
        .ok();
    assert!(!session.screen.contains("canary"), "{session:?}");
    assert!(compact(&jf).contains(
        r#""user":"frog","password":"encrypted","tokenRefreshInterval":60,"serverId":"Default-Server""#
    ));
}

#[test]
fn mutual_tls_needs_files_that_are_there() {
    let jf = Jf::new();
    for name in ["cert", "key"] {
        std::fs::write(jf.folder().join(name), "").unwrap();
    }
    add(&jf, &["one", "--url=https://h"])
        .answer(WAYS, "4")
        .answer("Client certificate file path: ", "nope")
        .end()
        .fails(2, &["File doesn't exist at nope"]);
    assert!(!jf.home().exists());
    for (key, kept) in [
        ("key", r#""clientCertPath":"cert","clientCertKeyPath":"key","serverId""#),
        ("", r#""clientCertPath":"cert","serverId""#),
    ] {
        add(&jf, &["one", "--url=https://h", "--overwrite"])
            .answer(WAYS, "4")
            .answer("Client certificate file path: ", "cert")
            .answer("Client certificate key path: ", key)
            .end()
            .ok();
        assert!(compact(&jf).contains(kept), "{}", compact(&jf));
    }
}

#[test]
fn legacy_asks_for_each_service() {
    let jf = Jf::new();
    add(&jf, &["one", "--url=https://h", "--legacy", "--access-token", JWT])
        .answer("artifactoryUrl [https://h/artifactory/]: ", "https://a")
        .answer("distributionUrl [https://h/distribution/]: ", "")
        .answer("xrayUrl [https://h/xray/]: ", "")
        .answer("missionControlUrl [https://h/mc/]: ", "")
        .answer("pipelinesUrl [https://h/pipelines/]: ", "https://p")
        .end()
        .ok();
    let text = compact(&jf);
    assert!(
        text.contains(r#""artifactoryUrl":"https://a/","distributionUrl":"https://h/distribution/""#),
        "{text}"
    );
    assert!(text.contains(r#""pipelinesUrl":"https://p/""#), "{text}");
}

/// W3: wrong answers, and none, end the command.
#[test]
fn w3_wrong_answers_come_to_an_end() {
    let jf = Jf::new();
    let mut terminal = add(&jf, &["one", "--url=https://h"]).expect(WAYS);
    for answer in ["0", "5", "x", ""] {
        terminal =
            terminal.type_in(&format!("{answer}\n")).expect("Please enter a valid option.\nNumber [1-4]: ");
    }
    terminal.type_in("-1\n").end().fails(2, &["no answer to: Select one of", "--access-token-stdin"]);

    for question in ["identifier [Default-Server]: ", "JFrog Platform URL: "] {
        let arguments: &[&str] = if question.starts_with("id") { &[] } else { &["one"] };
        add(&jf, arguments).expect(question).type_in("\u{4}").end().fails(4, &["no answer was given"]);
    }
    let token = |keys: &str| {
        add(&jf, &["one", "--url=https://h"])
            .answer(WAYS, "1")
            .expect_hidden("access token: ")
            .type_in(keys)
            .end()
    };
    assert!([2, 4].contains(&token("\u{4}").code));
    token("\n").fails(2, &["no access token was typed"]);
    add(&jf, &["one"]).answer("JFrog Platform URL: ", "").end().fails(2, &["JFrog Platform URL", "https://"]);
    add(&jf, &["one", "--url=https://h"])
        .answer(WAYS, "3")
        .answer("JFrog username: ", "")
        .end()
        .fails(2, &["no user name"]);
    add(&jf, &[]).answer("identifier [Default-Server]: ", "use").end().fails(2, &["IDs: delete"]);
    assert!(!jf.home().exists());
}

/// W23: a person is asked before a server is replaced that was not named.
#[test]
fn w23_a_person_is_asked_before_a_server_is_replaced() {
    let question = "Server ID 'one' already exists (https://h/). Replace it? (y/n) [n]? ";
    let jf = Jf::new().config(TWO).env("JFROG_CLI_SERVER_ID", "one");
    let before = stamp(&jf);
    for no in ["n", "", "NO"] {
        add(&jf, &["--url=https://new", "--access-token", JWT])
            .answer(question, no)
            .end()
            .fails(7, &["Server ID 'one' already exists.", "--overwrite"]);
    }
    // Who names the server knows it.
    add(&jf, &["one", "--url=https://new"]).end().fails(7, &["--overwrite"]);
    assert_eq!(stamp(&jf), before);
    add(&jf, &["--url=https://new", "--access-token", JWT]).answer(question, "y").end().ok();
    assert!(compact(&jf).contains("https://new/") && !compact(&jf).contains("https://h/"));
}

/// W23: the same for `import`.
#[test]
fn w23_a_person_is_asked_before_an_import_replaces() {
    let line = Jf::new().config(TWO).run(&["config", "export", "two"]).ok().stdout;
    let jf = Jf::new().config(&TWO.replace("https://g/", "https://other/"));
    let import = || Terminal::start(&jf, &["config", "import", line.trim()]);
    let question = "Server ID 'two' already exists (https://other/). Replace it? (y/n) [n]? ";
    import().answer(question, "n").end().fails(7, &["already exists", "a secret on the command line"]);
    assert!(compact(&jf).contains("https://other/"));
    import().answer(question, "yes").end().ok();
    assert!(!compact(&jf).contains("https://other/"));
}

#[test]
fn edit_asks_for_address_and_log_in() {
    let jf = Jf::new().config(TWO);
    let edit = || Terminal::start(&jf, &["config", "edit", "one"]);
    let before = stamp(&jf);
    edit().answer("JFrog Platform URL [https://h/]: ", "").answer("Log in anew? (y/n) [n]? ", "").end().ok();
    assert_eq!(stamp(&jf), before);
    let session = edit()
        .answer("JFrog Platform URL [https://h/]: ", "https://new")
        .answer("Log in anew? (y/n) [n]? ", "y")
        .answer(WAYS, "1")
        .answer_hidden("JFrog access token: ", JWT)
        .end()
        .ok();
    assert!(!session.screen.contains("eyJ"), "{session:?}");
    let text = compact(&jf);
    assert!(
        text.contains(r#""url":"https://new/""#)
            && text.contains(&format!(r#""user":"frog","accessToken":"{JWT}""#)),
        "{text}"
    );
    // With flags nothing is asked, unless that is what is asked for.
    Terminal::start(&jf, &["config", "edit", "one", "--user=toad"]).end().ok();
    Terminal::start(&jf, &["config", "edit", "one", "--user=newt", "--interactive"])
        .answer("JFrog Platform URL [https://new/]: ", "")
        .answer("Log in anew? (y/n) [n]? ", "n")
        .end()
        .ok();
    assert!(compact(&jf).contains(r#""user":"newt""#));
}

/// The user who was there is offered, and is nobody's question where a token names none.
#[test]
fn edit_knows_the_old_user() {
    let config = TWO.replace(r#""accessToken":"t""#, r#""user":"frog","accessToken":"t""#);
    let edit = |jf: &Jf| {
        Terminal::start(jf, &["config", "edit", "one", "--enc-password=false"])
            .answer("JFrog Platform URL [https://h/]: ", "")
            .answer("Log in anew? (y/n) [n]? ", "y")
    };
    let jf = Jf::new().config(&config);
    edit(&jf).answer(WAYS, "1").answer_hidden("JFrog access token: ", "new").end().ok();
    assert!(compact(&jf).contains(r#""user":"frog","accessToken":"new""#), "{}", compact(&jf));
    let jf = Jf::new().config(&config);
    edit(&jf)
        .answer(WAYS, "3")
        .answer("JFrog username [frog]: ", "")
        .answer_hidden("JFrog password or Reference Token: ", "p")
        .end()
        .ok();
    assert!(compact(&jf).contains(r#""user":"frog","password":"p""#), "{}", compact(&jf));
}

#[test]
fn remove_asks_first() {
    let jf = Jf::new().config(TWO);
    let before = stamp(&jf);
    let one = "Are you sure you want to delete \"one\" configuration? (y/n) [n]? ";
    let all = "Are you sure you want to delete all the configurations? (y/n) [n]? ";
    for no in ["n", "", "No"] {
        let session = Terminal::start(&jf, &["config", "rm", "one"]).answer(one, no).end().ok();
        assert!(!session.screen.contains('['.to_string().repeat(2).as_str()));
    }
    let wrong = Terminal::start(&jf, &["c", "rm", "one"])
        .answer(one, "maybe")
        .answer("Please enter a valid option.", "1")
        .answer("Please enter a valid option.", "2")
        .answer("Please enter a valid option.", "3")
        .answer("Please enter a valid option.", "4");
    wrong.end().fails(2, &["answer y or n", "--quiet"]);
    Terminal::start(&jf, &["c", "rm"]).expect(all).type_in("\u{4}").end().fails(4, &["no answer was given"]);
    assert_eq!(stamp(&jf), before);
    Terminal::start(&jf, &["c", "rm", "one"]).answer(one, "maybe").answer("valid option.\n", "Y").end().ok();
    assert_eq!(
        compact(&jf),
        r#"{"servers":[{"url":"https://g/","serverId":"two","isDefault":true}],"version":"6"}"#
    );
    Terminal::start(&jf, &["c", "rm"]).answer(all, "yes").end().ok();
    assert_eq!(compact(&jf), r#"{"servers":[],"version":"6"}"#);
}

/// W28: the key is typed without being shown.
#[test]
fn w28_export_asks_for_the_master_key() {
    let key = "0123456789abcdef0123456789ABCDEF";
    let encrypted = include_str!("../golden/v6-encrypted.json");
    let jf = Jf::new().config(encrypted).env("JFROG_CLI_ENCRYPTION_KEY", key);
    let export = |typed: &str| {
        Terminal::start(&jf, &["config", "export", "two"])
            .answer_hidden("Please enter the master key: ", typed)
            .end()
    };
    let right = export(key).ok();
    assert!(right.screen.contains("eyJ2ZXJzaW9uIjoyLC") && !right.screen.contains(key), "{right:?}");
    let wrong = export("canary").fails(4, &["wrong master key"]);
    assert!(!wrong.screen.contains("canary"), "{wrong:?}");
}

/// W35: a secret among the arguments is warned about, on a terminal only.
#[test]
fn w35_a_secret_on_the_command_line_is_warned_about_at_a_terminal() {
    let warning = "[Warn] a secret on the command line can be seen by other processes";
    for secret in [
        &["--access-token=canary", "--user=u"][..],
        &["--user=u", "--password=canary", "--enc-password=false"],
        &["--ssh-key-path=/dev/null/..", "--ssh-passphrase=canary"],
    ] {
        let jf = Jf::new();
        std::fs::write(jf.folder().join("key"), "").unwrap();
        let secret: Vec<_> = secret
            .iter()
            .map(|flag| if flag.starts_with("--ssh-key") { "--ssh-key-path=key" } else { flag })
            .collect();
        let session = add(&jf, &[&["one", "--url=https://h"], &secret[..]].concat()).end().ok();
        assert_eq!(session.screen.matches(warning).count(), 1, "{session:?}");
        assert!(!session.screen.contains("canary"), "{session:?}");
        let run = jf.run(&[&["c", "add", "two", "--url=https://h"], &secret[..]].concat()).ok();
        assert_eq!(run.stderr, "");
    }
}
