//! `POST /artifactory/api/security/token`: a new token, or the successor of one against a pair.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Presented;
use crate::credentials;
use crate::errors::ApiError;
use crate::openapi::{OAuthBodyRefusals, OAuthRefusals};
use crate::routes::tokens::create::idempotency_key;
use crate::state::AppState;
use access_core::{AccessError, AuthenticationError, CreatedToken, Door};
use access_types::GrantType;
use access_types::error_body::OAuthErrorBody;
use access_types::legacy_token::{LegacyTokenRequest, LegacyTokenResponse};
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use utoipa::ToSchema;

/// A new token takes a credential; a pair of access and refresh token is one itself.
#[utoipa::path(
    post,
    path = "/artifactory/api/security/token",
    operation_id = "create_legacy_token",
    tag = "older paths",
    summary = "A token for the paths of Artifactory, or the successor of one",
    description = "A new token takes a credential in a header. With `grant_type=refresh_token` the pair of \
                   `refresh_token` and `access_token`, which may have expired, is all that is needed.",
    request_body(content = Option<LegacyTokenForm>, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token; its id is the JWT's `jti`", body = LegacyTokenResponse),
        OAuthRefusals,
        (status = 404, description = "The refresh token is unknown, spent, revoked or too old", body = OAuthErrorBody),
        OAuthBodyRefusals,
    ),
    security((), ("bearer" = []), ("basic" = []), ("api_key" = []))
)]
pub async fn handle(
    State(state): State<AppState>,
    parts: Parts,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let asked = match read(&body) {
        // A client that is told 401 throws its pair away, and this one has sent no credential that could be wrong.
        Err(unreadable) if unreadable.may_be_refresh && has_no_credential(&parts) => {
            return Err(unreadable.error);
        }
        asked => asked.map_err(|unreadable| unreadable.error),
    };
    let CreatedToken { response, warnings } = match asked {
        Ok(asked) if asked.request.grant_type == Some(GrantType::RefreshToken) => {
            refresh(&state, &parts, asked).await?
        }
        asked => {
            // Who is nobody learns nothing about the rest of the request.
            let presented = Presented(credentials::find(&parts)?);
            let caller = presented.authenticate_at(Door::Artifactory, &state).await?;
            let key = idempotency_key(&parts.headers)?;
            state.access.create_legacy_token(&caller, asked?.request, key).await?
        }
    };
    Ok(answers::token_as(&LegacyTokenResponse::from(response), &warnings))
}

/// A body that is not readable, and whether it may have been meant to renew a pair.
struct Unreadable {
    error: ApiError,
    may_be_refresh: bool,
}

fn read(body: &RequestBody) -> Result<LegacyTokenRequest, Unreadable> {
    let fields = body.form().map_err(|error| Unreadable { error, may_be_refresh: true })?;
    let may_be_refresh = fields.is_text("grant_type", "refresh_token");
    LegacyTokenRequest::read(fields).map_err(|error| Unreadable { error: error.into(), may_be_refresh })
}

fn has_no_credential(parts: &Parts) -> bool {
    let missing = AuthenticationError::Missing;
    matches!(credentials::find(parts), Err(ApiError::Core(AccessError::Authentication(error))) if error == missing)
}

/// By the pair; without an access token in the form, the credential in a header has to be the owner's.
async fn refresh(
    state: &AppState,
    parts: &Parts,
    asked: LegacyTokenRequest,
) -> Result<CreatedToken, AccessError> {
    match credentials::find(parts) {
        Ok(credential) if asked.access_token.is_none() => {
            state.access.refresh_token(&credential, asked.request).await
        }
        _ => state.access.refresh_legacy_token(asked).await,
    }
}

/// The form.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct LegacyTokenForm {
    /// `client_credentials`, which is the default, or `refresh_token`.
    #[schema(required = false)]
    grant_type: String,
    /// For whom; the caller if absent. Another's: administrators.
    #[schema(required = false)]
    username: String,
    /// `member-of-groups:*` if absent, or parts of `member-of-groups:<group>,…`, `api:*` and `jfrt@<id>:admin`.
    #[schema(required = false)]
    scope: String,
    /// Lifetime in seconds; 3600 if absent, which is the most for users who are no administrators; 0 = never expires.
    #[schema(required = false, minimum = 0)]
    expires_in: u64,
    /// Whether a refresh token shall come with it.
    #[schema(required = false)]
    refreshable: bool,
    /// Space-separated service ids; `jfrt@<id>` of this service if absent.
    #[schema(required = false)]
    audience: String,
    /// The refresh token to spend.
    #[schema(required = false)]
    refresh_token: String,
    /// The access token that came with it; not beside `username`.
    #[schema(required = false)]
    access_token: String,
}
