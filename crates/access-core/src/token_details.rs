//! Everything that is known of tokens, in whatever state they are: one, or a page of a list. Never their text.

use crate::access::Access;
use crate::authentication::check_user;
use crate::clock::EpochSeconds;
use crate::error::AccessError;
use crate::list::{TokenSelector, selected_id};
use crate::model::{Revocation, RevocationReason, TokenRecord, TokenState};
use crate::principal::Principal;
use crate::store::{ListedState, TextMatch, TokenOrder, TokenPlace, TokenQuery};
use access_types::{FieldError, TokenDetails, TokenDetailsPage, TokenLiveness};
use uuid::Uuid;

/// Tokens on one page, if the caller does not say.
const PAGE: usize = 100;
/// Most tokens on one page.
pub const LONGEST_PAGE: usize = 1000;

/// What tokens can be chosen by, to list or to revoke them; what is `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenCriteria {
    /// User name of the subject.
    pub username: Option<String>,
    /// Description, whole or a prefix.
    pub description: Option<TextMatch>,
    /// One of the parts of the scope, whole or a prefix.
    pub scope: Option<TextMatch>,
    /// Refreshable or not.
    pub refreshable: Option<bool>,
    /// The project it is bound to.
    pub project_key: Option<String>,
    /// Live, and ends within so many seconds. What never expires does not.
    pub expires_within: Option<u64>,
    /// Not used for so many seconds; what was never used, not since it was made.
    pub unused_for: Option<u64>,
}

/// Which page of which list; what is `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct TokenDetailsFilter {
    /// What the tokens are chosen by.
    pub criteria: TokenCriteria,
    /// Token id.
    pub token_id: Option<String>,
    /// In which state.
    pub state: ListedState,
    /// Order.
    pub order: TokenOrder,
    /// Whether the order is reversed.
    pub descending: bool,
    /// Where to go on; from [`TokenDetailsPage::cursor`].
    pub cursor: Option<String>,
    /// At most so many, 1 to 1000; 100 if the caller does not say.
    pub limit: Option<usize>,
}

impl Access {
    /// A page of the tokens that `principal` may see: all for an administrator, else the own ones.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] if the credential has neither user scope nor administrator rights,
    /// [`AccessError::BadRequest`] for the cursor of another list, [`AccessError::Invalid`] for a limit
    /// outside 1 to 1000 and for tokens that end soon among those that have ended.
    pub async fn list_token_details(
        &self,
        principal: &Principal,
        filter: &TokenDetailsFilter,
    ) -> Result<TokenDetailsPage, AccessError> {
        let limit = page_limit(filter.limit)?;
        let described = describe(principal, filter);
        let after = filter.cursor.as_deref().map(|cursor| self.read_place(&described, cursor)).transpose()?;
        let query = self.query_of(principal, &filter.criteria, filter.state)?;
        if filter.criteria.unused_for.is_some() && after.is_none() {
            // A token whose use is not written yet would look unused.
            self.flush_uses().await?;
        }
        let Ok(token_id) = filter.token_id.as_deref().map(Uuid::parse_str).transpose() else {
            return Ok(TokenDetailsPage { tokens: Vec::new(), cursor: None });
        };
        let query = TokenQuery {
            token_id,
            order: filter.order,
            descending: filter.descending,
            after,
            // One more, to know whether there is a next page.
            limit: limit + 1,
            ..query
        };
        let now = query.now;
        // Before the rows: what is written in between stands there.
        let noted = self.uses().all();
        let mut listed = self.store().list_tokens(query).await?;
        let more = listed.len() > limit;
        listed.truncate(limit);
        let last = listed.last().filter(|_| more).map(|last| TokenPlace::from(&last.token));
        let details = |token: TokenRecord, user_available| {
            let noted = noted.get(&token.token_id).copied();
            let revoked = token.is_revoked(now);
            self.details(token, noted, revoked, user_available, now)
        };
        Ok(TokenDetailsPage {
            cursor: last.map(|last| self.cursor(&described, &place_text(&last))),
            tokens: listed.into_iter().map(|listed| details(listed.token, listed.user_available)).collect(),
        })
    }

    /// One token, whatever its state: the presented one, or by id an own one, or any for an administrator.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] if there is none, or it ended so long ago that it was deleted;
    /// [`AccessError::Forbidden`] if it is somebody else's.
    pub async fn show_token_details(
        &self,
        principal: &Principal,
        selector: &TokenSelector,
    ) -> Result<TokenDetails, AccessError> {
        // Before the row: what is written in between stands there.
        let noted = selected_id(principal, selector)?.and_then(|id| self.uses().of(id));
        match self.select(principal, selector).await? {
            Some(state) => {
                self.require_sees(principal, &state.token).await?;
                Ok(self.details_of(state, noted))
            }
            None => Err(AccessError::NotFound("there is no such token".to_owned())),
        }
    }

    /// What is known of the token with this id, for who was let in already.
    pub(crate) async fn details_by_id(&self, id: Uuid) -> Result<TokenDetails, AccessError> {
        let noted = self.uses().of(id);
        match self.store().find_token(id).await? {
            Some(state) => Ok(self.details_of(state, noted)),
            None => Err(AccessError::NotFound("there is no such token".to_owned())),
        }
    }

