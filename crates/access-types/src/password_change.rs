//! The body of `POST /artifactory/api/security/users/authorization/changePassword`.

use crate::Secret;
use crate::fields::{Fields, RequestError};
use crate::limits::FieldError;
use secrecy::ExposeSecret;

/// Who changes the own password, with the old one.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// User name.
    pub username: String,
    /// The old password.
    pub old: Secret,
    /// The new password, which was given twice.
    pub new: Secret,
}

impl PasswordChange {
    /// Reads a JSON body: `userName`, `oldPassword`, `newPassword1`, `newPassword2`. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that is missing or no text, or if the two new ones differ.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        let required = |field| FieldError::new(field, "is required");
        let username = fields.text("userName")?.ok_or_else(|| required("userName"))?;
        let mut secret = |field| fields.secret(field)?.ok_or_else(|| required(field));
        let (old, new, again) = (secret("oldPassword")?, secret("newPassword1")?, secret("newPassword2")?);
        if new.expose_secret() != again.expose_secret() {
            return Err(FieldError::new("newPassword2", "is not the same as newPassword1").into());
        }
        Ok(Self { username, old, new })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_four_are_needed_and_the_new_ones_agree() {
        let good = r#"{"userName":"frog","oldPassword":"old-s3cret","newPassword1":"new-s3cret","newPassword2":"new-s3cret"}"#;
        let change = PasswordChange::from_json(good.as_bytes()).unwrap();
        assert_eq!((change.username.as_str(), change.old.expose_secret()), ("frog", "old-s3cret"));
        assert_eq!(change.new.expose_secret(), "new-s3cret");
        assert!(!format!("{change:?}").contains("s3cret"));
        for (from, to, named) in [
            ("userName", "username", "userName"),
            ("\"old-s3cret\"", "null", "oldPassword"),
            ("\"new-s3cret\",", "\"\",", "newPassword1"),
            ("newPassword2", "x", "newPassword2"),
            ("new-s3cret\"}", "other\"}", "newPassword2"),
            ("\"frog\"", "1", "userName"),
        ] {
            let error = PasswordChange::from_json(good.replace(from, to).as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(named) && !error.contains("s3cret"), "{error}");
        }
    }
}
