//! Revoking: durable before it is acknowledged, and final.

use crate::access::Access;
use crate::error::{AccessError, AuthenticationError};
use crate::list::TokenSelector;
use crate::model::{AuditAction, AuditRecord, TokenRecord};
use crate::principal::Principal;
use crate::random::RandomFailed;
use access_types::Secret;
use uuid::Uuid;

/// What a revocation found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// The token was live and is now revoked.
    Now,
    /// The token was revoked already, or never was.
    AlreadyGone,
}

impl Access {
    /// Revokes a token: the presented one, or by id an own one, or any for an administrator. A
    /// refreshable token takes its refresh token with it.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] if it is somebody else's, [`AccessError::Unavailable`] if the
    /// revocation could not be made durable: then it has not happened.
    pub async fn revoke_token(
        &self,
        principal: &Principal,
        selector: &TokenSelector,
    ) -> Result<Revoked, AccessError> {
        match self.select(principal, selector).await? {
            Some(state) => self.revoke(principal, &state.token).await,
            None => Ok(Revoked::AlreadyGone),
        }
    }

    /// Revokes the token whose text this is, a JWT or a reference token, and gives its id.
    ///
    /// # Errors
    /// As [`Access::revoke_token`]; [`AccessError::NotFound`] if the text is no live token of this service.
    pub async fn revoke_token_by_value(
        &self,
        principal: &Principal,
        value: &Secret,
    ) -> Result<String, AccessError> {
        let unknown = || {
            AccessError::NotFound("this is not a token of this service, or it was revoked before".to_owned())
        };
        let state = match self.find_presented(value).await {
            Ok(state) => state,
            Err(AccessError::Authentication(
                AuthenticationError::Signature
                | AuthenticationError::Malformed
                | AuthenticationError::Revoked
                | AuthenticationError::Expired
                | AuthenticationError::UnknownReference,
            )) => return Err(unknown()),
            Err(error) => return Err(error),
        };
        self.require_manages(principal, &state.token).await?;
        match self.revoke(principal, &state.token).await? {
            Revoked::Now => Ok(state.token.token_id.to_string()),
            Revoked::AlreadyGone => Err(unknown()),
        }
    }

    pub(crate) async fn revoke(
        &self,
        principal: &Principal,
        token: &TokenRecord,
    ) -> Result<Revoked, AccessError> {
        let id = token.token_id;
        let audit = self.revocation_audit(principal, id, &token.subject)?;
        let revoked = self.store().revoke_token(id, self.now(), audit).await?;
        Ok(if revoked { Revoked::Now } else { Revoked::AlreadyGone })
    }

    /// The audit record of a token's revocation, one of many or not.
    pub(crate) fn revocation_audit(
        &self,
        principal: &Principal,
        token_id: Uuid,
        subject: &str,
    ) -> Result<AuditRecord, RandomFailed> {
        let detail = format!("subject {subject}");
        self.audit(principal, AuditAction::TokenRevoked, token_id.to_string(), detail)
    }
}
