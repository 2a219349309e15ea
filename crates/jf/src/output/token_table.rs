//! A list of tokens as a table: one line for each where there is room, three where there is not. The columns are
//! as wide as the first rows need, so that a list of any length is printed while it comes.

use crate::output::terminal::safe_line;
use crate::tokens::{StoredToken, words};
use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table, Width, presets};

/// Rows that decide on the widths, and are printed together.
const ROWS: usize = 200;
/// Spaces between two columns.
const GAP: u16 = 2;

const HEADER: [&str; 7] = ["ID", "USER", "SCOPE", "CREATED", "EXPIRES", "LAST USED", "DESCRIPTION"];
/// Columns that are cut first where there is no room, and what is left of them at least.
const FLEXIBLE: [(usize, u16); 3] = [(6, 12), (2, 24), (1, 8)];

/// The narrow form: three columns of three lines.
const NARROW_HEADER: [&str; 3] = ["ID\nUSER", "EXPIRES\nLAST USED", "SCOPE\nDESCRIPTION"];

/// Rows on their way to the reader.
pub(super) struct TokenTable {
    now: u64,
    /// Columns of the terminal; `None` = nobody minds.
    room: Option<u16>,
    rows: Vec<[String; 7]>,
    /// Once the first rows have decided.
    layout: Option<Layout>,
}

enum Layout {
    Wide(Vec<u16>),
    Narrow(Vec<u16>),
}

impl TokenTable {
    /// A table for a terminal of so many columns.
    pub(super) fn new(room: Option<usize>, now: u64) -> Self {
        let room = room.map(|columns| u16::try_from(columns).unwrap_or(u16::MAX));
        Self { now, room, rows: Vec::new(), layout: None }
    }

    /// Takes a token; gives text when there is enough of it.
    pub(super) fn push(&mut self, token: &StoredToken) -> Option<String> {
        self.rows.push(cells(token, self.now));
        (self.rows.len() == ROWS).then(|| self.take_text())
    }

    /// The rest.
    pub(super) fn finish(mut self) -> String {
        if self.rows.is_empty() && self.layout.is_some() { String::new() } else { self.take_text() }
    }

    fn take_text(&mut self) -> String {
        let rows = std::mem::take(&mut self.rows);
        let is_first = self.layout.is_none();
        let layout = self.layout.get_or_insert_with(|| Layout::of(&rows, self.room));
        if self.room.is_none() && !is_first {
            layout.widen(&rows);
        }
        layout.print(rows, is_first)
    }
}

impl Layout {
    fn of(rows: &[[String; 7]], room: Option<u16>) -> Self {
        let mut table = bare_table();
        table.set_header(HEADER);
        table.add_rows(rows);
        let mut widths = table.column_max_content_widths();
        let Some(room) = room else { return Self::Wide(widths) };
        let total = |widths: &[u16]| widths.iter().sum::<u16>() + GAP * (widths.len() as u16 - 1);
        for (column, least) in FLEXIBLE {
            let excess = total(&widths).saturating_sub(room);
            widths[column] = widths[column].saturating_sub(excess).max(least.min(widths[column]));
        }
        if total(&widths) <= room {
            return Self::Wide(widths);
        }
        let first = widths[0].max(widths[1]).max("made 2026-11-27".len() as u16);
        let expires = "2026-11-27 10:00 UTC".len() as u16;
        let rest = room.saturating_sub(first + expires + 2 * GAP).max(FLEXIBLE[0].1);
        Self::Narrow(vec![first, expires, rest])
    }

    /// Makes room for these rows too: where nobody minds the width, nothing is cut.
    fn widen(&mut self, rows: &[[String; 7]]) {
        if let (Self::Wide(widths), Self::Wide(wanted)) = (self, Self::of(rows, None)) {
            widths.iter_mut().zip(wanted).for_each(|(width, wanted)| *width = wanted.max(*width));
        }
    }

    fn print(&self, rows: Vec<[String; 7]>, is_first: bool) -> String {
        let mut table = bare_table();
        let (widths, height) = match self {
            Self::Wide(widths) => (widths, 1),
            Self::Narrow(widths) => (widths, 3),
        };
        match (self, is_first) {
            (_, false) => {}
            (Self::Wide(_), true) => _ = table.set_header(HEADER),
            (Self::Narrow(_), true) => _ = table.set_header(NARROW_HEADER),
        }
        for row in rows {
            let mut row = match self {
                Self::Wide(_) => Row::from(row),
                Self::Narrow(_) => Row::from(narrow(row)),
            };
            row.max_height(height);
            table.add_row(row);
        }
        // Padding counts as width.
        table.set_constraints(
            widths.iter().map(|width| ColumnConstraint::Absolute(Width::Fixed(width + GAP))),
        );
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        table.trim_fmt() + "\n"
    }
}

