//! `GET /artifactory/api/system/license`: clients switch features on by the kind of licence.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_core::AccessError;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// What clients read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct License {
    /// The kind whose features clients may ask for.
    r#type: &'static str,
    /// Until when; empty: for ever.
    valid_through: &'static str,
    /// In truth.
    licensed_to: &'static str,
}

/// 200 with a kind that lets clients ask for everything there is, for administrators. Nothing here takes a licence.
#[utoipa::path(
    get,
    path = "/artifactory/api/system/license",
    operation_id = "license",
    tag = "older paths",
    summary = "The kind of licence, by which clients switch features on",
    description = "For administrators. Nothing here takes a licence.",
    responses((status = 200, description = "The licence", body = License), ArtifactoryRefusals)
)]
pub async fn handle(State(_): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    if !caller.administers_artifactory() {
        return Err(AccessError::Forbidden("the licence is for administrators".to_owned()).into());
    }
    Ok(answers::json(&License {
        r#type: "Enterprise",
        valid_through: "",
        licensed_to: concat!("accessd, ", env!("CARGO_PKG_LICENSE"), ": free for everybody"),
    }))
}
