//! A made-up export with every kind of row, written as docs/accessd.md describes the file.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Letters that have gone wrong somewhere before.
const LETTERS: [char; 16] =
    ['a', 'B', 'z', '0', '_', '-', '.', ' ', '"', '\\', '\n', '\t', '\u{1}', 'ß', '→', '🐸'];

/// Numbers that look random, the same for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(end).unwrap()).unwrap()
    }

    fn one<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn text(&mut self) -> Value {
        let length = self.below(12);
        json!((0..length).map(|_| self.one(&LETTERS)).collect::<String>())
    }

    fn truth(&mut self) -> Value {
        json!(self.below(2))
    }

    fn integer(&mut self) -> Value {
        let any = self.number().cast_signed();
        json!(self.one(&[any, any % 1000, 0, 1_700_000_000, i64::MAX, i64::MIN]))
    }

    fn bytes(&mut self, length: usize) -> Value {
        json!(BASE64.encode((0..length).map(|_| self.number().to_le_bytes()[0]).collect::<Vec<_>>()))
    }

    fn id(&mut self) -> Value {
        let bits = (u128::from(self.number()) << 64) | u128::from(self.number());
        json!(Uuid::from_u128(bits).to_string())
    }

    fn maybe(&mut self, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.below(3) == 0 { Value::Null } else { make(self) }
    }

    /// So many different names, in the order of their bytes.
    fn names(&mut self) -> Vec<Value> {
        let mut names = BTreeSet::new();
        while names.len() < 2 + self.below(3) {
            let name = self.text();
            names.insert(format!("{}{}", self.one(&["a", "A", "é", "~"]), name.as_str().unwrap()));
        }
        names.into_iter().map(Value::from).collect()
    }

    /// Rows behind keys that differ, in the order of the keys' bytes.
    fn rows(
        &mut self,
        mut key: impl FnMut(&mut Self) -> Value,
        mut rest: impl FnMut(&mut Self) -> Vec<Value>,
    ) -> Vec<Value> {
        let mut rows = BTreeMap::new();
        for _ in 0..2 + self.below(4) {
            let key = key(self);
            let order = match key.as_str() {
                Some(text) => BASE64.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec()),
                None => key.as_u64().unwrap().to_be_bytes().to_vec(),
            };
            let mut row = vec![key];
            row.extend(rest(self));
            rows.insert(order, Value::Array(row));
        }
        rows.into_values().collect()
    }
}

/// Each pair of a name of these and one of those, with more behind it, or not.
fn pairs(
    dice: &mut Dice,
    left: &[Value],
    right: &[Value],
    more: impl Fn(&mut Dice) -> Vec<Value>,
) -> Vec<Value> {
    let mut rows = Vec::new();
    for a in left {
        for b in right {
            if dice.below(2) == 0 {
                let mut row = vec![a.clone(), b.clone()];
                row.extend(more(dice));
                rows.push(Value::Array(row));
            }
        }
    }
    rows
}

fn named(names: &[Value], mut rest: impl FnMut() -> Vec<Value>) -> Vec<Value> {
    let row = |name: &Value| {
        let mut row = vec![name.clone()];
        row.extend(rest());
        Value::Array(row)
    };
    names.iter().map(row).collect()
}

