//! `/access/api/v2/authentication/jfrog_client_login`: the client's side of a log-in with the browser
//! (access-api.md 1.7).

pub(crate) mod openapi;
pub mod request;
pub mod token;