fn bare_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    // The widths are ours; the library's own limit must not come before.
    table.set_width(u16::MAX);
    table
}

fn cells(token: &StoredToken, now: u64) -> [String; 7] {
    let line = |text: Option<&str>| safe_line(text.unwrap_or_default());
    [
        line(Some(token.id())),
        line(Some(token.user())),
        line(token.scope()),
        token.issued_at().map(words::day).unwrap_or_default(),
        token.expiry().map_or("never".to_owned(), |expiry| words::moment(expiry, now)),
        token.last_used().map(|moment| words::distance(moment, now)).unwrap_or_default(),
        line(token.description()),
    ]
}

/// The same cells in three columns, nothing left out.
fn narrow([id, user, scope, created, expires, used, description]: [String; 7]) -> [String; 3] {
    let (distance, moment) = expires.split_once(", ").unwrap_or((&expires, ""));
    let used = if used.is_empty() { used } else { format!("used {used}") };
    [
        format!("{id}\n{user}\nmade {created}"),
        format!("{distance}\n{moment}\n{used}"),
        format!("{scope}\n{description}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(description: &str) -> StoredToken {
        let fields = json!({"token_id": "0193f3c4-aaaa-7bbb-8ccc-0123456789ab", "subject": "jfac@x/users/frog",
            "scope": "applied-permissions/user", "issued_at": 1_763_000_000, "expiry": 1_764_064_800,
            "last_used": 1_763_999_900, "description": description});
        StoredToken::from(fields.as_object().unwrap().clone())
    }

    fn print(room: Option<usize>, descriptions: &[&str]) -> String {
        let mut table = TokenTable::new(room, 1_764_000_000);
        let mut text: String =
            descriptions.iter().filter_map(|description| table.push(&token(description))).collect();
        text.push_str(&table.finish());
        text
    }

    const LONG_ID: &str = "0193f3c4-aaaa-7bbb-8ccc-0123456789ab";

    #[test]
    fn where_nobody_minds_nothing_is_cut() {
        let long = "d".repeat(300);
        let row = format!(
            "{LONG_ID}  frog  applied-permissions/user  2025-11-13  in 18 hours, 2025-11-25 10:00 UTC  100 seconds ago  "
        );
        let header = "ID                                    USER  SCOPE                     CREATED     \
            EXPIRES                            LAST USED        DESCRIPTION\n";
        assert_eq!(print(None, &["nightly", &long]), format!("{header}{row}nightly\n{row}{long}\n"));
        // The long one comes when the widths are decided.
        let mut many = vec!["nightly"; ROWS];
        many.push(&long);
        assert!(print(None, &many).ends_with(&format!("{row}{long}\n")));
    }

    #[test]
    fn a_terminal_is_never_overrun_and_ids_are_whole() {
        let long = "grün 東京 ".repeat(60);
        for room in [80, 100, 130, 160, 200, 1000] {
            let many: Vec<&str> =
                (0..=ROWS).map(|number| if number % 2 == 0 { "x" } else { long.as_str() }).collect();
            let text = print(Some(room), &many);
            for line in text.lines() {
                assert!(comfy_width(line) <= room, "{room}: {line}");
            }
            assert_eq!(text.matches(LONG_ID).count(), many.len(), "{room}");
            assert_eq!(text.matches("USER").count(), 1, "{room}: one header");
            assert_eq!(text.matches("100 seconds ago").count(), many.len(), "{room}");
            assert_eq!(text.matches("2025-11-25 10:00 UTC").count(), many.len(), "{room}");
        }
    }

    fn comfy_width(line: &str) -> usize {
        let mut table = Table::new();
        table.add_row([line]);
        usize::from(table.column_max_content_widths()[0])
    }

    #[test]
    fn a_narrow_terminal_gets_three_lines_a_token() {
        assert_eq!(
            print(Some(80), &["nightly"]),
            format!(
                "ID                                    EXPIRES               SCOPE\n\
                 USER                                  LAST USED             DESCRIPTION\n\
                 {LONG_ID}  in 18 hours           applied-permissions/\n\
                 frog                                  2025-11-25 10:00 UTC  user\n\
                 made 2025-11-13                       used 100 seconds ago  nightly\n"
            )
        );
    }
}
