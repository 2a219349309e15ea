//! The whole API on one page.

use crate::api::Api;
use crate::body::BODY_LIMIT;
use crate::errors::ApiError;
use crate::layers::{guard, request_log};
use crate::routes::{
    accessd_tokens, artifactory, forward_auth, groups, oauth, oidc, projects, system, tokens, ui, users,
    web_login,
};
use crate::routes::{api_keys, config, legacy_groups, legacy_tokens, legacy_users, not_there};
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
    let areas = [
        open,
        own,
        standards,
        tokens,
        identities,
        oidc,
        projects,
        project_repositories,
        logins,
        service,
        artifactory,
        older,
        settings,
        missing,
    ];
    areas.into_iter().fold(Api::default(), |api, area| area(api))
}

/// What everybody may ask: pings, versions, public keys, the description of the API.
fn open(api: Api) -> Api {
    api.public(Method::GET, "/.well-known/jwks.json", system::jwks::handle)
        .public(Method::GET, "/access/api/accessd/v1/openapi.json", system::openapi::handle)
        .public(Method::GET, "/access/api/v1/system/ping", system::ping::handle)
        .public(Method::GET, "/access/api/v1/system/liveness", system::liveness::handle)
        .public(Method::GET, "/access/api/v1/system/readiness", system::readiness::handle)
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
        .guarded(Method::POST, "/access/api/v1/oauth/token", tokens::oauth_token::handle)
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

/// Projects, their members and roles (access-api.md 5.3).
fn projects(api: Api) -> Api {
    api.guarded(Method::POST, "/access/api/v1/projects", projects::create::handle)
        .guarded(Method::GET, "/access/api/v1/projects", projects::list::handle)
        .guarded(Method::GET, "/access/api/v1/projects/{key}", projects::read::handle)
        .guarded(Method::PUT, "/access/api/v1/projects/{key}", projects::change::handle)
        .guarded(Method::DELETE, "/access/api/v1/projects/{key}", projects::delete::handle)
        .guarded(Method::GET, "/access/api/v1/projects/{key}/users", projects::list_members::users)
        .guarded(Method::GET, "/access/api/v1/projects/{key}/users/{name}", projects::read_member::user)
        .guarded(Method::PUT, "/access/api/v1/projects/{key}/users/{name}", projects::set_member::user)
        .guarded(Method::DELETE, "/access/api/v1/projects/{key}/users/{name}", projects::remove_member::user)
        .guarded(Method::GET, "/access/api/v1/projects/{key}/groups", projects::list_members::groups)
        .guarded(Method::GET, "/access/api/v1/projects/{key}/groups/{name}", projects::read_member::group)
        .guarded(Method::PUT, "/access/api/v1/projects/{key}/groups/{name}", projects::set_member::group)
        .guarded(
            Method::DELETE,
            "/access/api/v1/projects/{key}/groups/{name}",
            projects::remove_member::group,
        )
        .guarded(Method::POST, "/access/api/v1/projects/{key}/roles", projects::create_role::handle)
        .guarded(Method::GET, "/access/api/v1/projects/{key}/roles", projects::list_roles::handle)
        .guarded(Method::GET, "/access/api/v1/projects/{key}/roles/{name}", projects::read_role::handle)
        .guarded(Method::PUT, "/access/api/v1/projects/{key}/roles/{name}", projects::change_role::handle)
        .guarded(Method::DELETE, "/access/api/v1/projects/{key}/roles/{name}", projects::delete_role::handle)
}

/// Repositories in projects, which accessd does not have.
fn project_repositories(api: Api) -> Api {
    api.guarded(
        Method::PUT,
        "/access/api/v1/projects/_/attach/repositories/{repository}/{key}",
        projects::repositories::attach,
    )
    .guarded(
        Method::DELETE,
        "/access/api/v1/projects/_/attach/repositories/{repository}",
        projects::repositories::detach,
    )
    .guarded(
        Method::PUT,
        "/access/api/v1/projects/_/share/repositories/{repository}",
        projects::repositories::share_with_all,
    )
    .guarded(
        Method::DELETE,
        "/access/api/v1/projects/_/share/repositories/{repository}",
        projects::repositories::unshare_from_all,
    )
    .guarded(
        Method::PUT,
        "/access/api/v1/projects/_/share/repositories/{repository}/{key}",
        projects::repositories::share,
    )
    .guarded(
        Method::DELETE,
        "/access/api/v1/projects/_/share/repositories/{repository}/{key}",
        projects::repositories::unshare,
    )
    .guarded(
        Method::GET,
        "/access/api/v1/projects/_/repositories/{repository}",
        projects::repositories::status,
    )
}

/// What administrators learn of the service.
fn service(api: Api) -> Api {
    api.guarded(Method::GET, "/access/api/v1/cert/root", system::root_certificate::handle).guarded(
        Method::GET,
        "/access/api/v1/cert/ca",
        system::root_certificate::authority,
    )
}

/// Artifactory paths that clients of tokens ask.
fn artifactory(api: Api) -> Api {
    api.guarded(Method::GET, "/artifactory/api/system/version", artifactory::version::handle)
        .guarded(Method::GET, "/artifactory/api/system/service_id", artifactory::service_id::handle)
        .guarded(Method::GET, "/artifactory/api/system/license", artifactory::license::handle)
        .guarded(Method::POST, "/artifactory/api/system/usage", artifactory::usage::handle)
        .guarded(
            Method::GET,
            "/artifactory/api/security/encryptedPassword",
            artifactory::encrypted_password::handle,
        )
}

/// The older token endpoint, API keys, users and groups (access-api.md 1.1, 1.8, 1.9).
fn older(api: Api) -> Api {
    const TOKEN: &str = "/artifactory/api/security/token";
    const API_KEY: &str = "/artifactory/api/security/apiKey";
    const USER: &str = "/artifactory/api/security/users/{name}";
    const GROUP: &str = "/artifactory/api/security/groups/{name}";
    api.proof(
        Method::POST,
        TOKEN,
        "a credential, or a refresh token with its access token",
        legacy_tokens::create::handle,
    )
    .guarded(Method::GET, TOKEN, legacy_tokens::list::handle)
    .guarded(Method::POST, "/artifactory/api/security/token/revoke", legacy_tokens::revoke::handle)
    .guarded(Method::GET, API_KEY, api_keys::show::handle)
    .guarded(Method::POST, API_KEY, api_keys::create::handle)
    .guarded(Method::PUT, API_KEY, api_keys::create::replace)
    .guarded(Method::DELETE, API_KEY, api_keys::delete::handle)
    .guarded(Method::DELETE, "/artifactory/api/security/apiKey/{username}", api_keys::delete::of_user)
    .guarded(Method::GET, "/artifactory/api/security/users", legacy_users::list::handle)
    .guarded(Method::GET, USER, legacy_users::read::handle)
    .guarded(Method::PUT, USER, legacy_users::write::put)
    .guarded(Method::POST, USER, legacy_users::write::change)
    .guarded(Method::DELETE, USER, legacy_users::delete::handle)
    .guarded(Method::GET, "/artifactory/api/security/lockedUsers", legacy_users::locked::list)
    .guarded(Method::POST, "/artifactory/api/security/unlockUsers/{name}", legacy_users::locked::unlock)
    .guarded(Method::GET, "/artifactory/api/security/groups", legacy_groups::list::handle)
    .guarded(Method::GET, GROUP, legacy_groups::read::handle)
    .guarded(Method::PUT, GROUP, legacy_groups::write::put)
    .guarded(Method::POST, GROUP, legacy_groups::write::change)
    .guarded(Method::DELETE, GROUP, legacy_groups::delete::handle)
}

/// What administrators set while the service runs.
fn settings(api: Api) -> Api {
    const DEFAULT_EXPIRY: &str = "/access/api/v1/config/token/default_expiry";
    const BASIC: &str = "/access/api/v1/config/security/authentication/basic_authentication_enabled";
    api.guarded(Method::GET, DEFAULT_EXPIRY, config::default_expiry::show)
        .guarded(Method::PUT, DEFAULT_EXPIRY, config::default_expiry::set)
        .guarded(Method::GET, BASIC, config::basic_authentication::show)
        .guarded(Method::PUT, BASIC, config::basic_authentication::set)
}

/// What the wire has and this service does not: 501.
fn missing(api: Api) -> Api {
    const ROLE: &str = "/access/api/v1/aws/iam_role/{username}";
    const PAIRING: &str = "/access/api/v1/service_trust/pairing/{use_case}";
    api.proof(Method::POST, "/access/api/v1/aws/token", "a signed request to STS", not_there::aws::token)
        .guarded(Method::PUT, "/access/api/v1/aws/iam_role", not_there::aws::put_role)
        .guarded(Method::GET, ROLE, not_there::aws::read_role)
        .guarded(Method::DELETE, ROLE, not_there::aws::delete_role)
        .guarded(Method::POST, "/access/api/v1/users/invite", not_there::invite::handle)
        .guarded(Method::POST, PAIRING, not_there::pairing::handle)
}
