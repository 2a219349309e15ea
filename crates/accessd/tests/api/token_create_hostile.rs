//! `POST /access/api/v1/tokens` by those who have few rights and want more.

use crate::support::{PROJECTS, TOKENS, USERS, World, text};
use axum::http::Method;
use serde_json::json;

// CVE-2024-4142: whatever stands in the fields, somebody without rights gets none.
#[tokio::test]
async fn reg_6_no_field_of_a_request_makes_an_administrator() {
    let world = World::new().await;
    world.project("web").await;
    for name in ["frog", "wanda"] {
        world.user(name).await;
    }
    let admin = json!({"roles": ["Project Admin"]});
    world.json(Method::PUT, &format!("{PROJECTS}/web/users/wanda"), &world.admin, &admin).await.expect(200);
    let (frog, wanda) = (world.token_of("frog").await, world.token_of("wanda").await);
    let hostile = [
        json!("applied-permissions/admin"),
        json!("applied-permissions/user applied-permissions/admin"),
        json!("applied-permissions/user\u{a0}applied-permissions/admin"),
        json!("applied-permissions/user,applied-permissions/admin"),
        json!("Applied-Permissions/Admin"),
        json!("applied-permissions/\u{ff41}dmin"),
        json!("applied-permissions/admin\u{0}"),
        json!(" applied-permissions/admin"),
        json!("applied-permissions/roles:web:Viewer applied-permissions/admin"),
        json!("applied-permissions/roles:web:\"Viewer applied-permissions/admin\""),
        json!("applied-permissions/groups:\"a\" applied-permissions/admin"),
        json!(["applied-permissions/admin"]),
        json!({"applied-permissions/admin": true}),
        json!(true),
        json!("admin"),
        json!("jfac@x/users/admin"),
        json!("\u{430}dmin"),
        json!("ADMIN"),
        json!("admin\u{200b}"),
        json!("web' OR '1'='1"),
        json!("*"),
        json!(1e300),
        json!(null),
    ];
    for token in [&frog, &wanda] {
        for field in
            ["scope", "username", "project_key", "audience", "grant_type", "expires_in", "description"]
        {
            for value in &hostile {
                for scope in [None, Some("applied-permissions/roles:web:Viewer")] {
                    let mut body = json!({field: value});
                    if let Some(scope) = scope.filter(|_| field != "scope") {
                        body["scope"] = json!(scope);
                    }
                    let answer = world.post(TOKENS, token, &body).await;
                    assert!(matches!(answer.status, 200 | 400 | 403 | 404), "{body}: {}", answer.status);
                    if answer.status == 200 {
                        let made = text(&answer.expect(200), "access_token");
                        world.get(USERS, &made).await.refusal(403);
                        let wider = json!({"scope": "applied-permissions/admin"});
                        world.post(TOKENS, &made, &wider).await.refusal(403);
                    }
                }
            }
        }
    }
}
