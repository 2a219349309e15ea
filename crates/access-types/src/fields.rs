//! Reading the fields of a request body one by one, from JSON or from a form, with errors that name the
//! field. Unknown fields are ignored, as clients of the wire send some that nobody reads, unless they are refused.

use crate::limits::{FieldError, LAST_EXPIRY};
use crate::{Secret, json};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Why a body is not an acceptable request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The body is not JSON that this service accepts.
    #[error(transparent)]
    Json(#[from] json::JsonError),
    /// A field stands twice in a form.
    #[error("the field {0:?} stands twice")]
    Repeated(String),
    /// There is no such field.
    #[error("there is no field {0:?} here")]
    Unknown(String),
    /// A field has no value.
    #[error("the field {0:?} is null; give it a value or leave it out")]
    Null(String),
    /// A field is not acceptable.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// The fields of a body that are not read yet. The two encodings differ only in how a boolean and a
/// number are written, and in that an empty form value means absent.
pub struct Fields {
    values: Map<String, Value>,
    is_form: bool,
}

impl Fields {
    /// The fields of a JSON object.
    ///
    /// # Errors
    /// [`RequestError::Json`]: not one object, a repeated key, too deep.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        Ok(Self { values: json::parse_object(body)?, is_form: false })
    }

    /// The fields of a form, as decoded pairs.
    ///
    /// # Errors
    /// [`RequestError::Repeated`] naming a field that stands twice.
    pub fn from_form<'a>(
        pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, RequestError> {
        let mut values = Map::new();
        for (name, value) in pairs {
            if values.insert(name.clone().into_owned(), Value::String(value.into_owned())).is_some() {
                return Err(RequestError::Repeated(name.into_owned()));
            }
        }
        Ok(Self { values, is_form: true })
    }

    /// Text; the empty string is the same as absent, as clients send it for "unset".
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything but a string, or has a NUL in it, which a database may not be able
    /// to keep or to look for.
    pub fn text(&mut self, field: &'static str) -> Result<Option<String>, FieldError> {
        let text = self.any_text(field)?;
        text.map(|text| without_nul(field, text)).transpose()
    }

    fn any_text(&mut self, field: &'static str) -> Result<Option<String>, FieldError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(other) => Err(wrong_type(field, "a string", &other)),
        }
    }

    /// Text that is not empty, if it is there: where "unset" must not pass for "anything".
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything but a string, or empty.
    pub fn filled_text(&mut self, field: &'static str) -> Result<Option<String>, FieldError> {
        match self.values.get(field) {
            Some(Value::String(text)) if text.is_empty() => {
                Err(FieldError::new(field, "is empty; give it a value or leave it out"))
            }
            _ => self.text(field),
        }
    }

    /// Text that can be cleared: absent is `None`; `null` and the empty string are `Some(None)`.
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is neither a string nor `null`.
    pub fn clearable_text(&mut self, field: &'static str) -> Result<Option<Option<String>>, FieldError> {
        if self.values.contains_key(field) { self.text(field).map(Some) } else { Ok(None) }
    }

    /// Text that must not be printed; the empty string is the same as absent.
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything but a string.
    pub fn secret(&mut self, field: &'static str) -> Result<Option<Secret>, FieldError> {
        // Never stored: whatever it is, it is compared.
        Ok(self.any_text(field)?.map(Secret::from))
    }

    /// A boolean; in a form in any case of letters, as one Python client sends `True`.
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything else.
    pub fn flag(&mut self, field: &'static str) -> Result<Option<bool>, FieldError> {
        let is_form = self.is_form;
        match self.take(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(Value::String(text)) if is_form && text.is_empty() => Ok(None),
            Some(Value::String(text)) if is_form && text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if is_form && text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(other) => Err(wrong_type(field, "true or false", &other)),
        }
    }

    /// A whole number of seconds, up to [`LAST_EXPIRY`].
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything else.
    pub fn seconds(&mut self, field: &'static str) -> Result<Option<u64>, FieldError> {
        let is_form = self.is_form;
        let seconds = match self.take(field) {
            None => return Ok(None),
            Some(Value::String(text)) if is_form && text.is_empty() => return Ok(None),
            Some(Value::String(text)) if is_form && text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().ok()
            }
            Some(Value::Number(number)) => number.as_u64(),
            Some(other) => {
                return Err(wrong_type(field, "a whole number of seconds, 0 or more", &other));
            }
        };
        match seconds {
            Some(seconds) if seconds <= LAST_EXPIRY => Ok(Some(seconds)),
            _ => Err(FieldError::new(
                field,
                format!("must be a whole number of seconds from 0 to {LAST_EXPIRY}"),
            )),
        }
    }

    /// A whole number, `least` or more; also one that is written with a fraction of nothing (`1e3`).
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything else.
    pub fn integer(&mut self, field: &'static str, least: i64) -> Result<Option<i64>, FieldError> {
        /// Whole numbers up to here are exact as floating point numbers.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let number = match self.take(field) {
            None => return Ok(None),
            Some(Value::Number(number)) => number,
            Some(other) => return Err(wrong_type(field, "a whole number", &other)),
        };
        let whole = |float: f64| float.fract() == 0.0 && float.abs() <= EXACT;
        let float = || number.as_f64().filter(|float| whole(*float)).map(|float| float as i64);
        match number.as_i64().or_else(float) {
            Some(integer) if integer >= least => Ok(Some(integer)),
            _ => Err(FieldError::new(field, format!("must be a whole number, {least} or more"))),
        }
    }

    /// The fields of an object within the object.
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything else.
    pub fn object(&mut self, field: &'static str) -> Result<Option<Self>, FieldError> {
        let is_form = self.is_form;
        match self.take(field) {
            None => Ok(None),
            Some(Value::Object(values)) => Ok(Some(Self { values, is_form })),
            Some(other) => Err(wrong_type(field, "an object", &other)),
        }
    }

    /// A list of names: an array of strings, none of them empty or with a NUL in it, repetitions left out.
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything else.
    pub fn names(&mut self, field: &'static str) -> Result<Option<Vec<String>>, FieldError> {
        let items = match self.take(field) {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(other) => return Err(wrong_type(field, "an array of strings", &other)),
        };
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::String(name) if name.is_empty() => {
                    return Err(FieldError::new(field, "holds an empty name"));
                }
                Value::String(name) => names.push(without_nul(field, name)?),
                _ => return Err(FieldError::new(field, "must be an array of strings only")),
            }
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        Ok(Some(names))
    }

    /// Refuses every field that is `null`: where a value that was lost on the way must not pass for "anything".
    ///
    /// # Errors
    /// [`RequestError::Null`] naming the first one.
    pub fn refuse_nulls(&self) -> Result<(), RequestError> {
        match self.values.iter().find(|(_, value)| value.is_null()) {
            Some((name, _)) => Err(RequestError::Null(name.clone())),
            None => Ok(()),
        }
    }

    /// Whether a field that is not read yet has this text.
    pub fn is_text(&self, field: &str, text: &str) -> bool {
        self.values.get(field).and_then(Value::as_str) == Some(text)
    }

    /// How many items an array that is not read yet has, repetitions and all.
    pub fn length(&self, field: &str) -> Option<usize> {
        self.values.get(field).and_then(Value::as_array).map(Vec::len)
    }

    /// Refuses every field that was not read: where a misspelt one would do more than was asked for.
    ///
    /// # Errors
    /// [`RequestError::Unknown`] naming the first one.
    pub fn refuse_others(self) -> Result<(), RequestError> {
        match self.values.into_iter().next() {
            Some((name, _)) => Err(RequestError::Unknown(name)),
            None => Ok(()),
        }
    }

    /// An object, as it stands.
    ///
    /// # Errors
    /// A [`FieldError`] on `field` if it is anything else.
    pub fn raw_object(&mut self, field: &'static str) -> Result<Option<Map<String, Value>>, FieldError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(other) => Err(wrong_type(field, "an object", &other)),
        }
    }

    /// A whole number, if it is one and not negative; what else stands there is `Some(None)`.
    pub fn whole_number(&mut self, field: &'static str) -> Option<Option<u64>> {
        self.take(field).map(|value| value.as_u64())
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        self.values.remove(field).filter(|value| !value.is_null())
    }
}

