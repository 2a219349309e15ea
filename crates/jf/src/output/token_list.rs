//! A list of tokens in each output format, written while it comes.

use crate::output::token_table::TokenTable;
use crate::output::{terminal, write_result};
use crate::tokens::StoredToken;
use std::io;
use std::str::FromStr;

/// Bytes that are written together.
const CHUNK: usize = 64 * 1024;

/// Columns of CSV: the names of the fields.
const CSV_HEADER: &str =
    "token_id,subject,scope,issued_at,expiry,last_used,refreshable,project,description\r\n";

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ListFormat {
    /// Columns for reading.
    #[default]
    Table,
    /// `{"tokens":[…]}`, each as the server sent it.
    Json,
    /// RFC 4180, times in epoch seconds.
    Csv,
    /// One id a line.
    Ids,
}

impl FromStr for ListFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "ids" => Ok(Self::Ids),
            _ => Err("only the following output formats are supported: table, json, csv, ids".into()),
        }
    }
}

/// A list on its way to standard output.
pub(crate) struct TokenList {
    form: Form,
    text: String,
    count: u64,
}

enum Form {
    Table(TokenTable),
    Json,
    Csv,
    Ids,
}

impl TokenList {
    /// A list for a terminal of so many columns; `now` is what times are told from.
    pub(crate) fn new(format: ListFormat, room: Option<usize>, now: u64) -> Self {
        let (form, text) = match format {
            ListFormat::Table => (Form::Table(TokenTable::new(room, now)), ""),
            ListFormat::Json => (Form::Json, ""),
            ListFormat::Csv => (Form::Csv, CSV_HEADER),
            ListFormat::Ids => (Form::Ids, ""),
        };
        Self { form, text: text.to_owned(), count: 0 }
    }

    /// A table of these, as text.
    pub(crate) fn table(tokens: &[StoredToken], room: Option<usize>, now: u64) -> String {
        let mut table = TokenTable::new(room, now);
        let mut text: String = tokens.iter().filter_map(|token| table.push(token)).collect();
        text.push_str(&table.finish());
        text
    }

    /// Takes a token, and writes what has come together.
    ///
    /// # Errors
    /// What the operating system says, a reader that went away included.
    pub(crate) fn push(&mut self, token: &StoredToken) -> io::Result<()> {
        match &mut self.form {
            Form::Table(table) => self.text.push_str(&table.push(token).unwrap_or_default()),
            Form::Json => {
                self.text.push_str(if self.count == 0 { "{\n  \"tokens\": [\n" } else { ",\n" });
                self.text.push_str(&indented(&token.json()));
            }
            Form::Csv => self.text.push_str(&csv_line(token)),
            Form::Ids => {
                self.text.push_str(&terminal::safe_line(token.id()));
                self.text.push('\n');
            }
        }
        self.count += 1;
        let is_shown = matches!(self.form, Form::Table(_)) && !self.text.is_empty();
        if is_shown || self.text.len() >= CHUNK { self.write() } else { Ok(()) }
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// As of [`Self::push`].
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match self.form {
            Form::Table(table) => {
                if self.count > 0 {
                    self.text.push_str(&table.finish());
                }
                return write_result(self.text.as_bytes());
            }
            Form::Json if self.count == 0 => self.text.push_str("{\n  \"tokens\": []\n}\n"),
            Form::Json => self.text.push_str("\n  ]\n}\n"),
            Form::Csv | Form::Ids => {}
        }
        self.write()
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    fn write(&mut self) -> io::Result<()> {
        let result = write_result(self.text.as_bytes());
        self.text.clear();
        result
    }
}

fn indented(json: &str) -> String {
    json.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn csv_line(token: &StoredToken) -> String {
    let moment = |moment: Option<u64>| moment.map(|moment| moment.to_string()).unwrap_or_default();
    let text = |text: Option<&str>| csv_field(&terminal::safe_line(text.unwrap_or_default()));
    let fields = [
        text(Some(token.id())),
        text(Some(token.subject())),
        text(token.scope()),
        moment(token.issued_at()),
        moment(token.expiry()),
        moment(token.last_used()),
        token.refreshable().map(|refreshable| refreshable.to_string()).unwrap_or_default(),
        text(token.project()),
        text(token.description()),
    ];
    fields.join(",") + "\r\n"
}

/// A text as a spreadsheet may open it: one that it would take for a formula has an apostrophe in front, which it
/// does not show. Descriptions are written by others than those who look at them.
fn csv_field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };

    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn csv_quotes_what_would_break_it() {
        let fields =
            json!({"token_id": "1", "subject": "s", "description": "a \"b\", c\nd\u{1b}", "expiry": 5});
        let token = StoredToken::from(fields.as_object().unwrap().clone());
        assert_eq!(csv_line(&token), "1,s,,,5,,,,\"a \"\"b\"\", c d\\u{1b}\"\r\n");
        assert_eq!(csv_field("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(CSV_HEADER.split(',').count(), 9);
    }

    #[test]
    fn formats_are_read_in_any_case() {
        assert_eq!("CSV".parse(), Ok(ListFormat::Csv));
        assert!("yaml".parse::<ListFormat>().unwrap_err().contains("table, json, csv, ids"));
    }
}
