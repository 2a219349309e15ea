//! The statement of a list of tokens, put together from fixed pieces; every value is bound.
//!
//! Each order is served by an index, from the place where the page before ended. What an index must not
//! be chosen for is written with a unary plus, which changes nothing but the plan.

use super::cells::{expiry, limit, seconds};
use super::db::{Bind, Dialect, Value};
use super::projects::projects_with_role;
use super::tokens::token_columns;
use access_core::store::{ListedState, PROJECT_ADMIN, TextMatch, TokenOrder, TokenPlace, TokenQuery};
use uuid::Uuid;

/// The user of a token, if it lets the token be used. Joined, and not asked for by an EXISTS beside an OR: of that
/// PostgreSQL makes a walk through all users, for each page.
const USER_JOINED: &str = " LEFT JOIN users u ON u.username = s.owner AND u.token_epoch = t.user_epoch \
     AND u.status IN ('enabled', 'locked')";

macro_rules! user_available {
    () => {
        "(t.user_epoch IS NULL OR u.username IS NOT NULL)"
    };
}

/// Whose tokens to look at, once the name is looked up.
pub(crate) enum Scope {
    All,
    /// Those of one subject: what a user name comes to.
    Subject(i64),
    /// Those of several subjects with one user name, which the service does not make but may be asked for.
    Owner(String),
    /// Those of the projects that a user administers; of one owner, if one is named.
    Projects {
        administrator: String,
        owner: Option<String>,
    },
}

/// What a row says of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The columns of [`token_columns`], and whether the user lets it be used.
    Tokens,
    /// Its id and its scope.
    Ids,
}

/// Some of the tokens, all of which stand in the same indexes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All of them.
    Whole,
    /// Those that nobody has revoked.
    NotRevoked,
    /// Those that somebody has revoked.
    Revoked,
    /// Those that nobody has revoked, but that are past the moment at which they were to be.
    PastDue,
}

/// Which bounds of a time of expiry may begin or end the walk along the index of expiry. The place where a
/// page begins is such a bound too, and the narrower one: beside it SQLite would take the filter's, and walk
/// all pages before this one again.
#[derive(Clone, Copy)]
struct ExpiryLeads {
    from_below: bool,
    from_above: bool,
}

impl ExpiryLeads {
    fn of(query: &TokenQuery, scope: &Scope) -> Self {
        let leads = query.order == TokenOrder::Expiry && matches!(scope, Scope::All);
        let begun = query.after.is_some();
        Self {
            from_below: leads && (query.descending || !begun),
            from_above: leads && !(query.descending && begun),
        }
    }
}

/// The statement, and the values for its places.
/// With several scopes, of all their tokens.
pub(crate) fn statement(
    dialect: Dialect,
    query: &TokenQuery,
    scopes: &[Scope],
    shown: Shown,
) -> (String, Vec<Bound>) {
    let mut statement =
        Statement { dialect, sql: String::with_capacity(1800), values: Vec::with_capacity(24) };
    let selects: Vec<(&Scope, Part)> =
        scopes.iter().flat_map(|scope| parts(query, scope).iter().map(move |part| (scope, *part))).collect();
    // Two sorted halves are merged; neither is read further than the page needs. SQLite sees that by itself.
    let sorts_halves = dialect == Dialect::Postgres && shown == Shown::Tokens && selects.len() > 1;
    for (at, (scope, part)) in selects.into_iter().enumerate() {
        statement.add(if at > 0 { " UNION ALL " } else { "" });
        statement.add(if sorts_halves { "(SELECT " } else { "SELECT " });
        statement.add(columns(query, shown));
        statement.select(query, scope, part);
        if sorts_halves {
            statement.add(order_by(query.order, query.descending));
            statement.add_limit(query);
            statement.add(")");
        }
    }
    statement.add_order(query, shown);
    statement.add_limit(query);
    (statement.sql, statement.values)
}

