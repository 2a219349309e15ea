//! Test: nothing that may stand in a configuration breaks the tool, and nothing is lost on the way through it.

use super::master_key::MasterKey;
use super::read_error::ReadError;
use super::schema::{Config, Source};
use super::server::Server;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn key() -> MasterKey {
    MasterKey::from(vec![b'k'; 32])
}

fn read(text: &str, source: Source) -> Result<Config, ReadError> {
    Config::from_json(text.as_bytes(), source, || Ok(Some(key())))
}

fn written(config: &Config) -> String {
    config.to_json(None).unwrap()
}

fn fields(config: &Config) -> Vec<Map<String, Value>> {
    config.servers.iter().map(Server::ordered).collect()
}

/// JSON as it may stand in a file, with the names that mean something more often than chance would.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[0-6]|.{0,8}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "servers",
        "Servers",
        "artifactory",
        "missionControl",
        "version",
        "enc",
        "url",
        "user",
        "password",
        "refreshToken",
        "serverId",
        "isDefault",
        "tokenRefreshInterval",
        "own",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

fn any_server() -> impl Strategy<Value = Server> {
    let text = || prop::option::of(any::<String>());
    (text(), text(), text(), text(), any::<i64>(), any::<bool>(), any_json()).prop_map(
        |(url, password, token, refresh, interval, is_default, own)| {
            Server::from_value(json!({"url": url, "password": password, "accessToken": token,
                "refreshToken": refresh, "tokenRefreshInterval": interval, "isDefault": is_default,
                "ownField": own, "sshPassphrase": "s", "artifactoryRefreshToken": "a"}))
            .unwrap()
        },
    )
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(value in any_json(), version in 0_u8..8, legacy in any::<bool>()) {
        let source = if legacy { Source::Legacy } else { Source::Current };
        let _ = read(&value.to_string(), source);
        if let Value::Object(mut top) = value {
            top.retain(|name, _| name != "enc");
            top.insert("version".to_owned(), version.to_string().into());
            if let Ok(config) = read(&Value::Object(top).to_string(), source) {
                let text = written(&config);
                prop_assert_eq!(written(&read(&text, Source::Current).unwrap()), text);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        prop_assert!(read(&text, Source::Current).is_err());
    }

    #[test]
    fn servers_come_back_as_they_were(servers in prop::collection::vec(any_server(), 0..4)) {
        let mut config = Config::default();
        config.servers = servers;
        for key in [None, Some(&key())] {
            let again = read(&config.to_json(key).unwrap(), Source::Current).unwrap();
            prop_assert_eq!(again.was_encrypted(), key.is_some());
            prop_assert_eq!(fields(&again), fields(&config));
        }
    }
}
