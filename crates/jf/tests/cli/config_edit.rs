//! `jf config edit` without a terminal: what is passed changes, and nothing else.

use crate::support::{Jf, Server, compact, stamp};
use crate::tls_world::write_pair;

/// A server with everything, and one beside it.
const FULL: &str = r#"{"servers":[{"url":"https://h/","artifactoryUrl":"https://h/artifactory/","xrayUrl":"https://own/xray/","accessUrl":"https://h/access/","user":"frog","accessToken":"old","refreshToken":"platform","clientCertPath":"/old/cert","clientCertKeyPath":"/old/key","serverId":"one","isDefault":true,"webLogin":true,"disableTokenRefresh":true,"own":{"kept":1}},{"url":"https://g/","user":"toad","password":"p","tokenRefreshInterval":60,"serverId":"two"}],"version":"6","ownTop":[1]}"#;

/// Runs the command on [`FULL`] and gives back the file.
#[track_caller]
fn edited(arguments: &[&str]) -> String {
    let jf = Jf::new().config(FULL);
    write_pair(&jf);
    let run = jf.run(&[&["config", "edit"], arguments].concat()).ok();
    assert_eq!(run.stdout, "");
    compact(&jf)
}

/// [`FULL`] with each `old` replaced by its `new`.
#[track_caller]
fn full_with(changes: &[(&str, &str)]) -> String {
    let mut text = FULL.to_owned();
    for (old, new) in changes {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text = text.replace(old, new);
    }
    text
}

