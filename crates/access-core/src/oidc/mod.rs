//! Log-in by the ID tokens of other services (OpenID Connect; access-api.md 1.7): providers and identity mappings,
//! which administrators make, and the exchange of an ID token for an access token, which is anybody's who has one.

pub mod documents;
pub mod fuzzing;
pub mod id_token;
pub mod jwk;

pub(crate) mod keys;

mod exchange;
mod mappings;
mod mint;
mod providers;
mod rules;
