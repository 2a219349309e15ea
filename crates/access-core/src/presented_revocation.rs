//! Revocation of a token by its text, whatever kind it is (RFC 7009). What cannot be revoked looks like what need not
//! be: the answer tells nobody whether a text is a token.

use crate::access::Access;
use crate::error::AccessError;
use crate::model::TokenRecord;
use crate::principal::Principal;
use access_types::Secret;
use access_types::opaque::RefreshToken;

impl Access {
    /// Revokes the token with this text, a JWT, a reference token or a refresh token, with its refresh-token family, if
    /// `principal` may. A refresh token that was spent before ends its family too. Nothing happens, and nothing is
    /// told, if there is no such token, it ended before, or it is somebody else's.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`] if the revocation could not be made durable: then it has not happened.
    pub async fn revoke_presented(&self, principal: &Principal, token: &Secret) -> Result<(), AccessError> {
        let Some(token) = self.find_revocable(token).await? else { return Ok(()) };
        if self.may_end(principal, &token).await? {
            self.revoke(principal, &token).await?;
        }
        Ok(())
    }

    /// The stored token that a text is of, ended or not; of a refresh token, spent or not, that of its family.
    pub(crate) async fn find_revocable(&self, text: &Secret) -> Result<Option<TokenRecord>, AccessError> {
        // The id of a family stands in its refresh tokens and nowhere else: who has it has had one of them.
        if let Some(refresh) = RefreshToken::parse(text) {
            return Ok(self.store().find_family(refresh.family_id).await?.map(|(_, token)| token));
        }
        match self.find_presented(text).await {
            Ok(state) => Ok(Some(state.token)),
            Err(AccessError::Authentication(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A credential for other services only ends itself only.
    async fn may_end(&self, principal: &Principal, token: &TokenRecord) -> Result<bool, AccessError> {
        Ok(principal.token_id() == Some(token.token_id)
            || (principal.for_access && self.management_of(principal, token).await?.is_some()))
    }
}
