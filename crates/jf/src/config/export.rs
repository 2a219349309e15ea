//! The text that carries a server from one home to another: `jf config export` and `import` (jf-cli.md 3.6). It is
//! the base64 of compact JSON, readable by the existing tool; behind the keys that it knows stand those that it
//! would lose.

use crate::config::encryption::decode_base64;
use crate::config::server::Server;
use crate::error::{Failure, Outcome};
use access_types::Secret;
use access_types::json::escape_like_go;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The version of the text; before it, `url` was the address of Artifactory.
const VERSION: i64 = 2;

/// Keys of the text, in order, with the server's fields. The last four are ours.
const KEYS: [(&str, &str); 20] = [
    ("url", "url"),
    ("artifactoryUrl", "artifactoryUrl"),
    ("distributionUrl", "distributionUrl"),
    ("xrayUrl", "xrayUrl"),
    ("missionControlUrl", "missionControlUrl"),
    ("pipelinesUrl", "pipelinesUrl"),
    ("user", "user"),
    ("password", "password"),
    ("sshKeyPath", "sshKeyPath"),
    ("sshPassphrase", "sshPassphrase"),
    ("accessToken", "accessToken"),
    ("refreshToken", "artifactoryRefreshToken"),
    ("tokenRefreshInterval", "tokenRefreshInterval"),
    ("clientCertPath", "clientCertPath"),
    ("clientCertKeyPath", "clientCertKeyPath"),
    ("serverId", "serverId"),
    ("platformRefreshToken", "refreshToken"),
    ("webLogin", "webLogin"),
    ("disableTokenRefresh", "disableTokenRefresh"),
    ("accessUrl", "accessUrl"),
];

/// The text of a server, with its secrets in the clear. Whether it is the default stays behind.
pub(crate) fn encode(server: &Server) -> Secret {
    let mut fields = server.ordered();
    let mut text = Map::new();
    text.insert("version".to_owned(), VERSION.into());
    for (key, field) in KEYS {
        if let Some(value) = fields.remove(field) {
            text.insert(key.to_owned(), value);
        }
    }
    Secret::from(STANDARD.encode(escape_like_go(&Value::Object(text).to_string())))
}

/// The server in a text of this tool or the existing one. Keys are matched in any case; unknown ones are dropped,
/// because nobody can tell what they would do here.
///
/// # Errors
/// What is wrong with the text, without repeating any of it.
pub(crate) fn decode(text: &str) -> Outcome<Server> {
    read(text).map_err(|words| {
        Failure::usage(format!("the server token cannot be imported: {words}"))
            .hint("give the whole line that `jf config export` printed")
    })
}

fn read(text: &str) -> Result<Server, String> {
    let json =
        decode_base64(text.trim()).map_err(|place| format!("illegal base64 data at input byte {place}"))?;
    // serde_json names the place and the kind of the fault, not the text around it.
    let value: Value =
        serde_json::from_slice(&json).map_err(|error| format!("it is not readable as JSON: {error}"))?;
    let Value::Object(fields) = value else { return Err("it is not a JSON object".to_owned()) };
    let version = match last(&fields, "version") {
        None | Some(Value::Null) => 0,
        Some(version) => version.as_i64().ok_or("its \"version\" has the wrong type")?,
    };
    let known =
        KEYS.iter().filter_map(|(key, field)| Some(((*field).to_owned(), last(&fields, key)?.clone())));
    // The types of its fields are those of the configuration's.
    let mut server =
        Server::from_value(Value::Object(known.collect())).map_err(|words| format!("it {words}"))?;
    if version < VERSION
        && server.text("artifactoryUrl").is_none()
        && let Some(url) = server.take("url")
    {
        server.set("artifactoryUrl", url);
    }
    if server.id().is_empty() {
        return Err("it has no \"serverId\"".to_owned());
    }
    Ok(server)
}

