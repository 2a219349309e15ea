//! What docs/tokens.md and the help of `jf token` show is run here, as it stands there, against a real service.

use crate::{GROUPS, USERS};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use testkit::{Accessd, Jf, Minted, Reply, Scripted, build_folder};

const PAGE: &str = include_str!("../../docs/tokens.md");
/// The id that the documentation shows, wherever a real one stands.
const SHOWN_ID: &str = "01a20ae1-9670-7eca-a943-25208021a34f";
/// The id in the examples of the help.
const HELP_ID: &str = "0193f3c4-6a01-7bbb-8ccc-0123456789ab";
const WEEK: u64 = 7 * 24 * 3600;
const HOUR: u64 = 3600;
/// Marks the end of a command's output in a transcript.
const END: char = '\u{1e}';

/// The service, user, group and configuration that the page speaks of.
struct World {
    accessd: Accessd,
    home: Jf,
    programs: TempDir,
}

/// What one block finds in its folder.
struct Scene {
    folder: TempDir,
    /// The token whose id is `$ID`.
    shown: Minted,
    /// A token that the one in token.txt has made.
    child: Minted,
}

impl World {
    fn new() -> Self {
        let accessd = Accessd::start();
        let admin = accessd.admin_token();
        let http = accessd.http();
        let frog = json!({"username": "frog", "email": "frog@example.org", "password": "a long password"});
        http.post(USERS).bearer(&admin).json(frog).send().expect(201);
        http.post(GROUPS)
            .bearer(&admin)
            .json(json!({"name": "readers", "members": ["frog"]}))
            .send()
            .expect(201);
        http.post(GROUPS).bearer(&admin).json(json!({"name": "writers"})).send().expect(201);
        let prod = json!({"username": "admin", "scope": "applied-permissions/admin", "refreshable": true});
        let prod = accessd.mint(&admin, prod);
        let home = home_with(&accessd.url(), &prod.token, &prod.refresh_token);
        let programs = tempfile::tempdir().unwrap();
        executable(&programs.path().join("terraform"));
        Self { accessd, home, programs }
    }

    /// A folder with the files that this block reads, and tokens that nothing has happened to.
    fn scene(&self, block: &str) -> Scene {
        let admin = self.accessd.admin_token();
        for token in self.accessd.tokens_of("frog") {
            self.accessd.revoke(&admin, token["token_id"].as_str().unwrap());
        }
        let of_frog = |text| json!({"username": "frog", "expires_in": WEEK + HOUR, "description": text});
        let text = self.accessd.mint(&admin, of_frog("text"));
        let child = self.accessd.mint(&text.token, of_frog("child"));
        let shown = self.accessd.mint(&admin, of_frog("ci shop"));
        let folder = tempfile::tempdir().unwrap();
        if ["< token.txt", "--access-token-file token.txt"].iter().any(|reads| block.contains(reads)) {
            fs::write(folder.path().join("token.txt"), format!("{}\n", text.token)).unwrap();
        }
        if block.contains("< token.json") {
            let pair = json!({"username": "frog", "refreshable": true});
            fs::write(folder.path().join("token.json"), self.accessd.mint(&admin, pair).answer.body).unwrap();
        }
        executable(&folder.path().join("publish.sh"));
        Scene { folder, shown, child }
    }

    /// Runs a script with bash in the folder of the scene; standard output and error as one, and whether it succeeded.
    fn bash(&self, scene: &Scene, script: &str) -> (String, bool) {
        let script = script.replace("https://host", &self.accessd.url());
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{script}")])
            .env_clear()
            .env("HOME", self.home.home())
            .env("CI", "true")
            .env("PATH", path_with(&[self.programs.path(), &build_folder()]))
            .env("ID", &scene.shown.id)
            .current_dir(&scene.folder)
            .stdin(Stdio::null())
            .output()
            .expect("bash can be run");
        (String::from_utf8(output.stdout).expect("UTF-8"), output.status.success())
    }

