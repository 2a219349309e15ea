//! Where nobody can answer: each command that would ask fails at once, and names the flag that answers.

use crate::support::{Jf, Server};
use crate::terminal::Terminal;

const ONE: &str =
    r#"{"servers":[{"url":"https://h/","accessToken":"t","serverId":"one","isDefault":true}],"version":"6"}"#;
/// The secret is `security.yaml`'s business; the export of an encrypted file asks for its key.
const ENCRYPTED: &str = include_str!("../golden/v6-encrypted.json");
const KEY: &str = "0123456789abcdef0123456789ABCDEF";

/// A command that would ask, on which file, and the flag that its refusal names.
const ASKING: [(&[&str], &str, &str); 13] = [
    (&["config", "add"], ONE, "--url"),
    (&["config", "add", "new"], ONE, "--url"),
    (&["config", "add", "new", "--interactive=true"], ONE, "--url"),
    (&["config", "edit", "one", "--interactive=false"], ONE, "--access-token-stdin"),
    (&["config", "edit", "one"], ONE, "--url"),
    (&["config", "edit", "one", "--interactive"], ONE, "--url"),
    (&["config", "remove", "--quiet=false"], ONE, "--quiet"),
    (&["config", "rm", "one", "--quiet=false"], ONE, "--quiet"),
    (&["config", "export"], ENCRYPTED, "--master-key-stdin"),
    (&["login"], ONE, "jf config add SERVER-ID --url URL --access-token-stdin"),
    (&["login", "--url=https://h", "--legacy"], ONE, "--access-token-stdin"),
    (&["login", "--server-id", "one"], ONE, "--access-token-stdin"),
    (&["config", "add", "new", "--url=https://h", "--interactive"], ONE, "--interactive=false"),
];

/// A world in which nothing is left to chance: the proxy would be called, if anybody was.
fn world(file: &str) -> Jf {
    Jf::new().config(file).env("JFROG_CLI_ENCRYPTION_KEY", KEY)
}

/// Without secrets in the clear beside a key, which would be told as well.
fn file_of(file: &str) -> String {
    file.replace("\"accessToken\":\"t\",", "")
}

/// W3: a pipe is nobody, whatever is in it.
#[test]
fn w3_nobody_is_asked_without_a_terminal() {
    for stdin in ["", "y\nhttps://h\n1\ntoken\n"] {
        for (arguments, file, flag) in ASKING {
            let jf = world(&file_of(file)).stdin(stdin);
            let run = jf.run(arguments).fails(4, &[flag]);
            assert_eq!(run.stderr.matches("[Error]").count(), 1, "{run:?}");
            assert_eq!(jf.config_text(), file_of(file));
        }
    }
}

/// W3: nor is the offer of a configuration made, where there is none.
#[test]
fn w3_no_configuration_is_offered() {
    for arguments in [&["atc"][..], &["eot", "gh", "id"], &["rt", "ping"], &["api", "x"]] {
        let jf = Jf::new();
        let run = jf.run(arguments).fails(4, &["--url"]);
        assert!(!run.stderr.contains('?') && !jf.home().exists(), "{run:?}");
        let session = Terminal::start(&jf, arguments).end().fails(4, &["--url"]);
        assert!(!session.screen.contains('?') && !jf.home().exists(), "{session:?}");
    }
}

/// W7: in every spelling `CI` means that nobody is there, terminal or not.
#[test]
fn w7_ci_in_any_spelling_asks_nobody_even_at_a_terminal() {
    for spelling in ["true", "1", "yes", "GitHub", "TRUE", "on"] {
        for (arguments, file, flag) in if spelling == "GitHub" { &ASKING[..] } else { &ASKING[6..9] } {
            let jf = world(&file_of(file)).env("CI", spelling);
            Terminal::start(&jf, arguments)
                .end()
                .fails(4, &[flag, if arguments[0] == "config" { "[Error]" } else { "CI" }]);
            assert_eq!(jf.config_text(), file_of(file));
        }
        // What CI decides by itself needs no flag.
        let jf = Jf::new().config(ONE).env("CI", spelling);
        Terminal::start(&jf, &["config", "add", "new", "--url=https://h"])
            .end()
            .fails(0, &["no credentials were given"]);
        let session = Terminal::start(&jf, &["config", "rm", "one"]).end().ok();
        assert_eq!(session.screen, "");
    }
}

/// W3: nor is anybody asked who said so, be there a terminal or not.
#[test]
fn w3_interactive_false_asks_nobody_even_at_a_terminal() {
    for (arguments, flag) in [
        (&["config", "add", "new"][..], "--url"),
        (&["config", "add"], "--url"),
        (&["config", "edit", "one"], "--access-token-stdin"),
    ] {
        let arguments = [arguments, &["--interactive=false"]].concat();
        let jf = Jf::new().config(ONE);
        let session = Terminal::start(&jf, &arguments).end().fails(4, &[flag, "(--interactive=false)"]);
        assert!(!session.screen.contains("URL: "), "{session:?}");
        Jf::new().config(ONE).env("CI", "1").run(&arguments).fails(4, &[flag, "(--interactive=false)"]);
        assert_eq!(jf.config_text(), ONE);
    }
    // What is only warned about elsewhere is no question either.
    let jf = Jf::new();
    let http = ["config", "add", "new", "--url=http://h.example", "--interactive=false"];
    let session = Terminal::start(&jf, &http).end().ok();
    assert!(session.screen.contains("insecure") && !session.screen.contains('?'), "{session:?}");
}

/// W7: and a `CI` that says no is none.
#[test]
fn w7_a_ci_that_says_no_asks() {
    for spelling in ["false", "0", "no", "off", "False", ""] {
        let jf = Jf::new().config(ONE).env("CI", spelling);
        Terminal::start(&jf, &["config", "rm", "one"]).answer("configuration? (y/n) [n]? ", "n").end().ok();
        Terminal::start(&jf, &["config", "add", "new"])
            .expect("JFrog Platform URL: ")
            .type_in("\u{4}")
            .end()
            .fails(4, &[]);
        assert_eq!(jf.config_text(), ONE);
    }
}

/// W3: a terminal on another stream is nobody to ask: `jf config add < file`.
#[test]
fn w3_stdin_on_a_stdin_flag_at_a_terminal_is_nobodys() {
    let server = Server::untouched();
    let url = server.url();
    for flag in ["--access-token-stdin", "--password-stdin"] {
        let jf = Jf::new();
        Terminal::start(&jf, &["config", "add", "one", "--user=u", "--url", &url, flag])
            .end()
            .fails(2, &["provided via Stdin"]);
        assert!(!jf.home().exists());
    }
    Terminal::start(&Jf::new(), &["config", "import", "-"])
        .end()
        .fails(2, &["no server token provided via Stdin"]);
}
