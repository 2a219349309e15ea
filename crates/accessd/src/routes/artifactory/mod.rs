//! The few paths of `/artifactory` that clients of tokens ask; their errors have a shape of their own.

pub mod change_password;
pub mod ping;
pub mod version;
