//! `POST /access/api/v1/projects`: makes a project.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::project::{ProjectDetails, ProjectInput};
use axum::extract::State;
use axum::response::Response;

/// 201 with the project.
#[utoipa::path(
    post,
    path = "/access/api/v1/projects",
    operation_id = "create_project",
    tag = "projects",
    summary = "Makes a project",
    description = "For administrators. Needs `project_key`; what else is absent is off, the quota none, and the display \
                   name the key.",
    request_body = super::bodies::ProjectBody,
    responses(
        (status = 201, description = "The project", body = ProjectDetails),
        Refusals,
        BodyRefusals,
        (status = 409, description = "There is a project with this key", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = ProjectInput::from_json(body.json()?)?;
    Ok(answers::created(&state.access.create_project(&caller, input).await?))
}
