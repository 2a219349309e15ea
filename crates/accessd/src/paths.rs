//! Paths: only one spelling of each is answered, so that no two parts of a system can disagree about
//! what a path means.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands unescaped in a segment that we write.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b'+');

/// Whether `path` is spelt in the one way that is answered: absolute, no empty segment and no slash at
/// the end, no `.` and `..`, no `;` and `\`, nothing escaped that need not be or that would be a slash,
/// a backslash, a control character or no UTF-8.
pub fn is_canonical(path: &str) -> bool {
    match path.strip_prefix('/') {
        Some("") => true,
        Some(rest) => rest.split('/').all(is_canonical_segment),
        None => false,
    }
}

/// A name as a segment of a path.
pub fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

fn is_canonical_segment(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b';' | b'\\');
    if matches!(segment, "" | "." | "..") || !segment.bytes().all(plain) {
        return false;
    }
    let escapes = segment.split('%').skip(1).all(|after| {
        let code = after.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        code.and_then(|hex| u8::from_str_radix(hex, 16).ok()).is_some_and(needs_escape)
    });
    escapes && percent_decode_str(segment).decode_utf8().is_ok()
}

/// Unreserved characters (RFC 3986 section 2.3) have one spelling, and a separator may not hide.
fn needs_escape(byte: u8) -> bool {
    !(byte.is_ascii_alphanumeric() || byte.is_ascii_control() || b"-._~/\\".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_paths_are_canonical() {
        for path in [
            "/",
            "/access/api/v1/tokens",
            "/a/b%20c",
            "/a/x@y+z",
            "/a/x%40y",
            "/.well-known/jwks.json",
            "/a/%C3%A9",
        ] {
            assert!(is_canonical(path), "{path}");
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for path in [
            "",
            "a",
            "*",
            "//",
            "/a/",
            "/a//b",
            "/./a",
            "/a/..",
            "/a/../b",
            "/a;x=1",
            "/a\\b",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a/%2e%2e/b",
            "/a/%2e",
            "/%61",
            "/a%00",
            "/a%0d%0a",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%ff",
            "/a/%C3",
            "/a b",
            "/é",
        ] {
            assert!(!is_canonical(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_name_makes_a_canonical_segment(name in "[^/\\\\\\pC]{1,20}") {
            prop_assume!(name != "." && name != "..");
            let path = format!("/x/{}", segment(&name));
            prop_assert!(is_canonical(&path), "{}", path);
            prop_assert_eq!(percent_decode_str(&path[3..]).decode_utf8().unwrap(), name);
        }
    }
}