    /// A block that is all commands.
    #[track_caller]
    fn run(&self, scene: &Scene, block: &str) {
        let (said, succeeded) = self.bash(scene, &format!("set -euo pipefail\n{block}"));
        assert!(succeeded, "this does not run:\n{block}\nit says:\n{said}");
    }

    /// A block of commands behind `$ ` with what they print. A command that fails has to show its exit code.
    #[track_caller]
    fn follow(&self, scene: &Scene, block: &str) {
        let (commands, expected) = transcript(block);
        let steps = commands.iter().map(|command| format!("{command}\n[ $? = 0 ] || exit\nprintf '{END}'\n"));
        let (said, succeeded) = self.bash(scene, &steps.collect::<String>());
        assert!(succeeded, "this does not run:\n{block}\nit says:\n{said}");
        let said = said.replace(&scene.shown.id, SHOWN_ID);
        for ((command, expected), said) in commands.iter().zip(&expected).zip(said.split(END)) {
            assert!(is_like(expected, said), "{command}\nis shown to print\n{expected}\nand prints\n{said}");
        }
    }
}

/// A home whose one server, `prod`, is at `url` and has these tokens.
fn home_with(url: &str, token: &str, refresh_token: &str) -> Jf {
    let home = Jf::new();
    fs::create_dir(home.path(".jfrog")).unwrap();
    let server = json!({"url": format!("{url}/"), "accessToken": token, "refreshToken": refresh_token,
        "serverId": "prod", "isDefault": true});
    home.file(".jfrog/jfrog-cli.conf.v6", &json!({"servers": [server], "version": "6"}).to_string());
    home
}

/// A program that finds a token, and nothing else to do.
fn executable(path: &Path) {
    fs::write(path, "#!/bin/sh\ntest -n \"$JF_ACCESS_TOKEN\"\n").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn path_with(folders: &[&Path]) -> String {
    let ours = folders.iter().map(|folder| folder.to_string_lossy().into_owned());
    ours.chain(["/usr/local/bin:/usr/bin:/bin".to_owned()]).collect::<Vec<_>>().join(":")
}

/// The fenced blocks of a page: language and text.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| !line.starts_with("```"));
            blocks.push((language, text.map(|line| format!("{line}\n")).collect()));
        }
    }
    blocks
}

/// The commands of a transcript, and what each is shown to print.
fn transcript(block: &str) -> (Vec<&str>, Vec<String>) {
    let (mut commands, mut printed) = (Vec::new(), Vec::<String>::new());
    for line in block.lines() {
        match (line.strip_prefix("$ "), printed.last_mut()) {
            (Some(command), _) => {
                commands.push(command);
                printed.push(String::new());
            }
            (None, Some(printed)) => *printed += &format!("{line}\n"),
            (None, None) => panic!("a transcript begins with a command, not with {line}"),
        }
    }
    (commands, printed)
}