fn without_nul(field: &'static str, text: String) -> Result<String, FieldError> {
    if text.contains('\0') {
        Err(FieldError::new(field, "must not contain a NUL character"))
    } else {
        Ok(text)
    }
}

fn wrong_type(field: &'static str, wanted: &str, got: &Value) -> FieldError {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    FieldError::new(field, format!("must be {wanted}, but is {got}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Fields {
        Fields::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn clearing_is_not_the_same_as_leaving_alone() {
        let mut fields = json(r#"{"a":null,"b":"","c":"x"}"#);
        assert_eq!(fields.clearable_text("a"), Ok(Some(None)));
        assert_eq!(fields.clearable_text("b"), Ok(Some(None)));
        assert_eq!(fields.clearable_text("c"), Ok(Some(Some("x".to_owned()))));
        assert_eq!(fields.clearable_text("d"), Ok(None));
    }

    #[test]
    fn names_are_strings_and_stand_once() {
        let mut fields = json(r#"{"a":["x","y","x"],"b":null,"c":[],"d":"x","e":[1],"f":[""]}"#);
        assert_eq!(fields.names("a"), Ok(Some(vec!["x".to_owned(), "y".to_owned()])));
        assert_eq!(fields.names("b"), Ok(None));
        assert_eq!(fields.names("c"), Ok(Some(Vec::new())));
        for field in ["d", "e", "f"] {
            assert!(fields.names(field).unwrap_err().to_string().starts_with(field));
        }
    }

    #[test]
    fn where_text_must_be_filled_an_empty_one_is_refused() {
        let mut fields = json(r#"{"a":"x","b":"","c":null,"d":1}"#);
        assert_eq!(fields.filled_text("a"), Ok(Some("x".to_owned())));
        assert_eq!(fields.filled_text("c"), Ok(None));
        assert!(fields.filled_text("b").is_err() && fields.filled_text("d").is_err());
    }

    #[test]
    fn what_was_not_read_can_be_refused() {
        let mut fields = json(r#"{"a":"x","b":null}"#);
        assert_eq!(fields.text("a"), Ok(Some("x".to_owned())));
        assert_eq!(fields.refuse_others(), Err(RequestError::Unknown("b".to_owned())));
        assert_eq!(json(r#"{"a":1,"b":null}"#).refuse_nulls(), Err(RequestError::Null("b".to_owned())));
        assert_eq!(json(r#"{"a":1}"#).refuse_nulls(), Ok(()));
        assert_eq!((json(r#"{"a":["x","x"]}"#).length("a"), json("{}").length("a")), (Some(2), None));
        let mut fields = json(r#"{"b":null}"#);
        assert_eq!(fields.text("b"), Ok(None));
        assert_eq!(fields.refuse_others(), Ok(()));
    }

    #[test]
    fn a_field_that_stands_twice_is_refused() {
        let twice = [("a".into(), "1".into()), ("a".into(), "1".into())];
        assert_eq!(Fields::from_form(twice).err(), Some(RequestError::Repeated("a".to_owned())));
        assert!(Fields::from_json(br#"{"a":1,"a":1}"#).is_err());
    }
}
