//! Input that cannot be right: the right exit code, a message that names the field, nothing on standard
//! output, and nobody asked.

use crate::support::{Jf, Server};

#[test]
fn each_is_refused_before_the_request() {
    let long = |length: usize| "x".repeat(length);
    let table: Vec<(Vec<String>, &[&str])> = vec![
        (vec!["--description".into(), long(1025)], &["--description", "1024"]),
        (vec!["--description".into(), "a\u{1b}[2Jb".into()], &["--description", "control"]),
        (vec!["--scope".into(), long(501)], &["--scope", "500"]),
        (vec!["--scope".into(), "a\u{1}b".into()], &["--scope", "control"]),
        (vec!["--scope".into(), "applied-permissions/groups:\"a".into()], &["--scope", "never closed"]),
        (vec!["--audience".into(), long(256)], &["--audience", "255"]),
        (vec!["--audience".into(), " ".into()], &["--audience"]),
        (vec![long(256)], &["username", "255"]),
        (vec!["a\nb".into()], &["username", "control"]),
        (vec!["--user".into(), long(256)], &["--user", "255"]),
        (vec!["--expiry".into(), "-1".into()], &["The '--expiry' option must be non-negative. "]),
        (vec!["--expiry".into(), "1.5".into()], &["The '--expiry' option must have a numeric value. "]),
        (vec!["--expiry".into(), "ten".into()], &["The '--expiry' option must have a numeric value. "]),
        (vec!["--expiry".into(), String::new()], &["The '--expiry' option must have a numeric value. "]),
        (vec!["--expiry=18446744073709551616".into()], &["'--expiry'", "9999999999"]),
        (vec!["--groups".into(), "a,,b".into()], &["--groups", "empty"]),
        (vec!["--groups".into(), String::new()], &["--groups", "empty"]),
        (vec!["--groups=\"a".into()], &["--groups", "never closed"]),
        (vec!["--project".into(), "A b".into()], &["--project", "2 to 32"]),
        (
            vec!["--format".into(), "xml".into()],
            &["only the following output formats are supported: json, table"],
        ),
        (vec!["--format=".into()], &["--format"]),
        (
            vec!["--scope=".into(), "--grant-admin=false".into()],
            &[
                "Scope can either be provided explicitly with '--scope', or implicitly with '--grant-admin' and '--groups'. ",
            ],
        ),
        (vec!["a".into(), "b".into()], &["Wrong number of arguments (2)."]),
        (vec!["--refreshable".into(), "false".into()], &["--refreshable=false"]),
        (vec!["--refreshable=maybe".into()], &["invalid boolean value \"maybe\""]),
        (vec!["--nonsense".into()], &["--nonsense"]),
        (vec!["--expiry".into()], &["--expiry"]),
        (vec!["--timeout".into(), "0".into()], &["--timeout", "from 1 to 3600"]),
        (vec!["--timeout=1.5".into()], &["--timeout", "from 1 to 3600"]),
        (vec!["--timeout=99999999999999999999".into()], &["--timeout", "from 1 to 3600"]),
        (vec!["--password-stdin=canary".into()], &["--password-stdin", "takes no value"]),
        (vec!["--access-token-stdin=canary".into()], &["--access-token-stdin", "takes no value"]),
        (vec!["-uname:canary".into()], &["--uname"]),
        (vec!["--url=https://h:+80".into()], &["--url", "port"]),
        (vec!["--url".into(), "ftp://h".into()], &["--url", "https://"]),
        (vec!["--access-token".into(), "a b".into()], &["access token"]),
        (vec!["--ca-cert".into(), "nowhere".into(), "--url=https://h".into()], &["--ca-cert", "nowhere"]),
    ];
    for (arguments, words) in table {
        let server = Server::untouched();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let jf = Jf::new();
        let run = jf.atc(&server, &arguments).fails(2, words);
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
        assert!(!jf.home().exists(), "{arguments:?}");
    }
}

#[test]
fn an_unknown_command_is_wrong_usage() {
    let run = Jf::new().run(&["atx"]);
    run.fails(2, &["'jf atx' is not a jf command. See --help\nhint: similar commands: jf atc\n"]);
    Jf::new().run(&["config", "frobnicate"]).fails(2, &["is not a jf command"]);
}

#[test]
fn arguments_that_are_not_utf_8_are_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let jf = Jf::new();
    let name = std::ffi::OsStr::from_bytes(b"fr\xffg");
    for arguments in [vec![name], vec!["--description".as_ref(), name], vec!["-".as_ref(), name]] {
        let output = jf.command(&["atc"]).args(arguments).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    }
    let odd = std::ffi::OsStr::from_bytes(b"--\xff=1");
    let output = jf.command(&["atc"]).arg(odd).env("JF_ACCESS_TOKEN", name).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let mut command = jf.command(&["atc", "--url=http://127.0.0.1:1"]);
    assert_eq!(command.env("JF_ACCESS_TOKEN", name).output().unwrap().status.code(), Some(2));
}

#[test]
fn a_file_that_exists_is_not_overwritten_and_nobody_is_asked() {
    let jf = Jf::new();
    std::fs::write(jf.folder().join("out"), "mine").unwrap();
    jf.atc(&Server::untouched(), &["--output", "out"]).fails(7, &["--output", "exists already"]);
    assert_eq!(std::fs::read_to_string(jf.folder().join("out")).unwrap(), "mine");
    for name in ["no/folder/out", "out/out", "new/"] {
        let run = jf.atc(&Server::untouched(), &["--output", name]);
        run.fails(1, &["--output", "cannot create", "a new file in a folder that exists"]);
    }
    assert_eq!(std::fs::read_dir(jf.folder()).unwrap().count(), 1);
}
