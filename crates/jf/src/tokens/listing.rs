//! All tokens that are meant, one after the other: however many there are, a page or less of them is in memory.

use crate::error::{Failure, Outcome, Reason};
use crate::http::Request;
use crate::session::Session;
use crate::tokens::dialect::ask_accessd;
use crate::tokens::filter::{Order, Verdict};
use crate::tokens::{Dialect, Filter, StoredToken};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;

const RULE: &str =
    "listing takes an administrator's credentials, or your own token with user scope, which lists your own";
/// Tokens that accessd is asked for at a time: its most.
const PAGE: usize = 1000;
/// Longest page, in bytes: a thousand times the longest description of a token.
const PAGE_LIMIT: u64 = 16 * 1024 * 1024;
/// Longest description of one token, in bytes.
const ITEM_LIMIT: usize = 1024 * 1024;

/// What is done with each token; `Break` = no more are wanted.
pub(crate) type Each<'f> = dyn FnMut(&StoredToken) -> Outcome<ControlFlow<()>> + 'f;

/// How a walk through the tokens went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walked {
    /// Whom we asked.
    pub dialect: Dialect,
    /// Tokens that were left out because the server does not tell what a flag asks about, and the flag.
    pub unknown: Option<(u64, &'static str)>,
}

/// Calls `each` with every token that is meant, in this order. `at_work` hears now and then how many were read.
///
/// # Errors
/// If the server does not answer, or only begins to; what `each` returns.
pub(crate) fn walk(
    session: &mut Session<'_>,
    filter: &Filter,
    order: Order,
    at_work: &dyn Fn(u64),
    each: &mut Each<'_>,
) -> Outcome<Walked> {
    let mut cursor: Option<String> = None;
    let mut read = 0;
    loop {
        let query = filter.accessd_query(order, PAGE, cursor.as_deref());
        session.restart_clock();
        let request = |url| Request { keeps_connection: true, answer_limit: PAGE_LIMIT, ..Request::get(url) };
        let page = match ask_accessd(session, &format!("tokens?{query}"), request)? {
            Some(answer) => page(&session.expect_ok(answer, RULE)?),
            None => None,
        };
        // A cursor that leads back to itself would never end.
        let page = page.filter(|page| page.cursor.is_none() || page.cursor != cursor);
        let Some(Page { tokens, cursor: next }) = page else {
            // A cursor was accessd's, so that is no platform which happens to answer the same path.
            return if cursor.is_none() {
                walk_platform(session, filter, order, at_work, each)
            } else {
                Err(broken(session))
            };
        };
        read += tokens.len() as u64;
        at_work(read);
        for token in tokens {
            if each(&token.into())?.is_break() {
                return Ok(Walked { dialect: Dialect::Accessd, unknown: None });
            }
        }
        if next.is_none() {
            return Ok(Walked { dialect: Dialect::Accessd, unknown: None });
        }
        cursor = next;
    }
}

/// One page of accessd's.
struct Page {
    tokens: Vec<Map<String, Value>>,
    /// What to ask for the next one with.
    cursor: Option<String>,
}

/// Reads a page; `None` if it is none.
fn page(body: &[u8]) -> Option<Page> {
    let mut page: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let Some(Value::Array(tokens)) = page.remove("tokens") else { return None };
    let tokens = tokens.into_iter().map(|token| match token {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    let cursor = page.remove("cursor").and_then(|cursor| cursor.as_str().map(str::to_owned));
    Some(Page { tokens: tokens.collect::<Option<_>>()?, cursor })
}

/// The same on the public API, which answers with all tokens at once.
fn walk_platform(
    session: &mut Session<'_>,
    filter: &Filter,
    order: Order,
    at_work: &dyn Fn(u64),
    each: &mut Each<'_>,
) -> Outcome<Walked> {
    let access = session.connection.access.clone();
    session.restart_clock();
    let url = access.join(&format!("api/v1/tokens?{}", filter.platform_query(order)));
    let mut answer = session.send(&access, Request { is_streamed: true, ..Request::get(url) })?;
    let Some(stream) = answer.stream.take() else { return Err(session.refusal(&answer, RULE)) };
    let now = answer.time();
    let mut unknown: Option<(u64, &'static str)> = None;
    let mut read = 0;
    let mut choose = |token: StoredToken| {
        read += 1;
        if read % 1000 == 0 {
            at_work(read);
        }
        match filter.verdict(&token, now) {
            Verdict::Meant => each(&token),
            Verdict::Other => Ok(ControlFlow::Continue(())),
            Verdict::Unknown(flag) => {
                unknown.get_or_insert((0, flag)).0 += 1;
                Ok(ControlFlow::Continue(()))
            }
        }
    };
    read_list(stream, &mut choose).map_err(|stop| match stop {
        Stop::Failed(failure) => failure,
        Stop::Unreadable(why) => not_a_list(session, &why),
    })?;
    Ok(Walked { dialect: Dialect::Platform, unknown })
}

fn broken(session: &Session<'_>) -> Failure {
    let platform = &session.connection.platform;
    Failure::new(
        Reason::Server,
        format!("{platform} answered for a while, and then with something else than a list"),
    )
    .hint("try again; the list so far is not whole")
}

fn not_a_list(session: &Session<'_>, why: &str) -> Failure {
    let platform = &session.connection.platform;
    Failure::new(Reason::Server, format!("{platform} did not answer with a whole list of tokens: {why}"))
        .hint("try again, or give it more time with --response-timeout; what was printed is not whole")
}

/// Why a list was not read to its end.
enum Stop {
    /// What was done with a token failed.
    Failed(Failure),
    /// It is no list, or it broke off.
    Unreadable(String),
}

/// Reads `{"tokens":[…]}` token by token.
fn read_list(
    source: impl Read,
    each: &mut dyn FnMut(StoredToken) -> Outcome<ControlFlow<()>>,
) -> Result<(), Stop> {
    let mut result = Ok(ControlFlow::Continue(()));
    let left = Cell::new(ITEM_LIMIT);
    let source = Limited { source: BufReader::new(source), left: &left };
    let mut deserializer = serde_json::Deserializer::from_reader(source);
    let list = List { each, result: &mut result, left: &left };
    let read = deserializer.deserialize_map(list).and_then(|()| deserializer.end());
    match (result, read) {
        (Err(failure), _) => Err(Stop::Failed(failure)),
        // Reading was ended by an error of our own.
        (Ok(ControlFlow::Break(())), _) => Ok(()),
        (Ok(ControlFlow::Continue(())), read) => read.map_err(|error| Stop::Unreadable(error.to_string())),
    }
}

/// A source that ends with an error if one item of the list has more bytes than a token's description can.
struct Limited<'a, R> {
    source: R,
    left: &'a Cell<usize>,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.left.get());
        if most == 0 && !into.is_empty() {
            return Err(io::Error::other(format!("one item is longer than {ITEM_LIMIT} bytes")));
        }
        let count = self.source.read(&mut into[..most])?;
        self.left.set(self.left.get() - count);
        Ok(count)
    }
}

/// The object, and in it the array, whose items are handed on as they come.
struct List<'a, 'f> {
    left: &'a Cell<usize>,
    each: &'a mut (dyn FnMut(StoredToken) -> Outcome<ControlFlow<()>> + 'f),
    result: &'a mut Outcome<ControlFlow<()>>,
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an array of tokens")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        let mut has_tokens = false;
        while let Some(key) = entries.next_key::<String>()? {
            if key == "tokens" {
                has_tokens = true;
                entries.next_value_seed(Items(&mut self))?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        if has_tokens { Ok(()) } else { Err(A::Error::custom("there are no tokens in it")) }
    }
}

struct Items<'l, 'a, 'f>(&'l mut List<'a, 'f>);

