//! What must never be said: the secrets of this run, however they are spelled, and everything that has the
//! form of a secret. Every line on standard error and every JSON error goes through here.

use access_types::Secret;
use access_types::json::escape_like_go;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::ExposeSecret as _;
use std::cell::RefCell;

/// What stands in a secret's place.
const MASK: &str = "***";
/// Shorter texts would blank out ordinary words; no real secret is that short.
const SHORTEST: usize = 4;
/// Beginnings of opaque secrets: reference tokens, accessd's refresh tokens, API keys.
const PREFIXES: [&str; 3] = ["cmVmdGtu", "acrt_", "AKCp8"];
/// Letters behind such a beginning that make it more than a word.
const OPAQUE_LENGTH: usize = 24;

/// The secrets that this run has seen.
#[derive(Default)]
pub(crate) struct Redaction {
    spellings: RefCell<Vec<String>>,
}

impl Redaction {
    /// Remembers a secret in its plain, base64, URL-encoded and JSON spellings; of a JWT also the signature alone,
    /// which is what makes it one.
    pub(crate) fn guard(&self, secret: &Secret) {
        let text = secret.expose_secret().trim();
        let signature = text.rsplit('.').next().filter(|_| text.matches('.').count() == 2);
        for text in [Some(text), signature].into_iter().flatten().filter(|text| text.len() >= SHORTEST) {
            self.remember(text);
        }
    }

    fn remember(&self, text: &str) {
        let url_encoded =
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let form_encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let json = serde_json::Value::from(text).to_string();
        let mut spellings = self.spellings.borrow_mut();
        for spelling in [
            text.to_owned(),
            STANDARD.encode(text),
            STANDARD_NO_PAD.encode(text),
            URL_SAFE_NO_PAD.encode(text),
            url_encoded,
            form_encoded,
            // Inside JSON that stands inside a text.
            escape_like_go(json.trim_matches('"')),
            text.replace('/', "\\/"),
        ] {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
        // One spelling may begin another, so the longer ones go first.
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    }

    /// `text` with `***` in place of every trace of a secret. Header and payload of a JWT that is none of
    /// ours stay, its signature does not.
    pub(crate) fn apply(&self, text: &str) -> String {
        let known = self
            .spellings
            .borrow()
            .iter()
            .fold(text.to_owned(), |text, spelling| text.replace(spelling.as_str(), MASK));
        mask_forms(&known)
    }
}

/// Masks what has the form of a secret although nobody said that it is one.
fn mask_forms(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_token_letter) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_token_letter(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        masked.push_str(before);
        masked.push_str(&mask_word(word));
        rest = after;
    }
    masked + rest
}

fn is_token_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/' | '=')
}

fn mask_word(word: &str) -> String {
    if let Some(start) = word.find("eyJ")
        && let [header, payload, signature] = word[start..].splitn(3, '.').collect::<Vec<_>>()[..]
        && header.len() > 8
        && payload.starts_with("eyJ")
        && !signature.is_empty()
    {
        return format!("{}{header}.{payload}.{MASK}", &word[..start]);
    }
    for prefix in PREFIXES {
        if let Some(start) = word.find(prefix)
            && word.len() - start >= prefix.len() + OPAQUE_LENGTH
        {
            return format!("{}{MASK}", &word[..start]);
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_known_secret_is_masked_in_every_spelling() {
        let redaction = Redaction::default();
        redaction.guard(&"can+ary/ tok".into());
        for text in [
            "say can+ary/ tok now",
            "say Y2FuK2FyeS8gdG9r now",
            "say can%2Bary%2F%20tok now",
            "say can%2Bary%2F+tok now",
        ] {
            assert_eq!(redaction.apply(text), "say *** now");
        }
        redaction.guard(&"abc".into());
        assert_eq!(redaction.apply("abc"), "abc", "too short to be a secret");
    }

    #[test]
    fn the_signature_of_a_token_is_a_secret_by_itself() {
        let redaction = Redaction::default();
        redaction.guard(&"eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl".into());
        assert_eq!(redaction.apply("sig=c2lnbmF0dXJl"), "sig=***");
    }

    #[test]
    fn the_longer_secret_goes_first() {
        let redaction = Redaction::default();
        redaction.guard(&"secret".into());
        redaction.guard(&"secret-longer".into());
        assert_eq!(redaction.apply("secret-longer secret"), "*** ***");
    }

    #[test]
    fn what_looks_like_a_secret_is_masked_too() {
        let redaction = Redaction::default();
        assert_eq!(
            redaction.apply("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln-_x, next"),
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.***, next"
        );
        let reference = format!("cmVmdGtu{}", "a".repeat(56));
        assert_eq!(redaction.apply(&format!("t={reference};")), "t=***;");
        for plain in ["cmVmdGtu", "https://h/access/api/v1/tokens", "eyJ.made.up", "a.b.c", ""] {
            assert_eq!(redaction.apply(plain), plain);
        }
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_guarded_secret_is_left(
            secret in "[a-zA-Z0-9+/ %äé~:]{6,40}", before in "\\PC{0,10}", after in "\\PC{0,10}"
        ) {
            let redaction = Redaction::default();
            redaction.guard(&secret.clone().into());
            let trimmed = secret.trim();
            prop_assume!(trimmed.len() >= SHORTEST);
            for spelling in [trimmed.to_owned(), STANDARD.encode(trimmed)] {
                let marked = format!("\u{1}{spelling}\u{1}");
                let said = redaction.apply(&format!("{before}{marked}{after}"));
                prop_assert!(!said.contains(&marked));
            }
        }
    }
}
