//! Which tokens to list, in which order, and from which place on: what a list asks of a [`crate::store::Store`].

use crate::clock::EpochSeconds;
use crate::model::TokenRecord;
use uuid::Uuid;

/// The columns that a list of tokens can be ordered by (access-api.md 1.5). Ties go by token id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenOrder {
    /// Time of creation, the default.
    #[default]
    Created,
    /// Token id.
    TokenId,
    /// User name of the subject.
    Owner,
    /// Full subject.
    Subject,
    /// Expiry; tokens that never expire come last.
    Expiry,
}

/// A match of text: whole, or a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextMatch {
    /// Equal.
    Exact(String),
    /// Begins with.
    Prefix(String),
}

impl TextMatch {
    /// Whether `text` is a match.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(whole) => text == whole,
            Self::Prefix(beginning) => text.starts_with(beginning),
        }
    }
}

/// The tokens in which state to list. The first three have no token in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListedState {
    /// Those that can be used at `now`: neither revoked nor expired; if `user_epoch` is set, the user exists, is
    /// enabled or locked, and has that epoch. The default.
    #[default]
    Live,
    /// Those that have expired and were not revoked.
    Expired,
    /// Those that were revoked, each by itself or with its family, or are past the moment at which they were to be.
    Revoked,
    /// Every token there is.
    All,
}

/// A place in a list of tokens, whatever its order: behind the token it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlace {
    /// Token id.
    pub token_id: Uuid,
    /// When it was made.
    pub issued_at: EpochSeconds,
    /// When it ends; `None` = never.
    pub expires_at: Option<EpochSeconds>,
    /// Subject in full form.
    pub subject: String,
    /// The user name within this service.
    pub username: Option<String>,
}

impl From<&TokenRecord> for TokenPlace {
    fn from(token: &TokenRecord) -> Self {
        Self {
            token_id: token.token_id,
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            subject: token.subject.clone(),
            username: token.username.clone(),
        }
    }
}

/// A token of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedToken {
    /// The token.
    pub token: TokenRecord,
    /// Whether its user lets it be used, as in [`ListedState::Live`].
    pub user_available: bool,
}

/// Which tokens to list: those in the state asked for that match every filter that is set.
#[derive(Debug, Clone, Default)]
pub struct TokenQuery {
    /// The time of the request.
    pub now: EpochSeconds,
    /// Only tokens of this user name.
    pub username: Option<String>,
    /// And only of this one: whose tokens the caller may see. `None` = all.
    pub visible_to: Option<String>,
    /// And of a user only those that were made for the user with this [`crate::model::UserRecord::token_epoch`], or
    /// for the name before there was a user: who has a name is not who had it before.
    pub visible_epoch: Option<i64>,
    /// Besides those that `visible_to` names: those bound to the projects that this user administers, by itself or
    /// through a group. Nothing is added to all.
    pub administered_by: Option<String>,
    /// In which state.
    pub state: ListedState,
    /// Only with such a description.
    pub description: Option<TextMatch>,
    /// Only with such a part in the scope.
    pub scope: Option<TextMatch>,
    /// Only refreshable ones, or only others.
    pub refreshable: Option<bool>,
    /// Only of this project.
    pub project_key: Option<String>,
    /// Only this one.
    pub token_id: Option<Uuid>,
    /// Only those that end then or before.
    pub expires_by: Option<EpochSeconds>,
    /// Only those that were used last, or made and never used, then or before.
    pub unused_since: Option<EpochSeconds>,
    /// Order.
    pub order: TokenOrder,
    /// Whether the order is reversed.
    pub descending: bool,
    /// Only those behind this place in the order (the last one of the page before).
    pub after: Option<TokenPlace>,
    /// At most so many.
    pub limit: usize,
}
