//! `jf doctor`, the checks of the way to the server: its address, proxies, and certificates.

use crate::doctor_world::{Report, configured};
use crate::lab::{Trap, assert_no_secret};
use crate::support::Jf;
use crate::tls_world::write_pair;
use std::fs;

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn an_address_that_is_not_encrypted_or_not_a_platforms_is_told() {
    let proxy = Trap::start(|_, _| {});
    let remote = |url: &str| configured(url, "").env("HTTP_PROXY", &format!("http://{}", proxy.address));
    let report = Report::of(&remote("http://platform.test:8082"), &[]);
    let next = "jf config edit one --url https://platform.test:8082/";
    report.says("address", "warn", &["it is not encrypted: everybody on the way can read", next]);
    assert!(!report.run.stderr.contains("insecure HTTP"), "it is told once: {:?}", report.run);
    let report = Report::of(&configured(&format!("{NOWHERE}/artifactory"), ""), &[]);
    report.says(
        "address",
        "warn",
        &["the address of one service", "jf config edit one --url http://127.0.0.1:1/"],
    );
    let report = Report::of(&Jf::new(), &["--url", &format!("{NOWHERE}/access/"), "--access-token=t"]);
    report.says(
        "address",
        "warn",
        &["the platform's is probably http://127.0.0.1:1/", "give the address http://127.0.0.1:1/"],
    );
    let apart = r#""accessUrl":"http://access.test/","artifactoryUrl":"https://127.0.0.1:2/x/","#;
    let report =
        Report::of(&configured(NOWHERE, apart).env("HTTP_PROXY", &format!("http://{}", proxy.address)), &[]);
    report.says(
        "address",
        "warn",
        &[
            "Access is http://access.test/",
            "Artifactory is https://127.0.0.1:2/x/",
            "http://access.test/ is not encrypted",
        ],
    );
}

#[test]
fn the_proxy_is_told_with_its_variable_and_without_its_password() {
    let proxy = Trap::start(|_, _| {});
    let address = format!("http://frog:canary%20pass@{}", proxy.address);
    let jf = |variable: &str| configured("https://platform.test", "").env(variable, &address);
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let report = Report::of(&jf(variable), &[]);
        let shown = format!("the proxy http://***@{} of the variable {variable}", proxy.address);
        report.says("proxy", "ok", &[&shown]);
        report.says(
            "reach",
            "fail",
            &["no answer to GET https://platform.test/access/api/v1/system/ping", &shown],
        );
        assert_no_secret(report.run.stdout.replace("canary-signature", ""));
    }
    let exempt = jf("HTTPS_PROXY").env("no_proxy", "platform.test");
    Report::of(&exempt, &["--timeout=2"]).says(
        "proxy",
        "ok",
        &["no_proxy exempts platform.test from HTTPS_PROXY"],
    );
    let here = configured(NOWHERE, "").env("HTTP_PROXY", &address);
    Report::of(&here, &[]).says("proxy", "ok", &["none: the server is this machine"]);
    let report =
        Report::of(&configured("https://platform.test", "").env("ALL_PROXY", "gopher://u:canary@p"), &[]);
    report.says("proxy", "fail", &["ALL_PROXY: this is not the address of an HTTP or SOCKS proxy"]);
    assert_eq!(
        (report.run.code, report.names("skipped")),
        (2, vec!["tls", "reach", "version", "clock", "credential"])
    );
    report.says("renewal", "ok", &[]);
}

#[test]
fn trusted_and_shown_certificates_are_told() {
    let jf = configured("https://127.0.0.1:1", "");
    write_pair(&jf);
    let pem = fs::read_to_string(jf.folder().join("cert")).unwrap();
    fs::create_dir_all(jf.home().join("security/certs")).unwrap();
    fs::write(jf.home().join("security/certs/a.pem"), pem.repeat(3)).unwrap();
    fs::create_dir(jf.folder().join("more")).unwrap();
    fs::write(jf.folder().join("more/b.pem"), pem.repeat(2)).unwrap();
    let (file, more) = (jf.folder().join("cert"), jf.folder().join("more"));
    let jf = jf.env("SSL_CERT_FILE", file.to_str().unwrap()).env("SSL_CERT_DIR", more.to_str().unwrap());
    Report::of(&jf, &["--ca-cert=cert", "--timeout=5"]).says(
        "tls",
        "ok",
        &[
            &format!("1 certificate of {} (SSL_CERT_FILE)", file.display()),
            &format!("2 certificates of {} (SSL_CERT_DIR)", more.display()),
            "3 certificates of ",
            "/security/certs (jf's home)",
            "1 certificate of cert (--ca-cert)",
        ],
    );
    let insecure = Report::of(&jf, &["--insecure-tls"]);
    insecure.says("tls", "warn", &["--insecure-tls is given", "leave out --insecure-tls"]);
    for (flags, words) in [
        (&["--ca-cert=none"][..], "--ca-cert: cannot read none"),
        (&["--ca-cert=key"], "key has no PEM certificate in it"),
    ] {
        let report = Report::of(&jf, flags);
        report_usage(&report, words);
    }
    let url = ["--url=https://127.0.0.1:1", "--access-token=t"];
    let shown = ["--client-cert-path=cert", "--client-cert-key-path=key"];
    Report::of(&jf, &[url, shown].concat()).says(
        "tls",
        "ok",
        &["the client certificate cert and its key are shown"],
    );
    fs::write(jf.folder().join("other"), crate::tls_world::self_signed("other").key).unwrap();
    for (key, words) in [("other", "the private key is not the certificate's"), ("none", "cannot read none")]
    {
        let flag = format!("--client-cert-key-path={key}");
        let report = Report::of(&jf, &[&url[..], &["--client-cert-path=cert", &flag]].concat());
        report_usage(&report, words);
    }
}

#[track_caller]
fn report_usage(report: &Report, words: &str) {
    report.says("tls", "fail", &[words]);
    assert_eq!(
        (report.run.code, report.names("skipped")),
        (2, vec!["reach", "version", "clock", "credential"])
    );
}
