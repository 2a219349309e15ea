//! Which tokens are meant. accessd is asked for exactly these; of a platform's answer the rest is left out here.

use crate::tokens::StoredToken;
use form_urlencoded::Serializer;

/// What a token must have to be meant; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// User name of the subject.
    pub user: Option<String>,
    /// Description; with `*` at the end, its beginning.
    pub description: Option<String>,
    /// A part of the scope; with `*` at the end, a part's beginning.
    pub scope: Option<String>,
    /// Whether it has a refresh token.
    pub refreshable: Option<bool>,
    /// The project it is bound to.
    pub project: Option<String>,
    /// It ends within so many seconds.
    pub expires_within: Option<u64>,
    /// It has ended, which all others have not.
    pub is_expired: bool,
    /// It was not used, nor made, for so many seconds.
    pub unused_for: Option<u64>,
}

/// What tokens are ordered by; the words of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    /// Column.
    pub by: &'static str,
    /// Whether the last one comes first.
    pub is_reversed: bool,
}

/// The columns that servers can order by (access-api.md 1.5).
pub(crate) const COLUMNS: [&str; 5] = ["created", "token_id", "owner", "subject", "expiry"];

impl Order {
    /// By the column of this name; by creation if there is none.
    pub(crate) fn by(column: &str, is_reversed: bool) -> Self {
        let by = COLUMNS.into_iter().find(|known| *known == column).unwrap_or(COLUMNS[0]);
        Self { by, is_reversed }
    }
}

/// Whether a token is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is.
    Meant,
    /// It is not.
    Other,
    /// The server does not tell what would have to be known: the flag whose question that is.
    Unknown(&'static str),
}

impl Filter {
    /// Whether every token is meant that has not ended.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The query that asks accessd for them, without `?`.
    pub(crate) fn accessd_query(&self, order: Order, page: usize, cursor: Option<&str>) -> String {
        let mut query = self.public_query(order);
        for (name, value) in [
            ("scope", self.scope.clone()),
            ("project", self.project.clone()),
            ("state", self.is_expired.then(|| "expired".to_owned())),
            ("expires_within", self.expires_within.map(|seconds| seconds.to_string())),
            ("unused_for", self.unused_for.map(|seconds| seconds.to_string())),
            ("limit", Some(page.to_string())),
            ("cursor", cursor.map(str::to_owned)),
        ] {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        query.finish()
    }

    /// The query that asks a platform for as few as it can choose.
    pub(crate) fn platform_query(&self, order: Order) -> String {
        self.public_query(order).finish()
    }

    fn public_query(&self, order: Order) -> Serializer<'static, String> {
        let mut query = Serializer::new(String::new());
        if let Some(user) = &self.user {
            query.append_pair("username", &user.to_lowercase());
        }
        if let Some(description) = &self.description {
            query.append_pair("description", description);
        }
        if let Some(refreshable) = self.refreshable {
            query.append_pair("refreshable", if refreshable { "true" } else { "false" });
        }
        query.append_pair("order_by", order.by);
        query.append_pair("descending_order", if order.is_reversed { "true" } else { "false" });
        query
    }

    /// Whether a token that a platform tells of is meant, at `now`. Everything is looked at, also what the platform
    /// was asked for: an old one may pass over what it does not know.
    pub(crate) fn verdict(&self, token: &StoredToken, now: u64) -> Verdict {
        let has_ended = token.expiry().is_some_and(|expiry| expiry <= now);
        let is_other = has_ended != self.is_expired
            || self.user.as_ref().is_some_and(|user| !token.user().eq_ignore_ascii_case(user))
            || self.description.as_deref().is_some_and(|wanted| !matches_whole(wanted, token.description()))
            || self.project.as_deref().is_some_and(|wanted| token.project() != Some(wanted))
            || self.expires_within.is_some_and(|within| {
                token.expiry().is_none_or(|expiry| expiry > now.saturating_add(within))
            });
        if is_other {
            return Verdict::Other;
        }
        [self.by_scope(token), self.by_refreshable(token), self.by_use(token, now)]
            .into_iter()
            .max_by_key(|verdict| match verdict {
                Verdict::Meant => 0,
                Verdict::Unknown(_) => 1,
                Verdict::Other => 2,
            })
            .unwrap_or(Verdict::Meant)
    }

    fn by_scope(&self, token: &StoredToken) -> Verdict {
        match (self.scope.as_deref(), token.scope()) {
            (None, _) => Verdict::Meant,
            (Some(_), None) => Verdict::Unknown("--scope"),
            (Some(wanted), Some(scope)) => {
                let is_meant = match wanted.strip_suffix('*') {
                    Some(prefix) => format!(" {scope}").contains(&format!(" {prefix}")),
                    None => format!(" {scope} ").contains(&format!(" {wanted} ")),
                };
                if is_meant { Verdict::Meant } else { Verdict::Other }
            }
        }
    }

    fn by_refreshable(&self, token: &StoredToken) -> Verdict {
        match (self.refreshable, token.refreshable()) {
            (None, _) => Verdict::Meant,
            (Some(_), None) => Verdict::Unknown("--refreshable"),
            (Some(wanted), Some(refreshable)) if wanted == refreshable => Verdict::Meant,
            _ => Verdict::Other,
        }
    }