/// W24: all that is not passed stays, unknown fields and the order of servers included.
#[test]
fn w24_edit_keeps_everything_that_is_not_passed() {
    for (arguments, changes) in [
        (&["one", "--xray-url", "https://new"][..], &[("https://own/xray/", "https://new/")][..]),
        (&["one", "-user=Toad2", "--interactive=false"], &[("frog", "toad2")]),
        (&["one", "--disable-token-refresh=false"], &[(r#","disableTokenRefresh":true"#, "")]),
        (
            &["two", "--disable-token-refresh"],
            &[(r#""serverId":"two""#, r#""serverId":"two","disableTokenRefresh":true"#)],
        ),
        (
            &["one", "--client-cert-path=cert"],
            &[(r#""/old/cert","clientCertKeyPath":"/old/key""#, r#""cert""#)],
        ),
        (
            &["one", "--client-cert-path=cert", "--client-cert-key-path=key"],
            &[("/old/cert", "cert"), ("/old/key", "key")],
        ),
        (
            &[
                "two",
                "--pipelines-url=https://p",
                "--distribution-url",
                "https://d",
                "--mission-control-url=https://m",
            ],
            &[(
                r#""url":"https://g/","#,
                r#""url":"https://g/","distributionUrl":"https://d/","missionControlUrl":"https://m/","pipelinesUrl":"https://p/","#,
            )],
        ),
    ] {
        assert_eq!(edited(arguments), full_with(changes), "{arguments:?}");
    }
}

/// W24: of another log-in nothing of the one before is left.
#[test]
fn w24_credentials_are_replaced_as_a_whole() {
    let gone = (r#","webLogin":true"#, "");
    assert_eq!(
        edited(&["one", "--access-token=new", "--user=me"]),
        full_with(&[
            (r#""frog","accessToken":"old","refreshToken":"platform""#, r#""me","accessToken":"new""#),
            gone
        ])
    );
    assert_eq!(
        edited(&["one", "--password=new", "--enc-password=false"]),
        full_with(&[
            (
                r#""accessToken":"old","refreshToken":"platform","#,
                r#""password":"new","tokenRefreshInterval":60,"#
            ),
            gone
        ])
    );
    assert_eq!(
        edited(&["two", "--access-token=new", "--user=me"]),
        full_with(&[(r#""toad","password":"p","tokenRefreshInterval":60"#, r#""me","accessToken":"new""#)])
    );
    assert_eq!(
        edited(&["two", "--password=q", "--basic-auth-only", "--enc-password=false"]),
        full_with(&[(r#""password":"p","tokenRefreshInterval":60"#, r#""password":"q""#)])
    );
    assert_eq!(edited(&["two", "--basic-auth-only"]), full_with(&[(r#","tokenRefreshInterval":60"#, "")]));
    assert_eq!(
        edited(&["two", "--ssh-key-path=key"]),
        full_with(&[(r#""user":"toad","password":"p","tokenRefreshInterval":60"#, r#""sshKeyPath":"key""#)])
    );
}

#[test]
fn services_follow_a_new_address_and_the_move_is_told() {
    let jf = Jf::new().config(FULL);
    let run = jf.run(&["config", "edit", "one", "--url=https://new/base"]).ok();
    assert_eq!(
        run.stderr,
        "[Warn] the credentials of server 'one' stay and will be sent to https://new/base/\n"
    );
    let text = compact(&jf);
    for part in [
        r#""url":"https://new/base/","artifactoryUrl":"https://new/base/artifactory/""#,
        r#""xrayUrl":"https://own/xray/""#,
        r#""accessUrl":"https://new/base/access/""#,
        r#""accessToken":"old","refreshToken":"platform""#,
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let jf = Jf::new().config(FULL);
    let run = jf.run(&["config", "edit", "one", "--url=https://new", "--access-token=t", "--user=u"]).ok();
    assert_eq!(run.stderr, "");
}

/// Where the tokens go is shown, if it is not just below the platform.
#[test]
fn the_address_of_access_is_shown() {
    let jf = Jf::new().config(FULL);
    let block = jf.run(&["config", "show", "one"]).ok().stdout;
    assert!(block.contains("\nAccess URL:\t\t\thttps://h/access/\n"), "{block}");
    let table = jf.run(&["config", "show", "one", "--format=table"]).ok().stdout;
    assert!(
        table.lines().any(|row| row.contains("access_url") && row.contains("https://h/access/")),
        "{table}"
    );
    assert!(!jf.run(&["config", "show", "two"]).ok().stdout.contains("Access URL"));
}

/// Credentials that stay go wherever an address says: each that moves is named.
#[test]
fn any_address_that_moves_under_credentials_that_stay_is_told() {
    for (arguments, places) in [
        (&["one", "--artifactory-url=https://evil"][..], Some("https://evil/")),
        (&["one", "--artifactory-url=https://h:443/other"], None),
        (&["one", "--pipelines-url=https://h/p"], None),
        (&["one", "--pipelines-url=https://p"], Some("https://p/")),
        (
            &["one", "--url=https://new", "--xray-url=https://x", "--artifactory-url=https://new/a"],
            Some("https://new/, https://x/"),
        ),
        (&["two", "--url=http://g:443"], Some("http://g:443/")),
        (&["one", "--artifactory-url=https://evil", "--access-token=t", "--user=u"], None),
        (&["bare", "--artifactory-url=https://evil"], None),
    ] {
        let bare = r#"{"url":"https://b/","user":"toad","serverId":"bare"}],"version""#;
        let jf = Jf::new().config(&FULL.replace("],\"version\"", &format!(",{bare}")));
        let run = jf.run(&[&["config", "edit", "--interactive=false"], arguments].concat()).ok();
        let told: Vec<_> = run.stderr.lines().filter(|line| line.contains("credentials")).collect();
        let expected: Vec<_> = places
            .map(|places| {
                format!(
                    "[Warn] the credentials of server '{}' stay and will be sent to {places}",
                    arguments[0]
                )
            })
            .into_iter()
            .collect();
        assert_eq!(told, expected, "{arguments:?}");
    }
}

/// A half that no flag gives is that of the server; where it has none, the half that is given is refused.
#[test]
fn a_key_and_a_passphrase_belong_to_what_is_there() {
    let ssh = r#"{"servers":[{"url":"https://h/","sshKeyPath":"key","serverId":"ssh"},{"url":"https://m/","clientCertPath":"cert","serverId":"mtls"},{"url":"https://b/","serverId":"bare"}],"version":"6"}"#;
    let edit = |arguments: &[&str]| {
        let jf = Jf::new().config(ssh);
        write_pair(&jf);
        std::fs::write(jf.folder().join("bad"), "no key").unwrap();
        let run = jf.run(&[&["config", "edit"], arguments].concat());
        (run, compact(&jf))
    };
    let (run, text) = edit(&["ssh", "--ssh-passphrase=phrase"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(text, ssh.replace(r#""sshKeyPath":"key""#, r#""sshKeyPath":"key","sshPassphrase":"phrase""#));
    let (run, text) = edit(&["mtls", "--client-cert-key-path=key"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(text, ssh.replace(r#":"cert""#, r#":"cert","clientCertKeyPath":"key""#));
    for (arguments, words) in [
        (&["bare", "--ssh-passphrase=canary"][..], &["--ssh-passphrase", "--ssh-key-path FILE"][..]),
        (&["ssh", "--ssh-passphrase=canary", "--access-token=t", "--user=u"], &["--ssh-passphrase"]),
        (&["bare", "--client-cert-key-path=key"], &["--client-cert-key-path", "--client-cert-path FILE"]),
        (&["mtls", "--client-cert-key-path=nope"], &["File doesn't exist at nope"]),
        (&["mtls", "--client-cert-key-path=bad"], &["--client-cert-key-path"]),
    ] {
        let (run, text) = edit(arguments);
        let run = run.fails(2, words);
        assert!(text == ssh && !run.stderr.contains("canary"), "{run:?}");
    }
}

/// W24: the user stays where the new token names none, and nobody complains that it is not known.
#[test]
fn w24_a_token_that_names_nobody_is_the_old_users() {
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZmFjQHgvdXNlcnMvVG9hZCJ9.c2ln";
    for (token, more, user) in [
        ("reference", &[][..], "frog"),
        (jwt, &[], "toad"),
        (jwt, &["--user=Newt"], "newt"),
        ("reference", &["--user=newt"], "newt"),
    ] {
        let jf = Jf::new().config(FULL).stdin(token);
        let run = jf.run(&[&["config", "edit", "one", "--access-token-stdin"], more].concat()).ok();
        assert_eq!(run.stderr, "");
        let part = format!(r#""user":"{user}","accessToken":"{token}""#);
        assert!(compact(&jf).contains(&part), "{part}");
    }
    let jf = Jf::new().config(&FULL.replace(r#""user":"frog","#, "")).stdin("reference");
    let run = jf.run(&["config", "edit", "one", "--access-token-stdin"]).ok();
    assert!(run.stderr.contains("could not extract the user"), "{run:?}");
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let jf = Jf::new().config(FULL);
    let before = stamp(&jf);
    for arguments in [
        &["edit", "one", "--user=FROG"][..],
        &["edit", "one", "--disable-token-refresh"],
        &["edit", "two", "--disable-token-refresh=false"],
        &["edit", "one", "--xray-url=https://own/xray"],
        &["use", "one"],
        &["remove", "three", "--quiet"],
    ] {
        jf.run(&[&["config"], arguments].concat()).ok();
    }
    assert_eq!((jf.config_text().as_str(), stamp(&jf)), (FULL, before));
    let left: Vec<_> = std::fs::read_dir(jf.home()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_cannot_be_edited_is_told() {
    let server = Server::untouched();
    let url = format!("--url={}", server.url());
    for (code, arguments, words) in [
        (2, &[][..], &["Wrong number of arguments (0).", "jf config edit"][..]),
        (2, &["one", "two"], &["Wrong number of arguments (2)."]),
        (2, &["use"], &["IDs: delete"]),
        (6, &["nope", "--user=u"], &["Server ID 'nope' doesn't exist.", "one"]),
        (4, &["one"], &["nothing to change", "--access-token-stdin"]),
        (4, &["one", "--interactive=false"], &["nothing to change"]),
        (4, &["one", "--interactive"], &["nobody can be asked"]),
        (2, &["one", "--access-token=t", "--password=p", &url], &["Only one authentication method"]),
        (2, &["one", "--basic-auth-only", "--access-token=t"], &["--basic-auth-only"]),
        (2, &["one", "--overwrite"], &["--overwrite"]),
        (2, &["one", "--client-cert-path=nope"], &["File doesn't exist at nope"]),
        (2, &["one", "--insecure-tls=perhaps", &url], &["--insecure-tls"]),
    ] {
        let jf = Jf::new().config(FULL);
        jf.run(&[&["config", "edit"], arguments].concat()).fails(code, words);
        assert_eq!(jf.config_text(), FULL, "{arguments:?}");
    }
}

/// W22, W46 and W54: the forms of flags, on this command too; the message comes once.
#[test]
fn w22_w54_flags_have_all_forms_and_errors_come_once() {
    for form in [
        &["--xray-url", "https://new"][..],
        &["-xray-url", "https://new"],
        &["--xray-url=https://new"],
        &["-xray-url=https://new"],
    ] {
        assert_eq!(
            edited(&[&["one", "--insecure-tls=F"], form].concat()),
            full_with(&[("https://own/xray/", "https://new/")])
        );
        assert_eq!(edited(&[form, &["one"]].concat()), full_with(&[("https://own/xray/", "https://new/")]));
    }
    let run = Jf::new().config(FULL).run(&["c", "edit", "one", "--xray"]).fails(2, &["--xray"]);
    assert_eq!(run.stderr.matches("[Error]").count(), 1, "{run:?}");
    assert!(run.stderr.lines().count() < 8, "{run:?}");
}

#[test]
fn new_credentials_for_an_address_that_stays_elsewhere_are_told() {
    let text = r#"{"servers":[{"url":"https://h/","accessUrl":"https://own/access/","accessToken":"old","serverId":"one"}],"version":"6"}"#;
    let jf = Jf::new().config(text);
    let run = jf.run(&["config", "edit", "one", "--url=https://new", "--user=u", "--access-token=t"]).ok();
    assert!(
        run.stderr.contains("the credentials of server 'one' will be sent to https://own/access/"),
        "{run:?}"
    );
    let run = jf.run(&["config", "edit", "one", "--user=u", "--access-token=t2"]).ok();
    assert_eq!(run.stderr, "", "the addresses are what they were");
}
