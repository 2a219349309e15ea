//! Names to add to and remove from a list of members: the body of `PATCH …/users/{u}/groups` and of
//! `PATCH …/groups/{n}/members` (access-api.md 5.1, 5.2).

use crate::fields::{Fields, RequestError};
use crate::limits::FieldError;

/// Names to add and names to remove. At least one list is there; it may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"add": [], "remove": []})))]
pub struct Membership {
    /// Names to add.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>, required = false))]
    pub add: Vec<String>,
    /// Names to remove.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>, required = false))]
    pub remove: Vec<String>,
}

impl Membership {
    /// Reads a JSON body. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type, is missing, or contradicts the other.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        let (add, remove) = match (fields.names("add")?, fields.names("remove")?) {
            (None, None) => return Err(FieldError::new("add", "or remove is required").into()),
            (add, remove) => (add.unwrap_or_default(), remove.unwrap_or_default()),
        };
        match add.iter().find(|name| remove.contains(name)) {
            Some(name) => {
                Err(FieldError::new("add", format!("{name:?} is to be added and removed at once")).into())
            }
            None => Ok(Self { add, remove }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_list_may_be_left_out() {
        let change = Membership::from_json(br#"{"add":["a"],"other":1}"#).unwrap();
        assert_eq!(change, Membership { add: vec!["a".to_owned()], remove: Vec::new() });
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for body in [r#"{}"#, r#"{"add":["a"],"remove":["a"]}"#, r#"{"add":"a"}"#, r#"{"add":[["a"]]}"#] {
            let error = Membership::from_json(body.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("add"), "{body}: {error}");
        }
        assert!(Membership::from_json(b"").is_err());
    }
}
