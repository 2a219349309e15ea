//! The configured servers, in the existing tool's file: read and written so that both tools can use it,
//! also at the same time.

mod changes;
pub(crate) mod file;
mod lock;
mod lock_folder;
mod locked;
mod modes;
mod patience;
mod save;
pub(crate) mod schema;

pub(crate) use file::ConfigFile;
pub(crate) use schema::{Config, Server};
