//! Log-in by the ID tokens of other services (access-api.md 1.7): the providers, the identity mappings that say
//! what each of their tokens is worth here, and the exchange itself.

pub mod claims;
pub mod exchange;
pub mod mapping;
pub mod pattern;
pub mod provider;

pub use exchange::{ExchangeRequest, ExchangeResponse};
pub use mapping::{OidcMapping, OidcMappingInput, TokenSpec};
pub use pattern::Pattern;
pub use provider::{OidcProvider, OidcProviderInput, ProviderType};
