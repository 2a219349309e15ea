//! Query parameters: each at most once, and readable. Unknown ones are passed over, unless a route has its
//! own list.

use crate::errors::ApiError;
use access_core::AccessError;
use access_types::limits::LAST_EXPIRY;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::collections::BTreeMap;

/// The parameters of a request. An empty value counts as absent.
#[derive(Debug, Clone, Default)]
pub struct Query(BTreeMap<String, String>);

impl Query {
    fn read(text: &str) -> Result<Self, ApiError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if parameters.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(refused(format!("the query parameter {name:?} stands twice")));
            }
            // Nothing that is stored has one, and not every database can be asked for it.
            if parameters.get(name.as_ref()).is_some_and(|value| value.contains('\0')) {
                return Err(refused(format!(
                    "the query parameter {name:?} must not contain a NUL character"
                )));
            }
        }
        Ok(Self(parameters))
    }

    /// Text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `true` or `false`, in any case of letters.
    ///
    /// # Errors
    /// [`AccessError::BadRequest`] naming the parameter.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.text(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(refused(format!("{name}: must be true or false"))),
        }
    }

    /// A whole number from 1 to `most`.
    ///
    /// # Errors
    /// [`AccessError::BadRequest`] naming the parameter.
    pub fn count(&self, name: &str, most: usize) -> Result<Option<usize>, ApiError> {
        match self.text(name).map(str::parse) {
            None => Ok(None),
            Some(Ok(number)) if (1..=most).contains(&number) => Ok(Some(number)),
            Some(_) => Err(refused(format!("{name}: must be a whole number from 1 to {most}"))),
        }
    }

    /// A whole number of seconds.
    ///
    /// # Errors
    /// [`AccessError::BadRequest`] naming the parameter.
    pub fn seconds(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match self.text(name).map(|text| text.parse().ok().filter(|_| digits(text))) {
            None => Ok(None),
            Some(Some(seconds)) if seconds <= LAST_EXPIRY => Ok(Some(seconds)),
            Some(_) => {
                Err(refused(format!("{name}: must be a whole number of seconds from 0 to {LAST_EXPIRY}")))
            }
        }
    }

    /// Refuses every parameter that is not among `names`, and every empty one: a filter that is misspelt, or
    /// whose value was lost on the way, must not answer with more than was asked for.
    ///
    /// # Errors
    /// [`AccessError::BadRequest`] naming the parameter.
    pub fn allow_only(&self, names: &[&str]) -> Result<(), ApiError> {
        for (name, value) in &self.0 {
            if !names.contains(&name.as_str()) {
                let known = names.join(", ");
                return Err(refused(format!("there is no query parameter {name:?}; there are {known}")));
            }
            if value.is_empty() {
                return Err(refused(format!("{name}: is empty; give it a value or leave it out")));
            }
        }
        Ok(())
    }

    /// Refuses every parameter, where all that is asked for stands in path and body: one that is passed over, such as
    /// a filter or a `dry_run`, would do more than was meant.
    ///
    /// # Errors
    /// [`AccessError::BadRequest`] naming the parameter.
    pub fn allow_none(&self) -> Result<(), ApiError> {
        match self.0.keys().next() {
            Some(name) => Err(refused(format!("there is no query parameter {name:?} here, nor any other"))),
            None => Ok(()),
        }
    }

    /// Refuses a filter of the wire that this service does not have: to pass over it would answer with
    /// more than was asked for.
    ///
    /// # Errors
    /// [`AccessError::BadRequest`] naming the parameter.
    pub fn refuse(&self, names: &[&str]) -> Result<(), ApiError> {
        match names.iter().find(|name| self.text(name).is_some()) {
            Some(name) => Err(refused(format!("{name}: this filter is not supported"))),
            None => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::read(parts.uri.query().unwrap_or_default())
    }
}

fn refused(message: String) -> ApiError {
    ApiError::Core(AccessError::BadRequest(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once_whatever_its_spelling() {
        assert!(Query::read("a=1&b=2&unknown").is_ok());
        for text in ["a=1&a=1", "a=1&%61=2", "a&a"] {
            assert!(Query::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_value_has_a_nul() {
        assert!(Query::read("a=%00").is_err() && Query::read("a=b%00c").is_err());
        assert!(Query::read("a=%01").is_ok());
    }

    #[test]
    fn values_are_typed() {
        let query = Query::read("yes=True&no=false&odd=1&none=&five=5&zero=0").unwrap();
        assert_eq!(query.flag("yes").unwrap(), Some(true));
        assert_eq!(query.flag("no").unwrap(), Some(false));
        assert_eq!(query.flag("none").unwrap(), None);
        assert!(query.flag("odd").is_err());
        assert_eq!(query.count("five", 5).unwrap(), Some(5));
        assert!(query.count("five", 4).is_err() && query.count("zero", 4).is_err());
        assert!(query.refuse(&["none", "other"]).is_ok() && query.refuse(&["five"]).is_err());
    }

    #[test]
    fn seconds_are_digits() {
        let query = Query::read("a=0&b=9999999999&c=10000000000&d=%2B5&e=-1&f=1.5&g=1h").unwrap();
        assert_eq!(
            (query.seconds("a").unwrap(), query.seconds("b").unwrap()),
            (Some(0), Some(9_999_999_999))
        );
        assert_eq!(query.seconds("absent").unwrap(), None);
        for name in ["c", "d", "e", "f", "g"] {
            assert!(query.seconds(name).is_err(), "{name}");
        }
    }

    #[test]
    fn where_a_route_has_its_list_nothing_else_is_passed_over() {
        let names = &["state", "limit"][..];
        assert!(Query::read("state=all").unwrap().allow_only(names).is_ok());
        for text in ["stat=all", "state=all&x=", "state=", "State=all"] {
            assert!(Query::read(text).unwrap().allow_only(names).is_err(), "{text}");
        }
    }
}
