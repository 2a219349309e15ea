//! Fields of JSON objects that others wrote: claims of tokens, answers of servers.

use serde_json::{Map, Value};

/// A field that is a text, and not an empty one.
pub(crate) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A moment in epoch seconds. RFC 7519 allows fractions of a second; a float beyond the range saturates, which is right here.
pub(crate) fn seconds(claims: &Map<String, Value>, name: &str) -> Option<u64> {
    let value = claims.get(name)?;
    value.as_u64().or_else(|| value.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| seconds as u64))
}
