//! Page cursors: the last name of a page, signed together with the query it belongs to, so that a
//! cursor can be neither made up nor carried to another query.

use crate::access::Access;
use crate::error::AccessError;
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

const TAG: usize = 16;

impl Access {
    /// The cursor behind `last` in the list described by `query`.
    pub(crate) fn cursor(&self, query: &str, last: &str) -> String {
        let tag = self.cursor_tag(query, last);
        let tag = tag.as_ref().get(..TAG).unwrap_or_default();
        URL_SAFE_NO_PAD.encode([tag, last.as_bytes()].concat())
    }

    /// The name that a cursor stands behind.
    pub(crate) fn read_cursor(&self, query: &str, cursor: &str) -> Result<String, AccessError> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (tag, last) = bytes.split_at_checked(TAG)?;
            let last = std::str::from_utf8(last).ok()?;
            let expected = self.cursor_tag(query, last);
            aws_lc_rs::constant_time::verify_slices_are_equal(tag, expected.as_ref().get(..TAG)?).ok()?;
            Some(last.to_owned())
        };
        read().ok_or_else(|| {
            AccessError::BadRequest("cursor: is not one that this service gave for this query".to_owned())
        })
    }

    fn cursor_tag(&self, query: &str, last: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.keyring().cursor);
        context.update(&(query.len() as u64).to_be_bytes());
        context.update(query.as_bytes());
        context.update(last.as_bytes());
        context.sign()
    }
}
