//! What the fuzz target under fuzz/ feeds, and the test that replays its seeds.

use super::id_token::{self, Expected};
use super::jwk;
use access_types::oidc::{OidcMappingInput, Pattern, claims};
use serde_json::Value;

/// Up to three lines: a token; what it claims; an identity mapping or a key set. None of them may panic, and nothing
/// may be believed.
pub fn id_token(text: &str) {
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (token, claimed, other) = (line(), line(), line());
    let keys = jwk::read_key_set(other.as_bytes()).unwrap_or_default();
    for keys in [&[][..], &keys] {
        if let Ok(verified) = id_token::read(token).and_then(|read| read.verify(keys)) {
            assert!(!keys.is_empty(), "a token that nobody has signed is believed");
            // Who fuzzes has no private key, but may find one whose public half is weak.
            let _ = verified.check(Expected { issuer: "https://issuer.example", now: 1_800_000_000 });
        }
    }
    let Ok(Value::Object(claimed)) = serde_json::from_str::<Value>(claimed) else { return };
    let Ok(mapping) = OidcMappingInput::from_json(other.as_bytes()) else { return };
    let Ok(mapping) = mapping.create("github") else { return };
    let _ = claims::fit(&mapping.claims, &claimed);
    for pattern in
        [&mapping.token_spec.username_pattern, &mapping.token_spec.groups_pattern].into_iter().flatten()
    {
        if let Ok(pattern) = Pattern::parse(pattern) {
            let _ = pattern.fill(&claimed);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_are_read_without_a_fault() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/oidc_token");
        let mut replayed = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            super::id_token(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
            replayed += 1;
        }
        assert!(replayed >= 5, "{replayed}");
    }
}
