//! `PUT /access/api/v1/projects/{key}`: changes what the body names.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::project::{ProjectDetails, ProjectInput};
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the project as it is now.
#[utoipa::path(
    put,
    path = "/access/api/v1/projects/{key}",
    operation_id = "change_project",
    tag = "projects",
    summary = "Changes a project",
    description = "For administrators. A field that is absent stays as it is, a single privilege too.",
    params(("key" = String, Path, description = "The project's key")),
    request_body = super::bodies::ProjectBody,
    responses(
        (status = 200, description = "The project as it is now", body = ProjectDetails),
        Refusals,
        BodyRefusals,
        (status = 404, description = "There is no such project", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(key): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = ProjectInput::from_json(body.json()?)?;
    Ok(answers::json(&state.access.change_project(&caller, &key, input).await?))
}
