//! A connection that runs statements, one after the other, for the thread that owns it.

use super::connect::Connector;
use super::continuity::STANDING;
use crate::sql::db::Value;
use crate::sql::error::{Error, Result};
use futures_util::future::{join, try_join_all};
use futures_util::{Stream, TryStreamExt, pin_mut};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

/// Most statements that a connection keeps prepared.
const PREPARED: usize = 256;

/// For how long it keeps them. The server makes a plan for as many rows as there are then, and, unless it counts them
/// anew, keeps it when there are a thousand times as many.
const PLANNED: Duration = Duration::from_secs(10);

/// For how long the server may keep quiet beyond what it allows a statement itself.
const GRACE: Duration = Duration::from_millis(500);

/// What a statement's places take.
pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection in the hands of one thread. Each statement has its time; after one that was not answered in time
/// nobody knows what is going on in the session, and it must be given up.
pub struct Session {
    runtime: Rc<Runtime>,
    client: Client,
    statements: RefCell<HashMap<String, Statement>>,
    prepared_since: Cell<Instant>,
    /// What is sent together with the next statement, and before it: costs no time of its own.
    before: RefCell<String>,
    limit: Duration,
    spoilt: Cell<bool>,
    single: Cell<Single>,
    standing: RefCell<Option<Row>>,
}

/// Whether a statement stands alone, outside a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Single {
    /// It does not.
    No,
    /// The next one does, and where the database stands is asked with it.
    Next,
    /// It did; another one would see another state.
    Over,
}

impl Session {
    /// Opens one. `limit` is what the server allows a statement.
    pub(super) fn open(runtime: &Rc<Runtime>, connector: &Connector, limit: Duration) -> Result<Self> {
        let connected = runtime.block_on(async {
            let (client, connection) = connector.connect().await?;
            // Moves the bytes while a statement is waited for. How it ends, the statement is told.
            tokio::spawn(connection);
            Ok(client)
        });
        let client =
            connected.map_err(|error: super::refusal::ConnectError| Error::Unavailable(error.to_string()))?;
        Ok(Self {
            runtime: Rc::clone(runtime),
            client,
            statements: RefCell::default(),
            prepared_since: Cell::new(Instant::now()),
            before: RefCell::default(),
            limit: limit + GRACE,
            spoilt: Cell::new(false),
            single: Cell::new(Single::No),
            standing: RefCell::default(),
        })
    }

    /// Runs `work`, which consists of one statement, with no transaction around it; and the row that [`STANDING`] has
    /// just before it, unless there was no statement at all.
    pub(super) fn single(&self, work: impl FnOnce() -> Result<()>) -> Result<Option<Row>> {
        self.standing.take();
        self.single.set(Single::Next);
        let done = work();
        self.single.set(Single::No);
        done.map(|()| self.standing.take())
    }

    /// Sends this before the next statement. It must not answer with rows that matter.
    pub(crate) fn put_before(&self, sql: &str) {
        let mut before = self.before.borrow_mut();
        before.push_str(sql);
        before.push(';');
    }

    /// Sends nothing of what [`Session::put_before`] left.
    fn forget_before(&self) {
        self.before.take();
    }

    /// Undoes a transaction that came to nothing.
    pub(super) fn roll_back(&self) {
        if !self.is_spoilt() {
            self.forget_before();
            // Fails if the session is no more; then it is given up for that.
            let _ = self.run("ROLLBACK");
        }
    }

    /// Whether the session can be used no more.
    pub(super) fn is_spoilt(&self) -> bool {
        self.spoilt.get() || self.client.is_closed()
    }

    /// Runs what [`Session::put_before`] left, and this.
    pub(crate) fn run(&self, sql: &str) -> Result<()> {
        let before = self.before.take();
        self.wait(async { Ok(self.client.batch_execute(&(before + sql)).await?) })
    }

