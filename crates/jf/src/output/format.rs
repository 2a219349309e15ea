//! A created token in each output format. No format ever cuts a secret.

use crate::credential::user_of;
use crate::json_field;
use crate::output::terminal;
use access_types::Secret;
use serde_json::{Map, Value};
use std::str::FromStr;

/// How a created token is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    /// The answer as JSON, keys in the existing tool's order.
    #[default]
    Json,
    /// Two columns for reading.
    Table,
    /// The bare token.
    Token,
    /// Lines for a shell to read.
    Env,
    /// One line a field, in YAML.
    Yaml,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "json" => Ok(Format::Json),
            "table" => Ok(Format::Table),
            "token" => Ok(Format::Token),
            "env" => Ok(Format::Env),
            "yaml" => Ok(Format::Yaml),
            _ => Err("only the following output formats are supported: json, table, token, env, yaml".into()),
        }
    }
}

/// Fields that clients know, in the order of JSON output.
const JSON_ORDER: [&str; 10] = [
    "scope",
    "access_token",
    "expires_in",
    "token_type",
    "refreshable",
    "refresh_token",
    "grant_type",
    "audience",
    "reference_token",
    "token_id",
];

/// The same fields in the order of the table.
const TABLE_ORDER: [&str; 10] = [
    "access_token",
    "token_id",
    "expires_in",
    "scope",
    "token_type",
    "refreshable",
    "refresh_token",
    "reference_token",
    "grant_type",
    "audience",
];

/// What the existing tool prints of an exchange, with its own spelling, and the field each comes from.
const EXCHANGED: [(&str, &str); 2] = [("AccessToken", "access_token"), ("Username", "username")];

/// Fields of an exchanged token in the order of the table.
const EXCHANGED_TABLE_ORDER: [&str; 5] =
    ["access_token", "username", "issued_token_type", "scope", "token_type"];

/// Fields whose text is a secret.
const SECRETS: [&str; 3] = ["access_token", "refresh_token", "reference_token"];

/// Variables of [`Format::Env`] and the fields they take their values from.
const VARIABLES: [(&str, &str); 5] = [
    ("JF_ACCESS_TOKEN", "access_token"),
    ("JF_REFRESH_TOKEN", "refresh_token"),
    ("JF_REFERENCE_TOKEN", "reference_token"),
    ("JF_TOKEN_ID", "token_id"),
    ("JF_TOKEN_EXPIRES_IN", "expires_in"),
];

/// What a server answered to a create: whatever it sent, whatever its type, is kept.
pub(crate) struct CreatedToken {
    fields: Map<String, Value>,
    is_exchanged: bool,
}

