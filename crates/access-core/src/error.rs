//! What can go wrong, named for the cause. The words are for people; `accessd` chooses the status.

use crate::random::RandomFailed;
use crate::store::StoreError;
use access_types::FieldError;
use access_types::RequestError;

/// Why a request was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AccessError {
    /// The caller is nobody we know, or not any more.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The caller is known and may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// A field of the request is not acceptable.
    #[error("{0}")]
    Invalid(FieldError),
    /// The request is not acceptable as a whole.
    #[error("{0}")]
    BadRequest(String),
    /// What the request speaks of does not exist.
    #[error("{0}")]
    NotFound(String),
    /// What the request would make exists already, or the change would break a rule.
    #[error("{0}")]
    Conflict(String),
    /// The idempotency key was used for another request.
    #[error("{0}")]
    Unprocessable(String),
    /// The request cannot be decided now; the same one may go through later.
    #[error("{0}")]
    Unavailable(String),
    /// Too many wrong passwords for this name; for so many seconds none is looked at.
    #[error("too many wrong passwords for this user name; try again in {0} s. Tokens are not affected")]
    TooManyAttempts(u64),
    /// Too much is waiting, and these words may be told; the same request may go through later.
    #[error("{0}")]
    Busy(String),
    /// A fault of the service.
    #[error("{0}")]
    Internal(String),
}

/// Why a credential was refused. The words of the first five are matched by clients (access-api.md 1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationError {
    /// Expired.
    #[error("Invalid token, expired")]
    Expired,
    /// Forged, damaged, or signed by another service.
    #[error("Invalid token, signature")]
    Signature,
    /// Not meant for this service.
    #[error("Invalid token, audience")]
    Audience,
    /// Revoked, or not in the database.
    #[error("Invalid token, revoked")]
    Revoked,
    /// Neither a JWT nor a reference token.
    #[error("Invalid token, malformed")]
    Malformed,
    /// Has the form of a reference token, but is not in the database.
    #[error("Invalid token, unknown reference token")]
    UnknownReference,
    /// The user it belongs to was deleted, disabled or demoted.
    #[error("Invalid token, its user was deleted, disabled or demoted")]
    UserUnavailable,
    /// Wrong user name or password; which of them is not told.
    #[error("Bad Credentials")]
    BadCredentials,
    /// The right password, but its time is over.
    #[error(
        "the password has expired; set a new one on the page /ui/password, or with \
         POST /artifactory/api/security/users/authorization/changePassword"
    )]
    PasswordExpired,
    /// Has the form of an API key, but is nobody's, or not any more.
    #[error("Invalid API key")]
    UnknownApiKey,
    /// API keys are switched off.
    #[error("API keys are switched off on this service; use an access token")]
    ApiKeysOff,
    /// Passwords are switched off.
    #[error("user name and password are switched off on this service; use an access token")]
    PasswordsOff,
    /// No credential was sent.
    #[error("Authentication is required")]
    Missing,
    /// An ID token that nothing here admits; why is logged, not told.
    #[error("this ID token is not accepted: no provider of that name with an identity mapping admits it")]
    IdToken,
    /// An ID token whose time is over.
    #[error("Invalid ID token, expired")]
    IdTokenExpired,
    /// An ID token that was used before.
    #[error("Invalid ID token, used before: each is accepted once")]
    IdTokenUsed,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The random number generator failed.
    #[error(transparent)]
    Random(#[from] RandomFailed),
    /// The signing keys in the database were sealed with another master key.
    #[error("the master key does not fit this database: its signing keys were sealed with another one")]
    WrongMasterKey,
    /// A key could not be made or read.
    #[error("signing key: {0}")]
    SigningKey(String),
    /// The first administrator's password could not be hashed.
    #[error("the first password could not be hashed")]
    Password,
    /// The first administrator's password could not be kept for its owner.
    #[error("{0}")]
    PasswordNotKept(String),
    /// The threads for signatures and password hashes could not be started.
    #[error("the threads for signatures and password hashes cannot be started")]
    Threads(#[source] std::io::Error),
}

impl From<StoreError> for AccessError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.to_string()),
            StoreError::Corrupt(_) => Self::Internal(error.to_string()),
            // Whether it was revoked or its user was locked is what the next try finds out; a wrong 401 would have
            // clients throw a good credential away.
            StoreError::AskerGone => Self::Busy(
                "the credential was revoked, or lost rights, while this was done; nothing was changed, try again"
                    .to_owned(),
            ),
        }
    }
}

impl From<RandomFailed> for AccessError {
    fn from(error: RandomFailed) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<FieldError> for AccessError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(error)
    }
}

impl From<RequestError> for AccessError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Field(error) => Self::Invalid(error),
            other => Self::BadRequest(other.to_string()),
        }
    }
}
