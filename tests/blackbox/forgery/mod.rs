//! Forged and malformed access tokens, made from a true one: what an attacker can make who has one token, everything
//! that is public, and keys of the own. The forgeries are many, so each names the trick it is.

mod claims;
mod forms;
mod headers;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::Value;
use std::collections::HashSet;
use testkit::{header, payload_json};

/// A forged token, and the trick.
pub struct Forgery {
    /// What it is.
    pub trick: String,
    /// Its text.
    pub token: String,
}

/// What an attacker has.
pub struct Attacker {
    /// A token of the service, its owner's right.
    token: String,
    /// Public bytes of the service, which could be taken for the secret of an HMAC, with their names.
    public: Vec<(&'static str, Vec<u8>)>,
    /// Tokens of another service.
    foreign: Vec<String>,
    /// An RSA key of the own.
    key: EncodingKey,
    /// An address where the attacker listens.
    canary: String,
    made: Vec<Forgery>,
    /// Their texts.
    known: HashSet<String>,
}

impl Attacker {
    /// One who has these.
    pub fn new(
        token: &str,
        public: Vec<(&'static str, Vec<u8>)>,
        foreign: Vec<String>,
        canary: String,
    ) -> Self {
        let key = EncodingKey::from_rsa_pem(testkit::openssl(&["genrsa", "2048"]).as_bytes()).unwrap();
        let known = HashSet::from([token.to_owned()]);
        Self { token: token.to_owned(), public, foreign, key, canary, made: Vec::new(), known }
    }

    /// Every forgery, each once.
    pub fn forge(mut self) -> Vec<Forgery> {
        self.algorithms();
        self.confused_keys();
        self.key_ids();
        self.brought_along();
        self.claims_changed();
        self.claims_twice();
        self.headers_rewritten();
        self.forms();
        self.characters();
        self.foreigners();
        self.made
    }

    fn add(&mut self, trick: impl Into<String>, token: String) {
        if self.known.insert(token.clone()) {
            self.made.push(Forgery { trick: trick.into(), token });
        }
    }

    fn parts(&self) -> [String; 3] {
        let parts: Vec<String> = self.token.split('.').map(str::to_owned).collect();
        parts.try_into().unwrap()
    }

    /// A header and a payload as JSON text, under the signature that they stole, none, and one of the attacker's key.
    fn sign_every_way(&mut self, trick: &str, header: &str, payload: &str) {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let [_, _, stolen] = self.parts();
        let own = jsonwebtoken::crypto::sign(input.as_bytes(), &self.key, Algorithm::RS256).unwrap();
        self.add(format!("{trick}, stolen signature"), format!("{input}.{stolen}"));
        self.add(format!("{trick}, no signature"), format!("{input}."));
        self.add(format!("{trick}, the attacker's signature"), format!("{input}.{own}"));
    }

    fn with_header(&mut self, trick: &str, changes: Value) {
        let mut changed = header(&self.token);
        for (name, value) in changes.as_object().unwrap() {
            changed[name] = value.clone();
        }
        let payload = payload_json(&self.token);
        self.sign_every_way(trick, &changed.to_string(), &payload);
    }

    /// Another service's key.
    fn foreigners(&mut self) {
        let [h, p, s] = self.parts();
        for foreign in self.foreign.clone() {
            self.add("foreign", foreign.clone());
            let parts: Vec<&str> = foreign.split('.').collect();
            let &[fh, fp, fs] = parts.as_slice() else { continue };
            for (trick, forged) in [
                ("foreign signature", format!("{h}.{p}.{fs}")),
                ("foreign payload", format!("{h}.{fp}.{s}")),
                ("foreign header", format!("{fh}.{p}.{s}")),
                ("foreign under the true header", format!("{h}.{fp}.{fs}")),
                ("true payload under a foreign key", format!("{fh}.{p}.{fs}")),
                ("foreign with the true signature", format!("{fh}.{fp}.{s}")),
            ] {
                self.add(trick, forged);
            }
        }
    }
}