    /// What is known of a token; `noted` is its use that was not written when its row was about to be read.
    fn details_of(&self, state: TokenState, noted: Option<EpochSeconds>) -> TokenDetails {
        let now = self.now();
        let revoked = state.is_revoked(now);
        let user_available = check_user(&state.token, state.user.as_ref()).is_ok();
        self.details(state.token, noted, revoked, user_available, now)
    }

    /// The first page of the tokens in that state which `principal` may see and which meet the criteria. Uses that are
    /// not written yet do not count.
    pub(crate) fn query_of(
        &self,
        principal: &Principal,
        criteria: &TokenCriteria,
        state: ListedState,
    ) -> Result<TokenQuery, AccessError> {
        let visible_to = principal.sees_tokens_of()?;
        let now = self.now();
        Ok(TokenQuery {
            now,
            username: criteria.username.as_deref().map(str::to_ascii_lowercase),
            visible_epoch: principal.token_epoch().filter(|_| visible_to.is_some()),
            visible_to,
            administered_by: self.lists_projects_of(principal),
            state: if criteria.expires_within.is_some() { ends_soon(state)? } else { state },
            description: criteria.description.clone(),
            scope: criteria.scope.clone(),
            refreshable: criteria.refreshable,
            project_key: criteria.project_key.clone(),
            expires_by: criteria.expires_within.map(|seconds| now.saturating_add(seconds)),
            unused_since: criteria.unused_for.map(|seconds| now.saturating_sub(seconds)),
            ..TokenQuery::default()
        })
    }

    fn details(
        &self,
        token: TokenRecord,
        noted: Option<EpochSeconds>,
        revoked: bool,
        user_available: bool,
        now: EpochSeconds,
    ) -> TokenDetails {
        let state = match () {
            () if revoked => TokenLiveness::Revoked,
            () if token.is_expired(now) => TokenLiveness::Expired,
            () if !user_available => TokenLiveness::UserUnavailable,
            () => TokenLiveness::Live,
        };
        // Past its moment it is the same before and after that is written down.
        let due = token.revocation_due.filter(|due| now >= *due);
        let past_due = due.map(|at| Revocation { at, reason: RevocationReason::Requested });
        let revocation = token.revocation.or(past_due);
        TokenDetails {
            token_id: token.token_id.to_string(),
            subject: token.subject,
            scope: token.scope,
            audience: token.audience,
            issuer: self.service_id().to_string(),
            issued_at: token.issued_at,
            expiry: token.expires_at,
            last_used: token.last_used.max(noted),
            description: token.description,
            project_key: token.project_key,
            refreshable: token.family_id.is_some(),
            has_reference_token: token.reference_hash.is_some(),
            revocable: true,
            created_by: token.created_by,
            parent_token_id: token.parent_token_id.map(|id| id.to_string()),
            state,
            revoked_at: revocation.map(|revocation| revocation.at),
            revoked_for: revocation.map(|revocation| revocation.reason.as_str().to_owned()),
            revocation_due: token.revocation_due,
        }
    }

    fn read_place(&self, described: &str, cursor: &str) -> Result<TokenPlace, AccessError> {
        let text = self.read_cursor(described, cursor)?;
        // It was signed here, so it was written here.
        parse_place(&text).ok_or_else(|| AccessError::Internal("a cursor cannot be read".to_owned()))
    }
}

/// What a cursor belongs to: who asked, and for which list. The size of a page may change on the way.
fn describe(principal: &Principal, filter: &TokenDetailsFilter) -> String {
    let TokenDetailsFilter { criteria, token_id, state, order, descending, cursor: _, limit: _ } = filter;
    format!("token details {} {:?}", principal.subject(), (criteria, token_id, state, order, descending))
}

fn place_text(place: &TokenPlace) -> String {
    let TokenPlace { token_id, issued_at, expires_at, subject, username } = place;
    serde_json::json!([token_id, issued_at, expires_at, subject, username]).to_string()
}

fn parse_place(text: &str) -> Option<TokenPlace> {
    let (token_id, issued_at, expires_at, subject, username) = serde_json::from_str(text).ok()?;
    Some(TokenPlace { token_id, issued_at, expires_at, subject, username })
}

fn page_limit(asked: Option<usize>) -> Result<usize, FieldError> {
    match asked {
        None => Ok(PAGE),
        Some(limit) if (1..=LONGEST_PAGE).contains(&limit) => Ok(limit),
        Some(_) => Err(FieldError::new("limit", format!("must be from 1 to {LONGEST_PAGE}"))),
    }
}

/// Only what lives ends soon.
fn ends_soon(state: ListedState) -> Result<ListedState, FieldError> {
    match state {
        ListedState::Live | ListedState::All => Ok(ListedState::Live),
        ListedState::Expired | ListedState::Revoked => Err(FieldError::new(
            "expires_within",
            "only live tokens are still to expire; leave state out, or ask for live",
        )),
    }
}
