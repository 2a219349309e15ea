//! What older versions of the configuration file mean in version 6 (jf-cli.md 3.3). Secrets are decrypted between
//! [`read`] and [`Older::convert`], because converting moves and drops fields.

use crate::config::schema::CURRENT;
use crate::config::server::{Server, take};
use serde_json::{Map, Value};

/// The id that a server gets where the file had no ids.
const DEFAULT_ID: &str = "Default-Server";

/// What a file of some version says, in its own terms.
#[derive(Debug)]
pub(super) struct Older {
    version: u8,
    /// The servers with the fields of their version.
    pub servers: Vec<Server>,
    mission_control_url: Option<String>,
}

/// Takes the servers, and what belongs to them, out of the top level of a file of this version.
///
/// # Errors
/// Words to follow the file's name, without any value.
pub(super) fn read(top: &mut Map<String, Value>, version: u8) -> Result<Older, String> {
    let (servers, mission_control_url) = match version {
        0..=4 => {
            // Written back, they would stand beside the converted ones.
            if take(top, "servers").is_some_and(|servers| !servers.is_null()) {
                return Err(format!("has \"servers\", which its version \"{version}\" does not know"));
            }
            (take(top, "artifactory"), mission_control_url(take(top, "missionControl"))?)
        }
        _ => (take(top, "servers"), None),
    };
    let name = if version <= 4 { "artifactory" } else { "servers" };
    let servers = match servers {
        None | Some(Value::Null) => Vec::new(),
        Some(server) if version == 0 => vec![only_server(server)?],
        Some(Value::Array(servers)) => {
            servers.into_iter().map(Server::from_value).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(format!("has {name:?} that are no list")),
    };
    Ok(Older { version, servers, mission_control_url })
}

impl Older {
    /// The servers of version 6. Each step does what the existing tool does from one version to the next; a field
    /// that is to be replaced by an empty one stays.
    pub(super) fn convert(self) -> Vec<Server> {
        let Self { version, mut servers, mission_control_url } = self;
        for server in &mut servers {
            if version <= 2
                && let Some(user) = server.text("user").map(str::to_lowercase)
            {
                server.set("user", Value::String(user));
            }
            if version <= 4 {
                rename(server, "url", "artifactoryUrl");
                if let Some(url) = mission_control_url.as_ref().filter(|_| server.is_default()) {
                    server.set("missionControlUrl", Value::String(url.clone()));
                }
            }
            if version < CURRENT {
                rename(server, "refreshToken", "artifactoryRefreshToken");
            }
        }
        servers
    }
}

/// The server of version 0, which is the default and has a fixed id.
fn only_server(value: Value) -> Result<Server, String> {
    if !value.is_object() {
        return Err("has an \"artifactory\" that is no object".to_owned());
    }
    let mut server = Server::from_value(value)?;
    server.set("serverId", Value::String(DEFAULT_ID.to_owned()));
    server.set("isDefault", Value::Bool(true));
    Ok(server)
}

/// The address of Mission Control. Its token is of no use any more.
fn mission_control_url(value: Option<Value>) -> Result<Option<String>, String> {
    let mut fields = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err("has a \"missionControl\" that is no object".to_owned()),
    };
    match take(&mut fields, "url") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(url)) => Ok(Some(url).filter(|url| !url.is_empty())),
        Some(_) => Err("has a \"missionControl\" whose \"url\" has the wrong type".to_owned()),
    }
}

fn rename(server: &mut Server, from: &str, to: &str) {
    if let Some(value) = server.take(from).filter(|value| value.as_str() != Some("") && !value.is_null()) {
        server.set(to, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn converted(top: Value, version: u8) -> Value {
        let Value::Object(mut top) = top else { panic!("an object") };
        let servers = read(&mut top, version).unwrap().convert();
        Value::Array(servers.iter().map(|server| Value::Object(server.ordered())).collect())
    }

    #[test]
    fn steps_are_taken_from_their_version_on() {
        let server =
            json!({"url": "https://h/", "user": "Frog", "refreshToken": "r", "serverId": "a", "x": 1});
        for (version, name, expected) in [
            (
                1,
                "artifactory",
                json!([{"artifactoryUrl": "https://h/", "user": "frog", "artifactoryRefreshToken": "r", "serverId": "a", "x": 1}]),
            ),
            (
                3,
                "artifactory",
                json!([{"artifactoryUrl": "https://h/", "user": "Frog", "artifactoryRefreshToken": "r", "serverId": "a", "x": 1}]),
            ),
            (
                5,
                "Servers",
                json!([{"url": "https://h/", "user": "Frog", "artifactoryRefreshToken": "r", "serverId": "a", "x": 1}]),
            ),
            (6, "servers", json!([server])),
        ] {
            assert_eq!(converted(json!({name: [server]}), version), expected, "{version}");
        }
    }

    #[test]
    fn only_the_default_server_gets_mission_control() {
        let servers = json!([{"serverId": "a"}, {"serverId": "b", "isDefault": true}]);
        let top =
            json!({"artifactory": servers, "MissionControl": {"URL": "https://mc/", "accessToken": "t"}});
        assert_eq!(
            converted(top, 4),
            json!([{"serverId": "a"}, {"missionControlUrl": "https://mc/", "serverId": "b", "isDefault": true}])
        );
        assert_eq!(converted(json!({"missionControl": {"url": "https://mc/"}}), 0), json!([]));
    }

    #[test]
    fn what_is_replaced_by_nothing_stays() {
        let top = json!({"artifactory": [{"url": "", "artifactoryUrl": "https://a/"}]});
        assert_eq!(converted(top, 4), json!([{"artifactoryUrl": "https://a/"}]));
        let top = json!({"servers": [{"refreshToken": null, "artifactoryRefreshToken": "r"}]});
        assert_eq!(converted(top, 5), json!([{"artifactoryRefreshToken": "r"}]));
    }

    #[test]
    fn wrong_shapes_are_named() {
        for (top, version, words) in [
            (json!({"artifactory": []}), 0, "\"artifactory\" that is no object"),
            (json!({"artifactory": {}}), 4, "\"artifactory\" that are no list"),
            (json!({"servers": {}}), 5, "\"servers\" that are no list"),
            (json!({"artifactory": [1]}), 3, "no object"),
            (json!({"artifactory": {"user": 1}}), 0, "\"user\""),
            (json!({"missionControl": 1}), 4, "\"missionControl\""),
            (json!({"missionControl": {"url": 1}}), 4, "\"missionControl\""),
            (json!({"artifactory": [], "Servers": []}), 4, "\"servers\", which"),
        ] {
            let Value::Object(mut map) = top.clone() else { panic!("an object") };
            let error = read(&mut map, version).unwrap_err();
            assert!(error.contains(words), "{top}: {error}");
        }
    }
}
