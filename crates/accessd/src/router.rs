//! The whole API on one page.

use crate::api::Api;
use crate::body::BODY_LIMIT;
use crate::errors::ApiError;
use crate::layers::{guard, request_log};
use crate::routes::{
    accessd_tokens, artifactory, forward_auth, groups, oauth, projects, system, tokens, users,
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
    let areas =
        [open, own, standards, tokens, identities, projects, project_repositories, service, artifactory];
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
        .guarded(Method::POST, "/access/api/v2/users/{username}/unlock", users::unlock::handle)
        .guarded(Method::GET, "/access/api/v2/groups", groups::list::handle)
        .guarded(Method::POST, "/access/api/v2/groups", groups::create::handle)
        .guarded(Method::GET, "/access/api/v2/groups/{name}", groups::read::handle)
        .guarded(Method::PATCH, "/access/api/v2/groups/{name}", groups::change::handle)
        .guarded(Method::DELETE, "/access/api/v2/groups/{name}", groups::delete::handle)
        .guarded(Method::PATCH, "/access/api/v2/groups/{name}/members", groups::change_members::handle)
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
    api.guarded(Method::GET, "/access/api/v1/cert/root", system::root_certificate::handle)
}

/// Artifactory paths that clients of tokens ask.
fn artifactory(api: Api) -> Api {
    api.guarded(Method::GET, "/artifactory/api/system/version", artifactory::version::handle)
}
