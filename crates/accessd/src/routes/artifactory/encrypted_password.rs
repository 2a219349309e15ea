//! `GET /artifactory/api/security/encryptedPassword`: the wire answers 409 where passwords are not kept so that they
//! could be given back, and here they never are.

use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_core::AccessError;
use access_types::error_body::ArtifactoryErrorBody;
use axum::extract::State;
use axum::response::Response;

/// 409.
#[utoipa::path(
    get,
    path = "/artifactory/api/security/encryptedPassword",
    operation_id = "encrypted_password",
    tag = "older paths",
    summary = "The caller's password in a form that could be sent: there is none",
    responses(
        (status = 409, description = "Passwords are kept as hashes only", body = ArtifactoryErrorBody),
        ArtifactoryRefusals,
    )
)]
pub async fn handle(State(_): State<AppState>, Caller(_): Caller) -> Result<Response, ApiError> {
    Err(AccessError::Conflict(
        "this service keeps passwords as hashes only, so there is no encrypted form to send; use an access token in the \
         place of the password"
            .to_owned(),
    )
    .into())
}
