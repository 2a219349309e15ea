//! OAuth's own standards, for clients and services that know nothing of the wire. The wire has no such paths, so
//! introspection and revocation are on accessd's own (docs/api.md).

pub mod introspect;
pub mod metadata;
pub mod revoke;

use crate::body::RequestBody;
use crate::errors::ApiError;
use access_core::AccessError;
use access_types::{FieldError, Secret};
use utoipa::{OpenApi, ToSchema};

/// Path of the introspection endpoint.
pub const INTROSPECT: &str = "/access/api/accessd/v1/oauth/introspect";
/// Path of the revocation endpoint.
pub const REVOKE: &str = "/access/api/accessd/v1/oauth/revoke";

/// Fields in which clients of other services put a credential: here it stands in the header, once.
const CREDENTIAL_FIELDS: [&str; 4] = ["client_secret", "client_assertion", "access_token", "password"];

/// The description of this area.
#[derive(Debug, OpenApi)]
#[openapi(paths(introspect::handle, revoke::handle, metadata::handle))]
pub(crate) struct Description;

/// The body of both. Other fields are passed over; only `client_secret` and its like are refused.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"token": "what was handed in"}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct PresentedToken {
    /// The token: a JWT, a reference token or a refresh token.
    #[schema(min_length = 1)]
    token: String,
    /// Passed over: a token tells by its form what it is.
    #[schema(required = false)]
    token_type_hint: String,
}

/// The token in a form.
fn token_in(body: &RequestBody) -> Result<Secret, ApiError> {
    let mut fields = body.form()?;
    for field in CREDENTIAL_FIELDS {
        if fields.secret(field)?.is_some() {
            let problem = format!("{field}: a credential in the body is not read; send it as Authorization");
            return Err(AccessError::BadRequest(problem).into());
        }
    }
    Ok(fields.secret("token")?.ok_or_else(|| FieldError::new("token", "is required"))?)
}
