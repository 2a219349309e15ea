//! `POST /access/api/accessd/v1/tokens/revoke`: revokes many tokens, and tells of each while it works.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals, TokenChoice};
use crate::query::Query;
use crate::routes::tokens::list::text_match;
use crate::state::AppState;
use access_core::{AccessError, BulkRevocation, RevocationTargets, TokenCriteria};
use access_types::fields::Fields;
use access_types::token_revocation::TokenRevocation;
use access_types::{FieldError, RequestError};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures_util::stream;
use serde::Serialize;
use std::convert::Infallible;
use tracing::Span;

/// Most ids in one request.
const MOST_IDS: usize = 1000;

/// The first batch is done before the answer begins, so that what is wrong has a status.
#[utoipa::path(
    post,
    path = "/access/api/accessd/v1/tokens/revoke",
    operation_id = "revoke_tokens",
    tag = "tokens",
    summary = "Revokes many tokens, and tells of each while it works",
    description = "Each as a revocation by id. What filters and `all` reach are live tokens that are there when the \
                   request begins, the caller's own last. Unknown fields are refused.",
    request_body(content = TokenChoice, content_type = "application/json"),
    responses(
        (
            status = 200,
            description = "A line of JSON (TokenRevocation) for each token as soon as it is durable, and a last one \
                           (RevocationSummary). Without the last one the answer was cut off.",
            content_type = "application/x-ndjson",
            body = String,
            example = "{\"token_id\":\"01a20ae1-9670-7eca-a943-25208021a34f\",\"outcome\":\"revoked\"}\n\
                       {\"complete\":true,\"revoked\":1,\"already_gone\":0,\"forbidden\":0}\n",
        ),
        Refusals,
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
    body: RequestBody,
) -> Result<Response, ApiError> {
    query.allow_none()?;
    let targets = targets(&body)?;
    let mut revocation = state.access.begin_bulk_revocation(caller, targets).await?;
    let done = Some(revocation.next_batch().await?);
    let progress = Progress { revocation, done, span: Span::current() };
    Ok(answers::ndjson_stream(Body::from_stream(stream::unfold(Some(progress), Progress::write_on))))
}

struct Progress {
    revocation: BulkRevocation,
    /// The batch that is done, but not told of yet.
    done: Option<Vec<TokenRevocation>>,
    /// Of the request, which is answered for the log before the body is.
    span: Span,
}

impl Progress {
    /// The lines of a batch, or the last line.
    async fn write_on(this: Option<Self>) -> Option<(Result<Bytes, Infallible>, Option<Self>)> {
        let Self { mut revocation, done, span } = this?;
        let batch = match done {
            Some(batch) => Ok(batch),
            None => revocation.next_batch().await,
        };
        let mut text = Vec::new();
        let next = match batch {
            Ok(lines) if !lines.is_empty() => {
                lines.iter().for_each(|line| write_line(&mut text, line));
                Some(Self { revocation, done: None, span })
            }
            over => {
                let error = over.err().map(|error| span.in_scope(|| ApiError::from(error).told()));
                write_line(&mut text, &revocation.summary(error));
                None
            }
        };
        Some((Ok(text.into()), next))
    }
}

fn write_line(text: &mut Vec<u8>, line: &impl Serialize) {
    // Strings, numbers and booleans always serialise, and a Vec always takes them.
    let _ = serde_json::to_writer(&mut *text, line);
    text.push(b'\n');
}

/// `{"token_ids":[…]}`, or filters as in the list, or `{"all":true}`.
fn targets(body: &RequestBody) -> Result<RevocationTargets, ApiError> {
    let mut fields = Fields::from_json(body.json()?)?;
    let token_ids = fields.names("token_ids")?;
    let all = fields.flag("all")?;
    let criteria = criteria(&mut fields)?;
    fields.refuse_others()?;
    match (token_ids, all, criteria == TokenCriteria::default()) {
        (Some(ids), None, true) if (1..=MOST_IDS).contains(&ids.len()) => Ok(RevocationTargets::Ids(ids)),
        (Some(_), None, true) => {
            Err(FieldError::new("token_ids", format!("must hold 1 to {MOST_IDS} ids")).into())
        }
        (None, Some(true), true) => Ok(RevocationTargets::Matching(TokenCriteria::default())),
        (None, Some(false), _) => {
            Err(FieldError::new("all", "can only be true; leave it out and give filters instead").into())
        }
        (None, None, false) => Ok(RevocationTargets::Matching(criteria)),
        (None, None, true) => {
            Err(refused("the body chooses no tokens: give token_ids, at least one filter, or {\"all\":true}"))
        }
        _ => Err(refused("token_ids, filters and all are three ways to choose tokens: give one of them")),
    }
}

fn criteria(fields: &mut Fields) -> Result<TokenCriteria, RequestError> {
    Ok(TokenCriteria {
        username: fields.filled_text("username")?,
        description: fields.filled_text("description")?.as_deref().map(text_match),
        scope: fields.filled_text("scope")?.as_deref().map(text_match),
        refreshable: fields.flag("refreshable")?,
        project_key: fields.filled_text("project")?,
        expires_within: fields.seconds("expires_within")?,
        unused_for: fields.seconds("unused_for")?,
    })
}

fn refused(message: &str) -> ApiError {
    AccessError::BadRequest(message.to_owned()).into()
}
