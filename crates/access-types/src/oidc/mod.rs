//! Log-in by the ID tokens of other services (access-api.md 1.7): the providers, the identity mappings that say
//! what each of their tokens is worth here, and the exchange itself.

pub mod claims;
pub mod exchange;
pub mod mapping;
pub mod pattern;
pub mod provider;
pub mod token_spec;

pub use exchange::{ExchangeRequest, ExchangeResponse};
pub use mapping::{OidcMapping, OidcMappingInput};
pub use pattern::Pattern;
pub use provider::{OidcProvider, OidcProviderInput, ProviderType};
pub use token_spec::TokenSpec;
