//! `POST /access/api/accessd/v1/tokens/revoke`: revokes many tokens, and tells of each while it works.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals, RevocationLine, TokenChoice};
use crate::query::Query;
use crate::routes::tokens::list::text_match;
use crate::state::AppState;
use access_core::{AccessError, BulkRevocation, RevocationTargets, TokenCriteria};
use access_types::fields::Fields;
use access_types::token_revocation::{RevocationSummary, TokenRevocation};
use access_types::{FieldError, RequestError};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures_util::stream;
use serde::Serialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;
use tracing::Span;

/// Most ids in one request.
pub const MOST_IDS: usize = 1000;

/// How long the answer waits for the first batch: well below [`crate::layers::guard::ANSWER_TIMEOUT`].
const STATUS_PATIENCE: Duration = Duration::from_secs(5);

/// The first batch is done before the answer begins, so that what is wrong has a status; unless it takes long to
/// look up what is meant, which must not end the work.
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
            description = "Lines of JSON, each of which is as described: one for each token as soon as it is durable, \
                           and a last one, without which the answer was cut off.",
            content_type = "application/x-ndjson",
            body = RevocationLine,
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
    let access = state.access.clone();
    let mut beginning: Beginning = Box::pin(async move {
        let mut revocation = access.begin_bulk_revocation(caller, targets).await?;
        let first = revocation.next_batch().await?;
        Ok((revocation, first))
    });
    let next = match tokio::time::timeout(STATUS_PATIENCE, &mut beginning).await {
        Ok(begun) => Next::Tell(begun?),
        Err(_) => Next::Begin(beginning),
    };
    let progress = Progress { next, span: Span::current() };
    Ok(answers::ndjson_stream(Body::from_stream(stream::unfold(Some(progress), Progress::write_on))))
}

/// A revocation, and the batch that is done, but not told of yet.
type Begun = (BulkRevocation, Vec<TokenRevocation>);
type Beginning = Pin<Box<dyn Future<Output = Result<Begun, AccessError>> + Send>>;

struct Progress {
    next: Next,
    /// Of the request, which is answered for the log before the body is.
    span: Span,
}

enum Next {
    Begin(Beginning),
    Tell(Begun),
    Revoke(BulkRevocation),
}

impl Progress {
    /// The lines of a batch, or the last line.
    async fn write_on(this: Option<Self>) -> Option<(Result<Bytes, Infallible>, Option<Self>)> {
        let Self { next, span } = this?;
        let (revocation, batch) = match next {
            Next::Begin(beginning) => match beginning.await {
                Ok((revocation, first)) => (Some(revocation), Ok(first)),
                Err(error) => (None, Err(error)),
            },
            Next::Tell((revocation, first)) => (Some(revocation), Ok(first)),
            Next::Revoke(mut revocation) => {
                let batch = revocation.next_batch().await;
                (Some(revocation), batch)
            }
        };
        let mut text = Vec::new();
        let next = match (revocation, batch) {
            (Some(revocation), Ok(lines)) if !lines.is_empty() => {
                lines.iter().for_each(|line| write_line(&mut text, line));
                Some(Self { next: Next::Revoke(revocation), span })
            }
            (revocation, over) => {
                let summary = span.in_scope(|| summary(revocation, over.err()));
                write_line(&mut text, &summary);
                None
            }
        };
        Some((Ok(text.into()), next))
    }
}

/// What came of it, which is logged too: the line of the request stands before the work is done.
fn summary(revocation: Option<BulkRevocation>, error: Option<AccessError>) -> RevocationSummary {
    let error = error.map(|error| ApiError::from(error).told());
    let summary = match revocation {
        Some(revocation) => revocation.summary(error),
        None => RevocationSummary { error, ..RevocationSummary::default() },
    };
    let RevocationSummary { complete, revoked, already_gone, forbidden, .. } = summary;
    tracing::info!(complete, revoked, already_gone, forbidden, "revoked many tokens");
    summary
}

fn write_line(text: &mut Vec<u8>, line: &impl Serialize) {
    // Strings, numbers and booleans always serialise, and a Vec always takes them.
    let _ = serde_json::to_writer(&mut *text, line);
    text.push(b'\n');
}

/// `{"token_ids":[…]}`, or filters as in the list, or `{"all":true}`.
fn targets(body: &RequestBody) -> Result<RevocationTargets, ApiError> {
    let mut fields = Fields::from_json(body.json()?)?;
    fields.refuse_nulls()?;
    let sent = fields.length("token_ids").unwrap_or_default();
    let token_ids = fields.names("token_ids")?;
    let all = fields.flag("all")?;
    let criteria = criteria(&mut fields)?;
    fields.refuse_others()?;
    match (token_ids, all, criteria == TokenCriteria::default()) {
        (Some(ids), None, true) if (1..=MOST_IDS).contains(&sent) => Ok(RevocationTargets::Ids(ids)),
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
        description: narrowing_text(fields, "description")?.as_deref().map(text_match),
        scope: narrowing_text(fields, "scope")?.as_deref().map(text_match),
        refreshable: fields.flag("refreshable")?,
        project_key: fields.filled_text("project")?,
        expires_within: fields.seconds("expires_within")?,
        unused_for: match fields.seconds("unused_for")? {
            Some(0) => return Err(means_all("unused_for", "0 seconds is every token").into()),
            seconds => seconds,
        },
    })
}

/// Text that leaves something out: a prefix whose text was lost on the way leaves nothing.
fn narrowing_text(fields: &mut Fields, field: &'static str) -> Result<Option<String>, FieldError> {
    match fields.filled_text(field)? {
        Some(text) if text == "*" => Err(means_all(field, "\"*\" alone is every token that has one")),
        text => Ok(text),
    }
}

fn means_all(field: &'static str, what: &str) -> FieldError {
    FieldError::new(field, format!("{what}; to revoke all, send {{\"all\":true}}"))
}

fn refused(message: &str) -> ApiError {
    AccessError::BadRequest(message.to_owned()).into()
}