impl CreatedToken {
    /// Reads the body of an answer; `None` if it is no JSON object with a token in it.
    pub(crate) fn from_json(body: &[u8]) -> Option<Self> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return None };
        let token = Self { fields, is_exchanged: false };
        (token.text("access_token").is_some() || token.text("reference_token").is_some()).then_some(token)
    }

    /// Reads the body of an answer to an exchange. The user is the one the server names, else the subject of
    /// the token.
    pub(crate) fn from_exchange(body: &[u8]) -> Option<Self> {
        let mut token = Self::from_json(body)?;
        token.is_exchanged = true;
        if token.text("username").is_none()
            && let Some(user) = token.text("access_token").and_then(user_of)
        {
            token.fields.insert("username".to_owned(), user.into());
        }
        Some(token)
    }

    /// The token's text: as a reference token if that is preferred and there, else as an access token. One of them
    /// is there, or it would not have been read.
    pub(crate) fn token(&self, prefer_reference: bool) -> Secret {
        self.token_text(prefer_reference).into()
    }

    fn token_text(&self, prefer_reference: bool) -> &str {
        let (access, reference) = (self.text("access_token"), self.text("reference_token"));
        let preferred = if prefer_reference { reference.or(access) } else { access.or(reference) };
        preferred.unwrap_or_default()
    }

    /// The access token.
    pub(crate) fn access_token(&self) -> Option<Secret> {
        self.text("access_token").map(Secret::from)
    }

    /// The refresh token.
    pub(crate) fn refresh_token(&self) -> Option<Secret> {
        self.text("refresh_token").map(Secret::from)
    }

    /// The user that the server names.
    pub(crate) fn username(&self) -> Option<&str> {
        self.text("username")
    }

    /// All secrets in it.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = Secret> {
        SECRETS.iter().filter_map(|field| self.text(field).map(Secret::from))
    }

    /// The id, to revoke the token by.
    pub(crate) fn id(&self) -> Option<&str> {
        self.text("token_id")
    }

    /// Whether a reference token came with it.
    pub(crate) fn has_reference(&self) -> bool {
        self.text("reference_token").is_some()
    }

    /// The text of the token in `format`, with a line end. `url` is the platform's, for
    /// [`Format::Env`]; `prefer_reference` chooses for [`Format::Token`].
    pub(crate) fn print(&self, format: Format, url: &str, prefer_reference: bool) -> String {
        match format {
            Format::Json => terminal::pretty_json(&Value::Object(self.json_fields())) + "\n",
            Format::Table => self.table(),
            Format::Token => terminal::safe_line(self.token_text(prefer_reference)) + "\n",
            Format::Env => self.variables(url),
            Format::Yaml => self
                .json_fields()
                .iter()
                .map(|(name, value)| format!("{}: {}\n", yaml_key(name), terminal::compact_json(value)))
                .collect(),
        }
    }

    /// Known fields in `order`, empty ones left out, then what the server sent besides.
    fn ordered(&self, order: &[&str]) -> Map<String, Value> {
        let is_empty = |value: &Value| value.is_null() || value.as_str() == Some("");
        let known = order.iter().filter_map(|name| self.fields.get_key_value(*name));
        let unknown = self.fields.iter().filter(|(name, _)| !order.contains(&name.as_str()));
        known
            .filter(|(_, value)| !is_empty(value))
            .chain(unknown)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// The fields of JSON output. Of an exchange the existing tool prints two, always, under other names.
    fn json_fields(&self) -> Map<String, Value> {
        let fields = self.ordered(&JSON_ORDER);
        if !self.is_exchanged {
            return fields;
        }
        let known = EXCHANGED.iter().map(|(name, field)| {
            ((*name).to_owned(), fields.get(*field).cloned().unwrap_or_else(|| Value::String(String::new())))
        });
        let rest = fields.iter().filter(|(name, _)| !EXCHANGED.iter().any(|(_, field)| field == name));
        known.chain(rest.map(|(name, value)| (name.clone(), value.clone()))).collect()
    }

    fn table(&self) -> String {
        let order: &[&str] = if self.is_exchanged { &EXCHANGED_TABLE_ORDER } else { &TABLE_ORDER };
        let rows = self.ordered(order);
        rows_as_table(rows.iter().map(|(name, value)| (name.as_str(), plain(value))))
    }

    fn variables(&self, url: &str) -> String {
        let fields = self.ordered(&JSON_ORDER);
        let mut text = format!("JF_URL={}\n", shell_quoted(url));
        // Whose token an exchange gave is only known afterwards.
        let user = self.is_exchanged.then_some(("JF_USER", "username"));
        for (variable, field) in VARIABLES.into_iter().chain(user) {
            if let Some(value) = fields.get(field) {
                text.push_str(&format!("{variable}={}\n", shell_quoted(&plain(value))));
            }
        }
        text
    }

    fn text(&self, field: &str) -> Option<&str> {
        json_field::text(&self.fields, field)
    }
}

/// A table of two columns under `FIELD` and `VALUE`, as wide as it needs to be.
pub(crate) fn rows_as_table<'a>(rows: impl Iterator<Item = (&'a str, String)>) -> String {
    let rows: Vec<_> =
        rows.map(|(name, value)| (terminal::safe_line(name), terminal::safe_line(&value))).collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max("FIELD".len()) + 2;
    let mut table = format!("{:width$}VALUE\n", "FIELD");
    for (name, value) in rows {
        table.push_str(format!("{name:width$}{value}").trim_end());
        table.push('\n');
    }
    table
}

/// A value as a person writes it: text bare, a whole number without exponent.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn shell_quoted(text: &str) -> String {
    format!("'{}'", terminal::safe_line(text).replace('\'', r"'\''"))
}

