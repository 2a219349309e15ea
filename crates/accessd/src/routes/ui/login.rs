//! `/ui/login`: the page on which a person approves the log-in that a client waits for (access-api.md 1.7).

use super::page::{LoginPage, Told, message, not_our_form, page};
use super::same_origin::is_same_origin;
use crate::body::RequestBody;
use crate::errors::ApiError;
use crate::query::Query;
use crate::state::AppState;
use access_core::{AccessError, WebLoginForm, WebLoginRefusal, legible_client};
use access_types::fields::Fields;
use access_types::{FieldError, RequestError, Secret};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use secrecy::ExposeSecret;

/// The form for the session in the query.
#[utoipa::path(
    get,
    path = "/ui/login",
    operation_id = "show_login_page",
    tag = "pages",
    summary = "The page on which a person approves a client's log-in",
    params(
        ("jfClientSession" = Option<String>, Query, description = "The session that the client opened"),
        ("jfClientName" = Option<String>, Query, description = "What the client calls itself"),
        ("jfClientCode" = Option<String>, Query, description = "Passed over: the code is always asked for"),
    ),
    responses(
        (status = 200, description = "The form", body = String, content_type = "text/html"),
        (status = 400, description = "There is no session in the address", body = String, content_type = "text/html"),
        (status = 404, description = "The session is over, or there never was one", body = String, content_type = "text/html"),
    ),
    security(())
)]
pub async fn show(State(state): State<AppState>, query: Result<Query, ApiError>) -> Response {
    let query = query.unwrap_or_default();
    let Some(session) = query.text("jfClientSession") else {
        return message(
            StatusCode::BAD_REQUEST,
            false,
            "Start in your terminal",
            "This page finishes a log-in that a tool began. Run jf login, and open the address that it shows.",
        );
    };
    match state.access.web_login_waits(session).await {
        Ok(true) => {}
        Ok(false) => return ended(),
        Err(error) => return failed(error),
    }
    let client = query.text("jfClientName").and_then(legible_client).unwrap_or_default();
    page(
        StatusCode::OK,
        &LoginPage { session, client, username: "", code: "", problem: None, expired: false },
    )
}

/// Approves the session of the form.
#[utoipa::path(
    post,
    path = "/ui/login",
    operation_id = "approve_web_login",
    tag = "pages",
    summary = "Approve a client's log-in with user name, password and the code that the terminal shows",
    description = "Sent by the page of the same address only: `Sec-Fetch-Site` or `Origin` must say so.",
    request_body(content = super::openapi::LoginForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Approved, or the form again: the password has expired", body = String, content_type = "text/html"),
        (status = 400, description = "A field is missing, or the code is wrong", body = String, content_type = "text/html"),
        (status = 403, description = "Wrong user name or password, a user to whom pages are closed, or a form of another site", body = String, content_type = "text/html"),
        (status = 404, description = "The session is over", body = String, content_type = "text/html"),
        (status = 429, description = "After wrong passwords: none is looked at before `Retry-After`", body = String, content_type = "text/html"),
        (status = 503, description = "It cannot be decided or stored now", body = String, content_type = "text/html"),
    ),
    security(())
)]
pub async fn approve(State(state): State<AppState>, headers: HeaderMap, body: RequestBody) -> Response {
    if !is_same_origin(&headers, state.base_url.as_deref()) {
        return not_our_form();
    }
    let mut typed = Typed::default();
    let form = match body.fields() {
        Ok(mut fields) => typed.read(&mut fields),
        Err(error) => {
            let (status, words) = error.for_people();
            return message(status, false, "That form cannot be read", &words);
        }
    };
    let refusal = match form {
        Ok(form) => state.access.approve_web_login(form).await,
        Err(error) => Err(WebLoginRefusal::Refused(error.into())),
    };
    typed.answer(refusal)
}

/// What is shown again when something is wrong. Passwords never are.
#[derive(Default)]
struct Typed {
    session: String,
    client: String,
    code: String,
    username: String,
    renews: bool,
}

impl Typed {
    fn read(&mut self, fields: &mut Fields) -> Result<WebLoginForm, RequestError> {
        let mut text = |field| fields.text(field).map(Option::unwrap_or_default);
        (self.session, self.client) = (text("session")?, text("client")?);
        (self.code, self.username) = (text("code")?, text("username")?);
        let password = fields.secret("password")?;
        let (new, again) = (fields.secret("new_password")?, fields.secret("new_password_again")?);
        self.renews = new.is_some() || again.is_some();
        let required = |field| FieldError::new(field, "is required");
        if self.username.is_empty() {
            return Err(required("user name").into());
        }
        Ok(WebLoginForm {
            session: self.session.clone(),
            code: self.code.clone(),
            client: Some(self.client.clone()),
            username: self.username.trim().to_owned(),
            password: password.ok_or_else(|| required("password"))?,
            new_password: new_password(new, again)?,
        })
    }

    fn answer(&self, outcome: Result<(), WebLoginRefusal>) -> Response {
        let client = legible_client(&self.client).unwrap_or_default();
        let form = |problem: String, expired: bool| LoginPage {
            session: &self.session,
            client,
            username: &self.username,
            code: &self.code,
            problem: Some(problem),
            expired,
        };
        match outcome {
            Ok(()) => message(
                StatusCode::OK,
                true,
                "You are logged in",
                "Return to your terminal. You can close this page.",
            ),
            Err(WebLoginRefusal::Ended) => ended(),
            Err(WebLoginRefusal::WrongCode(left)) => {
                let tries = if left == 1 { "One more try".to_owned() } else { format!("{left} more tries") };
                let problem =
                    format!("That is not the code in your terminal. {tries}, then this log-in ends.");
                page(StatusCode::BAD_REQUEST, &LoginPage { code: "", ..form(problem, self.renews) })
            }
            Err(WebLoginRefusal::PasswordExpired) => {
                let problem = "Your password has expired. Set a new one to go on.".to_owned();
                page(StatusCode::OK, &form(problem, true))
            }
            Err(WebLoginRefusal::OnlyPasswordChanged(error)) => only_password_changed(error),
            Err(WebLoginRefusal::Refused(error)) => {
                let mut told = Told::of(error);
                let words = std::mem::take(&mut told.words);
                told.on(&form(words, self.renews))
            }
        }
    }
}

/// The new password, typed twice; none if neither field was filled.
pub(super) fn new_password(new: Option<Secret>, again: Option<Secret>) -> Result<Option<Secret>, FieldError> {
    match (new, again) {
        (None, None) => Ok(None),
        (Some(new), Some(again)) if new.expose_secret() == again.expose_secret() => Ok(Some(new)),
        _ => Err(FieldError::new("new password", "the two are not the same")),
    }
}

fn ended() -> Response {
    message(
        StatusCode::NOT_FOUND,
        false,
        "This log-in is over",
        "It was used, it took longer than five minutes, or there were too many wrong codes. \
         Run jf login again in your terminal.",
    )
}

fn only_password_changed(error: Option<AccessError>) -> Response {
    let status = error.map_or(StatusCode::NOT_FOUND, |error| ApiError::Core(error).for_people().0);
    message(
        status,
        false,
        "Your password is changed, but you are not logged in",
        "The new password counts from now on. The log-in could not be finished: \
         run jf login again in your terminal, and use the new password.",
    )
}

fn failed(error: AccessError) -> Response {
    let (status, words) = ApiError::Core(error).for_people();
    message(status, false, "This does not work now", &words)
}