impl<'de> DeserializeSeed<'de> for Items<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of tokens")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(fields) = items.next_element::<Map<String, Value>>()? {
            self.0.left.set(ITEM_LIMIT);
            *self.0.result = (self.0.each)(fields.into());
            if !matches!(self.0.result, Ok(ControlFlow::Continue(()))) {
                return Err(A::Error::custom("no more is wanted"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(text: &str, most: usize) -> (Vec<String>, Result<(), String>) {
        let mut ids = Vec::new();
        let result = read_list(text.as_bytes(), &mut |token| {
            ids.push(token.id().to_owned());
            Ok(if ids.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        let result = result.map_err(|stop| match stop {
            Stop::Failed(failure) => failure.message,
            Stop::Unreadable(why) => why,
        });
        (ids, result)
    }

    #[test]
    fn a_list_is_read_item_by_item() {
        let list = r#"{"x":[1],"tokens":[{"token_id":"a"},{"token_id":"b"}],"y":{}}"#;
        assert_eq!(ids(list, 9), (vec!["a".into(), "b".into()], Ok(())));
        assert_eq!(ids(list, 1), (vec!["a".into()], Ok(())), "and no further than wanted");
        assert_eq!(ids(r#"{"tokens":[]}"#, 9), (vec![], Ok(())));
    }

    #[test]
    fn what_is_cut_off_or_no_list_is_told() {
        let (read, result) = ids(r#"{"tokens":[{"token_id":"a"},{"tok"#, 9);
        assert!(read == ["a"] && result.unwrap_err().contains("EOF"));
        for bad in ["", "[]", "{}", "<html>", r#"{"tokens":1}"#, r#"{"tokens":[1]}"#, r#"{"tokens":[]} x"#] {
            assert!(ids(bad, 9).1.is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_of_any_length_is_read_but_no_item_of_any_length() {
        let item = format!(r#"{{"token_id":"{}"}}"#, "x".repeat(ITEM_LIMIT / 2));
        let list = format!(r#"{{"tokens":[{}]}}"#, [item.as_str(); 5].join(","));
        assert!(ids(&list, 9).1.is_ok());
        for monster in [
            format!(r#"{{"tokens":[{{"token_id":"{}"}}]}}"#, "x".repeat(2 * ITEM_LIMIT)),
            format!(r#"{{"{}":1}}"#, "x".repeat(2 * ITEM_LIMIT)),
        ] {
            assert!(ids(&monster, 9).1.unwrap_err().contains("longer than"));
        }
    }

    #[test]
    fn what_is_done_with_a_token_may_fail() {
        let result = read_list(r#"{"tokens":[{}]}"#.as_bytes(), &mut |_| Err(Failure::usage("no")));
        assert!(matches!(result, Err(Stop::Failed(failure)) if failure.message == "no"));
    }

    #[test]
    fn pages_are_read() {
        let page_of = page(br#"{"tokens":[{"token_id":"a"}],"cursor":"c"}"#).unwrap();
        assert_eq!((page_of.tokens.len(), page_of.cursor.as_deref()), (1, Some("c")));
        for none in [r#"{"tokens":[1]}"#, "{}", "[]", "<html>", ""] {
            assert!(page(none.as_bytes()).is_none(), "{none}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in r#"[\[\]{}":,\\a-e0-9]{0,60}"#) {
            let _ = ids(&format!(r#"{{"tokens":[{text}]}}"#), 3);
            page(text.as_bytes());
        }
    }
}
