//! `GET /access/api/accessd/v1/forward-auth`: whether the credential of a request to something else may come in there,
//! and whose it is.

use crate::answers;
use crate::caller::Presented;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::state::AppState;
use access_core::{AccessError, Admission, Requirements};
use access_types::quoting::parse_names;
use access_types::{Audience, FieldError, Scope, limits};
use axum::extract::State;
use axum::http::header::VARY;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;

const PARAMETERS: [&str; 4] = ["audience", "group", "scope", "project"];

/// What is escaped in the value of a header; what is not ASCII always is.
const TEXT: &AsciiSet = &CONTROLS.add(b'%');
/// In an item of a list, the separator too, and spaces, which would be lost at an end.
const ITEM: &AsciiSet = &TEXT.add(b',').add(b' ');

/// 200 with nothing but headers. Each of them is always there, if only empty, so that a proxy that copies them
/// replaces what its client sent under these names.
#[utoipa::path(
    get,
    path = "/access/api/accessd/v1/forward-auth",
    operation_id = "forward_auth",
    tag = "forward-auth",
    summary = "Whether a proxy may let a request through, and whose it is",
    description = "The proxy hands on the credential of the request and copies the headers of the answer. Values are \
                   percent-encoded UTF-8; those that do not apply are empty. Unknown parameters are refused.",
    params(
        ("audience" = Option<String>, Query, min_length = 1,
            description = "Services that the audience has to include, space separated; this one if absent"),
        ("group" = Option<String>, Query, min_length = 1,
            description = "Groups, of one of which the credential has to give the rights: names with commas between \
                           them, in double quotes if they have a comma"),
        ("scope" = Option<String>, Query, min_length = 1,
            description = "Parts that the scope has to have, all of them, in the words of either token endpoint"),
        ("project" = Option<String>, Query, min_length = 1,
            description = "The project that the credential has to be bound to; it must be bound to none if absent"),
    ),
    responses(
        (status = 200, description = "Let it through", headers(
            ("X-Access-User" = String, description = "User name"),
            ("X-Access-Groups" = String, description = "Groups as of now, with commas between them"),
            ("X-Access-Scope" = String, description = "Scope"),
            ("X-Access-Subject" = String, description = "Subject in full form"),
            ("X-Access-Token-Id" = String, description = "Id of the token"),
            ("X-Access-Project" = String, description = "The project that the token is bound to"),
        )),
        Refusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    presented: Presented,
    query: Query,
) -> Result<Response, ApiError> {
    let requirements = requirements(&query)?;
    let admission = state.access.admit(&presented.0, &requirements).await?;
    tracing::Span::current().record("subject", &admission.subject);
    answer(&admission)
}

fn requirements(query: &Query) -> Result<Requirements, ApiError> {
    query.allow_only(&PARAMETERS)?;
    let names = |list| parse_names(list).map_err(|problem| FieldError::new("group", problem));
    Ok(Requirements {
        audience: query.text("audience").map(Audience::parse).transpose()?,
        any_group: query.text("group").map(names).transpose()?.unwrap_or_default(),
        scope: query.text("scope").map(Scope::parse_stored).transpose()?,
        project: query.text("project").map(project).transpose()?,
    })
}

fn project(key: &str) -> Result<String, FieldError> {
    limits::check_project_key(key).map_err(|error| FieldError::new("project", error.problem))?;
    Ok(key.to_owned())
}

fn answer(admission: &Admission) -> Result<Response, ApiError> {
    let Admission { subject, username, groups, scope, token_id, project } = admission;
    let groups: Vec<Cow<'_, str>> = groups.iter().map(|name| encoded(name, ITEM)).collect();
    fn text(value: &Option<String>) -> Cow<'_, str> {
        encoded(value.as_deref().unwrap_or_default(), ITEM)
    }
    let mut response = answers::empty();
    for (name, value) in [
        ("x-access-user", text(username)),
        ("x-access-groups", groups.join(",").into()),
        ("x-access-scope", encoded(scope, TEXT)),
        ("x-access-subject", encoded(subject, ITEM)),
        ("x-access-token-id", text(token_id)),
        ("x-access-project", text(project)),
    ] {
        let value = HeaderValue::from_str(&value)
            .map_err(|error| AccessError::Internal(format!("{name} cannot be written: {error}")))?;
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    let vary = HeaderValue::from_static("Authorization, X-JFrog-Art-Api");
    response.headers_mut().insert(VARY, vary);
    Ok(response)
}

/// As it is, if nothing in it has to be escaped: that is the rule.
fn encoded<'a>(text: &'a str, set: &'static AsciiSet) -> Cow<'a, str> {
    utf8_percent_encode(text, set).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_a_name_holds_it_is_one_item_of_one_header(names in prop::collection::vec(any::<String>(), 0..5)) {
            let admission = Admission {
                subject: names.concat(), username: names.first().cloned(), groups: names.clone(),
                scope: names.concat(), token_id: None, project: None,
            };
            let response = answer(&admission).unwrap();
            let value = response.headers()["x-access-groups"].to_str().unwrap();
            let read: Vec<String> = value
                .split(',')
                .map(|item| percent_encoding::percent_decode_str(item).decode_utf8().unwrap().into_owned())
                .collect();
            if names.is_empty() {
                prop_assert_eq!(value, "");
            } else {
                prop_assert_eq!(read, names);
            }
        }
    }
}
