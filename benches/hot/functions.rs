//! What runs with each create and each check, as functions that can be called again and again.

use access_core::AccessSettings;
use access_core::measuring::Keys;
use access_core::policy::{self, Asker, Wanted};
use access_core::store::Store;
use access_store::SqliteStore;
use access_store::conformance::fixture;
use access_types::jwt::{Claims, REVOCABLE};
use access_types::{Audience, Scope, TokenRequest};
use std::hint::black_box;

const BODY: &[u8] = br#"{"username":"frog","scope":"applied-permissions/user","expires_in":3600,"description":"pipeline of the shop","refreshable":true,"include_reference_token":true}"#;
/// It guards nothing.
const RSA_KEY: &[u8] = include_bytes!("rsa-2048.pk8.der");
const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const REFERENCE: &str = "cmVmdGtuOjAxOjE4MDAwMDAwMDA6MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3A=";

/// The names of all of them.
pub(crate) const NAMES: [&str; 9] = [
    "parse-create",
    "policy",
    "claims",
    "sign-rs256",
    "sign-es256",
    "verify-rs256",
    "verify-es256",
    "hash-reference",
    "read-row",
];

/// Makes what the function needs; calling it does the work once. Nothing if nothing has this name.
pub(crate) fn function(name: &str) -> Option<Box<dyn Fn()>> {
    Some(match name {
        "parse-create" => Box::new(|| {
            black_box(TokenRequest::from_json(black_box(BODY)).is_ok());
        }),
        "policy" => policy_decision(),
        "claims" => Box::new(|| {
            black_box(payload());
        }),
        "sign-rs256" => signature(Keys::rs256(RSA_KEY)),
        "sign-es256" => signature(Keys::es256()),
        "verify-rs256" => verification(Keys::rs256(RSA_KEY)),
        "verify-es256" => verification(Keys::es256()),
        "hash-reference" => {
            let keys = Keys::es256();
            Box::new(move || {
                black_box(keys.hash_reference(black_box(REFERENCE)));
            })
        }
        "read-row" => row(),
        _ => return None,
    })
}

fn policy_decision() -> Box<dyn Fn()> {
    let (scope, audience, settings) = (Scope::user(), Audience::all(), AccessSettings::default());
    Box::new(move || {
        let asker = Asker {
            username: Some("frog"),
            admin: false,
            user_scope: true,
            audience: &audience,
            project_key: None,
            administers: None,
        };
        let wanted = Wanted {
            username: "frog",
            scope: &scope,
            audience: &audience,
            project_key: None,
            expires_in: Some(3600),
        };
        black_box(policy::may_create(black_box(&asker), black_box(&wanted), &settings).is_ok());
    })
}

fn payload() -> String {
    let claims = Claims {
        ext: REVOCABLE,
        sub: "jfac@01h8z3b1k5m7n9p2q4r6s8t0v2/users/frog",
        scp: "applied-permissions/user",
        aud: &Audience::all(),
        iss: "jfac@01h8z3b1k5m7n9p2q4r6s8t0v2",
        exp: Some(1_800_003_600),
        iat: 1_800_000_000,
        jti: ID,
    };
    claims.to_payload()
}

fn signature(keys: Keys) -> Box<dyn Fn()> {
    let payload = payload();
    Box::new(move || {
        black_box(keys.sign(black_box(&payload)));
    })
}

fn verification(keys: Keys) -> Box<dyn Fn()> {
    let token = keys.sign(&payload());
    Box::new(move || {
        black_box(keys.verify(black_box(&token)));
    })
}

/// A token with its user, by id.
fn row() -> Box<dyn Fn()> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let store = SqliteStore::open(&folder.path().join("hot.db")).expect("a database");
    let token = fixture::token("frog");
    let id = token.token_id;
    runtime.block_on(async {
        store.insert_user(fixture::user("frog"), fixture::audit()).await.expect("a user");
        store.insert_token(fixture::new_token(token)).await.expect("a token");
    });
    Box::new(move || {
        let _ = &folder;
        black_box(runtime.block_on(store.find_token(black_box(id))).is_ok());
    })
}
