//! `POST /access/api/v1/oidc/token`: an access token for an ID token.

use crate::answers;
use crate::body::RequestBody;
use crate::errors::ApiError;
use crate::openapi::BodyRefusals;
use crate::routes::tokens::create::idempotency_key;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::oidc::{ExchangeRequest, ExchangeResponse};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use utoipa::ToSchema;

/// What is asked for. Other fields are ignored, and empty text is the same as absent.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "subject_token": "the ID token", "provider_name": "github",
}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct IdTokenExchange {
    /// `urn:ietf:params:oauth:grant-type:token-exchange`.
    grant_type: String,
    /// `urn:ietf:params:oauth:token-type:id_token`.
    subject_token_type: String,
    /// The ID token, at most 8 KiB.
    subject_token: String,
    /// Name of the provider.
    #[schema(max_length = 255)]
    provider_name: String,
    /// Only an identity mapping of this name.
    #[schema(required = false)]
    identity_mapping_name: String,
    /// Only a provider and an identity mapping of this project, or of none.
    #[schema(required = false)]
    project_key: String,
    /// Must be an audience of the ID token.
    #[schema(required = false)]
    audience: String,
    /// Whether a reference token is wanted besides.
    #[schema(required = false)]
    include_reference_token: bool,
}

/// The ID token is the only credential that is needed; others are not looked at.
#[utoipa::path(
    post,
    path = "/access/api/v1/oidc/token",
    operation_id = "exchange_id_token",
    tag = "oidc",
    summary = "Gives an access token for an ID token",
    description = "By the first identity mapping whose claims fit. Each ID token is accepted once; a request that is \
                   repeated with the same `Idempotency-Key` gives the same access token again.",
    security(()),
    request_body(content(
        (IdTokenExchange = "application/json"),
        (IdTokenExchange = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "The access token", body = ExchangeResponse),
        (status = 400, description = "A field is missing or malformed, or the ID token is meant for another audience",
            body = ErrorBody),
        (status = 401, description = "The ID token is not accepted; which of provider, signature, claims and user is \
            wrong is logged, not told", body = ErrorBody),
        (status = 409, description = "The repeated request was done, but its token has ended since", body = ErrorBody),
        (status = 422, description = "The `Idempotency-Key` was used for another request", body = ErrorBody),
        (status = 500, description = "A fault of the service", body = ErrorBody),
        (status = 503, description = "The provider's keys cannot be had now, or nothing can be stored", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let request = ExchangeRequest::from_fields(&mut body.fields()?)?;
    let key = idempotency_key(&headers)?;
    Ok(answers::json_token(&state.access.exchange_id_token(&request, key).await?))
}
