//! Doors to what reads secrets that somebody presents, for the fuzz targets in `fuzz/`: real keys, and whatever text
//! comes. Each must return, and none accepts anything but what the keys made.

#![expect(clippy::expect_used, reason = "only tests and fuzz targets have this module")]

use crate::access::Access;
use crate::cursor;
use crate::keyring::Keyring;
use crate::master_key::MasterKey;
use crate::random::SystemSource;
use crate::settings::SignatureAlgorithm;
use crate::signing_key::SigningKey;
use access_types::{ServiceId, jwt};
use std::sync::LazyLock;

const PAYLOAD: &str = r#"{"ext":"{\"revocable\":\"true\"}","sub":"jfac@x/users/frog","scp":"applied-permissions/user","aud":"*@*","iss":"jfac@x","exp":4102444800,"iat":1,"jti":"01890a5d-ac96-774b-bcce-b302099a8057"}"#;
/// The list that [`CURSOR`] belongs to, and the name it stands behind.
const LIST: (&str, &str) = ("users", "frog");

/// A key of each kind, each with a token.
static KEYS: LazyLock<[(Keyring, String); 2]> = LazyLock::new(|| {
    [SignatureAlgorithm::Rs256With2048, SignatureAlgorithm::Es256].map(|algorithm| {
        let random = SystemSource::default();
        let master_key = MasterKey::generate(&random).expect("random bytes");
        let service = ServiceId::parse("jfac@01h8z3b1k5m7n9p2q4r6s8t0v2").expect("a service id");
        let record = SigningKey::generate(algorithm, &service, &master_key, &random, 1).expect("a key");
        let keyring = Keyring::open(vec![record], &master_key).expect("a keyring");
        let token = keyring.sign(PAYLOAD).expect("a token");
        (keyring, token)
    })
});
static CURSOR: LazyLock<String> = LazyLock::new(|| cursor::write(&KEYS[0].0.cursor, LIST.0, LIST.1));

impl Access {
    /// Signs any claims with the service's own key, as nobody without that key can: what is refused then is refused for
    /// what it says.
    pub fn sign_anything(&self, payload: &str) -> String {
        self.keyring().sign(payload).expect("a signature")
    }
}

/// Reads a JWT. `%H`, `%P` and `%S` stand for header, payload and signature of a true token under RS256, `%h`, `%p`
/// and `%s` for those of one under ES256, as no corpus could hold them: keys are new in every process.
///
/// # Panics
/// If anything but the true tokens is accepted, or one of them is not.
pub fn jwt(text: &str) {
    let mut text = text.to_owned();
    for ((_, token), names) in KEYS.iter().zip([["%H", "%P", "%S"], ["%h", "%p", "%s"]]) {
        let parts = jwt::split(token).expect("a true token");
        for (name, part) in names.into_iter().zip(parts) {
            text = text.replace(name, part);
        }
    }
    for (keyring, token) in KEYS.iter() {
        assert_eq!(keyring.verify(&text).is_ok(), text == *token, "{text}");
    }
    // Whether a password is taken for a token depends on this one.
    let _ = jwt::decode_unverified(&text);
}

/// Reads a page cursor, behind a line that says of which list. `%C` stands for a true one, of the list `users`.
///
/// # Panics
/// If anything but the true cursor is accepted, or that for another list.
pub fn cursor(text: &str) {
    let (list, cursor) = text.split_once('\n').unwrap_or((LIST.0, text));
    let cursor = cursor.replace("%C", &CURSOR);
    let last = cursor::read(&KEYS[0].0.cursor, list, &cursor);
    let is_true = list == LIST.0 && cursor == *CURSOR;
    assert_eq!(last.as_deref(), is_true.then_some(LIST.1), "{text}");
}
