//! `jf completion`: the scripts, where they go, and the words that older scripts ask for.

use crate::support::Jf;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

const TWO: &str = r#"{"servers":[{"url":"https://h/","serverId":"one"},{"url":"https://g/","serverId":"two words"}],"version":"6"}"#;

/// What a shell with the script in `path` offers behind these words.
fn offered(path: &std::path::Path, words: &[&str]) -> Vec<String> {
    let script = r#"
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
        registered=$(complete -p jf) || exit 1
        function=${registered#*-F }; function=${function%% *}
        "$function" jf "${@: -1}" "${@: -2:1}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let output =
        Command::new("bash").args(["--norc", "-c", script, "bash"]).arg(path).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_real_bash_completes_commands_and_flags() {
    let jf = Jf::new();
    let path = jf.folder().join("script");
    std::fs::write(&path, jf.run(&["completion", "bash"]).ok().stdout).unwrap();
    for (words, offer) in [
        (&["jf", "conf"][..], "config"),
        (&["jf", "config", "imp"], "import"),
        (&["jf", "config", "add", "--access-token-s"], "--access-token-stdin"),
        (&["jf", "c", "add", "--over"], "--overwrite"),
        (&["jf", "rt", "pi"], "ping"),
        (&["jf", "atc", "--refresh"], "--refreshable"),
    ] {
        assert_eq!(offered(&path, words), [offer], "{words:?}");
    }
    assert!(!jf.home().exists());
}

#[test]
fn other_shells_get_their_own_script() {
    for (shell, beginning, part) in [
        ("zsh", "#compdef jf", "access-token-create"),
        ("fish", "", "complete -c jf"),
        ("powershell", "", "Register-ArgumentCompleter"),
        ("bash", "_jf", "complete -F _jf"),
    ] {
        let jf = Jf::new();
        let run = jf.run(&["completion", shell]).ok();
        assert!(run.stdout.starts_with(beginning) && run.stdout.contains(part), "{shell}");
        assert!(run.stderr.is_empty() && !jf.home().exists());
    }
}

/// The script lies where the message says; a home that is made for it is its owner's alone.
#[test]
fn w2_install_writes_where_it_says() {
    for (shell, place, advice) in [
        ("bash", "home/jfrog_bash_completion", "~/.bashrc: source "),
        ("zsh", "home/jfrog_zsh_completion", "~/.zshrc"),
        ("powershell", "home/jfrog_powershell_completion.ps1", "$PROFILE"),
        ("fish", ".config/fish/completions/jf.fish", "New shells"),
    ] {
        let jf = Jf::new();
        let script = jf.run(&["completion", shell]).ok().stdout;
        for _ in 0..2 {
            let run = jf.run(&["completion", shell, "--install"]).ok();
            let path = jf.folder().join(place);
            assert_eq!(run.stdout, "");
            assert!(run.stderr.contains(path.to_str().unwrap()) && run.stderr.contains(advice), "{run:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), script);
        }
        assert_eq!(jf.home().exists(), shell != "fish");
        if shell != "fish" {
            assert_eq!(jf.home().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
        if shell == "bash" {
            assert_eq!(offered(&jf.folder().join(place), &["jf", "logi"]), ["login"]);
        }
    }
    let jf = Jf::new();
    let config = jf.folder().join("xdg");
    let jf = jf.env("XDG_CONFIG_HOME", config.to_str().unwrap());
    jf.run(&["completion", "fish", "-install=true"]).ok();
    assert!(config.join("fish/completions/jf.fish").exists());
    let jf = Jf::new().env("JFROG_CLI_HOME_DIR", "/dev/null/x");
    jf.run(&["completion", "bash", "--install"]).fails(1, &["/dev/null/x"]);
    assert!(!Jf::new().run(&["completion", "bash", "--install=false"]).ok().stdout.is_empty());
}

/// The words that scripts of the existing tool ask for (jf-cli.md 7.8).
#[test]
fn older_scripts_get_words() {
    let jf = Jf::new().config(TWO);
    let words = |line: &str| -> Vec<String> {
        let arguments: Vec<_> = line.split_whitespace().chain(["--generate-bash-completion"]).collect();
        let run = jf.run(&arguments).ok();
        assert_eq!(run.stderr, "", "{line}");
        run.stdout.lines().map(str::to_owned).collect()
    };
    for (line, some) in [
        ("", &["config", "c", "atc", "access-token-create", "rt"][..]),
        ("c", &["add", "rm", "import"]),
        ("rt", &["ping", "atc"]),
        ("completion", &["bash", "zsh", "fish", "powershell"]),
    ] {
        for word in some {
            assert!(words(line).iter().any(|other| other == word), "{word} is missing behind {line:?}");
        }
    }
    for command in ["edit", "show", "s", "rm", "remove", "export", "ex", "use"] {
        assert_eq!(words(&format!("c {command}"))[..2], ["one", "two words"], "{command}");
    }
    for command in ["c add", "c import", "atc", "login"] {
        assert!(!words(command).contains(&"one".to_owned()), "{command}");
        assert_eq!(words(command).last().unwrap(), "--help");
    }
    let mut flags = words("atc");
    assert_eq!(flags.pop().unwrap(), "--help");
    assert!(flags.is_sorted() && flags.iter().all(|flag| flag.starts_with("--")), "{flags:?}");
    for hidden in ["--ssh-key-path", "--ssh-passphrase"] {
        assert!(!flags.iter().any(|flag| flag == hidden));
    }
}

/// W1, W2: completing makes nothing, and a configuration that cannot be read is no matter.
#[test]
fn w1_w2_completing_does_nothing_else() {
    let jf = Jf::new();
    for line in [&["--generate-bash-completion"][..], &["c", "show", "--generate-bash-completion"]] {
        assert_eq!(jf.run(line).ok().stderr, "");
    }
    assert_eq!(std::fs::read_dir(jf.folder()).unwrap().count(), 0);
    let jf = Jf::new().config("{");
    let run = jf.run(&["c", "show", "--generate-bash-completion"]).ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("--format\n--help\n", ""));
    let hack = Jf::new().env("_CLI_ZSH_AUTOCOMPLETE_HACK", "1").run(&["--generate-bash-completion"]).ok();
    assert!(hack.stdout.contains("\natc:Create an access token\n"), "{hack:?}");
    // W1: a file open to others is not repaired, nor told about, while somebody types.
    let jf = Jf::new().config(TWO);
    std::fs::set_permissions(jf.config_path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let run = jf.run(&["c", "show", "--generate-bash-completion"]).ok();
    assert_eq!(run.stderr, "");
    assert_eq!(jf.config_path().metadata().unwrap().permissions().mode() & 0o777, 0o644);
}
