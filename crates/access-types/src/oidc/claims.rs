//! Whether the claims of an ID token are those that an identity mapping wants.

use serde_json::{Map, Value};

/// Whether every claim in `wanted` is in `claims`:
///
/// * text fits the same text; `*` in it stands for any text, none included;
/// * text, numbers, truth values and `null` in `wanted` fit a list that has an item they fit;
/// * a list in `wanted` fits if each of its items does;
/// * an object in `wanted` fits an object in the same way as the whole.
///
/// Nothing fits a claim that is not there, and no value fits one of another type.
pub fn fit(wanted: &Map<String, Value>, claims: &Map<String, Value>) -> bool {
    wanted.iter().all(|(name, wanted)| claims.get(name).is_some_and(|claim| value_fits(wanted, claim)))
}

fn value_fits(wanted: &Value, claim: &Value) -> bool {
    match (wanted, claim) {
        (Value::Array(wanted), _) => !wanted.is_empty() && wanted.iter().all(|item| value_fits(item, claim)),
        (Value::Object(wanted), Value::Object(claim)) => fit(wanted, claim),
        (_, Value::Array(items)) => items.iter().any(|item| !item.is_array() && value_fits(wanted, item)),
        (Value::String(pattern), Value::String(text)) => glob_fits(pattern, text),
        (wanted, claim) => wanted == claim,
    }
}

/// Whether `text` as a whole is `pattern`, in which `*` stands for any text. Takes time of the order of the product
/// of both lengths at most.
pub fn glob_fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    // Where to go on if what follows the last star does not fit here: one byte later.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at + 1, read));
            at += 1;
        } else if pattern.get(at) == Some(&text[read]) {
            (at, read) = (at + 1, read + 1);
        } else if let Some((after, began)) = star {
            star = Some((after, began + 1));
            (at, read) = (after, began + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn fits(wanted: Value, claims: Value) -> bool {
        fit(wanted.as_object().unwrap(), claims.as_object().unwrap())
    }

    #[test]
    fn text_fits_as_a_whole() {
        let claims = json!({"sub": "repo:octo/app:ref:refs/heads/main", "n": 1, "b": true});
        for wanted in [
            json!({}),
            json!({"sub": "repo:octo/app:ref:refs/heads/main"}),
            json!({"sub": "repo:octo/*"}),
            json!({"sub": "*main"}),
            json!({"sub": "repo:octo/*:ref:refs/heads/*", "n": 1, "b": true}),
        ] {
            assert!(fits(wanted.clone(), claims.clone()), "{wanted}");
        }
        for wanted in [
            json!({"sub": "repo:octo/app"}),
            json!({"sub": "octo/*"}),
            json!({"sub": "REPO:octo/*"}),
            json!({"sub": ""}),
            json!({"absent": "*"}),
            json!({"absent": null}),
            json!({"n": "1"}),
            json!({"n": "*"}),
            json!({"b": "true"}),
            json!({"b": 1}),
            json!({"sub": []}),
        ] {
            assert!(!fits(wanted.clone(), claims.clone()), "{wanted}");
        }
    }

    #[test]
    fn lists_contain_and_objects_nest() {
        let claims =
            json!({"groups": ["dev", "ops"], "kubernetes.io": {"namespace": "ci", "pod": {"uid": "1"}}});
        for wanted in [
            json!({"groups": "dev"}),
            json!({"groups": "d*"}),
            json!({"groups": ["dev", "ops"]}),
            json!({"kubernetes.io": {"namespace": "ci"}}),
            json!({"kubernetes.io": {"pod": {"uid": "1"}}}),
        ] {
            assert!(fits(wanted.clone(), claims.clone()), "{wanted}");
        }
        for wanted in [
            json!({"groups": "admin"}),
            json!({"groups": ["dev", "admin"]}),
            json!({"groups": [["dev"], ["admin"]]}),
            json!({"kubernetes.io": {"namespace": "prod"}}),
            json!({"kubernetes.io": "*"}),
            json!({"kubernetes.io": {"absent": {}}}),
        ] {
            assert!(!fits(wanted.clone(), claims.clone()), "{wanted}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(500);
        assert!(!glob_fits(&pattern, &"a".repeat(499)));
        assert!(!glob_fits(&format!("{pattern}b"), &"a".repeat(8000)));
    }

    /// The same by the book.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|at| slow(rest, &text[at..])),
            Some((first, rest)) => {
                text.split_first().is_some_and(|(c, others)| c == first && slow(rest, others))
            }
        }
    }

    proptest! {
        #[test]
        fn stars_are_as_by_the_book(pattern in "[ab*é]{0,8}", text in "[abé]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(glob_fits(&pattern, &text), slow(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn without_a_star_only_the_same_text_fits(pattern in "[^*]{0,12}", text in "\\PC{0,12}") {
            prop_assert_eq!(glob_fits(&pattern, &text), pattern == text);
        }
    }
}
