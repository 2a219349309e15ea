//! The whole API on one page.

use crate::body::BODY_LIMIT;
use crate::errors::{ApiError, Shape};
use crate::layers::{guard, request_log};
use crate::routes::{accessd_tokens, artifactory, groups, system, tokens, users};
use crate::state::AppState;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::{delete, get, patch, post, put};
use axum::{Router, middleware};

/// Every route and every layer. A handler that takes a `Caller` answers nobody without a credential;
/// those that take none are the public list: pings, `system/version` of Access, the public keys, and the
/// description of accessd's own paths.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/.well-known/jwks.json", get(system::jwks::handle))
        .route("/access/api/accessd/v1/openapi.json", get(system::openapi::handle))
        .route("/access/api/accessd/v1/tokens", get(accessd_tokens::list::handle))
        .route("/access/api/accessd/v1/tokens/me", get(accessd_tokens::show::me))
        .route("/access/api/accessd/v1/tokens/revoke", post(accessd_tokens::revoke::handle))
        .route("/access/api/accessd/v1/tokens/{id}", get(accessd_tokens::show::by_id))
        .route("/access/api/accessd/v1/tokens/me/revocation", post(accessd_tokens::schedule_revocation::me))
        .route(
            "/access/api/accessd/v1/tokens/{id}/revocation",
            post(accessd_tokens::schedule_revocation::by_id),
        )
        .route("/access/api/v1/cert/root", get(system::root_certificate::handle))
        .route("/access/api/v1/system/ping", get(system::ping::handle))
        .route("/access/api/v1/system/version", get(system::version::handle))
        .route("/access/api/v1/tokens", get(tokens::list::handle).post(tokens::create::handle))
        .route("/access/api/v1/tokens/me", get(tokens::show::me).delete(tokens::revoke::me))
        .route("/access/api/v1/tokens/revoke", delete(tokens::revoke_by_value::handle))
        .route("/access/api/v1/tokens/{id}", get(tokens::show::by_id).delete(tokens::revoke::by_id))
        .route("/access/api/v2/users", get(users::list::handle).post(users::create::handle))
        .route(
            "/access/api/v2/users/{username}",
            get(users::read::handle).patch(users::change::handle).delete(users::delete::handle),
        )
        .route("/access/api/v2/users/{username}/groups", patch(users::change_groups::handle))
        .route("/access/api/v2/users/{username}/password", put(users::set_password::handle))
        .route("/access/api/v2/users/{username}/unlock", post(users::unlock::handle))
        .route("/access/api/v2/groups", get(groups::list::handle).post(groups::create::handle))
        .route(
            "/access/api/v2/groups/{name}",
            get(groups::read::handle).patch(groups::change::handle).delete(groups::delete::handle),
        )
        .route("/access/api/v2/groups/{name}/members", patch(groups::change_members::handle))
        .route("/artifactory/api/system/ping", get(artifactory::ping::handle))
        .route("/artifactory/api/system/version", get(artifactory::version::handle))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(no_such_path)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(guard::layer))
        .layer(middleware::from_fn_with_state(state.clone(), request_log::layer))
        .with_state(state)
}

async fn no_such_path(uri: Uri) -> Response {
    ApiError::NoSuchPath.in_shape(Shape::of_path(uri.path()))
}

async fn method_not_allowed(uri: Uri) -> Response {
    ApiError::MethodNotAllowed.in_shape(Shape::of_path(uri.path()))
}
