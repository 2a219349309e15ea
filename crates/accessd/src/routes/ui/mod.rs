//! `/ui`: the pages for people. Each is one HTML document without script; no cookie is set or read.

pub mod login;
pub(crate) mod openapi;
mod page;
pub mod password;
mod same_origin;
pub mod style;
