//! Check: whether jf renews the access token by itself. Nothing is renewed here.

use super::credential::Rules;
use super::finding::Finding;
use crate::connection::Connection;
use crate::expiry_notice::next_step;
use crate::refresh;
use crate::source::Given;
use crate::tokens::words;
use crate::validity::Validity;

/// Looks at what is kept.
pub(super) fn check(connection: &Connection, rules: &Rules) -> Finding {
    if connection.source.credential != Some(Given::Configuration) {
        return Finding::ok("none: jf renews tokens of the configuration only");
    }
    let Some(token) = connection.token() else {
        return Finding::ok("none: there is no access token to renew");
    };
    let Some(validity) = Validity::of(token) else {
        return Finding::ok("none: the access token says of no end that it has");
    };
    if connection.renewal.is_none() {
        return Finding::ok(match &connection.source.configured {
            Some(server) if server.has_refresh_token => {
                "none: disableTokenRefresh switches it off for this server, which has a refresh token"
            }
            _ => "none: the server is kept without a refresh token",
        });
    }
    if !rules.may_renew {
        return Finding::ok("none: --disable-token-refresh switches it off for this command");
    }
    if !refresh::is_automatic(connection) {
        return Finding::ok("there is a refresh token")
            .but("jf does not renew reference tokens", next_step(connection, validity.has_ended(rules.now)));
    }
    let due = refresh::due_from(validity);
    Finding::ok(if due <= rules.now {
        "there is a refresh token, and the next command uses it".to_owned()
    } else {
        format!("there is a refresh token, which is used {}", words::moment_aside(due, rules.now))
    })
}
