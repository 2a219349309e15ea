//! The whole API on one page.

use crate::api::Api;
use crate::body::BODY_LIMIT;
use crate::errors::ApiError;
use crate::layers::{guard, request_log};
use crate::routes::{
    accessd_tokens, artifactory, forward_auth, groups, oauth, oidc, system, tokens, ui, users, web_login,
};
use crate::state::AppState;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::{Router, middleware};

/// Every route and every layer.
pub fn router(state: AppState) -> Router {
    api()
        .into_router()
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .fallback(|| async { ApiError::NoSuchPath })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(guard::layer))
        .layer(middleware::from_fn_with_state(state.clone(), request_log::layer))
        .with_state(state)
}

/// Every route with its policy.
pub fn api() -> Api {
    let areas = [open, own, standards, tokens, identities, oidc, logins, service, artifactory];
    areas.into_iter().fold(Api::default(), |api, area| area(api))
}

/// What everybody may ask: pings, versions, public keys, the description of the API.
fn open(api: Api) -> Api {
    api.public(Method::GET, "/.well-known/jwks.json", system::jwks::handle)
        .public(Method::GET, "/access/api/accessd/v1/openapi.json", system::openapi::handle)
        .public(Method::GET, "/access/api/v1/system/ping", system::ping::handle)
        .public(Method::GET, "/access/api/v1/system/version", system::version::handle)
        .public(Method::GET, "/artifactory/api/system/ping", artifactory::ping::handle)
}

/// accessd's own paths about tokens.
fn own(api: Api) -> Api {
    api.guarded(Method::GET, "/access/api/accessd/v1/tokens", accessd_tokens::list::handle)
        .guarded(Method::GET, "/access/api/accessd/v1/tokens/me", accessd_tokens::show::me)
        .guarded(Method::POST, "/access/api/accessd/v1/tokens/revoke", accessd_tokens::revoke::handle)
        .guarded(Method::GET, "/access/api/accessd/v1/tokens/{id}", accessd_tokens::show::by_id)
        .guarded(
            Method::POST,
            "/access/api/accessd/v1/tokens/me/revocation",
            accessd_tokens::schedule_revocation::me,
        )
        .guarded(
            Method::POST,
            "/access/api/accessd/v1/tokens/{id}/revocation",
            accessd_tokens::schedule_revocation::by_id,
        )
}

/// OAuth's own standards, and what reverse proxies ask.
fn standards(api: Api) -> Api {
    api.public(Method::GET, "/.well-known/oauth-authorization-server", oauth::metadata::handle)
        .guarded(Method::POST, oauth::INTROSPECT, oauth::introspect::handle)
        .guarded(Method::POST, oauth::REVOKE, oauth::revoke::handle)
        .guarded(Method::GET, "/access/api/accessd/v1/forward-auth", forward_auth::check::handle)
}

/// Tokens (access-api.md 1.2 to 1.6).
fn tokens(api: Api) -> Api {
    api.guarded(Method::GET, "/access/api/v1/tokens", tokens::list::handle)
        .guarded(Method::POST, "/access/api/v1/tokens", tokens::create::handle)
        .guarded(Method::GET, "/access/api/v1/tokens/me", tokens::show::me)
        .guarded(Method::DELETE, "/access/api/v1/tokens/me", tokens::revoke::me)
        .guarded(Method::DELETE, "/access/api/v1/tokens/revoke", tokens::revoke_by_value::handle)
        .guarded(Method::GET, "/access/api/v1/tokens/{id}", tokens::show::by_id)
        .guarded(Method::DELETE, "/access/api/v1/tokens/{id}", tokens::revoke::by_id)
}

