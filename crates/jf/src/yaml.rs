//! One text out of a YAML file. Reading events, not trees, has an end for every nesting and every alias.

use yaml_rust2::parser::{Event, Parser};

/// The text is not YAML. The parser's own words may repeat what stands there, so they are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no YAML")]
pub(crate) struct NotYaml;

/// What is open at some place of the text.
enum Open {
    /// A mapping whose names and values take turns: a name that waits for its value, if there is one.
    Mapping { name: Option<String>, is_name: bool },
    /// A list, which has no names.
    List { is_name: bool },
}

/// The text that stands behind `path`, a name for each level, in any case of letters. The last one counts; empty
/// and `null` are none.
///
/// # Errors
/// If the text is not YAML.
pub(crate) fn text_at(yaml: &str, path: &[&str]) -> Result<Option<String>, NotYaml> {
    let mut parser = Parser::new_from_str(yaml.trim_start_matches('\u{feff}'));
    let mut open: Vec<Open> = Vec::new();
    let mut found = None;
    loop {
        let (event, _) = parser.next_token().map_err(|_| NotYaml)?;
        match event {
            Event::DocumentEnd | Event::StreamEnd => break,
            Event::Scalar(text, ..) => {
                if is_at(&open, path) {
                    found = Some(text);
                    take_turn(&mut open, String::new());
                } else {
                    take_turn(&mut open, text);
                }
            }
            Event::Alias(_) => {
                take_turn(&mut open, String::new());
            }
            Event::MappingStart(..) => {
                let is_name = awaits_name(&open);
                open.push(Open::Mapping { name: None, is_name });
            }
            Event::SequenceStart(..) => {
                let is_name = awaits_name(&open);
                open.push(Open::List { is_name });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                // A name that is no scalar is nobody's.
                take_turn(&mut open, String::new());
            }
            _ => {}
        }
    }
    Ok(found.filter(|text| !text.is_empty() && text != "~" && text != "null"))
}

/// Whether the next scalar is the value behind `path`.
fn is_at(open: &[Open], path: &[&str]) -> bool {
    open.len() == path.len()
        && open.iter().zip(path).all(|(open, wanted)| match open {
            Open::Mapping { name: Some(name), is_name: false } => name.eq_ignore_ascii_case(wanted),
            _ => false,
        })
}

fn awaits_name(open: &[Open]) -> bool {
    matches!(open.last(), Some(Open::Mapping { name: None, .. } | Open::List { is_name: true }))
}

/// What was read is a name if one is awaited, else the value that ends the turn.
fn take_turn(open: &mut [Open], text: String) {
    if let Some(Open::Mapping { name, .. }) = open.last_mut() {
        *name = match name {
            None => Some(text),
            Some(_) => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_found_at_its_place() {
        for (yaml, key) in [
            ("masterKey: abc", Some("abc")),
            ("# how\nMASTERKEY: 'a: b'\nother: [1, {masterKey: x}]", Some("a: b")),
            ("version: 1\nmasterKey: \"a\\tb\"\n", Some("a\tb")),
            ("{masterKey: abc}", Some("abc")),
            ("masterKey: 01234567890123456789012345678901", Some("01234567890123456789012345678901")),
            ("a: &x abc\nb: *x\nmasterKey: |-\n  abc\n", Some("abc")),
            ("\u{feff}masterKey: abc", Some("abc")),
            ("a: &x k\n*x : masterKey\n[b]: masterKey\nmasterKey: abc", Some("abc")),
            ("? {a: [masterKey]}\n: masterKey\nmasterKey: abc", Some("abc")),
            ("other:\n  masterKey: abc", None),
            ("[masterKey, abc]", None),
            ("masterKey:", None),
            ("masterKey: ''", None),
            ("masterKey: [abc]", None),
            ("", None),
            ("masterKey", None),
        ] {
            assert_eq!(text_at(yaml, &["masterKey"]), Ok(key.map(str::to_owned)), "{yaml}");
        }
        assert_eq!(text_at("masterKey: 'abc", &["masterKey"]), Err(NotYaml));
    }

    #[test]
    fn a_path_goes_down_the_levels() {
        for (yaml, key) in [
            ("application:\n  name: x\n  key: abc\nkey: no", Some("abc")),
            ("key: no\nother: {application: {key: no}}\napplication: {key: abc}", Some("abc")),
            ("application: [key, abc]", None),
            ("application.key: abc", None),
            ("? {application: {key: no}}\n: x", None),
        ] {
            assert_eq!(text_at(yaml, &["application", "key"]), Ok(key.map(str::to_owned)), "{yaml}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), yaml in "[-\\[\\]{}:?&*!|>'\"%@#a, \n]{0,40}") {
            let _ = (text_at(&text, &["a"]), text_at(&yaml, &["a", "a"]));
        }
    }
}
