//! The configured servers, in the existing tool's file: read and written so that both tools can use it.

mod encryption;
pub(crate) mod export;
pub(crate) mod file;
mod legacy;
pub(crate) mod lock;
pub(crate) mod master_key;
mod read_error;
pub(crate) mod schema;
mod server;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;

pub(crate) use file::ConfigFile;
pub(crate) use schema::Config;
pub(crate) use server::Server;
