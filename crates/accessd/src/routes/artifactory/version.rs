//! `GET /artifactory/api/system/version`: clients ask it to learn whether a credential is good, and what
//! they may ask for.

use crate::answers;
use crate::caller::Caller;
use crate::openapi::ArtifactoryRefusals;
use crate::routes::system::WIRE_VERSION;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// The version of the wire, in the words of Artifactory.
#[derive(Serialize, ToSchema)]
#[schema(as = ArtifactoryVersion)]
pub(crate) struct Version {
    /// The version of the wire.
    version: &'static str,
    /// The version of this service.
    revision: &'static str,
    /// None.
    #[schema(value_type = Vec<String>)]
    addons: [&'static str; 0],
    /// Of this service.
    license: &'static str,
}

/// Any credential that is good.
#[utoipa::path(
    get,
    path = "/artifactory/api/system/version",
    operation_id = "artifactory_version",
    tag = "artifactory",
    summary = "What may be asked for, for whoever is known",
    description = "For every good credential.",
    responses(
        (status = 200, description = "The version", body = Version),
        ArtifactoryRefusals,
    )
)]
pub async fn handle(State(_): State<AppState>, Caller(_): Caller) -> Response {
    answers::json(&Version {
        version: WIRE_VERSION,
        revision: env!("CARGO_PKG_VERSION"),
        addons: [],
        license: env!("CARGO_PKG_LICENSE"),
    })
}
