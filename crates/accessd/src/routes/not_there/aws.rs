//! `/access/api/v1/aws`: tokens for AWS identities. They take Amazon's STS to check a signature, which this service
//! does not ask.

use super::for_administrators;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::State;
use axum::response::Response;

const WHY: &str =
    "tokens for AWS identities are not in this service; use an OIDC provider or an access token";

/// 501 for everybody: the wire's credential, a signed request to STS, cannot be checked here.
#[utoipa::path(
    post,
    path = "/access/api/v1/aws/token",
    operation_id = "create_aws_token",
    tag = "not there",
    summary = "A token for an AWS identity: not in this service",
    security(()),
    responses((status = 501, description = "Not in this service", body = ErrorBody))
)]
pub async fn token() -> ApiError {
    ApiError::NotImplemented(WHY)
}

/// 501.
#[utoipa::path(
    put,
    path = "/access/api/v1/aws/iam_role",
    operation_id = "put_aws_role",
    tag = "not there",
    summary = "The AWS role of a user: not in this service",
    responses((status = 501, description = "Not in this service", body = ErrorBody), Refusals)
)]
pub async fn put_role(State(_): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Err(for_administrators(&caller, WHY))
}

/// 501.
#[utoipa::path(
    get,
    path = "/access/api/v1/aws/iam_role/{username}",
    operation_id = "read_aws_role",
    tag = "not there",
    summary = "The AWS role of a user: not in this service",
    params(("username" = String, Path, description = "The user's name")),
    responses((status = 501, description = "Not in this service", body = ErrorBody), Refusals, (status = 404, description = "The path is not spelt as it has to be", body = ErrorBody))
)]
pub async fn read_role(State(_): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Err(for_administrators(&caller, WHY))
}

/// 501.
#[utoipa::path(
    delete,
    path = "/access/api/v1/aws/iam_role/{username}",
    operation_id = "delete_aws_role",
    tag = "not there",
    summary = "The AWS role of a user: not in this service",
    params(("username" = String, Path, description = "The user's name")),
    responses((status = 501, description = "Not in this service", body = ErrorBody), Refusals, (status = 404, description = "The path is not spelt as it has to be", body = ErrorBody))
)]
pub async fn delete_role(State(_): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Err(for_administrators(&caller, WHY))
}
