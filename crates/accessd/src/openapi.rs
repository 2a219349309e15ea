//! The OpenAPI description of the whole API. Each handler says beside itself what it takes and answers; what
//! they have in common stands here.

mod refusals;

pub(crate) use refusals::{ArtifactoryRefusals, OAuthBodyRefusals, OAuthRefusals};

use crate::routes::accessd_tokens::{list, revoke, schedule_revocation, show};
use crate::routes::system::openapi as itself;
use crate::routes::{
    api_keys, artifactory, config, forward_auth, groups, legacy_groups, legacy_tokens, legacy_users,
    not_there, oauth, oidc, projects, system, tokens, ui, users, web_login,
};
use access_types::ErrorBody;
use access_types::error_body::{ArtifactoryErrorBody, OAuthErrorBody};
use access_types::token_revocation::{RevocationSummary, TokenRevocation};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};

/// The description, of accessd's own paths about tokens; [`areas`] has the others.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "accessd",
        description = "Everything accessd answers: the wire of JFrog Access, OAuth's standards, and below \
                       `/access/api/accessd/` what it tells and does beyond. Times are seconds since 1970 unless \
                       they are text. A path has one spelling; others are 404.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        list::handle,
        show::me,
        show::by_id,
        schedule_revocation::me,
        schedule_revocation::by_id,
        revoke::handle,
        itself::handle,
    ),
    components(schemas(ErrorBody, ArtifactoryErrorBody, OAuthErrorBody)),
    security(("bearer" = []), ("basic" = []), ("api_key" = [])),
    modifiers(&Credentials),
)]
struct Description;

/// The description as JSON, with a line end.
///
/// # Errors
/// None that a test would not have met: the description is the same in every process.
pub fn text() -> Result<String, serde_json::Error> {
    let mut description = Description::openapi();
    for area in areas() {
        description.merge(area);
    }
    description.to_pretty_json().map(|json| json + "\n")
}

/// The descriptions of the areas under [`crate::routes`] that have one of their own, in the order of the router.
fn areas() -> Vec<utoipa::openapi::OpenApi> {
    vec![
        oauth::Description::openapi(),
        forward_auth::Description::openapi(),
        tokens::Description::openapi(),
        users::Description::openapi(),
        groups::Description::openapi(),
        oidc::Description::openapi(),
        projects::Description::openapi(),
        web_login::openapi::Description::openapi(),
        ui::openapi::Description::openapi(),
        system::Description::openapi(),
        artifactory::Description::openapi(),
        legacy_tokens::Description::openapi(),
        api_keys::Description::openapi(),
        legacy_users::Description::openapi(),
        legacy_groups::Description::openapi(),
        config::Description::openapi(),
        not_there::Description::openapi(),
    ]
}

/// Why a request is refused, wherever it goes.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum Refusals {
    /// A parameter, field or body that is not acceptable; or more than one credential. The message begins with
    /// the name.
    #[response(status = 400, example = json!({"errors": [{"code": "BAD_REQUEST", "message":
        "expires_within: must be a whole number of seconds from 0 to 9999999999"}]}))]
    BadRequest(ErrorBody),
    /// No credential, or one that is refused.
    #[response(status = 401, example = json!({"errors": [{"code": "UNAUTHORIZED", "message":
        "Invalid token, expired"}]}))]
    Unauthorized(ErrorBody),
    /// The credential is good, but may not do this.
    #[response(status = 403, example = json!({"errors": [{"code": "FORBIDDEN", "message":
        "this token is not yours; only its owner or an administrator can see or revoke it"}]}))]
    Forbidden(ErrorBody),
    /// With user name and password only: after wrong passwords for that name none is looked at before `Retry-After`.
    #[response(status = 429, example = json!({"errors": [{"code": "TOO_MANY_REQUESTS", "message":
        "too many wrong passwords for this user name; try again in 8 s. Tokens are not affected"}]}))]
    TooManyRequests(ErrorBody),
    /// A fault of the service; its log tells more under the `X-Request-Id`.
    #[response(status = 500)]
    InternalServerError(ErrorBody),
    /// It cannot be decided or stored now; the same request may go through after `Retry-After`.
    #[response(status = 503, example = json!({"errors": [{"code": "SERVICE_UNAVAILABLE", "message":
        "this cannot be decided now; try again"}]}))]
    ServiceUnavailable(ErrorBody),
}

/// Why a body is refused.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum BodyRefusals {
    /// The body did not arrive within 15 s.
    #[response(status = 408)]
    RequestTimeout(ErrorBody),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    PayloadTooLarge(ErrorBody),
    /// The body is not JSON, or compressed.
    #[response(status = 415)]
    UnsupportedMediaType(ErrorBody),
}

/// The body of a revocation after a while.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"after": 3600}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct RevocationDelay {
    /// Seconds until the token is revoked; 0 = now.
    #[schema(minimum = 0, maximum = 2_592_000)]
    after: u64,
}

/// Which tokens to revoke: by `token_ids`, or by filters, all of which must match, or by `all`. Nothing may be `null`,
/// and no filter such that it leaves nothing out.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"username": "robot", "unused_for": 7_776_000}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct TokenChoice {
    /// The tokens with these ids; nothing else may stand beside it.
    #[schema(required = false, min_items = 1, max_items = 1000)]
    token_ids: Vec<String>,
    /// `true`: every live token that the caller may manage; nothing else may stand beside it.
    #[schema(required = false)]
    all: bool,
    /// The user name, in any case of letters.
    #[schema(required = false, min_length = 1)]
    username: String,
    /// This description, or with `*` at the end this beginning; not `*` alone.
    #[schema(required = false, min_length = 1)]
    description: String,
    /// This part of the scope, or with `*` at the end this beginning of a part; not `*` alone.
    #[schema(required = false, min_length = 1)]
    scope: String,
    /// Whether the token has a refresh token.
    #[schema(required = false)]
    refreshable: bool,
    /// The key of the project that the token is bound to.
    #[schema(required = false, min_length = 1)]
    project: String,
    /// The token ends within so many seconds.
    #[schema(required = false, minimum = 0, maximum = 9_999_999_999_i64)]
    expires_within: u64,
    /// The token was not used for so many seconds; if never, it was made so long ago.
    #[schema(required = false, minimum = 1, maximum = 9_999_999_999_i64)]
    unused_for: u64,
}

/// A line of the answer to many revocations.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum RevocationLine {
    /// What became of a token.
    Token(TokenRevocation),
    /// The last line.
    Last(RevocationSummary),
}

/// The three ways to send a credential.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.description = Some("A JWT or a reference token.".to_owned());
        let mut basic = Http::new(HttpAuthScheme::Basic);
        basic.description = Some(
            "A user name with its password, or with a JWT, a reference token or an API key in its place."
                .to_owned(),
        );
        let key = ApiKeyValue::with_description("X-JFrog-Art-Api", "An API key, a JWT or a reference token.");
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("basic", SecurityScheme::Http(basic));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}
