//! What tokens are for us, without HTTP and without SQL: who may ask for what, how a token is made,
//! checked, refreshed and revoked, and what users and groups are.
//!
//! The service is [`Access`]. Time, randomness and storage are handed to it as [`clock::Clock`],
//! [`random::Random`] and [`store::Store`].

pub mod clock;
pub mod error;
pub mod family;
#[cfg(any(test, feature = "test-util"))]
pub mod fuzzing;
pub mod master_key;
#[cfg(any(test, feature = "test-util"))]
pub mod measuring;
pub mod model;
pub mod oidc;
pub mod policy;
pub mod principal;
pub mod random;
pub mod settings;
pub mod signing_key;
pub mod store;

mod access;
mod api_keys;
mod audit;
mod authentication;
mod bulk_revocation;
mod certificate;
mod create;
mod cursor;
mod forward_auth;
mod granted_groups;
mod groups;
mod introspection;
mod jws;
mod keyring;
mod last_used;
mod list;
mod login_gate;
mod password;
mod password_change;
mod password_policy;
mod presented_revocation;
mod project_members;
mod project_rights;
mod project_roles;
mod projects;
mod refresh;
mod repetition;
mod revoke;
mod scheduled_revocation;
mod secrets;
mod service_ids;
mod service_settings;
mod token_details;
mod token_query;
mod users;
mod web_login;
mod work;

pub use access::{Access, FirstStart};
pub use api_keys::ShownApiKey;
pub use bulk_revocation::{BulkRevocation, RevocationTargets};
pub use create::CreatedToken;
pub use error::{AccessError, AuthenticationError, StartError};
pub use forward_auth::{Admission, Requirements};
pub use groups::{GroupFilter, GroupPage};
pub use keyring::check_master_key;
pub use list::{TokenFilter, TokenPage, TokenSelector};
pub use master_key::MasterKey;
pub use principal::{Credential, Principal};
pub use revoke::Revoked;
pub use scheduled_revocation::LONGEST_DELAY;
pub use service_ids::Door;
pub use settings::{AccessSettings, LONGEST_LIFETIME, SignatureAlgorithm};
pub use signing_key::RootCertificate;
pub use token_details::{LONGEST_PAGE, TokenCriteria, TokenDetailsFilter};
pub use users::{UserFilter, UserListEntry, UserPage};
pub use web_login::{WebLoginForm, WebLoginPoll, WebLoginRefusal, legible_client};
