//! Whether a change outlived somebody else's write: asked when another program wrote the file right after
//! jf did, from what it read before that or after.

use crate::config::{Config, Server};
use std::collections::BTreeMap;

/// Whether `now` has every server that differs between `before` and `after` as it is in `after`.
pub(super) fn are_held(before: &Config, after: &Config, now: &Config) -> bool {
    let (before, after, now) = (servers(before), servers(after), servers(now));
    before
        .keys()
        .chain(after.keys())
        .filter(|id| before.get(*id) != after.get(*id))
        .all(|id| after.get(id) == now.get(id))
}

/// The servers by id; several of one id count together.
fn servers(config: &Config) -> BTreeMap<&str, Vec<&Server>> {
    let mut servers: BTreeMap<&str, Vec<&Server>> = BTreeMap::new();
    for server in &config.servers {
        servers.entry(server.id()).or_default().push(server);
    }
    servers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema::Source;

    fn file(servers: &str) -> Config {
        let text = format!(r#"{{"servers":[{servers}],"version":"6"}}"#);
        Config::from_json(text.as_bytes(), Source::Current, || Ok(None)).unwrap()
    }

    #[test]
    fn a_change_is_held_if_each_changed_server_is_as_it_was_written() {
        let (a, b, a2) = (r#"{"serverId":"a"}"#, r#"{"serverId":"b"}"#, r#"{"url":"u","serverId":"a"}"#);
        let held = |before: &str, after: &str, now: &str| are_held(&file(before), &file(after), &file(now));
        let both = format!("{a},{b}");
        assert!(held("", a, &both), "added");
        assert!(!held("", a, b), "added and lost");
        assert!(held(a, a2, a2) && !held(a, a2, a), "changed");
        assert!(held(&both, a, a) && !held(&both, a, &both), "removed");
        assert!(!are_held(&Config::default(), &file(a), &Config::default()));
    }
}