fn yaml_key(name: &str) -> String {
    let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    // A few words mean something else than themselves in YAML.
    if is_word && !matches!(name, "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null") {
        name.to_owned()
    } else {
        terminal::compact_json(&Value::String(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"token_id":"id-1","access_token":"AAAA.BBBB.CCCC","refresh_token":"","expires_in":31536000,
        "scope":"a <b> & c","token_type":"Bearer","reference_token":"ref","issued_at":"now","x y":{"a":[1]}}"#;

    fn print(format: Format) -> String {
        CreatedToken::from_json(ANSWER.as_bytes()).unwrap().print(format, "https://h/", false)
    }

    #[test]
    fn json_has_the_known_order_and_keeps_the_unknown() {
        assert_eq!(
            print(Format::Json),
            r#"{
  "scope": "a \u003cb\u003e \u0026 c",
  "access_token": "AAAA.BBBB.CCCC",
  "expires_in": 31536000,
  "token_type": "Bearer",
  "reference_token": "ref",
  "token_id": "id-1",
  "issued_at": "now",
  "x y": {
    "a": [
      1
    ]
  }
}
"#
        );
    }

    #[test]
    fn the_table_cuts_nothing() {
        assert_eq!(
            print(Format::Table),
            "FIELD            VALUE\naccess_token     AAAA.BBBB.CCCC\ntoken_id         id-1\nexpires_in       31536000\n\
             scope            a <b> & c\ntoken_type       Bearer\nreference_token  ref\nissued_at        now\n\
             x y              {\"a\":[1]}\n"
        );
        let long = format!(r#"{{"access_token":"{}"}}"#, "a".repeat(4000));
        let table =
            CreatedToken::from_json(long.as_bytes()).unwrap().print(Format::Table, "https://h/", false);
        assert!(table.contains(&"a".repeat(4000)));
    }

    #[test]
    fn the_bare_token_is_the_reference_only_if_asked_for() {
        assert_eq!(print(Format::Token), "AAAA.BBBB.CCCC\n");
        let token = CreatedToken::from_json(ANSWER.as_bytes()).unwrap();
        assert_eq!(token.print(Format::Token, "https://h/", true), "ref\n");
        let plain = CreatedToken::from_json(br#"{"access_token":"a"}"#).unwrap();
        assert_eq!(plain.print(Format::Token, "https://h/", true), "a\n");
    }

    #[test]
    fn shells_read_the_values_as_they_are() {
        assert_eq!(
            print(Format::Env),
            "JF_URL='https://h/'\nJF_ACCESS_TOKEN='AAAA.BBBB.CCCC'\nJF_REFERENCE_TOKEN='ref'\nJF_TOKEN_ID='id-1'\n\
             JF_TOKEN_EXPIRES_IN='31536000'\n"
        );
        assert_eq!(shell_quoted("a'b$(c)"), r"'a'\''b$(c)'");
    }

    #[test]
    fn yaml_keeps_types_and_quotes_text() {
        let yaml = print(Format::Yaml);
        assert!(yaml.contains("access_token: \"AAAA.BBBB.CCCC\"\nexpires_in: 31536000\n"), "{yaml}");
        assert!(yaml.contains("\"x y\": {\"a\":[1]}\n"), "{yaml}");
        assert_eq!(yaml_key("no"), "\"no\"");
    }

    #[test]
    fn an_exchange_has_its_own_two_names_first() {
        let token = CreatedToken::from_exchange(
            br#"{"access_token":"a","expires_in":60,"username":"frog","issued_token_type":"t"}"#,
        )
        .unwrap();
        assert_eq!(
            token.print(Format::Json, "", false),
            "{\n  \"AccessToken\": \"a\",\n  \"Username\": \"frog\",\n  \"expires_in\": 60,\n  \"issued_token_type\": \"t\"\n}\n"
        );
        assert!(token.print(Format::Table, "", false).starts_with("FIELD              VALUE\naccess_token"));
        let nameless = CreatedToken::from_exchange(br#"{"access_token":"a"}"#).unwrap();
        assert!(nameless.print(Format::Json, "", false).contains(r#""Username": """#));
        assert!(token.print(Format::Env, "u", false).contains("JF_USER='frog'\n"));
    }

    #[test]
    fn a_surprising_type_loses_nothing() {
        let token =
            CreatedToken::from_json(br#"{"access_token":"a","expires_in":"soon","refreshable":false}"#)
                .unwrap();
        let json = token.print(Format::Json, "", false);
        assert!(json.contains(r#""expires_in": "soon""#) && json.contains(r#""refreshable": false"#));
        for bad in ["", "<html>", "[]", "{}", r#"{"access_token":""}"#, r#"{"access_token":1}"#] {
            assert!(CreatedToken::from_json(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