/// Whether a page is to go along the index of its order. Where few are looked at, they are found by what they have in
/// common, and sorted: those of a user, of a project, and those past their moment.
pub(crate) fn follows_index(query: &TokenQuery, scopes: &[Scope]) -> bool {
    matches!(scopes, [Scope::All])
        && query.project_key.is_none()
        && query.token_id.is_none()
        && query.state != ListedState::Revoked
}

/// The parts whose union is looked at. The orders by creation and by expiry have an index for what was revoked
/// and one for what was not; other orders, and the tokens of one user, have one for both.
fn parts(query: &TokenQuery, scope: &Scope) -> &'static [Part] {
    let has_halves = matches!(scope, Scope::All)
        && matches!(query.order, TokenOrder::Created | TokenOrder::Expiry)
        && query.token_id.is_none();
    match query.state {
        ListedState::Live | ListedState::Expired => &[Part::NotRevoked],
        ListedState::Revoked if has_halves => &[Part::Revoked, Part::PastDue],
        ListedState::All if has_halves => &[Part::Revoked, Part::NotRevoked],
        ListedState::Revoked | ListedState::All => &[Part::Whole],
    }
}

fn columns(query: &TokenQuery, shown: Shown) -> &'static str {
    match (shown, query.state) {
        (Shown::Ids, _) => "t.token_id, t.scope",
        (Shown::Tokens, ListedState::Live) => concat!(token_columns!(), ", 1"),
        (Shown::Tokens, _) => concat!(token_columns!(), ", ", user_available!()),
    }
}

/// A value of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Bound {
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    Id(Uuid),
}

impl Bind for Bound {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Integer(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::Id(id) => Value::Id(*id),
        }
    }
}

impl From<i64> for Bound {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<String> for Bound {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Uuid> for Bound {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

struct Statement {
    dialect: Dialect,
    sql: String,
    values: Vec<Bound>,
}

impl Statement {
    fn add(&mut self, sql: &'static str) {
        match self.dialect {
            Dialect::Sqlite => self.sql.push_str(sql),
            // Its plans follow statistics, and it has no plus for anything but numbers.
            Dialect::Postgres => self.sql.push_str(&sql.replace("+t.", "t.")),
        }
    }

    fn bind(&mut self, sql: &'static str, value: impl Into<Bound>) {
        self.add(sql);
        self.values.push(value.into());
    }

    /// Everything of a SELECT behind its columns.
    fn select(&mut self, query: &TokenQuery, scope: &Scope, part: Part) {
        // The first table named leads, so that its order can be followed.
        let by_subject = matches!(query.order, TokenOrder::Owner | TokenOrder::Subject);
        self.add(if by_subject && !matches!(scope, Scope::Subject(_) | Scope::Projects { .. }) {
            " FROM subjects s CROSS JOIN tokens t"
        } else if part == Part::PastDue && self.dialect == Dialect::Sqlite {
            " FROM tokens t INDEXED BY tokens_by_revocation_due CROSS JOIN subjects s"
        } else {
            " FROM tokens t CROSS JOIN subjects s"
        });
        self.add(USER_JOINED);
        self.add(" WHERE s.subject_no = t.subject_no");
        let leads = ExpiryLeads::of(query, scope);
        self.add_state(query, part, leads);
        match scope {
            Scope::All => {}
            Scope::Subject(number) => self.bind(" AND t.subject_no = ?", *number),
            Scope::Owner(owner) => self.bind(" AND s.owner = ?", owner.clone()),
            Scope::Projects { administrator, owner } => {
                self.add(" AND t.project_key IN (");
                self.add_projects_of(administrator);
                self.add(")");
                if let Some(owner) = owner {
                    self.bind(" AND s.owner = ?", owner.clone());
                }
            }
        }
        if !matches!(scope, Scope::Projects { .. }) {
            self.add_own_limits(query);
        }
        self.add_filters(query, leads);
        if let Some(after) = &query.after {
            self.add_start(query, after);
        }
    }