    /// A platform that does not tell of a use may keep no account of it, so that says nothing. But what is younger
    /// than the time asked for cannot have been unused for longer.
    fn by_use(&self, token: &StoredToken, now: u64) -> Verdict {
        let Some(unused_for) = self.unused_for else { return Verdict::Meant };
        let is_long_ago = |moment: u64| moment <= now.saturating_sub(unused_for);
        match (token.last_used(), token.issued_at()) {
            (Some(last), _) if is_long_ago(last) => Verdict::Meant,
            (Some(_), _) => Verdict::Other,
            (None, Some(issued_at)) if !is_long_ago(issued_at) => Verdict::Other,
            (None, _) => Verdict::Unknown("--unused-for"),
        }
    }
}

/// Whether `text` is `wanted`, or begins with what stands before its `*`.
fn matches_whole(wanted: &str, text: Option<&str>) -> bool {
    let Some(text) = text else { return false };
    wanted.strip_suffix('*').map_or(text == wanted, |prefix| text.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: u64 = 1_000_000;
    const ORDER: Order = Order { by: "created", is_reversed: false };

    fn token(fields: serde_json::Value) -> StoredToken {
        StoredToken::from(fields.as_object().unwrap().clone())
    }

    #[test]
    fn queries_are_encoded() {
        let filter = Filter {
            user: Some("Frog".into()),
            description: Some("ci & more*".into()),
            scope: Some("applied-permissions/groups:*".into()),
            refreshable: Some(false),
            unused_for: Some(90),
            is_expired: true,
            ..Filter::default()
        };
        let public = "username=frog&description=ci+%26+more*&refreshable=false&order_by=created&descending_order=false";
        assert_eq!(filter.platform_query(ORDER), public);
        assert_eq!(
            filter.accessd_query(ORDER, 100, Some("c+/")),
            format!(
                "{public}&scope=applied-permissions%2Fgroups%3A*&state=expired&unused_for=90&limit=100&cursor=c%2B%2F"
            )
        );
        let reversed = Order { is_reversed: true, ..ORDER };
        assert_eq!(Filter::default().platform_query(reversed), "order_by=created&descending_order=true");
    }

    #[test]
    fn what_a_platform_sends_too_much_is_left_out() {
        let live = token(
            json!({"token_id": "1", "subject": "x/users/frog", "expiry": NOW + 100, "issued_at": 1,
            "description": "ci-build", "project": "web", "refreshable": true, "scope": "a applied-permissions/groups:g",
            "last_used": NOW - 50}),
        );
        let verdict = |filter: Filter| filter.verdict(&live, NOW);
        let some = |text: &str| Some(text.to_owned());
        let none = Filter::default;
        for filter in [
            none(),
            Filter { user: some("FROG"), ..none() },
            Filter { description: some("ci*"), ..none() },
            Filter { description: some("ci-build"), ..none() },
            Filter { description: some("*"), ..none() },
            Filter { scope: some("a"), ..none() },
            Filter { scope: some("applied-permissions/groups:*"), ..none() },
            Filter { refreshable: Some(true), project: some("web"), ..none() },
            Filter { expires_within: Some(100), unused_for: Some(50), ..none() },
        ] {
            assert_eq!(verdict(filter.clone()), Verdict::Meant, "{filter:?}");
        }
        for filter in [
            Filter { user: some("fro"), ..none() },
            Filter { description: some("ci"), ..none() },
            Filter { scope: some("b"), ..none() },
            Filter { scope: some("groups*"), ..none() },
            Filter { refreshable: Some(false), ..none() },
            Filter { project: some("w"), ..none() },
            Filter { expires_within: Some(99), ..none() },
            Filter { unused_for: Some(51), ..none() },
            Filter { is_expired: true, ..none() },
        ] {
            assert_eq!(verdict(filter.clone()), Verdict::Other, "{filter:?}");
        }
    }

    #[test]
    fn an_end_that_has_come_is_an_end() {
        let ended = token(json!({"token_id": "1", "expiry": NOW}));
        assert_eq!(Filter::default().verdict(&ended, NOW), Verdict::Other);
        assert_eq!(Filter { is_expired: true, ..Filter::default() }.verdict(&ended, NOW), Verdict::Meant);
        let endless = token(json!({"token_id": "1"}));
        let soon = Filter { expires_within: Some(u64::MAX), ..Filter::default() };
        assert_eq!(soon.verdict(&endless, NOW), Verdict::Other);
    }

    #[test]
    fn what_is_not_told_is_not_guessed() {
        let old = token(json!({"token_id": "1", "issued_at": 1}));
        let young = token(json!({"token_id": "1", "issued_at": NOW - 10}));
        let unused = Filter { unused_for: Some(50), ..Filter::default() };
        assert_eq!(unused.verdict(&old, NOW), Verdict::Unknown("--unused-for"));
        assert_eq!(unused.verdict(&young, NOW), Verdict::Other);
        let scope = Filter { scope: Some("a".into()), ..Filter::default() };
        assert_eq!(scope.verdict(&old, NOW), Verdict::Unknown("--scope"));
        let both = Filter { user: Some("frog".into()), ..scope };
        assert_eq!(both.verdict(&old, NOW), Verdict::Other, "what is known decides first");
    }
}
