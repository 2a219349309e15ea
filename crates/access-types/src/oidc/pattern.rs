//! Patterns of names: text in which `{{claim}}` stands for what an ID token says.

use serde_json::{Map, Value};

/// A pattern that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Claim(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Words to follow the name of the field: no claim in it, or braces that stand alone.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (claim, behind) =
                after.split_once("}}").ok_or_else(|| format!("{text:?} has a {{{{ that is never closed"))?;
            push_text(&mut pieces, before, text)?;
            let claim = claim.trim();
            if claim.is_empty() || claim.contains(['{', '}']) {
                return Err(format!("{text:?} has no name of a claim between {{{{ and }}}}"));
            }
            pieces.push(Piece::Claim(claim.to_owned()));
            rest = behind;
        }
        push_text(&mut pieces, rest, text)?;
        if !pieces.iter().any(|piece| matches!(piece, Piece::Claim(_))) {
            return Err(format!("{text:?} names no claim; write it as {{{{claim}}}}"));
        }
        Ok(Self(pieces))
    }

    /// What the pattern makes of these claims: one text, or each of a list if the pattern is a claim alone. `None` if
    /// a claim is not there, is empty, or is no text: then there is no name.
    pub fn fill(&self, claims: &Map<String, Value>) -> Option<Vec<String>> {
        if let [Piece::Claim(only)] = self.0.as_slice()
            && let Some(Value::Array(items)) = claims.get(only)
        {
            return items.iter().map(|item| text_of(item).map(str::to_owned)).collect();
        }
        let mut filled = String::new();
        for piece in &self.0 {
            filled.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Claim(claim) => text_of(claims.get(claim)?)?,
            });
        }
        Some(vec![filled])
    }
}

fn push_text(pieces: &mut Vec<Piece>, part: &str, whole: &str) -> Result<(), String> {
    if part.contains(['{', '}']) {
        return Err(format!("{whole:?} has a brace that stands alone"));
    }
    if !part.is_empty() {
        pieces.push(Piece::Text(part.to_owned()));
    }
    Ok(())
}

fn text_of(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(pattern: &str, claims: Value) -> Option<Vec<String>> {
        Pattern::parse(pattern).unwrap().fill(claims.as_object().unwrap())
    }

    #[test]
    fn claims_take_their_place() {
        assert_eq!(fill("{{ actor }}", json!({"actor": "frog"})), Some(vec!["frog".to_owned()]));
        assert_eq!(fill("ci-{{a}}-{{b}}", json!({"a": "x", "b": "y"})), Some(vec!["ci-x-y".to_owned()]));
        // A value is not read as a pattern.
        assert_eq!(fill("{{a}}", json!({"a": "{{b}}", "b": "y"})), Some(vec!["{{b}}".to_owned()]));
    }

    #[test]
    fn a_list_is_a_name_each_where_it_stands_alone() {
        let groups = json!({"groups": ["a", "b"]});
        assert_eq!(fill("{{groups}}", groups.clone()).unwrap().len(), 2);
        assert_eq!(fill("x-{{groups}}", groups), None);
        assert_eq!(fill("{{groups}}", json!({"groups": ["a", 1]})), None);
    }

    #[test]
    fn what_is_no_text_is_no_name() {
        for value in [json!(null), json!(1), json!(true), json!(""), json!({"x": "y"})] {
            assert_eq!(fill("x{{a}}", json!({"a": value})), None);
        }
        assert_eq!(fill("x{{a}}", json!({})), None);
    }

    #[test]
    fn patterns_that_are_none_are_refused() {
        for bad in ["", "frog", "{{}}", "{{a", "a}}", "{a}", "{{{a}}}", "{{a}}}", "{{ }}"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
