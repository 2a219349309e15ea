//! `kill -9` at each step of a rotation: there is always a token that works, and running it again ends the old one.

use crate::refresh_world::{config, field};
use crate::support::Jf;
use crate::token_store::TokenStore;
use crate::trace::{killed_at, system_calls};
use serde_json::json;
use std::fs;

/// Kills at each system call of a rotation: `world` makes a new one, `check` looks at what is left.
fn kill_at_each(world: impl Fn() -> (TokenStore, Jf, Vec<String>), check: impl Fn(&TokenStore, &Jf, &str)) {
    let (_store, jf, arguments) = world();
    let arguments_of =
        |arguments: &[String]| arguments.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let calls = system_calls(&jf, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut killed, mut after_the_new_one) = (0, 0);
    for (call, count) in &calls {
        for n in 1..=*count {
            let (store, jf, arguments) = world();
            let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
            if killed_at(&jf, &words, call, n) {
                killed += 1;
                after_the_new_one += usize::from(!store.requests().is_empty());
            }
            check(&store, &jf, &format!("{} killed at {call} number {n}", arguments_of(&arguments)));
        }
    }
    println!("{killed} system calls, {after_the_new_one} of them after the new token was made");
    // Otherwise the flow was not what was cut.
    assert!(after_the_new_one > 20 && killed > after_the_new_one + 50, "{killed}, {after_the_new_one}");
}

/// Somebody with a token of `store` in the configuration, who rotates it.
fn configured(store: TokenStore) -> (TokenStore, Jf, Vec<String>) {
    let (_, text) = store.mint(&json!({}));
    let jf = Jf::new().config(&config(&store.url(), &text, ""));
    (store, jf, ["token", "rotate", "--self"].map(str::to_owned).to_vec())
}

#[test]
fn in_the_configuration() {
    let world = || configured(TokenStore::accessd());
    kill_at_each(world, |store, jf, moment| {
        assert!(store.accepts(&field(jf, "accessToken")), "{moment}: nothing works");
        jf.run(&["token", "rotate", "--self"]).ok();
        assert!(store.accepts(&field(jf, "accessToken")), "{moment}");
        assert_eq!(store.live().len(), 1, "{moment}: all but the last one are dead");
        assert_eq!(field(jf, "replacedTokenId"), "", "{moment}");
    });
}

#[test]
fn into_a_file() {
    let world = || {
        let store = TokenStore::accessd();
        let (_, admin) = store.mint(&json!({}));
        let (old, text) = store.mint(&json!({"description": "ci"}));
        let jf = Jf::new().env("JF_URL", &store.url()).env("JF_ACCESS_TOKEN", &admin);
        fs::write(jf.folder().join("token"), text).unwrap();
        let arguments = ["token", "rotate", &old, "--format=token", "--output=token", "--overwrite"];
        (store, jf, arguments.map(str::to_owned).to_vec())
    };
    kill_at_each(world, |store, jf, moment| {
        let in_file = || fs::read_to_string(jf.folder().join("token")).unwrap().trim().to_owned();
        assert!(store.accepts(&in_file()), "{moment}: what is in the file does not work");
        let is_done = !store.live().contains(&"id-2".to_owned());
        let again = jf.run(&["token", "rotate", "id-2", "--format=token", "--output=token", "--overwrite"]);
        // The revocation may have been on its way when jf died, and done only afterwards.
        assert!(again.code == 6 || (again.code == 0 && !is_done), "{moment}: {again:?}");
        assert!(!store.live().contains(&"id-2".to_owned()), "{moment}");
        assert!(store.accepts(&in_file()), "{moment}");
        assert_eq!(store.live().len(), 2, "{moment}: who asks, and the new one; no orphan");
    });
}

/// A platform forgets what it was asked before, so a rotation that is killed between its answer and the save leaves
/// a token that nobody has; the old one is dead all the same when it was run again.
#[test]
fn on_a_platform() {
    let world = || configured(TokenStore::platform());
    kill_at_each(world, |store, jf, moment| {
        assert!(store.accepts(&field(jf, "accessToken")), "{moment}: nothing works");
        jf.run(&["token", "rotate", "--self"]).ok();
        assert!(store.accepts(&field(jf, "accessToken")), "{moment}");
        assert!(!store.live().contains(&"id-1".to_owned()) && store.live().len() <= 2, "{moment}");
    });
}
