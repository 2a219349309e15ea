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
        write(&self.keyring().cursor, query, last)
    }

    /// The name that a cursor stands behind.
    pub(crate) fn read_cursor(&self, query: &str, cursor: &str) -> Result<String, AccessError> {
        read(&self.keyring().cursor, query, cursor).ok_or_else(|| {
            AccessError::BadRequest("cursor: is not one that this service gave for this query".to_owned())
        })
    }
}

/// The cursor behind `last`, signed with `key`.
pub(crate) fn write(key: &hmac::Key, query: &str, last: &str) -> String {
    let tag = tag(key, query, last);
    let tag = tag.as_ref().get(..TAG).unwrap_or_default();
    URL_SAFE_NO_PAD.encode([tag, last.as_bytes()].concat())
}

/// The name behind a cursor that `key` signed for `query`; `None` for every other text.
pub(crate) fn read(key: &hmac::Key, query: &str, cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (found, last) = bytes.split_at_checked(TAG)?;
    let last = std::str::from_utf8(last).ok()?;
    let expected = tag(key, query, last);
    aws_lc_rs::constant_time::verify_slices_are_equal(found, expected.as_ref().get(..TAG)?).ok()?;
    Some(last.to_owned())
}

fn tag(key: &hmac::Key, query: &str, last: &str) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(&(query.len() as u64).to_be_bytes());
    context.update(query.as_bytes());
    context.update(last.as_bytes());
    context.sign()
}
