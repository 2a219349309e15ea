//! What jf says about itself: version, help, variables, man pages, and what it says of commands that are none.

use crate::support::{Jf, Server};
use std::path::Path;
use std::process::Command;

/// Every command, by its whole name.
const COMMANDS: [&str; 31] = [
    "access-token-create",
    "exchange-oidc-token",
    "login",
    "token",
    "token create",
    "token list",
    "token show",
    "token inspect",
    "token revoke",
    "token refresh",
    "token rotate",
    "token exec",
    "token exchange",
    "config",
    "config add",
    "config edit",
    "config show",
    "config use",
    "config remove",
    "config export",
    "config import",
    "rt",
    "rt access-token-create",
    "rt ping",
    "whoami",
    "doctor",
    "api",
    "completion",
    "options",
    "man-pages",
    "",
];

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A world in which nothing can be made, read or called without being seen.
struct Still {
    jf: Jf,
    server: Server,
}

impl Still {
    fn new() -> Self {
        let server = Server::untouched();
        let mut jf = Jf::new();
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            jf = jf.env(variable, &server.url());
        }
        Self { jf, server }
    }

    /// Runs the command; it says something on standard output and nothing else, and leaves nothing.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let run = self.jf.run(arguments).ok();
        assert_eq!(run.stderr, "", "{arguments:?}");
        assert!(!run.stdout.is_empty(), "{arguments:?}");
        assert_eq!(std::fs::read_dir(self.jf.folder()).unwrap().count(), 0, "{arguments:?}");
        self.server.calls();
        run.stdout
    }
}

/// W1, W2, W46: the version is told and nothing else is done.
#[test]
fn w1_w2_w46_version_does_nothing_else() {
    let version = format!("jf version {}\n", env!("CARGO_PKG_VERSION"));
    for flag in ["--version", "-v", "-version", "-V"] {
        assert_eq!(Still::new().says(&[flag]), version);
    }
    // W5: nor does a broken configuration matter, or a home that is none.
    for jf in [
        Jf::new().config("{"),
        Jf::new().env("JFROG_CLI_HOME_DIR", "/dev/null/x"),
        Jf::new().env("JFROG_CLI_ENCRYPTION_KEY", "short"),
    ] {
        let run = jf.run(&["--version"]).ok();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (version.as_str(), ""));
    }
}

/// W2, W46: help of every command, in each of its ways, makes nothing and calls nobody.
#[test]
fn w2_w46_help_of_every_command_does_nothing_else() {
    let world = Still::new();
    for command in COMMANDS {
        let name = words(command);
        let help = world.says(&[&name[..], &["--help"]].concat());
        let usage = format!("Usage: jf {command}");
        assert!(help.contains(usage.trim_end()) && help.contains("Examples:\n"), "{help}");
        for ways in [
            &[&name[..], &["-h"]].concat(),
            &[&name[..], &["-help"]].concat(),
            &[&["help"], &name[..]].concat(),
        ] {
            assert!(world.says(ways).contains(usage.trim_end()), "{ways:?}");
        }
        if ["", "token", "config", "rt"].contains(&command) {
            assert!(world.says(&name).contains(usage.trim_end()), "{command}");
        }
    }
    for alias in ["atc", "eot", "c", "c s", "c rm", "c ex", "c im", "rt atc", "rt p"] {
        world.says(&[&words(alias)[..], &["--help"]].concat());
    }
}

#[test]
fn options_lists_each_variable_once() {
    let text = Still::new().says(&["options"]);
    for name in [
        "JFROG_CLI_LOG_LEVEL",
        "JFROG_CLI_HOME_DIR",
        "JFROG_CLI_SERVER_ID",
        "CI",
        "JFROG_CLI_ENCRYPTION_KEY",
        "JFROG_CLI_BUILD_PROJECT",
        "JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID",
        "JFROG_CLI_ERROR_OUTPUT_FORMAT",
        "JFROG_CLI_USER_AGENT",
        "JF_URL",
        "JF_ACCESS_TOKEN",
        "JF_EXPIRY_NOTICE",
        "SSL_CERT_FILE",
    ] {
        assert_eq!(format!("\n{text}").matches(&format!("\n\t{name}\n")).count(), 1, "{name}");
    }
    assert!(text.starts_with("\tJFROG_CLI_LOG_LEVEL\n\t\t[Default: INFO]\n\t\tHow much is said"), "{text}");
    for block in text.trim_end().split("\n\n") {
        assert!(block.starts_with('\t') && block.contains("\n\t\t"), "{block}");
    }
    Jf::new().run(&["options", "x"]).fails(2, &["x"]);
}