/// Whether `said` is what is shown, where `…` stands for anything and the number of spaces means nothing.
fn is_like(shown: &str, said: &str) -> bool {
    let plain = |text: &str| {
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (shown, said) = (plain(shown), plain(said));
    let mut pieces: Vec<&str> = shown.split('…').collect();
    let last = pieces.pop().unwrap_or_default();
    let Some((first, middle)) = pieces.split_first() else { return said == last };
    let Some(mut rest) = said.strip_prefix(first) else { return false };
    for piece in middle {
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

#[test]
fn everything_that_the_page_shows_runs() {
    let world = World::new();
    let blocks = blocks(PAGE);
    let (mut ran, mut leaked) = (0, 0);
    for (language, block) in &blocks {
        let scene = world.scene(block);
        match *language {
            "sh" => world.run(&scene, block),
            "console" => world.follow(&scene, block),
            // What somebody types at a terminal, or another program reads.
            "text" => continue,
            other => panic!("what is ```{other}, and should it run?"),
        }
        ran += 1;
        if block.contains("parent_token_id") {
            assert!(!world.accessd.accepts(&scene.child.token), "it was made with the token that leaked");
            leaked += 1;
        }
    }
    assert!(ran > 15, "only {ran} blocks");
    assert_eq!(leaked, 1, "the recipe for a token that leaked is looked at");
}

#[test]
fn every_command_and_flag_that_the_page_names_exists() {
    let inline = PAGE.split('`').skip(1).step_by(2).map(str::to_owned);
    let texts: Vec<String> = blocks(PAGE).into_iter().map(|(_, text)| text).chain(inline).collect();
    let commands: Vec<Named> = texts.iter().flat_map(|text| named(text)).collect();
    assert!(commands.len() > 40, "only {} commands", commands.len());
    let jf = Jf::new();
    let mut all_help = String::new();
    for Named { path, flags } in &commands {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let help = jf.run(&words).succeeded().stdout;
        for flag in flags {
            assert!(has_flag(&help, flag), "jf {} has no {flag}", path.join(" "));
        }
        all_help += &help;
    }
    for word in texts.iter().filter(|text| text.starts_with("--")) {
        let flag = word.split([' ', '=']).next().unwrap_or_default();
        assert!(has_flag(&all_help, flag), "no command of the page has {flag}");
    }
}

/// A command that the page names.
struct Named {
    path: Vec<String>,
    flags: Vec<String>,
}

/// Every `jf` in a text with the words behind it.
fn named(text: &str) -> Vec<Named> {
    let text = text.replace("\\\n", " ").replace('\n', " ; ");
    let text = ["|", ";", "(", ")", "&&", "#"].iter().fold(text, |text, mark| text.replace(mark, " ; "));
    let words: Vec<&str> = text.split_whitespace().collect();
    let starts = (0..words.len()).filter(|at| words[*at] == "jf");
    let command = |at: usize| {
        let words = words[at + 1..].iter().take_while(|word| !matches!(**word, ";" | "--" | "jf" | "…"));
        let words: Vec<&str> = words.copied().collect();
        let depth = if matches!(words.first(), Some(&("token" | "config" | "rt"))) { 2 } else { 1 };
        let is_name = |word: &&&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let path = words.iter().take(depth).take_while(is_name).take_while(|word| !word.starts_with('-'));
        let flags = words.iter().filter(|word| word.starts_with("--"));
        let flags = flags.map(|flag| flag.split('=').next().unwrap_or_default().to_owned());
        Named { path: path.map(|word| (*word).to_owned()).collect(), flags: flags.collect() }
    };
    starts.map(command).collect()
}

/// Whether a help names this flag, as a whole.
fn has_flag(help: &str, flag: &str) -> bool {
    let is_end = |text: &str| !text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
    help.match_indices(flag).any(|(at, _)| is_end(&help[at + flag.len()..]))
}

#[test]
fn the_examples_of_each_help_run() {
    let world = World::new();
    for command in ["create", "list", "show", "inspect", "revoke", "refresh", "rotate", "exec"] {
        for example in examples(command) {
            let scene = world.scene(&example);
            world.run(&scene, &example.replace(HELP_ID, "$ID"));
        }
    }
}

/// accessd knows no OIDC providers, so a platform's answer stands in.
#[test]
fn the_examples_of_exchange_run() {
    let server = Scripted::answering(vec![Reply::token()]);
    let home = home_with(&server.url(), "a.b.c", "");
    fs::write(home.path("id-token.txt"), "id.to.ken").unwrap();
    for example in examples("exchange") {
        let output = Command::new("bash")
            .args(["-c", &example.replace("https://host", &server.url())])
            .env_clear()
            .env("HOME", home.home())
            .env("PATH", path_with(&[&build_folder()]))
            .env("JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID", "id.to.ken")
            .current_dir(home.home())
            .output()
            .expect("bash can be run");
        assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(server.received().len(), 2);
}

/// The two examples of a help.
fn examples(command: &str) -> Vec<String> {
    let help = Jf::new().run(&["token", command, "--help"]).succeeded().stdout;
    let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{command}: no examples"));
    let examples: Vec<String> =
        examples.lines().map_while(|line| line.strip_prefix("  ")).map(str::to_owned).collect();
    assert!(
        examples.len() == 2 && examples.iter().all(|line| line.starts_with("jf ")),
        "{command}: {examples:?}"
    );
    examples
}
