//! `/ui/password`: the page on which a person changes the own password, also one that has expired.

use super::login::new_password;
use super::page::{PasswordPage, Told, message, not_our_form, page};
use super::same_origin::is_same_origin;
use crate::body::RequestBody;
use crate::state::AppState;
use access_core::AccessError;
use access_types::fields::Fields;
use access_types::{FieldError, RequestError, Secret};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

/// The form.
#[utoipa::path(
    get,
    path = "/ui/password",
    operation_id = "show_password_page",
    tag = "pages",
    summary = "The page on which a person changes the own password",
    responses((status = 200, description = "The form", body = String, content_type = "text/html")),
    security(())
)]
pub async fn show() -> Response {
    page(StatusCode::OK, &PasswordPage { username: "", problem: None })
}

/// Changes it.
#[utoipa::path(
    post,
    path = "/ui/password",
    operation_id = "change_password_on_page",
    tag = "pages",
    summary = "Change the own password with the old one",
    description = "Sent by the page of the same address only: `Sec-Fetch-Site` or `Origin` must say so.",
    request_body(content = super::openapi::PasswordForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Changed", body = String, content_type = "text/html"),
        (status = 400, description = "A field is missing, or the new password is not good enough", body = String, content_type = "text/html"),
        (status = 403, description = "Wrong user name or password, a user who may not change it, or a form of another site", body = String, content_type = "text/html"),
        (status = 409, description = "Another change came first", body = String, content_type = "text/html"),
        (status = 429, description = "After wrong passwords: none is looked at before `Retry-After`", body = String, content_type = "text/html"),
        (status = 503, description = "It cannot be decided or stored now", body = String, content_type = "text/html"),
    ),
    security(())
)]
pub async fn change(State(state): State<AppState>, headers: HeaderMap, body: RequestBody) -> Response {
    if !is_same_origin(&headers, state.base_url.as_deref()) {
        return not_our_form();
    }
    let mut fields = match body.fields() {
        Ok(fields) => fields,
        Err(error) => {
            let (status, words) = error.for_people();
            return message(status, false, "That form cannot be read", &words);
        }
    };
    let username = fields.text("username").ok().flatten().unwrap_or_default();
    let outcome = match passwords(&mut fields) {
        Ok((old, new)) => state.access.change_own_password_on_page(username.trim(), &old, new).await,
        Err(error) => Err(AccessError::from(error)),
    };
    match outcome {
        Ok(()) => {
            message(StatusCode::OK, true, "Your password is changed", "The old one is good for nothing now.")
        }
        Err(error) => {
            let mut told = Told::of(error);
            let problem = Some(std::mem::take(&mut told.words));
            told.on(&PasswordPage { username: &username, problem })
        }
    }
}

fn passwords(fields: &mut Fields) -> Result<(Secret, Secret), RequestError> {
    let old = fields.secret("password")?.ok_or_else(|| FieldError::new("password", "is required"))?;
    let new = new_password(fields.secret("new_password")?, fields.secret("new_password_again")?)?;
    Ok((old, new.ok_or_else(|| FieldError::new("new password", "is required"))?))
}