    /// What sets the caller's own tokens apart from those of the projects that the caller administers.
    fn add_own_limits(&mut self, query: &TokenQuery) {
        if let Some(epoch) = query.visible_epoch {
            self.bind(" AND (t.user_epoch IS NULL OR t.user_epoch = ?)", epoch);
        }
        if let Some(administrator) = &query.administered_by {
            self.add(" AND (t.project_key IS NULL OR t.project_key NOT IN (");
            self.add_projects_of(administrator);
            self.add("))");
        }
    }

    fn add_projects_of(&mut self, administrator: &str) {
        self.add(projects_with_role!("?", "?"));
        for value in [administrator, PROJECT_ADMIN, administrator, PROJECT_ADMIN] {
            self.values.push(value.to_owned().into());
        }
    }

    /// That a family was revoked need not be asked: its tokens were revoked with it.
    fn add_state(&mut self, query: &TokenQuery, part: Part, leads: ExpiryLeads) {
        let now = seconds(query.now);
        match part {
            Part::Whole => {}
            Part::NotRevoked => self.add(" AND t.revoked_at IS NULL"),
            Part::Revoked => self.add(" AND t.revoked_at IS NOT NULL"),
            Part::PastDue => self.bind(" AND t.revoked_at IS NULL AND t.revocation_due <= ?", now),
        }
        match query.state {
            ListedState::Live if leads.from_below => self.bind(" AND t.expires_at > ?", now),
            ListedState::Live => self.bind(" AND +t.expires_at > ?", now),
            ListedState::Expired if leads.from_above => self.bind(" AND t.expires_at <= ?", now),
            ListedState::Expired => self.bind(" AND +t.expires_at <= ?", now),
            ListedState::Revoked if part == Part::Whole => {
                self.bind(" AND (t.revoked_at IS NOT NULL OR +t.revocation_due <= ?)", now);
            }
            ListedState::Revoked | ListedState::All => return,
        }
        if query.state != ListedState::Revoked {
            self.bind(" AND (t.revocation_due IS NULL OR +t.revocation_due > ?)", now);
        }
        if query.state == ListedState::Live {
            self.add(concat!(" AND ", user_available!()));
        }
    }

    fn add_filters(&mut self, query: &TokenQuery, leads: ExpiryLeads) {
        match &query.description {
            None => {}
            Some(TextMatch::Exact(text)) => self.bind(" AND t.description = ?", text.clone()),
            Some(TextMatch::Prefix(text)) if text.is_empty() => self.add(" AND t.description IS NOT NULL"),
            Some(TextMatch::Prefix(text)) => {
                self.add_prefix(text);
            }
        }
        if let Some(TextMatch::Exact(text) | TextMatch::Prefix(text)) = &query.scope {
            let contains = self.dialect.pick(" AND instr(t.scope, ?) > 0", " AND strpos(t.scope, ?) > 0");
            self.bind(contains, text.clone());
        }
        match query.refreshable {
            None => {}
            Some(true) => self.add(" AND +t.family_id IS NOT NULL"),
            Some(false) => self.add(" AND +t.family_id IS NULL"),
        }
        if let Some(project) = &query.project_key {
            self.bind(" AND t.project_key = ?", project.clone());
        }
        if let Some(id) = query.token_id {
            self.bind(" AND t.token_id = ?", id);
        }
        match query.expires_by {
            None => {}
            Some(by) if leads.from_above => self.bind(" AND t.expires_at <= ?", seconds(by)),
            Some(by) => self.bind(" AND +t.expires_at <= ?", seconds(by)),
        }
        if let Some(since) = query.unused_since {
            self.bind(" AND COALESCE(t.last_used, t.issued_at) <= ?", seconds(since));
        }
    }

    fn add_limit(&mut self, query: &TokenQuery) {
        self.bind(" LIMIT ?", limit(query.limit));
    }

