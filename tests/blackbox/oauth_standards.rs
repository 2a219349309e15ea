//! OAuth's own standards, looked at by a client that knows nothing of the wire.

use serde_json::json;
use testkit::{Accessd, python};

const ISSUER: &str = "https://tokens.example.org/access-tokens";

#[test]
fn authlib_finds_introspects_verifies_and_revokes() {
    for algorithm in ["RS256", "ES256"] {
        let accessd = Accessd::builder()
            .env("ACCESSD_SERVER_BASE_URL", ISSUER)
            .env("ACCESSD_TOKEN_SIGNATURE", algorithm)
            .start();
        let frog = accessd.new_user("frog");
        let made = accessd.mint(&accessd.admin_token(), json!({"username": frog.name, "refreshable": true}));
        let checker = json!({"username": "gateway", "scope": "system:identities:r"});
        let checker = accessd.mint(&accessd.admin_token(), checker);
        let said = python(
            "authlib_client.py",
            &[
                &accessd.url(),
                ISSUER,
                "gateway",
                &checker.token,
                &frog.name,
                &made.token,
                &made.refresh_token,
                algorithm,
            ],
        );
        assert_eq!(said.trim(), "metadata, keys, introspection and revocation are as the standards say");
        assert!(!accessd.accepts(&made.token));
    }
}
