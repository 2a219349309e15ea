//! Splitting of text at a separator outside double quotes, the one rule that scopes, group lists and
//! role lists share (access-api.md 3).

/// Splits `text` at each `separator` that is not between double quotes. Quotes are kept.
///
/// # Errors
/// `None` if a quote is never closed.
pub fn split_outside_quotes(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    parts.push(&text[start..]);
    (!quoted).then_some(parts)
}

/// Splits a comma list of names, takes the quotes off, and allows one trailing comma (seen on the wire).
///
/// # Errors
/// Words for a person if a quote is not closed, stands inside a name, or a name is empty.
pub fn parse_names(list: &str) -> Result<Vec<String>, String> {
    let mut items =
        split_outside_quotes(list, ',').ok_or_else(|| format!("the quote in {list:?} is never closed"))?;
    if items.len() > 1 && items.last() == Some(&"") {
        items.pop();
    }
    items.into_iter().map(unquote).collect()
}

/// Puts quotes around a name that would otherwise be split, and leaves every other name as it is.
pub fn quote_name(name: &str) -> String {
    if name.contains([' ', ',']) && !name.contains('"') { format!("\"{name}\"") } else { name.to_owned() }
}

fn unquote(item: &str) -> Result<String, String> {
    let name = match item.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner,
        None => item,
    };
    if name.contains('"') {
        return Err(format!("{item:?} has a quote inside a name"));
    }
    if name.trim().is_empty() {
        return Err("a name in the list is empty".to_owned());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_spaces_and_commas_inside_quotes() {
        assert_eq!(parse_names(r#"readers,"group 2","a,b""#).unwrap(), ["readers", "group 2", "a,b"]);
        assert_eq!(parse_names(r#""admin-group","#).unwrap(), ["admin-group"]);
    }

    #[test]
    fn broken_lists_are_refused() {
        for bad in ["", ",", "a,,b", ",a", "\"a", "a\"b\"", "\"\"", "a, ,b", "a,,"] {
            assert!(parse_names(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn quoting_a_name_is_undone_by_parsing_it() {
        for name in ["readers", "group 2", "a,b"] {
            assert_eq!(parse_names(&quote_name(name)).unwrap(), [name]);
        }
    }
}