    fn add_order(&mut self, query: &TokenQuery, shown: Shown) {
        let order = order_by(query.order, query.descending);
        match (self.dialect, shown) {
            (Dialect::Sqlite, _) => self.add(order),
            // A union is ordered by its own columns.
            (Dialect::Postgres, Shown::Tokens) => {
                self.sql.push_str(&order.replace("t.", "").replace("s.", ""));
            }
            // Nobody asked for an order, and its plan does not need one.
            (Dialect::Postgres, Shown::Ids) => {}
        }
    }

    /// LIKE and GLOB give characters a meaning.
    fn add_prefix(&mut self, text: &str) {
        match self.dialect {
            // By bytes: length() ends at a NUL.
            Dialect::Sqlite => {
                let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
                self.bind(" AND substr(CAST(t.description AS BLOB), 1, ?)", length);
                self.bind(" = ?", Bound::Bytes(text.as_bytes().to_vec()));
            }
            Dialect::Postgres => self.bind(" AND starts_with(t.description, ?)", text.to_owned()),
        }
    }

    /// Where the page begins: behind `after` in the order.
    fn add_start(&mut self, query: &TokenQuery, after: &TokenPlace) {
        let key: Option<Bound> = match query.order {
            TokenOrder::TokenId => None,
            TokenOrder::Created => Some(seconds(after.issued_at).into()),
            TokenOrder::Expiry => Some(expiry(after.expires_at).into()),
            TokenOrder::Owner => Some(after.username.clone().unwrap_or_default().into()),
            TokenOrder::Subject => Some(after.subject.clone().into()),
        };
        self.add(start(query.order, query.descending));
        if let Some(key) = key {
            if matches!(query.order, TokenOrder::Owner | TokenOrder::Subject) {
                self.values.push(key.clone());
            }
            self.values.push(key);
        }
        self.values.push(after.token_id.into());
    }
}

/// An index over two tables there is not, so their order is begun by the first condition and cut by the
/// second.
fn start(order: TokenOrder, descending: bool) -> &'static str {
    match (order, descending) {
        (TokenOrder::TokenId, false) => " AND t.token_id > ?",
        (TokenOrder::TokenId, true) => " AND t.token_id < ?",
        (TokenOrder::Created, false) => " AND (t.issued_at, t.token_id) > (?, ?)",
        (TokenOrder::Created, true) => " AND (t.issued_at, t.token_id) < (?, ?)",
        (TokenOrder::Expiry, false) => " AND (t.expires_at, t.token_id) > (?, ?)",
        (TokenOrder::Expiry, true) => " AND (t.expires_at, t.token_id) < (?, ?)",
        (TokenOrder::Owner, false) => " AND s.owner >= ? AND (s.owner > ? OR t.token_id > ?)",
        (TokenOrder::Owner, true) => " AND s.owner <= ? AND (s.owner < ? OR t.token_id < ?)",
        (TokenOrder::Subject, false) => " AND s.subject >= ? AND (s.subject > ? OR t.token_id > ?)",
        (TokenOrder::Subject, true) => " AND s.subject <= ? AND (s.subject < ? OR t.token_id < ?)",
    }
}

fn order_by(order: TokenOrder, descending: bool) -> &'static str {
    match (order, descending) {
        (TokenOrder::TokenId, false) => " ORDER BY t.token_id",
        (TokenOrder::TokenId, true) => " ORDER BY t.token_id DESC",
        (TokenOrder::Created, false) => " ORDER BY t.issued_at, t.token_id",
        (TokenOrder::Created, true) => " ORDER BY t.issued_at DESC, t.token_id DESC",
        (TokenOrder::Expiry, false) => " ORDER BY t.expires_at, t.token_id",
        (TokenOrder::Expiry, true) => " ORDER BY t.expires_at DESC, t.token_id DESC",
        (TokenOrder::Owner, false) => " ORDER BY s.owner, t.token_id",
        (TokenOrder::Owner, true) => " ORDER BY s.owner DESC, t.token_id DESC",
        (TokenOrder::Subject, false) => " ORDER BY s.subject, t.token_id",
        (TokenOrder::Subject, true) => " ORDER BY s.subject DESC, t.token_id DESC",
    }
}

#[cfg(test)]
mod tests;
