//! Showing tokens: one, or a page of a list. Never their text.

use crate::access::Access;
use crate::error::AccessError;
use crate::model::{TokenRecord, TokenState};
use crate::principal::Principal;
use crate::store::{TextMatch, TokenOrder, TokenPlace, TokenQuery};
use crate::users::last_of_full;
use access_types::{TokenInfo, subject};
use uuid::Uuid;

/// Tokens on one page.
const PAGE: usize = 500;

/// Which token is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSelector {
    /// The one presented.
    Me,
    /// The one with this id.
    Id(String),
}

/// Which tokens to list; what is `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct TokenFilter {
    /// Description, whole or a prefix.
    pub description: Option<TextMatch>,
    /// User name of the subject.
    pub username: Option<String>,
    /// Refreshable or not.
    pub refreshable: Option<bool>,
    /// Token id.
    pub token_id: Option<String>,
    /// Order.
    pub order: TokenOrder,
    /// Whether the order is reversed.
    pub descending: bool,
}

/// A page of a list of tokens.
#[derive(Debug, Clone)]
pub struct TokenPage {
    /// The tokens.
    pub tokens: Vec<TokenInfo>,
    /// What to hand in for the next page; `None` on the last one.
    pub next: Option<TokenPlace>,
}

impl Access {
    /// The live tokens that `principal` may see: all for an administrator, else the own ones and those of the projects
    /// that its user administers. Behind the first page it is looked at again: who was let in for the first may have
    /// read it slowly.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] if the credential has neither user scope nor administrator rights,
    /// [`AccessError::Authentication`] if it is refused meanwhile.
    pub async fn list_tokens(
        &self,
        principal: &Principal,
        filter: &TokenFilter,
        after: Option<TokenPlace>,
    ) -> Result<TokenPage, AccessError> {
        let now = match after {
            Some(_) => Some(self.look_again(principal, false).await?),
            None => None,
        };
        let principal = now.as_ref().unwrap_or(principal);
        let visible_to = principal.sees_tokens_of()?;
        let Ok(token_id) = filter.token_id.as_deref().map(Uuid::parse_str).transpose() else {
            return Ok(TokenPage { tokens: Vec::new(), next: None });
        };
        let username = filter.username.as_deref().map(str::to_ascii_lowercase);
        let query = TokenQuery {
            now: self.now(),
            username,
            administered_by: self.lists_projects_of(principal),
            visible_to,
            description: filter.description.clone(),
            refreshable: filter.refreshable,
            token_id,
            order: filter.order,
            descending: filter.descending,
            after,
            limit: PAGE,
            ..TokenQuery::default()
        };
        let listed = self.store().list_tokens(query).await?;
        let tokens = listed.iter().map(|listed| self.info(&listed.token)).collect();
        Ok(TokenPage { tokens, next: last_of_full(&listed, PAGE).map(|last| TokenPlace::from(&last.token)) })
    }

    /// One live token: the presented one, or by id an own one, or any for an administrator.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] if there is no such live token, [`AccessError::Forbidden`] if it is
    /// somebody else's, [`AccessError::Authentication`] if it is the presented one and has ended since it was let in.
    pub async fn show_token(
        &self,
        principal: &Principal,
        selector: &TokenSelector,
    ) -> Result<TokenInfo, AccessError> {
        let state = self.select(principal, selector).await?;
        let ended = state.as_ref().and_then(|state| self.check_alive(state).err());
        match (state, ended) {
            (Some(state), None) => Ok(self.info(&state.token)),
            (_, Some(ended)) if *selector == TokenSelector::Me => Err(ended.into()),
            _ => Err(AccessError::NotFound(
                "there is no such token, or it has expired or was revoked".to_owned(),
            )),
        }
    }

    /// The stored token that `selector` means, whatever its state, if `principal` may manage it.
    pub(crate) async fn select(
        &self,
        principal: &Principal,
        selector: &TokenSelector,
    ) -> Result<Option<TokenState>, AccessError> {
        let Some(id) = selected_id(principal, selector)? else { return Ok(None) };
        let state = self.store().find_token(id).await?;
        if let Some(state) = &state {
            self.require_manages(principal, &state.token).await?;
        }
        Ok(state)
    }

    fn info(&self, token: &TokenRecord) -> TokenInfo {
        TokenInfo {
            token_id: token.token_id.to_string(),
            subject: token.subject.clone(),
            expiry: token.expires_at,
            issued_at: token.issued_at,
            issuer: self.service_id().to_string(),
            description: token.description.clone(),
            refreshable: token.family_id.is_some(),
            scope: Some(token.scope.clone()),
            project_key: token.project_key.clone(),
        }
    }
}

/// The id that `selector` means; `None` for a text that can be none.
pub(crate) fn selected_id(
    principal: &Principal,
    selector: &TokenSelector,
) -> Result<Option<Uuid>, AccessError> {
    match selector {
        TokenSelector::Me => principal.token_id().map(Some).ok_or_else(|| {
            AccessError::BadRequest(
                "the credential presented is no token, but a password or an API key".to_owned(),
            )
        }),
        TokenSelector::Id(text) => Ok(Uuid::parse_str(text).ok()),
    }
}

/// An administrator manages every token, a credential with all its user's rights the user's own ones,
/// and every token itself, which is all that a credential for Artifactory only may. Who administers the token's project does too: see [`Access::management_of`].
pub(crate) fn check_manages(principal: &Principal, token: &TokenRecord) -> Result<(), AccessError> {
    let own = principal.for_access && principal.has_all_own_rights() && principal.subject() == token.subject;
    if principal.is_admin() || own || principal.token_id() == Some(token.token_id) {
        Ok(())
    } else {
        Err(not_yours())
    }
}

/// Whether the token is neither the caller's own nor shown to administrators, but of who had the caller's name before.
pub(crate) fn is_predecessors(principal: &Principal, token: &TokenRecord) -> bool {
    let other_epoch = token.user_epoch.is_some_and(|epoch| principal.token_epoch() != Some(epoch));
    other_epoch && !principal.is_admin() && principal.token_id() != Some(token.token_id)
}

pub(crate) fn not_yours() -> AccessError {
    AccessError::Forbidden(
        "this token is not yours; only its owner or an administrator can see or revoke it".to_owned(),
    )
}

/// Normalises a user name that stands in a path or filter.
pub(crate) fn name_in_path(name: &str) -> Result<String, AccessError> {
    subject::normalise_username(name).map_err(|_| AccessError::NotFound(format!("there is no user {name:?}")))
}
