//! What a token says of itself, whoever made it: nothing here is verified, and nothing is sent anywhere.

use crate::json_field::{seconds, text};
use crate::tokens::{StoredToken, description, rights, words};
use access_types::jwt::{self, Unverified};
use access_types::{Secret, opaque};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};

/// A lifetime beyond this many seconds is warned of.
const YEAR: u64 = 366 * 24 * 3600;

/// A token that was taken apart.
pub(crate) enum Inspection {
    /// A JWT: an access token.
    Jwt(Box<Unverified>),
    /// A reference token, and when it ends; `None` = never. It says nothing else.
    Reference(Option<u64>),
    /// A refresh token of accessd. It says nothing at all.
    Refresh,
}

impl Inspection {
    /// Takes a text apart; `None` if it has the form of no token. Refresh tokens of platforms have none.
    pub(crate) fn of(text: &Secret) -> Option<Self> {
        if let Ok(jwt) = jwt::decode_unverified(text.expose_secret()) {
            return Some(Self::Jwt(Box::new(jwt)));
        }
        if let Some(expiry) = opaque::parse_reference_token(text.expose_secret()) {
            return Some(Self::Reference(expiry));
        }
        opaque::RefreshToken::parse(text).map(|_| Self::Refresh)
    }

    /// The word for the kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Jwt(_) => "JWT",
            Self::Reference(_) => "reference token",
            Self::Refresh => "refresh token",
        }
    }

    /// Until when it says to be good: `None` if that is for ever, or not said.
    fn expiry(&self) -> Option<u64> {
        match self {
            Self::Jwt(jwt) => seconds(&jwt.claims, "exp"),
            Self::Reference(expiry) => *expiry,
            Self::Refresh => None,
        }
    }

    /// What is worth a second look, of what it says, or of what its server says where it says nothing.
    pub(crate) fn warnings(&self, on_server: Option<&StoredToken>, now: u64) -> Vec<String> {
        let mut warnings = Vec::new();
        let (scope, audience) = match self {
            Self::Jwt(jwt) => (text(&jwt.claims, "scp"), Some(audience(&jwt.claims))),
            _ => (
                on_server.and_then(StoredToken::scope),
                on_server.and_then(StoredToken::audience).map(str::to_owned),
            ),
        };
        if scope.is_some_and(rights::is_admin) {
            warnings.push("its scope is that of an administrator".to_owned());
        }
        if audience.is_some_and(|audience| rights::is_everywhere(&audience)) {
            warnings.push("every service accepts it: its audience is not limited (--audience)".to_owned());
        }
        match self.expiry() {
            _ if matches!(self, Self::Refresh) => {}
            None => warnings.push("it never expires".to_owned()),
            Some(expiry) if expiry <= now => warnings.push("it has expired".to_owned()),
            Some(expiry) if expiry - now > YEAR => {
                warnings.push(format!("it is good for {} more", words::span(expiry - now)));
            }
            Some(_) => {}
        }
        warnings
    }

    /// What it says, line by line: label and words.
    pub(crate) fn lines(&self, now: u64) -> Vec<(&'static str, String)> {
        let until = description::until(self.expiry(), now);
        match self {
            Self::Jwt(jwt) => jwt_lines(jwt, until, now),
            Self::Reference(_) => {
                vec![("until", until), ("whose", "only the server knows; --verify asks it".to_owned())]
            }
            Self::Refresh => vec![("whose", "only the server knows".to_owned())],
        }
    }

    /// The same as an object: header and claims as they are.
    pub(crate) fn json(&self, on_server: Option<&StoredToken>, now: u64) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("kind".to_owned(), self.kind().replace(' ', "_").to_lowercase().into());
        object.insert("verified".to_owned(), false.into());
        match self {
            Self::Jwt(jwt) => {
                object.insert("header".to_owned(), Value::Object(jwt.header.clone()));
                object.insert("claims".to_owned(), Value::Object(jwt.claims.clone()));
            }
            Self::Reference(expiry) => {
                object.insert("expiry".to_owned(), json!(expiry));
            }
            Self::Refresh => {}
        }
        object.insert("warnings".to_owned(), self.warnings(on_server, now).into());
        object
    }
}