/// Of two spellings the later one counts, as in the existing tool.
fn last<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;
    use serde_json::json;

    fn server(value: Value) -> Server {
        Server::from_value(value).unwrap()
    }

    fn text(json: &str) -> String {
        STANDARD.encode(json)
    }

    #[test]
    fn the_keys_have_their_order_and_meaning() {
        let full = server(json!({
            "url": "https://h/?a&b", "artifactoryUrl": "u1", "distributionUrl": "u2", "xrayUrl": "u3",
            "xscUrl": "lost", "missionControlUrl": "u4", "pipelinesUrl": "u5", "accessUrl": "u6", "user": "frog",
            "password": "p", "sshKeyPath": "k", "sshPassphrase": "s", "accessToken": "t", "refreshToken": "platform",
            "artifactoryRefreshToken": "artifactory", "tokenRefreshInterval": 60, "clientCertPath": "c",
            "clientCertKeyPath": "ck", "serverId": "one", "isDefault": true, "webLogin": true,
            "disableTokenRefresh": true, "own": "lost"
        }));
        let token = encode(&full);
        let json = String::from_utf8(STANDARD.decode(token.expose_secret()).unwrap()).unwrap();
        assert_eq!(
            json,
            r#"{"version":2,"url":"https://h/?a\u0026b","artifactoryUrl":"u1","distributionUrl":"u2","xrayUrl":"u3","missionControlUrl":"u4","pipelinesUrl":"u5","user":"frog","password":"p","sshKeyPath":"k","sshPassphrase":"s","accessToken":"t","refreshToken":"artifactory","tokenRefreshInterval":60,"clientCertPath":"c","clientCertKeyPath":"ck","serverId":"one","platformRefreshToken":"platform","webLogin":true,"disableTokenRefresh":true,"accessUrl":"u6"}"#
        );
        let again = decode(token.expose_secret()).unwrap();
        let mut expected = full.ordered();
        expected.retain(|name, _| !["xscUrl", "isDefault", "own"].contains(&name.as_str()));
        assert_eq!(again.ordered(), expected);
        let small = encode(&server(json!({"serverId": "one", "user": "", "tokenRefreshInterval": 0})));
        assert_eq!(small.expose_secret(), &text(r#"{"version":2,"serverId":"one"}"#));
    }

    #[test]
    fn a_text_of_the_existing_tool_is_read() {
        for (json, expected) in [
            (r#"{"version":1,"url":"https://a/","serverId":"x"}"#, json!({"artifactoryUrl": "https://a/"})),
            (r#"{"URL":"https://a/","ServerId":"x"}"#, json!({"artifactoryUrl": "https://a/"})),
            (
                r#"{"url":"https://h/","artifactoryUrl":"https://a/","serverId":"x"}"#,
                json!({"url": "https://h/", "artifactoryUrl": "https://a/"}),
            ),
            (r#"{"version":2,"url":"https://h/","serverId":"x"}"#, json!({"url": "https://h/"})),
            (
                r#"{"version":2,"refreshToken":"r","webLogin":"true","isDefault":true,"other":1,"serverId":"x"}"#,
                json!({"artifactoryRefreshToken": "r", "webLogin": true}),
            ),
        ] {
            let mut read = decode(&format!(" {}\r\n", text(json))).unwrap();
            assert_eq!(read.take("serverId"), Some("x".into()));
            assert_eq!(Value::Object(read.ordered()), expected, "{json}");
        }
        let folded = text(r#"{"version":2,"serverId":"x"}"#);
        assert_eq!(decode(&format!("{}\n{}", &folded[..8], &folded[8..])).unwrap().id(), "x");
    }

    #[test]
    fn what_cannot_be_imported_is_told_without_repeating_it() {
        for (token, words) in [
            ("canary!".to_owned(), "illegal base64 data at input byte 6"),
            (String::new(), "not readable as JSON"),
            (text("canary"), "not readable as JSON"),
            (text(r#"{"serverId":"canary"}x"#), "not readable as JSON"),
            (text(r#"["canary"]"#), "not a JSON object"),
            (text(r#"{"version":2,"user":"canary"}"#), "no \"serverId\""),
            (text(r#"{"version":2,"serverId":""}"#), "no \"serverId\""),
            (text(r#"{"version":"canary","serverId":"a"}"#), "\"version\" has the wrong type"),
            (
                text(r#"{"version":2,"password":["canary"],"serverId":"a"}"#),
                "\"password\" has the wrong type",
            ),
            (text(r#"{"version":2,"webLogin":"canary","serverId":"a"}"#), "\"webLogin\" has the wrong type"),
            (text(&"[".repeat(100_000)), "not readable as JSON"),
        ] {
            let failure = decode(&token).unwrap_err();
            assert!(failure.message.contains(words), "{token}: {failure}");
            assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_exported_can_be_imported(
            id in ".{1,9}", user in any::<String>(), password in any::<String>(), token in any::<String>(),
            refresh in any::<String>(), interval in any::<i64>(), web_login in any::<bool>(),
        ) {
            let before = server(json!({
                "url": "https://h/", "user": user, "password": password, "refreshToken": token,
                "artifactoryRefreshToken": refresh, "tokenRefreshInterval": interval, "serverId": id,
                "webLogin": web_login
            }));
            let after = decode(encode(&before).expose_secret()).unwrap();
            prop_assert_eq!(after.ordered(), before.ordered());
        }

        #[test]
        fn any_text_is_imported_or_refused(any_text in any::<String>(), json in "[{}\\[\\]\",:a1 ]{0,30}") {
            let _ = (decode(&any_text), decode(&text(&any_text)), decode(&text(&json)));
        }
    }
}
