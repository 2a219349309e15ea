//! Tokens that were made: found on the server, shown in words, ended. accessd is asked on its own paths, which know
//! more; any other platform on the public ones (access-api.md 1.5, 1.6).

pub(crate) mod description;
pub(crate) mod dialect;
pub(crate) mod filter;
pub(crate) mod listing;
pub(crate) mod lookup;
pub(crate) mod rights;
pub(crate) mod stored_token;
pub(crate) mod words;

pub(crate) use dialect::Dialect;
pub(crate) use filter::Filter;
pub(crate) use stored_token::StoredToken;
