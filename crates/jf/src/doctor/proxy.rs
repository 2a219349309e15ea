//! Check: whether a proxy lies between here and the server, and which variable says so.

use super::finding::Finding;
use crate::environment::Environment;
use crate::http::proxy::{self, Way};
use crate::platform_url::PlatformUrl;

/// Chooses the way as every request does, and gives it back.
pub(super) fn check(server: &PlatformUrl, environment: &Environment) -> (Finding, Option<Way>) {
    let way = match proxy::way(environment, server) {
        Ok(way) => way,
        Err(failure) => return (Finding::fail(failure), None),
    };
    let found = match &way {
        Way::Direct => "none: no variable names one".to_owned(),
        Way::ThisMachine => "none: the server is this machine".to_owned(),
        Way::Exempt(variable, exempting) => {
            format!("none: {exempting} exempts {} from {variable}", server.host())
        }
        Way::Through(chosen) => chosen.words(),
    };
    (Finding::ok(found), Some(way))
}
