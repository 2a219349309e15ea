//! The configured servers, in the existing tool's file: read and written so that both tools can use it,
//! also at the same time.

mod changes;
mod encryption;
pub(crate) mod export;
pub(crate) mod file;
mod heir;
mod legacy;
mod lock;
mod lock_folder;
mod locked;
pub(crate) mod master_key;
mod modes;
mod patience;
mod read_error;
mod save;
pub(crate) mod schema;
mod server;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;

pub(crate) use file::ConfigFile;
pub(crate) use modes::create_private_folder;
pub(crate) use schema::Config;
pub(crate) use server::Server;
