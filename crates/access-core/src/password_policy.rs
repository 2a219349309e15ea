//! What a new password must be. Length counts; no mixture of characters is demanded (NIST SP 800-63B-4), but what a
//! guesser tries first is refused: the user's name, words of this service, keyboard runs, and the passwords most often
//! found in leaks.

use crate::authentication::is_token;
use access_types::{FieldError, Secret, opaque};
use secrecy::ExposeSecret;

/// Longest password accepted, in characters.
pub(crate) const MAX_LENGTH: usize = 256;

/// The 6,000 most frequent leaked passwords of 8 characters or more, in lower case, sorted: from the list of the
/// zxcvbn crate, version 3.1.1 (MIT licence, Copyright (c) 2016 Joshua Holmer, after Dropbox's zxcvbn).
const COMMON: &str = include_str!("common_passwords.txt");

/// Words that are in the air here: none is a password, with whatever digits and signs around it.
const AT_HAND: [&str; 9] = [
    "password",
    "passwort",
    "passphrase",
    "accessd",
    "jfrog",
    "artifactory",
    "administrator",
    "admin",
    "changeme",
];

/// Checks a new password of the user `username`.
///
/// # Errors
/// A [`FieldError`] on `password`; it never repeats the password.
pub(crate) fn check_new(password: &Secret, username: &str, min_length: usize) -> Result<(), FieldError> {
    let text = password.expose_secret();
    let length = text.chars().count();
    if !(min_length..=MAX_LENGTH).contains(&length) {
        return refuse(format!("must have {min_length} to {MAX_LENGTH} characters, but has {length}"));
    }
    if text.chars().any(char::is_control) {
        return refuse("must not contain control characters");
    }
    if opaque::is_api_key(text) || is_token(text) {
        return refuse("must not look like a token or an API key: it would be taken for one");
    }
    let folded = fold(text);
    let core = core(&folded);
    if is_name(&folded, core, username) {
        return refuse("must not be the user name, nor that with digits or signs around it");
    }
    if AT_HAND.contains(&core) {
        return refuse("must not be a word of this service with digits or signs around it");
    }
    if is_run(&folded) {
        return refuse("must not be one short piece again and again, nor a run like 12345678");
    }
    if COMMON.lines().any(|common| common == folded) {
        return refuse("is one of the passwords that guessers try first; choose another");
    }
    Ok(())
}

fn refuse(problem: impl Into<String>) -> Result<(), FieldError> {
    Err(FieldError::new("password", problem))
}

/// Without spaces, in lower case.
fn fold(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect()
}

/// Without the digits and signs at both ends.
fn core(folded: &str) -> &str {
    folded.trim_matches(|c: char| !c.is_alphabetic())
}

/// Whether it is the name, or the part of it before an `@`.
fn is_name(folded: &str, of_password: &str, username: &str) -> bool {
    let name = fold(username);
    let before_at = name.split('@').next().unwrap_or_default();
    [name.as_str(), before_at]
        .into_iter()
        .any(|name| folded == name || (!core(name).is_empty() && of_password == core(name)))
}

/// Whether it is a shorter piece repeated, or each character the next or the one before in the alphabet, a 0 after
/// the 9 included.
fn is_run(folded: &str) -> bool {
    let chars: Vec<u32> = folded.chars().map(u32::from).collect();
    let repeated = (1..=chars.len() / 2).any(|period| {
        chars.len().is_multiple_of(period) && chars.iter().zip(&chars[period..]).all(|(a, b)| a == b)
    });
    let follows = |a: u32, b: u32| a + 1 == b || (a, b) == (u32::from('9'), u32::from('0'));
    let up = chars.windows(2).all(|pair| matches!(pair, [a, b] if follows(*a, *b)));
    let down = chars.windows(2).all(|pair| matches!(pair, [a, b] if follows(*b, *a)));
    repeated || up || down
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    fn check(password: &str, username: &str) -> Result<(), FieldError> {
        check_new(&password.to_owned().into(), username, 8)
    }

    #[test]
    fn weak_forms_are_refused() {
        for (bad, username) in [
            ("", "x"),
            ("short", "x"),
            ("seven77", "x"),
            ("tab\tinside", "x"),
            (&"xy".repeat(129), "x"),
            // The name, however it is spelt.
            ("frogfrog", "frogfrog"),
            ("FrogFrog", "frogfrog"),
            ("Tree Frog", "treefrog"),
            ("treefrog2026!", "treefrog"),
            ("!!TreeFrog!!", "tree.frog@example.org".replace('.', "").as_str()),
            ("treefrog@example.org", "treefrog@example.org"),
            // Words at hand.
            ("Password123!", "x"),
            ("JFrog-2026", "x"),
            ("admin12345", "x"),
            ("0Artifactory0", "x"),
            // Runs.
            ("aaaaaaaa", "x"),
            ("abcabcabc", "x"),
            ("12345678", "x"),
            ("78901234567", "x"),
            ("hgfedcba", "x"),
            // Leaked ones, in any case of letters and with spaces.
            ("1qaz2wsx", "x"),
            ("TrustNo1", "x"),
            ("trust no 1", "x"),
            ("qwertyuiop", "x"),
            ("iloveyou1", "x"),
        ] {
            assert!(check(bad, username).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_taken_for_a_token_is_no_password() {
        let reference = opaque::reference_token(None, &"aZ9".repeat(9));
        let key = opaque::api_key(&"aZ".repeat(34));
        let claims = r#"{"sub":"a","scp":"b","aud":"c","iss":"d","iat":1,"jti":"00000000-0000-4000-8000-000000000000"}"#;
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let jwt = format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), part(claims), part("signature"));
        for bad in [reference.expose_secret(), key.expose_secret(), jwt.as_str()] {
            let problem = check(bad, "x").unwrap_err().problem;
            assert!(problem.contains("must not look like"), "{bad}: {problem}");
        }
        assert_eq!(check(&key.expose_secret()[1..], "x"), Ok(()));
    }

    #[test]
    fn length_is_enough() {
        for good in
            ["long enough", "Pass-word-1234", "correct horse battery", "ich mag Frösche", "🐸🦎🐢🐍🐊🦖🦕🐉"]
        {
            assert_eq!(check(good, "frog"), Ok(()), "{good}");
        }
        assert!(check("12 3456 78", "x").is_err(), "spaces do not help");
        assert!(check_new(&"fourteen chars".to_owned().into(), "x", 15).is_err());
        assert!(check_new(&"fifteen charact".to_owned().into(), "x", 15).is_ok());
    }

    #[test]
    fn the_list_is_folded_sorted_and_long() {
        let words: Vec<&str> = COMMON.lines().collect();
        assert!(words.len() >= 5000 && words.is_sorted());
        assert!(words.iter().all(|word| fold(word) == **word && word.len() >= 8));
    }

    proptest! {
        #[test]
        fn every_answer_is_without_the_password(password in "\\PC{0,40}", username in "[a-z]{1,10}") {
            if let Err(error) = check(&password, &username) {
                prop_assert!(password.chars().count() < 8 || !error.to_string().contains(&password));
            }
        }
    }
}