/// Users and groups (access-api.md 5.1, 5.2).
fn identities(api: Api) -> Api {
    api.guarded(Method::GET, "/access/api/v2/users", users::list::handle)
        .guarded(Method::POST, "/access/api/v2/users", users::create::handle)
        .guarded(Method::GET, "/access/api/v2/users/{username}", users::read::handle)
        .guarded(Method::PATCH, "/access/api/v2/users/{username}", users::change::handle)
        .guarded(Method::DELETE, "/access/api/v2/users/{username}", users::delete::handle)
        .guarded(Method::PATCH, "/access/api/v2/users/{username}/groups", users::change_groups::handle)
        .guarded(Method::PUT, "/access/api/v2/users/{username}/password", users::set_password::handle)
        .guarded(
            Method::POST,
            "/access/api/v2/users/{username}/password/expire",
            users::expire_password::handle,
        )
        .guarded(Method::POST, "/access/api/v2/users/{username}/unlock", users::unlock::handle)
        .guarded(Method::GET, "/access/api/v2/groups", groups::list::handle)
        .guarded(Method::POST, "/access/api/v2/groups", groups::create::handle)
        .guarded(Method::GET, "/access/api/v2/groups/{name}", groups::read::handle)
        .guarded(Method::PATCH, "/access/api/v2/groups/{name}", groups::change::handle)
        .guarded(Method::DELETE, "/access/api/v2/groups/{name}", groups::delete::handle)
        .guarded(Method::PATCH, "/access/api/v2/groups/{name}/members", groups::change_members::handle)
}

/// Log-in by ID tokens (access-api.md 1.7).
fn oidc(api: Api) -> Api {
    api.proof(Method::POST, "/access/api/v1/oidc/token", "an ID token", oidc::exchange::handle)
        .guarded(Method::GET, "/access/api/v1/oidc", oidc::providers::list::handle)
        .guarded(Method::POST, "/access/api/v1/oidc", oidc::providers::create::handle)
        .guarded(Method::GET, "/access/api/v1/oidc/{name}", oidc::providers::read::handle)
        .guarded(Method::PUT, "/access/api/v1/oidc/{name}", oidc::providers::change::handle)
        .guarded(Method::DELETE, "/access/api/v1/oidc/{name}", oidc::providers::delete::handle)
        .guarded(Method::GET, "/access/api/v1/oidc/{name}/identity_mappings", oidc::mappings::list::handle)
        .guarded(Method::POST, "/access/api/v1/oidc/{name}/identity_mappings", oidc::mappings::create::handle)
        .guarded(
            Method::GET,
            "/access/api/v1/oidc/{name}/identity_mappings/{mapping}",
            oidc::mappings::read::handle,
        )
        .guarded(
            Method::PUT,
            "/access/api/v1/oidc/{name}/identity_mappings/{mapping}",
            oidc::mappings::change::handle,
        )
        .guarded(
            Method::DELETE,
            "/access/api/v1/oidc/{name}/identity_mappings/{mapping}",
            oidc::mappings::delete::handle,
        )
}

/// Log-ins by people: in the browser for a client that waits (access-api.md 1.7), and passwords that are changed.
fn logins(api: Api) -> Api {
    const OLD_PASSWORD: &str = "the old password";
    api.public(
        Method::POST,
        "/access/api/v2/authentication/jfrog_client_login/request",
        web_login::request::handle,
    )
    .proof(
        Method::GET,
        "/access/api/v2/authentication/jfrog_client_login/token/{session}",
        "the session that was opened",
        web_login::token::handle,
    )
    .public(Method::GET, "/ui/login", ui::login::show)
    .proof(Method::POST, "/ui/login", "password, and the code that the terminal shows", ui::login::approve)
    .public(Method::GET, "/ui/password", ui::password::show)
    .proof(Method::POST, "/ui/password", OLD_PASSWORD, ui::password::change)
    .public(Method::GET, "/ui/style.css", ui::style::handle)
    .proof(
        Method::POST,
        "/artifactory/api/security/users/authorization/changePassword",
        OLD_PASSWORD,
        artifactory::change_password::handle,
    )
}

/// What administrators learn of the service.
fn service(api: Api) -> Api {
    api.guarded(Method::GET, "/access/api/v1/cert/root", system::root_certificate::handle)
}

/// Artifactory paths that clients of tokens ask.
fn artifactory(api: Api) -> Api {
    api.guarded(Method::GET, "/artifactory/api/system/version", artifactory::version::handle)
}
