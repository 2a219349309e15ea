//! Who asks, as a parameter of handlers: a handler that names [`Caller`] cannot run without one.

use crate::credentials;
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::{Credential, Door, Principal};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// An authenticated caller, with rights as of now.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

/// An authenticated caller whose token may be meant for other services: for what a token asks about itself.
#[derive(Debug, Clone)]
pub struct OwnToken(pub Principal);

/// A credential that nobody has looked at yet, for the one handler that must see the body first.
#[derive(Debug, Clone)]
pub struct Presented(pub Credential);

impl Presented {
    /// Finds out whose it is.
    ///
    /// # Errors
    /// [`ApiError`] if it is nobody's.
    pub async fn authenticate(&self, state: &AppState) -> Result<Principal, ApiError> {
        self.authenticate_at(Door::Access, state).await
    }

    /// The same at one of the services that this one is.
    ///
    /// # Errors
    /// [`ApiError`] if it is nobody's, or not meant for that service.
    pub async fn authenticate_at(&self, door: Door, state: &AppState) -> Result<Principal, ApiError> {
        Ok(noted(state.access.authenticate_at(door, &self.0).await?))
    }
}

/// Whose audience a path belongs to.
fn door_of(path: &str) -> Door {
    if path.starts_with("/artifactory/") { Door::Artifactory } else { Door::Access }
}

/// The principal, named in what is logged of the request from here on.
fn noted(principal: Principal) -> Principal {
    tracing::Span::current().record("subject", principal.subject());
    principal
}

impl FromRequestParts<AppState> for Presented {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        credentials::find(parts).map(Self)
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let presented = Presented::from_request_parts(parts, state).await?;
        presented.authenticate_at(door_of(parts.uri.path()), state).await.map(Self)
    }
}

impl FromRequestParts<AppState> for OwnToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let presented = Presented::from_request_parts(parts, state).await?;
        Ok(Self(noted(state.access.authenticate_for_itself(&presented.0).await?)))
    }
}