fn jwt_lines(jwt: &Unverified, until: String, now: u64) -> Vec<(&'static str, String)> {
    let claims = &jwt.claims;
    let subject = text(claims, "sub").unwrap_or_default();
    let mut lines = Vec::new();
    lines.extend(text(claims, "jti").map(|id| ("id", id.to_owned())));
    lines.push(("whose", description::whose(subject)));
    lines.extend(text(claims, "scp").map(|scope| description::may(scope, subject)).unwrap_or_default());
    let mut add = |label, words: Option<String>| lines.extend(words.map(|words| (label, words)));
    add("where", Some(audience(claims)).filter(|audience| !audience.is_empty()));
    add("issuer", text(claims, "iss").map(str::to_owned));
    add("made", seconds(claims, "iat").map(|moment| words::moment(moment, now)));
    add("until", Some(until));
    let algorithm = text(&jwt.header, "alg").unwrap_or("nothing");
    let key = text(&jwt.header, "kid").map(|key| format!(", key {key}")).unwrap_or_default();
    add("signed", Some(format!("with {algorithm}{key}")));
    lines
}

/// The audience of a JWT: one text, or several.
pub(crate) fn audience(claims: &Map<String, Value>) -> String {
    match claims.get("aud") {
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    const NOW: u64 = 1_764_000_000;

    fn jwt(claims: &Value) -> Inspection {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = encode(&json!({"alg": "RS256", "kid": "k1"}));
        Inspection::of(&format!("{header}.{}.c2ln", encode(claims)).into()).unwrap()
    }

    #[test]
    fn warnings_are_for_what_deserves_them() {
        let warnings = |claims: Value| jwt(&claims).warnings(None, NOW).join("; ");
        let good = json!({"scp": "applied-permissions/user", "aud": "jfrt@*", "exp": NOW + 3600});
        assert_eq!(warnings(good.clone()), "");
        for (name, value, words) in [
            ("scp", json!("applied-permissions/admin"), "administrator"),
            ("scp", json!("jfrt@01:admin api:*"), "administrator"),
            ("aud", json!(["jfrt@*", "*@*"]), "every service"),
            ("aud", Value::Null, "every service"),
            ("exp", Value::Null, "never expires"),
            ("exp", json!(NOW + 2 * YEAR), "good for 732 days more"),
            ("exp", json!(NOW), "has expired"),
        ] {
            let mut claims = good.clone();
            claims[name] = value;
            assert!(warnings(claims.clone()).contains(words), "{claims}");
        }
        assert_eq!(jwt(&json!({"aud": "x@y", "exp": NOW + YEAR})).warnings(None, NOW), Vec::<String>::new());
    }

    #[test]
    fn what_a_jwt_says_is_told_line_by_line() {
        let claims = json!({"sub": "jfac@x/users/frog", "scp": "applied-permissions/user", "aud": ["jfrt@*", "jfxr@1"],
            "iss": "jfac@x", "iat": NOW - 60, "exp": NOW + 3600, "jti": "id-1"});
        let lines = jwt(&claims).lines(NOW);
        for line in [
            ("id", "id-1"),
            ("whose", "frog (jfac@x/users/frog)"),
            ("may", "everything that frog may"),
            ("scope", "applied-permissions/user"),
            ("where", "jfrt@* jfxr@1"),
            ("issuer", "jfac@x"),
            ("made", "60 seconds ago, 2025-11-24 15:59 UTC"),
            ("until", "in 60 minutes, 2025-11-24 17:00 UTC"),
            ("signed", "with RS256, key k1"),
        ] {
            assert!(lines.contains(&(line.0, line.1.to_owned())), "{line:?}: {lines:?}");
        }
    }

    #[test]
    fn opaque_tokens_say_what_they_can() {
        let reference = Inspection::of(&opaque::reference_token(Some(NOW + 60), &"a1B".repeat(9))).unwrap();
        assert_eq!((reference.kind(), reference.expiry()), ("reference token", Some(NOW + 60)));
        assert_eq!(reference.json(None, NOW)["expiry"], json!(NOW + 60));
        let refresh = opaque::RefreshToken { family_id: uuid::Uuid::nil(), generation: 0, random: [7; 24] };
        let refresh = Inspection::of(&refresh.to_secret()).unwrap();
        let admin = json!({"token_id": "1", "scope": "applied-permissions/admin", "audience": "jfrt@*"});
        let admin = StoredToken::from(admin.as_object().unwrap().clone());
        assert_eq!(reference.warnings(Some(&admin), NOW), ["its scope is that of an administrator"]);
        assert_eq!((refresh.kind(), refresh.warnings(None, NOW)), ("refresh token", vec![]));
        for none in ["", "x", "a.b.c", "AKCp8aaaa"] {
            assert!(Inspection::of(&none.into()).is_none(), "{none}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(claims in "[a-z0-9{}\":, .\\-]{0,60}", text in "\\PC{0,80}") {
            let payload = URL_SAFE_NO_PAD.encode(format!("{{{claims}}}"));
            for text in [format!("e30.{payload}.c2ln"), text] {
                if let Some(inspection) = Inspection::of(&text.into()) {
                    inspection.lines(NOW);
                    inspection.json(None, NOW);
                }
            }
        }
    }
}
