//! The configured servers, in the existing tool's file: read and written so that both tools can use it.

pub(crate) mod file;
pub(crate) mod lock;
pub(crate) mod schema;

pub(crate) use file::ConfigFile;
pub(crate) use schema::{Config, Server};