/// The file.
pub(crate) fn made_up(seed: u64) -> Vec<u8> {
    let d = &mut Dice(seed);
    let (users, groups, projects, providers) = (d.names(), d.names(), d.names(), d.names());
    let mut tables: Vec<(&str, &str, Vec<Value>)> = Vec::new();
    tables.push(("service", "one service_id created_at", vec![json!([1, "jfac@x", 1_700_000_000])]));
    let keys = d.names();
    let rows = named(&keys, || vec![d.text(), d.bytes(40), d.bytes(3), json!(d.number() >> 2)]);
    tables.push(("signing_keys", "kid algorithm sealed_private_key certificate created_at", rows));
    let rows = named(&users, || {
        let status = d.one(&["invited", "enabled", "disabled", "locked"]);
        let mut row = vec![d.text(), d.truth(), d.truth(), d.truth(), d.truth(), json!(status), d.text()];
        row.extend([d.maybe(Dice::integer), d.maybe(Dice::text), d.integer(), d.integer()]);
        row.extend([d.maybe(Dice::integer), d.truth()]);
        row
    });
    tables.push((
        "users",
        "username email admin profile_updatable disable_ui_access internal_password_disabled status realm \
         last_logged_in password_hash token_epoch created_at password_changed_at password_expired",
        rows,
    ));
    let rows = named(&groups, || {
        let mut row = vec![d.maybe(Dice::text), d.truth(), d.truth(), d.text()];
        row.extend([d.maybe(Dice::text), d.maybe(Dice::text), d.integer()]);
        row
    });
    let columns = "name description auto_join admin_privileges realm realm_attributes external_id created_at";
    tables.push(("user_groups", columns, rows));
    let rows = pairs(d, &users, &groups, |_| Vec::new());
    tables.push(("group_members", "username group_name", rows));
    let rows = named(&users, || vec![d.integer(), d.bytes(32), d.bytes(32), d.integer()]);
    tables.push(("api_keys", "username user_epoch key_hash seed created_at", rows));
    let settings = d.names();
    let rows = named(&settings, || vec![d.text()]);
    tables.push(("service_settings", "name value", rows));
    let rows = named(&projects, || {
        let mut row = vec![d.text(), d.text()];
        row.extend((0..6).map(|_| d.truth()));
        row.extend([d.integer(), d.truth(), d.truth(), d.integer()]);
        row
    });
    tables.push((
        "projects",
        "project_key display_name description manage_members manage_resources index_resources \
         manage_remote_repository manage_security_assets allow_ignore_rules storage_quota_bytes soft_limit \
         storage_quota_email_notification created_at",
        rows,
    ));
    let roles = d.names();
    let rows = pairs(d, &projects, &roles, |d| vec![d.text(), d.text(), d.text()]);
    tables.push(("project_roles", "project_key role_name description environments actions", rows));
    let rows = pairs(d, &projects, &users, |d| vec![d.text()]);
    tables.push(("project_users", "project_key username role_name", rows));
    let rows = pairs(d, &projects, &groups, |d| vec![d.text()]);
    tables.push(("project_groups", "project_key group_name role_name", rows));
    let rows = named(&providers, || {
        let mut row = vec![d.id(), d.maybe(Dice::text), d.text(), d.text()];
        row.extend((0..5).map(|_| d.maybe(Dice::text)));
        row.extend([d.truth(), d.truth(), d.integer()]);
        row
    });
    tables.push((
        "oidc_providers",
        "name revision description issuer_url provider_type audience organization project_key token_issuer \
         azure_app_id use_default_proxy permissive created_at",
        rows,
    ));
    let mappings = d.names();
    let rows = pairs(d, &providers, &mappings, |d| {
        let mut row = vec![d.id(), d.maybe(Dice::text), json!(1 + (d.number() >> 2)), d.text()];
        row.extend((0..4).map(|_| d.maybe(Dice::text)));
        row.extend([d.text(), json!(1 + (d.number() >> 2)), d.maybe(Dice::text), d.integer()]);
        row
    });
    tables.push((
        "oidc_mappings",
        "provider_name name revision description priority claims username username_pattern groups_pattern scope \
         audience expires_in project_key created_at",
        rows,
    ));
    let mut number = 0;
    let subjects = d.rows(
        |d| {
            number += 1 + d.number() % 1000;
            json!(number)
        },
        |d| vec![json!(format!("{}{}", d.text(), d.number())), d.text()],
    );
    tables.push(("subjects", "subject_no subject owner", subjects.clone()));
    let families = d.rows(Dice::id, |d| {
        let mut row = vec![d.id(), d.integer(), d.bytes(32), d.maybe(|d| d.bytes(32)), d.integer()];
        row.extend([d.truth(), d.truth(), d.maybe(Dice::integer), d.maybe(Dice::integer)]);
        row
    });
    tables.push((
        "refresh_families",
        "family_id token_id generation current_hash previous_hash rotated_at retried successor_used lifetime \
         revoked_at",
        families.clone(),
    ));
    let rows = d.rows(Dice::id, |d| {
        let mut row = vec![d.one(&subjects)[0].clone(), d.maybe(Dice::integer), d.text(), d.text()];
        row.extend([d.maybe(Dice::text), d.maybe(Dice::text), d.integer(), d.integer()]);
        row.push(d.maybe(|d| d.one(&families)[0].clone()));
        row.extend([d.maybe(Dice::text), d.maybe(Dice::id)]);
        row.extend(if d.below(2) == 0 { [Value::Null, Value::Null] } else { [d.bytes(16), d.bytes(16)] });
        row.extend(if d.below(2) == 0 { [Value::Null, Value::Null] } else { [d.integer(), d.text()] });
        row.extend([d.maybe(Dice::integer), d.maybe(Dice::integer)]);
        row
    });
    tables.push((
        "tokens",
        "token_id subject_no user_epoch scope audience description project_key issued_at expires_at family_id \
         created_by parent_token_id reference_key reference_check revoked_at revoked_for last_used revocation_due",
        rows,
    ));
    let rows = d.rows(|d| d.bytes(32), |d| vec![d.bytes(32), d.bytes(32), d.id(), d.integer()]);
    tables.push(("idempotency_keys", "key_hash request_hash seed token_id created_at", rows));
    let rows = d.rows(|d| d.bytes(32), |d| vec![d.text(), d.integer()]);
    // Ordered by the hash, which is not the first column.
    let turned = |row: &Value| json!([row[1], row[0], row[2]]);
    tables.push(("used_proofs", "kind hash expires_at", rows.iter().map(turned).collect()));
    let rows = d.rows(|d| d.bytes(32), |d| vec![d.integer(), d.integer()]);
    tables.push(("login_failures", "name_hash failures last_at", rows));
    let rows = d.rows(
        |d| d.bytes(32),
        |d| {
            let mut row = vec![d.integer(), d.integer(), d.integer()];
            row.extend(match d.below(2) {
                0 => [Value::Null, Value::Null, Value::Null],
                _ => [d.text(), d.integer(), d.text()],
            });
            row
        },
    );
    tables.push((
        "web_logins",
        "session_hash opened_at ends_at wrong_codes username user_epoch client",
        rows,
    ));
    let mut entry = 0;
    let rows = d.rows(
        |d| {
            entry += 1 + d.number() % 9;
            json!(entry)
        },
        |d| vec![d.id(), d.integer(), d.text(), d.text(), d.maybe(Dice::id), d.text(), d.text()],
    );
    tables.push(("audit_log", "entry audit_id at action actor actor_token_id target detail", rows));
    written(&tables)
}

fn written(tables: &[(&str, &str, Vec<Value>)]) -> Vec<u8> {
    let mut text = "{\"format\":\"accessd-export\",\"version\":1,\"schema\":7}\n".to_owned();
    for (name, columns, rows) in tables {
        let columns: Vec<&str> = columns.split_whitespace().collect();
        text += &format!("{}\n", json!({ "table": name, "columns": columns }));
        for row in rows {
            assert_eq!(row.as_array().unwrap().len(), columns.len(), "{name}");
            text += &format!("{row}\n");
        }
    }
    let counts: serde_json::Map<String, Value> =
        tables.iter().map(|(name, _, rows)| ((*name).to_owned(), json!(rows.len()))).collect();
    ended(text, Value::Object(counts))
}

/// With the end mark.
pub(crate) fn ended(text: String, counts: Value) -> Vec<u8> {
    let sum: String = digest(&SHA256, text.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let end = json!({ "end": true, "rows": counts, "sha256": sum });
    (text + &format!("{end}\n")).into_bytes()
}
