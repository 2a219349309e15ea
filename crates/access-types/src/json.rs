//! Strict reading of JSON objects, and the two ways of writing JSON that clients of the wire know.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};
use std::fmt;

/// Deepest nesting accepted.
pub const MAX_DEPTH: usize = 16;

/// Why text is not acceptable JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not acceptable JSON: {0}")]
pub struct JsonError(String);

/// Reads one JSON object; keys may not repeat, at any depth, and nesting ends at [`MAX_DEPTH`].
///
/// # Errors
/// A [`JsonError`] with the place of the fault: not JSON, not an object, a repeated key, too deep.
pub fn parse_object(text: &[u8]) -> Result<Map<String, Value>, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Strict { depth: MAX_DEPTH }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| JsonError(error.to_string()))?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(JsonError("it must be an object".to_owned())),
    }
}

/// Escapes `<`, `>`, `&`, U+2028 and U+2029 as the existing `jf` does. These characters can stand only
/// inside strings of a JSON text, so replacing them anywhere keeps its meaning.
pub fn escape_like_go(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Escapes what could make a base64url encoding of the JSON text contain `-` or `_`: `>`, `?`, `~`, DEL
/// and everything beyond ASCII (the stock Go client decodes payloads with the standard alphabet).
pub fn escape_for_payload(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if c.is_ascii() && !matches!(c, '>' | '?' | '~' | '\u{7f}') {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: de::Error>(&self) -> Result<Strict, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Strict { depth }),
            None => Err(E::custom(format!("it is nested more than {MAX_DEPTH} levels deep"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            match map.entry(key) {
                Entry::Occupied(first) => {
                    return Err(de::Error::custom(format!("the key {:?} stands twice", first.key())));
                }
                Entry::Vacant(place) => place.insert(entries.next_value_seed(self.deeper()?)?),
            };
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn repeated_keys_are_refused_at_any_depth() {
        assert!(parse_object(br#"{"a":1,"b":{"c":2}}"#).is_ok());
        for bad in [r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":[{"b":1,"\u0062":2}]}"#] {
            assert!(parse_object(bad.as_bytes()).unwrap_err().to_string().contains("twice"), "{bad}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |n: usize| format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n));
        assert!(parse_object(nested(16).as_bytes()).is_ok());
        assert!(parse_object(nested(17).as_bytes()).unwrap_err().to_string().contains("16 levels"));
        assert!(parse_object("[".repeat(60_000).as_bytes()).is_err());
    }

    #[test]
    fn only_whole_objects_are_read() {
        for bad in ["", "[]", "1", "null", "{} x", "{", "{\"a\":nan}", "\u{feff}{}"] {
            assert!(parse_object(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn escaping_keeps_the_meaning(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&escape_like_go(&json)).unwrap(), text.clone());
            prop_assert_eq!(serde_json::from_str::<String>(&escape_for_payload(&json)).unwrap(), text);
        }

        #[test]
        fn an_escaped_payload_never_needs_the_url_alphabet(text in any::<String>(), pad in 0usize..3) {
            use base64::Engine as _;
            let json = serde_json::to_string(&format!("{}{text}", " ".repeat(pad))).unwrap();
            let encoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(escape_for_payload(&json));
            prop_assert!(!encoded.contains(['-', '_']), "{}", encoded);
        }
    }
}
