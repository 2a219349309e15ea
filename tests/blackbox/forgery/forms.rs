//! Forms: what is not three parts of one alphabet, and what is, but for a character.

use super::Attacker;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::json;
use testkit::payload_json;

impl Attacker {
    /// J4: three parts of the base64url alphabet, and nothing else.
    pub(super) fn forms(&mut self) {
        let token = self.token.clone();
        let [h, p, s] = self.parts();
        let bytes = URL_SAFE_NO_PAD.decode(&s).unwrap();
        for length in [1, 2, 64, 255] {
            self.add("signature cut", format!("{h}.{p}.{}", URL_SAFE_NO_PAD.encode(&bytes[..length])));
        }
        for more in [&[0][..], &[0; 256], b"x"] {
            self.add(
                "signature with more",
                format!("{h}.{p}.{}", URL_SAFE_NO_PAD.encode([&bytes, more].concat())),
            );
            self.add(
                "signature behind more",
                format!("{h}.{p}.{}", URL_SAFE_NO_PAD.encode([more, &bytes].concat())),
            );
        }
        for byte in [0, 1, 0xff] {
            self.add(
                "signature of one byte",
                format!("{h}.{p}.{}", URL_SAFE_NO_PAD.encode(vec![byte; bytes.len()])),
            );
        }
        let payload = payload_json(&token);
        for (trick, forged) in [
            ("one part", h.clone()),
            ("two parts", format!("{h}.{p}")),
            ("no signature", format!("{h}.{p}.")),
            ("no payload", format!("{h}..{s}")),
            ("no header", format!(".{p}.{s}")),
            ("dots only", "..".to_owned()),
            ("four parts", format!("{token}.{s}")),
            ("an empty fourth part", format!("{token}.")),
            ("a dot before", format!(".{token}")),
            ("two dots", format!("{h}..{p}.{s}")),
            ("twice", format!("{token}.{token}")),
            ("a JWE", format!("{h}.{s}.{s}.{p}.{s}")),
            ("parts swapped", format!("{p}.{h}.{s}")),
            ("signature first", format!("{s}.{h}.{p}")),
            ("a payload of nothing", format!("{h}.e30.{s}")),
            ("many dots", ".".repeat(8_000)),
            ("dots behind", format!("{token}{}", ".".repeat(2_000))),
            ("padded", format!("{token}=")),
            ("padded twice", format!("{token}==")),
            ("padding inside", format!("{h}=.{p}=.{s}=")),
            ("the other alphabet", format!("{}.{}.{}", recoded(&h), recoded(&p), recoded(&s))),
            ("the other alphabet, signature", format!("{h}.{p}.{}", STANDARD_NO_PAD.encode(&bytes))),
            ("padded alphabet", format!("{h}.{p}.{}", URL_SAFE.encode(&bytes))),
            ("payload not encoded", format!("{h}.{payload}.{s}")),
            ("encoded twice", URL_SAFE_NO_PAD.encode(&token)),
            ("nested", format!("{h}.{}.{s}", URL_SAFE_NO_PAD.encode(&token))),
            ("as JSON", json!({"protected": h, "payload": p, "signature": s}).to_string()),
            (
                "as general JSON",
                json!({"payload": p, "signatures": [{"protected": h, "signature": s}]}).to_string(),
            ),
            ("quoted", format!("\"{token}\"")),
            ("Bearer twice", format!("Bearer {token}")),
            ("percent-encoded dots", token.replace('.', "%2e")),
            ("upper case", token.to_uppercase()),
            ("lower case", token.to_lowercase()),
            ("reversed", token.chars().rev().collect()),
            ("longer than any", format!("{h}.{}.{s}", p.repeat(8))),
            ("hexadecimal", token.bytes().map(|byte| format!("{byte:02x}")).collect()),
        ] {
            self.add(trick, forged);
        }
        for at in [1, 10, 50, 100] {
            self.add(format!("{at} characters less"), token[..token.len() - at].to_owned());
            self.add(format!("{at} characters less in front"), token[at..].to_owned());
        }
    }

    /// One character that does not belong there, or one bit that is another.
    pub(super) fn characters(&mut self) {
        let token = self.token.clone();
        let dot = token.find('.').unwrap();
        for odd in [
            " ",
            "\t",
            "\u{a0}",
            "\u{200b}",
            "\u{feff}",
            "\u{ff0e}",
            "é",
            "\u{1f438}",
            "=",
            "+",
            "/",
            ",",
            ";",
            "%",
            "~",
            "\"",
            "\\",
            "'",
            "#",
            "?",
            "&",
        ] {
            for (place, at) in
                [("in the header", 3), ("at a dot", dot), ("in the signature", token.len() - 3)]
            {
                let mut forged = token.clone();
                forged.insert_str(at, odd);
                self.add(format!("{odd:?} {place}"), forged);
            }
        }
        for at in (0..token.len()).step_by(11) {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            self.add(format!("character {at}"), String::from_utf8(bytes).unwrap());
        }
        // The last character holds bits that belong to no byte.
        for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
            self.add("the last character", format!("{}{last}", &token[..token.len() - 1]));
        }
    }
}

fn recoded(part: &str) -> String {
    STANDARD.encode(URL_SAFE_NO_PAD.decode(part).unwrap())
}
