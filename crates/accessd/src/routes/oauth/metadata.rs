//! `GET /.well-known/oauth-authorization-server`: where everything is (RFC 8414). Public.

use super::{INTROSPECT, REVOKE};
use crate::answers;
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::AccessError;
use access_types::ErrorBody;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// What OAuth clients look up. What stands here is what the operator has set as `server.base-url`, and never what a
/// client sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Metadata {
    /// `server.base-url`.
    issuer: String,
    /// Where tokens are made and refreshed.
    token_endpoint: String,
    /// The public keys of tokens.
    jwks_uri: String,
    /// RFC 7662.
    introspection_endpoint: String,
    /// RFC 7009.
    revocation_endpoint: String,
    /// `none`: there is no authorization endpoint, and an empty list is not allowed.
    response_types_supported: [&'static str; 1],
    /// What `grant_type` may be.
    grant_types_supported: [&'static str; 2],
    /// How clients authenticate: a user name with its password, or with a token in its place.
    token_endpoint_auth_methods_supported: [&'static str; 1],
    /// As above, or with a token.
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    /// As the token endpoint.
    revocation_endpoint_auth_methods_supported: [&'static str; 1],
    /// Some of the scopes there are.
    scopes_supported: [&'static str; 2],
}

/// 200, or 404 while nobody has said what the outside calls this service.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    operation_id = "oauth_metadata",
    tag = "oauth",
    summary = "Where everything is, for OAuth clients (RFC 8414)",
    description = "No credential is needed.",
    security(()),
    responses(
        (status = 200, description = "The metadata", body = Metadata),
        (status = 404, description = "`server.base-url` is not set", body = ErrorBody),
    )
)]
pub async fn handle(State(state): State<AppState>) -> Result<Response, ApiError> {
    let Some(issuer) = &state.base_url else {
        return Err(AccessError::NotFound(
            "there is no metadata: this service does not know what the outside calls it; set server.base-url"
                .to_owned(),
        )
        .into());
    };
    Ok(answers::public_json(&Metadata {
        issuer: issuer.to_string(),
        token_endpoint: state.uri("/access/api/v1/tokens"),
        jwks_uri: state.uri("/.well-known/jwks.json"),
        introspection_endpoint: state.uri(INTROSPECT),
        revocation_endpoint: state.uri(REVOKE),
        response_types_supported: ["none"],
        grant_types_supported: ["client_credentials", "refresh_token"],
        token_endpoint_auth_methods_supported: ["client_secret_basic"],
        introspection_endpoint_auth_methods_supported: ["client_secret_basic", "Bearer"],
        revocation_endpoint_auth_methods_supported: ["client_secret_basic"],
        scopes_supported: ["applied-permissions/user", "applied-permissions/admin"],
    }))
}
