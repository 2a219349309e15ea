//! Providers that do not behave, and places that are no providers: nothing is believed, and nobody is asked who must
//! not be.

use crate::oidc::{Landscape, NEAR};
use serde_json::json;
use std::time::Duration;
use testkit::{Accessd, IdTokenKey, Reply};

const GITHUB: &str = "/access/api/v1/oidc/github";

/// What an exchange answers when the provider describes itself like this.
fn status_with(description: Reply) -> u16 {
    let land = Landscape::new(NEAR);
    land.provider.describe_by(description);
    let answer = land.exchange(&land.id_token());
    assert_eq!(answer.error_code(), "SERVICE_UNAVAILABLE");
    assert!(answer.header("retry-after").is_some());
    // It was asked for this, and for nothing that came of it.
    assert_eq!(land.provider.asked(), ["/.well-known/openid-configuration"]);
    answer.status
}

#[test]
fn redirects_are_not_followed() {
    let land = Landscape::new(NEAR);
    for (code, to) in [
        (301, "/moved"),
        (302, "https://169.254.169.254/latest/meta-data/"),
        (307, "/moved"),
        (308, "/moved"),
    ] {
        let to = if to.starts_with('/') { format!("{}{to}", land.provider.issuer()) } else { to.to_owned() };
        assert_eq!(status_with(Reply::redirect(code, &to)), 503);
    }
}

#[test]
fn answers_that_are_none_are_none() {
    let large = format!("{{\"x\":\"{}\"}}", "a".repeat(300 * 1024));
    for reply in [
        Reply::HangUp,
        Reply::json(200, &large),
        Reply::json(200, "{"),
        Reply::json(200, ""),
        Reply::json(404, "{}"),
        Reply::json(500, "{}"),
        Reply::text(200, "text/html", "<html>log in</html>"),
        Reply::json(200, r#"{"issuer":"https://evil.example","jwks_uri":"http://localhost/jwks"}"#),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n{".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}".to_vec()),
        Reply::Bytes([b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec(), vec![b'a'; 200_000]].concat()),
    ] {
        assert_eq!(status_with(reply), 503);
    }
}

#[test]
fn a_slow_provider_is_given_up() {
    let land = Landscape::new(NEAR);
    land.provider.delay(Duration::from_secs(30));
    assert_eq!(land.exchange(&land.id_token()).status, 503);
}

#[test]
fn private_addresses_are_not_asked_unless_allowed() {
    let land = Landscape::new(&[]);
    land.exchange(&land.id_token()).expect(503);
    assert_eq!(land.provider.asked(), Vec::<String>::new());
    assert!(land.accessd.log().contains("oidc.allow-private-addresses"), "{}", land.accessd.log());
}

#[test]
fn a_clouds_metadata_are_never_asked_for() {
    let land = Landscape::new(NEAR);
    let issuer = "https://169.254.169.254/latest/meta-data";
    land.as_admin("PUT", GITHUB, &json!({"issuer_url": issuer})).expect(200);
    let mut claims = land.provider.claims("jfrog-github");
    claims["iss"] = json!(issuer);
    land.exchange(&land.key.token(&claims)).expect(503);
    assert!(land.accessd.log().contains("not asked: 169.254.169.254"), "{}", land.accessd.log());
}

#[test]
fn only_hosts_that_are_named_are_asked() {
    let land = Landscape::new(&[NEAR[0], ("ACCESSD_OIDC_ALLOWED_HOSTS", "issuer.example, *.issuer.example")]);
    land.exchange(&land.id_token()).expect(503);
    assert_eq!(land.provider.asked(), Vec::<String>::new());
    let land = Landscape::new(&[NEAR[0], ("ACCESSD_OIDC_ALLOWED_HOSTS", "issuer.example,LOCALHOST")]);
    land.exchange(&land.id_token()).expect(200);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (land, other) = (Landscape::new(NEAR), Landscape::new(NEAR));
    let issuer = other.provider.issuer();
    land.as_admin("PUT", GITHUB, &json!({"issuer_url": issuer})).expect(200);
    land.exchange(&other.id_token()).expect(503);
    assert_eq!(other.provider.asked(), Vec::<String>::new());
    // Nor one for another name.
    let by_address = land.provider.issuer().replace("localhost", "127.0.0.1");
    land.as_admin("PUT", GITHUB, &json!({"issuer_url": by_address})).expect(200);
    let mut claims = land.provider.claims("jfrog-github");
    claims["iss"] = json!(by_address);
    land.exchange(&land.key.token(&claims)).expect(503);
    assert_eq!(land.provider.asked(), Vec::<String>::new());
}

#[test]
fn keys_of_both_kinds_are_read_over_the_network() {
    let land = Landscape::new(NEAR);
    let rsa = IdTokenKey::rsa("key-2", "RS256");
    land.provider.publish(&[&land.key, &rsa]);
    for key in [&land.key, &rsa] {
        land.exchange(&key.token(&land.provider.claims("jfrog-github"))).expect(200);
    }
    assert_eq!(land.provider.asked(), ["/.well-known/openid-configuration", "/jwks"]);
}

#[test]
fn a_wrong_ca_file_is_found_before_the_start() {
    let accessd = Accessd::start();
    let data = accessd.data_folder();
    let folder = data.to_string_lossy();
    accessd.stop();
    let file = accessd.scratch_folder().join("ca.pem");
    std::fs::write(&file, "nonsense").unwrap();
    for arguments in
        [&["check", "--data-dir", &folder][..], &["serve", "--data-dir", &folder, "--listen", "127.0.0.1:0"]]
    {
        let output = std::process::Command::new(testkit::program("accessd"))
            .args(arguments)
            .env_clear()
            .env("ACCESSD_OIDC_CA_FILE", &file)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("ca.pem") && stderr.contains("oidc.ca-file"), "{stderr}");
    }
}
