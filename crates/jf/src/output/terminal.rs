//! Text of others made safe to show: a server's message must not move the cursor, ring the bell or
//! turn the reading direction around.

use crate::environment::Environment;
use access_types::json::escape_like_go;
use serde_json::Value;

/// Columns where a terminal does not tell.
const USUAL_WIDTH: usize = 80;

/// Columns of the terminal that standard output is; `None` if it is none. `COLUMNS` stands above what the terminal
/// says.
pub(crate) fn width(environment: &Environment) -> Option<usize> {
    if !environment.stdout_is_terminal {
        return None;
    }
    let given = environment.text("COLUMNS").and_then(|columns| columns.trim().parse().ok());
    given.or_else(actual_width).filter(|columns| *columns > 0).or(Some(USUAL_WIDTH))
}

#[cfg(unix)]
fn actual_width() -> Option<usize> {
    rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col.into())
}

#[cfg(not(unix))]
fn actual_width() -> Option<usize> {
    None
}

/// Text with every character that a terminal would obey written out as `\u{…}`. Line ends and tabs
/// stay.
pub(crate) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\n' | '\t') || !is_obeyed(c) {
            safe.push(c);
        } else {
            safe.extend(c.escape_unicode());
        }
    }
    safe
}

/// Like [`safe`], and on one line.
pub(crate) fn safe_line(text: &str) -> String {
    safe(text).replace(['\n', '\t'], " ")
}

/// A word as a shell takes it, for commands in hints.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// JSON with two-space indent and the existing tool's escapes; what a terminal would obey is escaped
/// too, which keeps the meaning.
pub(crate) fn pretty_json(value: &Value) -> String {
    // A tree of strings, numbers and booleans always serialises.
    escape_json(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// JSON on one line, with the same escapes.
pub(crate) fn compact_json(value: &Value) -> String {
    escape_json(&value.to_string())
}

fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in escape_like_go(json).chars() {
        // YAML, which has these lines as well, knows no U+FFFE and U+FFFF.
        if (c != '\n' && is_obeyed(c)) || matches!(c, '\u{fffe}' | '\u{ffff}') {
            // All of them are in the basic plane, so four digits are enough.
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_left_to_obey() {
        assert_eq!(safe("a\u{1b}[2Jb\n\tc\r"), "a\\u{1b}[2Jb\n\tc\\u{d}");
        assert_eq!(safe("\u{9b}31m\u{7f}\u{202e}x"), "\\u{9b}31m\\u{7f}\\u{202e}x");
        assert_eq!(safe_line("a\nb"), "a b");
        assert_eq!(safe("grün 🐸"), "grün 🐸");
    }

    proptest! {
        #[test]
        fn escaped_json_means_the_same(text in any::<String>()) {
            let value = Value::String(text);
            for json in [pretty_json(&value), compact_json(&value)] {
                prop_assert_eq!(&serde_json::from_str::<Value>(&json).unwrap(), &value);
                prop_assert!(!json.chars().any(is_obeyed));
            }
        }

        #[test]
        fn a_line_of_json_is_yaml(text in "[\\PC\u{0}-\u{9f}\u{feff}\u{fffd}-\u{ffff}]*") {
            let printable = |c| matches!(c, ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
            prop_assert!(compact_json(&Value::String(text)).chars().all(printable));
        }
    }

    #[test]
    fn a_word_is_quoted_where_a_shell_needs_it() {
        for (text, word) in [
            ("/a/b-c_1.v6", "/a/b-c_1.v6"),
            ("/a b/it's", r"'/a b/it'\''s'"),
            ("$(x);", "'$(x);'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }
}
