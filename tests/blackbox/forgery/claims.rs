//! Claims: other values, other types, twice.

use super::Attacker;
use serde_json::json;
use testkit::{claims, header, payload_json};

impl Attacker {
    /// J6: other values and other types of every claim, under signatures that are not theirs.
    pub(super) fn claims_changed(&mut self) {
        let (original, header) = (claims(&self.token), header(&self.token).to_string());
        for claim in ["exp", "iat", "nbf", "scp", "sub", "aud", "jti", "iss", "ext"] {
            for value in [
                "null",
                "true",
                "-1",
                "1.5",
                "1e30",
                "99999999999999999999",
                "9999999999",
                "0",
                "\"\"",
                "\"applied-permissions/admin\"",
                "[]",
                "[\"*@*\"]",
                "{}",
                "\"4102444800\"",
            ] {
                let mut changed = original.clone();
                changed[claim] = serde_json::from_str(value).unwrap();
                self.sign_every_way(&format!("{claim} is {value}"), &header, &changed.to_string());
            }
            let mut without = original.clone();
            without.as_object_mut().unwrap().remove(claim);
            self.sign_every_way(&format!("without {claim}"), &header, &without.to_string());
        }
        let mut widened = original.clone();
        widened["scp"] = json!(format!("{} applied-permissions/admin", original["scp"].as_str().unwrap()));
        self.sign_every_way("scope widened", &header, &widened.to_string());
        for (claim, value) in
            [("admin", json!(true)), ("groups", json!(["admins"])), ("x", json!({"x": {"x": []}}))]
        {
            let mut more = original.clone();
            more[claim] = value;
            self.sign_every_way(&format!("the claim {claim} more"), &header, &more.to_string());
        }
    }

    /// J10: two claims of one name.
    pub(super) fn claims_twice(&mut self) {
        let (payload, header) = (payload_json(&self.token), header(&self.token).to_string());
        let inside = payload[1..payload.len() - 1].to_owned();
        for (claim, value) in [
            ("scp", "\"applied-permissions/admin\""),
            ("sub", "\"jfac@x/users/admin\""),
            ("exp", "9999999999"),
            ("jti", "\"00000000-0000-0000-0000-000000000000\""),
            ("s\\u0063p", "\"applied-permissions/admin\""),
        ] {
            self.sign_every_way(
                &format!("{claim} first"),
                &header,
                &format!("{{\"{claim}\":{value},{inside}}}"),
            );
            self.sign_every_way(
                &format!("{claim} last"),
                &header,
                &format!("{{{inside},\"{claim}\":{value}}}"),
            );
        }
    }
}
