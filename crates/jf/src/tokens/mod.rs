//! Tokens that were made: found on the server, shown in words, ended. accessd is asked on its own paths, which know
//! more; any other platform on the public ones (access-api.md 1.5, 1.6).

pub(crate) mod bulk_revocation;
pub(crate) mod configured_rotation;
pub(crate) mod creation;
pub(crate) mod description;
pub(crate) mod dialect;
pub(crate) mod filter;
pub(crate) mod inspection;
pub(crate) mod listing;
pub(crate) mod lookup;
pub(crate) mod revocation;
pub(crate) mod rights;
pub(crate) mod rotation;
pub(crate) mod stored_token;
pub(crate) mod words;

pub(crate) use dialect::Dialect;
pub(crate) use filter::Filter;
pub(crate) use stored_token::StoredToken;
