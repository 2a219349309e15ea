//! `/access/api/v1/projects/_/…`: repositories in projects. accessd has no repositories, so it says so instead of
//! promising what nobody does.

use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::State;
use axum::response::Response;

const NO_REPOSITORIES: ApiError = ApiError::NotImplemented(
    "accessd has no repositories, so none can be attached to a project or shared with it; leave this call out, or send \
     it to the service that has them",
);

/// 501.
#[utoipa::path(
    put,
    path = "/access/api/v1/projects/_/attach/repositories/{repository}/{key}",
    operation_id = "attach_repository",
    tag = "projects",
    summary = "Attaches a repository to a project: not done here",
    params(
        ("repository" = String, Path, description = "The repository's key"),
        ("key" = String, Path, description = "The project's key"),
    ),
    responses(
        Refusals,
        (status = 404, description = "A name that no path can hold", body = ErrorBody),
        (status = 501, description = "accessd has no repositories", body = ErrorBody),
    )
)]
pub async fn attach(_: State<AppState>, _: Caller) -> Result<Response, ApiError> {
    Err(NO_REPOSITORIES)
}

/// 501.
#[utoipa::path(
    delete,
    path = "/access/api/v1/projects/_/attach/repositories/{repository}",
    operation_id = "detach_repository",
    tag = "projects",
    summary = "Detaches a repository from its project: not done here",
    params(("repository" = String, Path, description = "The repository's key")),
    responses(
        Refusals,
        (status = 404, description = "A name that no path can hold", body = ErrorBody),
        (status = 501, description = "accessd has no repositories", body = ErrorBody),
    )
)]
pub async fn detach(_: State<AppState>, _: Caller) -> Result<Response, ApiError> {
    Err(NO_REPOSITORIES)
}

/// 501.
#[utoipa::path(
    put,
    path = "/access/api/v1/projects/_/share/repositories/{repository}",
    operation_id = "share_repository_with_all",
    tag = "projects",
    summary = "Shares a repository with all projects: not done here",
    params(("repository" = String, Path, description = "The repository's key")),
    responses(
        Refusals,
        (status = 404, description = "A name that no path can hold", body = ErrorBody),
        (status = 501, description = "accessd has no repositories", body = ErrorBody),
    )
)]
pub async fn share_with_all(_: State<AppState>, _: Caller) -> Result<Response, ApiError> {
    Err(NO_REPOSITORIES)
}

/// 501.
#[utoipa::path(
    delete,
    path = "/access/api/v1/projects/_/share/repositories/{repository}",
    operation_id = "unshare_repository_from_all",
    tag = "projects",
    summary = "Shares a repository with all projects no more: not done here",
    params(("repository" = String, Path, description = "The repository's key")),
    responses(
        Refusals,
        (status = 404, description = "A name that no path can hold", body = ErrorBody),
        (status = 501, description = "accessd has no repositories", body = ErrorBody),
    )
)]
pub async fn unshare_from_all(_: State<AppState>, _: Caller) -> Result<Response, ApiError> {
    Err(NO_REPOSITORIES)
}

/// 501.
#[utoipa::path(
    put,
    path = "/access/api/v1/projects/_/share/repositories/{repository}/{key}",
    operation_id = "share_repository",
    tag = "projects",
    summary = "Shares a repository with a project: not done here",
    params(
        ("repository" = String, Path, description = "The repository's key"),
        ("key" = String, Path, description = "The project's key"),
    ),
    responses(
        Refusals,
        (status = 404, description = "A name that no path can hold", body = ErrorBody),
        (status = 501, description = "accessd has no repositories", body = ErrorBody),
    )
)]
pub async fn share(_: State<AppState>, _: Caller) -> Result<Response, ApiError> {
    Err(NO_REPOSITORIES)
}

/// 501.
#[utoipa::path(
    delete,
    path = "/access/api/v1/projects/_/share/repositories/{repository}/{key}",
    operation_id = "unshare_repository",
    tag = "projects",
    summary = "Shares a repository with a project no more: not done here",
    params(
        ("repository" = String, Path, description = "The repository's key"),
        ("key" = String, Path, description = "The project's key"),
    ),
    responses(
        Refusals,
        (status = 404, description = "A name that no path can hold", body = ErrorBody),
        (status = 501, description = "accessd has no repositories", body = ErrorBody),
    )
)]
pub async fn unshare(_: State<AppState>, _: Caller) -> Result<Response, ApiError> {
    Err(NO_REPOSITORIES)
}

/// 501.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects/_/repositories/{repository}",
    operation_id = "read_repository_status",
    tag = "projects",
    summary = "Which project a repository belongs to: not done here",
    params(("repository" = String, Path, description = "The repository's key")),
    responses(
        Refusals,
        (status = 404, description = "A name that no path can hold", body = ErrorBody),
        (status = 501, description = "accessd has no repositories", body = ErrorBody),
    )
)]
pub async fn status(_: State<AppState>, _: Caller) -> Result<Response, ApiError> {
    Err(NO_REPOSITORIES)
}
