//! `POST /artifactory/api/security/users/authorization/changePassword`: who knows the old password sets a new one,
//! also when the old one has expired.

use crate::answers;
use crate::body::RequestBody;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::error_body::ArtifactoryErrorBody;
use access_types::password_change::PasswordChange;
use axum::extract::State;
use axum::response::Response;
use utoipa::ToSchema;

/// 200 with a text. No credential but the old password is looked at.
#[utoipa::path(
    post,
    path = "/artifactory/api/security/users/authorization/changePassword",
    operation_id = "change_own_password",
    tag = "users",
    summary = "Change the own password with the old one, which may have expired",
    request_body(content = PasswordChangeBody, description = "The new password stands twice"),
    responses(
        (status = 200, description = "It is changed", body = String, content_type = "text/plain"),
        (status = 400, description = "A field is missing, or the new password is not good enough", body = ArtifactoryErrorBody),
        (status = 401, description = "Wrong user name or password, or passwords are switched off", body = ArtifactoryErrorBody),
        (status = 403, description = "The user may not change the own profile", body = ArtifactoryErrorBody),
        (status = 409, description = "Another change came first", body = ArtifactoryErrorBody),
        (status = 429, description = "After wrong passwords: none is looked at before `Retry-After`", body = ArtifactoryErrorBody),
        (status = 500, description = "A fault of the service", body = ArtifactoryErrorBody),
        (status = 503, description = "It cannot be decided or stored now", body = ArtifactoryErrorBody),
    ),
    security(())
)]
pub async fn handle(State(state): State<AppState>, body: RequestBody) -> Result<Response, ApiError> {
    let PasswordChange { username, old, new } = PasswordChange::from_json(body.json()?)?;
    state.access.change_own_password(&username, &old, new).await?;
    Ok(answers::text("Password has been successfully changed"))
}

/// A password changed with the old one.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct PasswordChangeBody {
    /// User name.
    user_name: String,
    /// The old password.
    old_password: String,
    /// The new password.
    #[schema(rename = "newPassword1", max_length = 256)]
    new_password: String,
    /// The new password again.
    #[schema(rename = "newPassword2", max_length = 256)]
    new_password_again: String,
}