/// Section 7.9 of the existing tool: what is no command is told, with those that look like it.
#[test]
fn what_is_no_command_is_told_with_similar_ones() {
    for (line, message, similar) in [
        ("zzz", "'jf zzz' is not a jf command. See --help", ""),
        ("cofig", "'jf cofig' is not a jf command. See --help", "jf config"),
        ("loginn", "'jf loginn' is not a jf command. See --help", "jf login"),
        ("c foo", "'jf config foo' is not a jf command. See --help", ""),
        ("config ad", "'jf config ad' is not a jf command. See --help", "jf config add"),
        ("rt pin", "'jf rt pin' is not a jf command. See --help", "jf rt ping"),
        ("token crate", "'jf token crate' is not a jf command. See --help", "jf token create"),
        ("help zzz", "'jf zzz' is not a jf command. See --help", ""),
    ] {
        let jf = Jf::new();
        let run = jf.run(&words(line)).fails(2, &[message, similar]);
        assert_eq!(run.stderr.matches("not a jf command").count(), 1, "{run:?}");
        assert_eq!(run.stderr.contains("similar"), !similar.is_empty(), "{run:?}");
        assert!(!jf.home().exists());
    }
}

/// W54: a usage error stands on standard error, once, without the whole help.
#[test]
fn w54_usage_errors_come_once_on_standard_error() {
    for (line, words_of_it) in [
        ("--nope", "--nope"),
        ("config --nope", "--nope"),
        ("config add --nope", "--nope"),
        ("config add --url", "--url"),
        ("config show a b", "Wrong number of arguments (2)."),
        ("config show --format xml", "json, table"),
        ("config use", "Wrong number of arguments (0)."),
        ("config use a b", "Wrong number of arguments (2)."),
        ("config remove a b", "Wrong number of arguments (2)."),
        ("config remove --quiet=maybe", "invalid boolean value \"maybe\""),
        ("config export --master-key-stdin true", "--master-key-stdin"),
        ("config import --overwrite=2 x", "invalid boolean value \"2\""),
        ("login x", "No arguments should be sent."),
        ("login --legacy false", "write --legacy=false"),
        ("login -legacy=perhaps", "invalid boolean value \"perhaps\""),
        ("whoami x", "No arguments should be sent."),
        ("whoami --format=yaml", "json, table"),
        ("doctor x", "No arguments should be sent."),
        ("doctor --format=yaml", "json, table"),
        ("completion", "Wrong number of arguments (0)."),
        ("completion tcsh", "bash|zsh|fish|powershell"),
        ("completion bash zsh", "Wrong number of arguments (2)."),
        ("man-pages", "Wrong number of arguments (0)."),
        ("man-pages a b", "Wrong number of arguments (2)."),
    ] {
        let jf = Jf::new();
        let run = jf.run(&words(line)).fails(2, &[words_of_it]);
        assert_eq!(run.stderr.matches("[Error]").count(), 1, "{run:?}");
        assert!(run.stderr.lines().count() <= 5 && !run.stderr.contains("Options:"), "{run:?}");
        assert_eq!(std::fs::read_dir(jf.folder()).unwrap().count(), 0, "{line}");
    }
}

/// Whether this machine's `man` shows the page, and what it shows.
fn shown(page: &Path) -> Option<String> {
    let output = Command::new("man")
        .args(["-P", "cat", "-l"])
        .arg(page)
        .env("MANWIDTH", "200")
        .env("TERM", "dumb")
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn man_pages_are_written_one_for_each_command() {
    let jf = Jf::new();
    let run = jf.run(&["man-pages", "a/b"]).ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let folder = jf.folder().join("a/b");
    let mut expected: Vec<_> = COMMANDS
        .iter()
        .map(|name| format!("{}.1", format!("jf {name}").trim_end().replace(' ', "-")))
        .collect();
    expected.sort();
    let mut pages: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert_eq!(pages, expected);
    for page in pages {
        let text = std::fs::read_to_string(folder.join(&page)).unwrap();
        let name = page.trim_end_matches(".1");
        assert!(text.contains(&format!(".TH {name} 1")) && text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
    if let Some(text) = shown(&folder.join("jf-config-add.1")) {
        assert!(text.contains("jf-config-add") && text.contains("--access-token-stdin"), "{text}");
    }
    assert!(!jf.home().exists());
    std::fs::write(jf.folder().join("file"), "").unwrap();
    jf.run(&["man-pages", "file"]).fails(1, &["cannot create file", "name a folder"]);
}