    /// Runs a statement; the number of rows it wrote.
    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize> {
        let statement = self.prepared(sql)?;
        let before = self.before.take();
        let rows = self.wait(after(&self.client, &before, self.client.execute_raw(&statement, values)))?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    /// Runs a statement with one place for each of these values, sent at once.
    pub(crate) fn execute_each(&self, sql: &str, values: &[Value<'_>]) -> Result<()> {
        let statement = self.prepared(sql)?;
        let before = self.before.take();
        let all = values.iter().map(|value| self.client.execute_raw(&statement, [value]));
        self.wait(after(&self.client, &before, try_join_all(all))).map(drop)
    }

    /// Reads row after row until `each` has enough.
    pub(crate) fn walk(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut each: impl FnMut(&Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let statement = self.prepared(sql)?;
        let before = self.before.take();
        let rows = after(&self.client, &before, self.client.query_raw(&statement, values));
        let rows = match self.single.get() {
            Single::No => self.wait(rows)?,
            Single::Next => self.with_standing(rows)?,
            Single::Over => return Err(Error::Unreadable("a second statement in a single one".to_owned())),
        };
        pin_mut!(rows);
        while let Some(row) = self.wait(next(&mut rows))? {
            if each(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Sends the question where the database stands first; both are on the way at once.
    fn with_standing<T>(&self, rows: impl Future<Output = Result<T>>) -> Result<T> {
        self.single.set(Single::Over);
        let standing = self.prepared(STANDING)?;
        let (first, rows) =
            self.wait(async { Ok(join(self.client.query_opt(&standing, &[]), rows).await) })?;
        *self.standing.borrow_mut() = first?;
        rows
    }

    /// Runs these statements, sent at once, in this order; all rows of each. The first one that fails is the answer.
    pub(crate) fn query_all(&self, statements: &[(&'static str, Parameters<'_>)]) -> Result<Vec<Vec<Row>>> {
        let prepared = statements
            .iter()
            .map(|(sql, parameters)| Ok((self.prepared(sql)?, *parameters)))
            .collect::<Result<Vec<_>>>()?;
        let before = self.before.take();
        let queries = prepared
            .iter()
            .map(|(statement, parameters)| async move { self.client.query(statement, parameters).await });
        self.wait(after(&self.client, &before, try_join_all(queries)))
    }

    /// Has statements prepared anew that were so a while ago. To be called where no transaction waits for that.
    pub(super) fn forget_old_plans(&self) {
        if self.prepared_since.get().elapsed() > PLANNED {
            self.statements.borrow_mut().clear();
            self.prepared_since.set(Instant::now());
        }
    }

    fn prepared(&self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        // It must not be overtaken: in a transaction that a command has broken, only a savepoint lets anything through.
        if !self.before.borrow().is_empty() {
            self.run("")?;
        }
        let text = numbered(sql);
        let statement = self.wait(async { Ok(self.client.prepare(&text).await?) })?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= PREPARED {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn wait<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let limit = self.limit;
        let answer = self.runtime.block_on(async { tokio::time::timeout(limit, answer).await });
        answer.unwrap_or_else(|_| {
            self.spoilt.set(true);
            Err(Error::Unavailable(format!("the database did not answer within {} ms", limit.as_millis())))
        })
    }
}

/// `answer`, with `before` sent first. Both are on the way at once; if `before` fails, what follows it does too.
async fn after<T>(
    client: &Client,
    before: &str,
    answer: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    if before.is_empty() {
        return Ok(answer.await?);
    }
    let (first, answer) = join(client.batch_execute(before), answer).await;
    first?;
    Ok(answer?)
}

async fn next(
    rows: &mut (impl Stream<Item = std::result::Result<Row, tokio_postgres::Error>> + Unpin),
) -> Result<Option<Row>> {
    Ok(rows.try_next().await?)
}

/// The statement with its places as PostgreSQL writes them: `$1` for `?1`, and `?` counted.
pub(super) fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 16);
    let mut counted = 0_u32;
    let mut rest = sql.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '?' {
            text.push(character);
            continue;
        }
        text.push('$');
        if !rest.peek().is_some_and(char::is_ascii_digit) {
            counted += 1;
            text.push_str(&counted.to_string());
        }
    }
    text
}

/// Whether the same may go through if it is tried again at once, because nothing of it has happened: another
/// transaction was in the way, or the server is on its way out or back.
pub(super) fn may_pass_at_once(error: &Error) -> bool {
    let Error::Postgres(error) = error else { return false };
    match error.code() {
        Some(state) => [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            // After a failover the old connection may lead to what is a standby now.
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(state),
        // The connection broke.
        None => true,
    }
}

/// Whether the server leaves the session usable after this error.
pub(super) fn ends_session(error: &Error) -> bool {
    match error {
        Error::Postgres(error) => error.as_db_error().is_none_or(|cause| {
            // Class 57: the operator or the server ends it. 25006: another server is the one to write to.
            cause.code().code().starts_with("57P")
                || *cause.code() == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
                || *cause.code() == SqlState::READ_ONLY_SQL_TRANSACTION
        }),
        Error::Unavailable(_) => true,
        Error::Sqlite(_) | Error::Locked(_) | Error::Unreadable(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::tests::settings;
    use crate::sql::db::Db;
    use testkit::Postgres;

    #[test]
    fn a_statement_is_planned_anew_after_a_while() {
        let database = Postgres::shared().database();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connector = Connector::new(settings(&database), super::super::open::UNLIMITED).unwrap();
        let session = Session::open(&Rc::new(runtime), &connector, Duration::from_secs(60)).unwrap();
        let planned_at = || {
            let sql = "SELECT MAX(prepare_time)::text FROM pg_prepared_statements";
            Db::Postgres(&session).one(sql, &[], |cells| cells.take::<String>()).unwrap()
        };
        let first = planned_at();
        session.forget_old_plans();
        assert_eq!(planned_at(), first);
        session.prepared_since.set(Instant::now().checked_sub(2 * PLANNED).unwrap());
        session.forget_old_plans();
        assert_ne!(planned_at(), first);
    }

    #[test]
    fn places_are_written_as_postgresql_has_them() {
        assert_eq!(numbered("a = ?1 AND b = ?12 OR c = ?1"), "a = $1 AND b = $12 OR c = $1");
        assert_eq!(numbered("a = ? AND (b, c) > (?, ?)"), "a = $1 AND (b, c) > ($2, $3)");
    }
}
