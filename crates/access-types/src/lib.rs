//! What `jf` and `accessd` say to each other: requests, responses, error bodies, scopes, subjects,
//! audiences and token forms. Plain data with its parsing and printing; no I/O, no clock, no async.

pub mod audience;
pub mod error_body;
pub mod fields;
pub mod group;
pub mod introspection;
pub mod json;
pub mod jwt;
pub mod legacy_identities;
pub mod legacy_token;
pub mod limits;
pub mod membership;
pub mod oidc;
pub mod opaque;
pub mod password_change;
pub mod project;
pub mod quoting;
pub mod scope;
pub mod subject;
pub mod token_details;
pub mod token_info;
pub mod token_request;
pub mod token_response;
pub mod token_revocation;
pub mod user;
pub mod web_login;

pub use audience::Audience;
pub use error_body::{ErrorBody, ErrorCode};
pub use fields::RequestError;
pub use limits::FieldError;
pub use scope::Scope;
pub use subject::{ServiceId, Subject};
pub use token_details::{TokenDetails, TokenDetailsPage, TokenLiveness};
pub use token_info::TokenInfo;
pub use token_request::{GrantType, TokenRequest};
pub use token_response::TokenResponse;

/// A string that cannot be printed, logged or serialised by accident.
pub type Secret = secrecy::SecretString;
