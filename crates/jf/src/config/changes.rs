//! Whether a change outlived somebody else's write: asked when another program wrote the file right after
//! jf did, from what it read before that or after.

use serde_json::Value;
use std::collections::BTreeMap;

/// Whether `now` has every server that differs between `before` and `after` as it is in `after`. Texts that
/// cannot be read have no servers. Secrets that were encrypted anew count as different.
pub(super) fn are_held(before: Option<&[u8]>, after: &[u8], now: Option<&[u8]>) -> bool {
    let (before, after, now) = (servers(before), servers(Some(after)), servers(now));
    before
        .keys()
        .chain(after.keys())
        .filter(|id| before.get(*id) != after.get(*id))
        .all(|id| after.get(id) == now.get(id))
}

/// The servers by id; several of one id count together.
fn servers(text: Option<&[u8]>) -> BTreeMap<String, Vec<Value>> {
    let mut servers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut config: Value = serde_json::from_slice(text.unwrap_or_default()).unwrap_or_default();
    if let Some(Value::Array(list)) = config.get_mut("servers").map(Value::take) {
        for server in list {
            let id = server.get("serverId").and_then(Value::as_str).unwrap_or_default().to_owned();
            servers.entry(id).or_default().push(server);
        }
    }
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_held_if_each_changed_server_is_as_it_was_written() {
        let file = |servers: &str| format!(r#"{{"servers":[{servers}],"version":"6"}}"#);
        let (a, b, a2) = (r#"{"serverId":"a"}"#, r#"{"serverId":"b"}"#, r#"{"url":"u","serverId":"a"}"#);
        let held = |before: &str, after: &str, now: &str| {
            are_held(Some(file(before).as_bytes()), file(after).as_bytes(), Some(file(now).as_bytes()))
        };
        let both = format!("{a},{b}");
        assert!(held("", a, &both), "added");
        assert!(!held("", a, b), "added and lost");
        assert!(held(a, a2, a2) && !held(a, a2, a), "changed");
        assert!(held(&both, a, a) && !held(&both, a, &both), "removed");
        assert!(!are_held(None, file(a).as_bytes(), None));
    }
}
