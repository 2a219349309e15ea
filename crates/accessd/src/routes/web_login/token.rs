//! `GET …/jfrog_client_login/token/{session}`: the token of a session, once it is approved, and once only.

use crate::answers;
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::{AccessError, WebLoginPoll};
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::http::Method;
use axum::response::Response;

/// 200 with the token; 400 until somebody has approved the session, as clients expect; 404 when it is over.
#[utoipa::path(
    get,
    path = "/access/api/v2/authentication/jfrog_client_login/token/{session}",
    operation_id = "collect_web_login",
    tag = "web log-in",
    summary = "The token of an approved session, once",
    params(("session" = String, Path, description = "The session")),
    responses(
        (status = 200, description = "The token: user scope, refreshable", body = super::openapi::WebLoginToken),
        (status = 400, description = "Nobody has approved the session yet: ask again in 3 s", body = ErrorBody),
        (status = 401, description = "The user was deleted, disabled or demoted since", body = ErrorBody),
        (status = 404, description = "The session is over, or there never was one", body = ErrorBody),
        (status = 500, description = "A fault of the service", body = ErrorBody),
        (status = 503, description = "It cannot be decided or stored now", body = ErrorBody),
    ),
    security(())
)]
pub async fn handle(
    State(state): State<AppState>,
    method: Method,
    Path(session): Path<String>,
) -> Result<Response, ApiError> {
    // A HEAD would end the session and tell nobody the token.
    if method != Method::GET {
        return Err(ApiError::MethodNotAllowed);
    }
    let refused = match state.access.collect_web_login(&session).await? {
        WebLoginPoll::Done(created) => return Ok(answers::token(&created)),
        WebLoginPoll::Pending => AccessError::BadRequest("nobody has approved this log-in yet".to_owned()),
        WebLoginPoll::Ended => {
            AccessError::NotFound("this log-in is over, or there never was one; begin again".to_owned())
        }
    };
    Err(refused.into())
}
