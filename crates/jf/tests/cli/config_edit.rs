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
        r#""accessToken":"old","refreshToken":"platform""#,
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let jf = Jf::new().config(FULL);
    let run = jf.run(&["config", "edit", "one", "--url=https://new", "--access-token=t", "--user=u"]).ok();
    assert_eq!(run.stderr, "");
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
