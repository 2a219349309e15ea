//! `POST …/jfrog_client_login/request`: opens a session that somebody may approve in the browser.

use crate::answers;
use crate::body::RequestBody;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::web_login::WebLoginRequest;
use axum::extract::State;
use axum::response::Response;

/// 200 with nothing; the same again if the session was opened before.
#[utoipa::path(
    post,
    path = "/access/api/v2/authentication/jfrog_client_login/request",
    operation_id = "open_web_login",
    tag = "web log-in",
    summary = "Open a session that somebody may approve in the browser within 5 minutes",
    request_body(content = super::openapi::WebLoginBody, description = "A random UUID, drawn by the client and kept secret"),
    responses(
        (status = 200, description = "It is open"),
        (status = 400, description = "The session is missing, or no random UUID", body = ErrorBody),
        (status = 404, description = "Web log-in is switched off", body = ErrorBody),
        (status = 500, description = "A fault of the service", body = ErrorBody),
        (status = 503, description = "It cannot be stored now", body = ErrorBody),
    ),
    security(())
)]
pub async fn handle(State(state): State<AppState>, body: RequestBody) -> Result<Response, ApiError> {
    let WebLoginRequest { session } = WebLoginRequest::from_json(body.json()?)?;
    state.access.open_web_login(&session).await?;
    Ok(answers::empty())
}
