//! The habits of the existing tool's command line, rewritten into the one form that the grammar in
//! `cli` takes: `-flag` becomes `--flag`, a value flag takes the next argument whatever it looks like,
//! and booleans are read as Go reads them.

use crate::error::{Failure, Outcome};
use clap::{Arg, Command};
use std::ffi::{OsStr, OsString};

/// Rewrites the arguments after the program's name.
///
/// # Errors
/// A usage failure for a boolean that is none, and for a bare `true` or `false` after a boolean flag:
/// the existing tool takes it for the user name there.
pub(crate) fn normalise(
    grammar: &Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> Outcome<Vec<OsString>> {
    let mut command = grammar;
    let mut normal = Vec::new();
    let mut arguments = arguments.into_iter().peekable();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            normal.push(argument);
            normal.extend(arguments);
            break;
        }
        let argument = one_letter(command, &argument).unwrap_or(argument);
        if takes_next(command, &argument) {
            normal.push(argument);
            normal.extend(arguments.next());
            continue;
        }
        let Some((name, value)) = split_flag(&argument) else {
            command = argument.to_str().and_then(|word| command.find_subcommand(word)).unwrap_or(command);
            normal.push(argument);
            continue;
        };
        let flag = command.get_arguments().find(|flag| flag.get_long() == Some(name));
        normal.push(match flag {
            // The existing tool takes a text here, which has always stood behind a space as well.
            Some(_)
                if name == "insecure-tls"
                    && value.is_none()
                    && separate_boolean(arguments.peek()).is_some() =>
            {
                boolean(name, arguments.next().as_deref())?
            }
            Some(flag) if is_boolean(flag) => {
                refuse_separate_boolean(name, value, arguments.peek())?;
                boolean(name, value)?
            }
            Some(flag) if flag.get_action().takes_values() => match value {
                Some(value) => with_value(name, value),
                None => match arguments.next() {
                    Some(next) => with_value(name, &next),
                    None => format!("--{name}").into(),
                },
            },
            // Without a value: the message about an unknown flag must not repeat a mistyped secret.
            _ => format!("--{}", name_alone(name)).into(),
        });
    }
    Ok(normal)
}

/// Reads a boolean as the existing tool does.
pub(crate) fn parse_go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Name and value of `-name`, `--name`, `-name=value` and `--name=value`; `None` for everything else,
/// one-letter flags included.
fn split_flag(argument: &OsStr) -> Option<(&str, Option<&OsStr>)> {
    let bytes = argument.as_encoded_bytes();
    let dashes = bytes.iter().take_while(|b| **b == b'-').count();
    let end = bytes.iter().position(|b| *b == b'=').unwrap_or(bytes.len());
    if !(1..=2).contains(&dashes) || end < dashes + 2 {
        return None;
    }
    let name = std::str::from_utf8(&bytes[dashes..end]).ok()?;
    Some((name, os_tail(argument, end)))
}

/// What follows the equals sign at `at`.
fn os_tail(argument: &OsStr, at: usize) -> Option<&OsStr> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        argument.as_bytes().get(at + 1..).map(OsStr::from_bytes)
    }
    #[cfg(not(unix))]
    {
        argument.to_str()?.get(at + 1..).map(OsStr::new)
    }
}

/// What can be a flag's name in `uname:password`, as other tools take it after `-`.
fn name_alone(name: &str) -> &str {
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
    &name[..end.unwrap_or(name.len())]
}

fn with_value(name: &str, value: &OsStr) -> OsString {
    let mut flag = OsString::from(format!("--{name}="));
    flag.push(value);
    flag
}

/// The grammar's booleans are the flags whose value can only follow an equals sign.
fn is_boolean(flag: &Arg) -> bool {
    flag.is_require_equals_set()
}

fn boolean(name: &str, value: Option<&OsStr>) -> Outcome<OsString> {
    let Some(value) = value else { return Ok(format!("--{name}").into()) };
    let text = value.to_string_lossy();
    match parse_go_bool(&text) {
        Some(value) => Ok(format!("--{name}={value}").into()),
        // What somebody gave to a flag for secrets is most likely the secret.
        None if name.ends_with("-stdin") => {
            Err(Failure::usage(format!("--{name} takes no value: it reads standard input"))
                .hint(format!("send the secret there: jf … --{name} < secret.txt")))
        }
        None => Err(Failure::usage(format!("invalid boolean value {text:?} for --{name}"))
            .hint(format!("write --{name}=true or --{name}=false"))),
    }
}

fn refuse_separate_boolean(name: &str, value: Option<&OsStr>, next: Option<&OsString>) -> Outcome<()> {
    if let Some(next) = separate_boolean(next).filter(|_| value.is_none()) {
        let word = next.to_ascii_lowercase();
        return Err(Failure::usage(format!("'{next}' after --{name} would be taken for an argument"))
            .hint(format!("write --{name}={word}, or put -- before a name that is really '{next}'")));
    }
    Ok(())
}

fn separate_boolean(next: Option<&OsString>) -> Option<&str> {
    let next = next?.to_str()?;
    (next.eq_ignore_ascii_case("true") || next.eq_ignore_ascii_case("false")).then_some(next)
}

/// Whether this is a one-letter flag whose value is the next argument, whatever that looks like.
fn takes_next(command: &Command, argument: &OsStr) -> bool {
    let Some(letter) = argument.to_str().and_then(|text| text.strip_prefix('-')) else { return false };
    let flag = command.get_arguments().find(|flag| {
        flag.get_short().is_some_and(|short| letter.strip_prefix(short).is_some_and(str::is_empty))
    });
    flag.is_some_and(|flag| flag.get_action().takes_values())
}

/// `-X` for `--X`: the existing tool has one-letter flags with two dashes too.
fn one_letter(command: &Command, argument: &OsStr) -> Option<OsString> {
    let text = argument.to_str()?;
    let rest = text.strip_prefix("--")?;
    let (name, value) = rest.split_once('=').map_or((rest, ""), |(name, _)| (name, &rest[name.len()..]));
    let mut letters = name.chars();
    let (letter, None) = (letters.next()?, letters.next()) else { return None };
    let is_flag =
        matches!(letter, 'h' | 'v') || command.get_arguments().any(|flag| flag.get_short() == Some(letter));
    is_flag.then(|| format!("-{letter}{value}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(line: &str) -> Result<String, String> {
        let words = line.split(' ').map(|word| if word == "''" { "" } else { word }.into());
        match normalise(&crate::cli::grammar(), words) {
            Ok(words) => Ok(words.iter().map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")),
            Err(failure) => Err(failure.message),
        }
    }

    #[test]
    fn all_forms_of_a_flag_become_one() {
        for (line, wanted) in [
            ("atc -expiry 10 frog", "atc --expiry=10 frog"),
            ("atc frog -expiry=10", "atc frog --expiry=10"),
            ("atc --description --help", "atc --description=--help"),
            ("atc --description=", "atc --description="),
            ("atc --refreshable frog --expiry 10", "atc --refreshable frog --expiry=10"),
            ("atc -refreshable=F", "atc --refreshable=false"),
            ("atc --refreshable=1", "atc --refreshable=true"),
            ("atc -- --expiry 1", "atc -- --expiry 1"),
            ("atc -h", "atc -h"),
            ("-version", "--version"),
            ("atc -", "atc -"),
            ("atc --expiry", "atc --expiry"),
            ("atc --acces-token=canary", "atc --acces-token"),
            ("atc -uname:canary", "atc --uname"),
            ("c add -url u --overwrite x", "c add --url=u --overwrite x"),
            ("c add --insecure-tls true x", "c add --insecure-tls=true x"),
            ("atc --insecure-tls frog", "atc --insecure-tls frog"),
            ("api --X POST --H=a:b --d x p", "api -X POST -H=a:b -d x p"),
            ("api -d -foo=bar -X POST x", "api -d -foo=bar -X POST x"),
            ("api -d --verbose=1", "api -d --verbose=1"),
            ("atc --h", "atc -h"),
            ("--v", "-v"),
            ("atc --x", "atc --x"),
        ] {
            assert_eq!(normal(line).as_deref(), Ok(wanted), "{line}");
        }
    }

    #[test]
    fn ambiguous_booleans_are_refused() {
        assert!(normal("atc --refreshable false").unwrap_err().contains("--refreshable"));
        assert!(normal("atc -reference True").is_err());
        assert!(normal("atc --refreshable=maybe").unwrap_err().contains("invalid boolean value \"maybe\""));
        assert!(normal("atc --refreshable -- false").is_ok());
    }

    proptest! {
        #[test]
        fn what_is_normal_stays_as_it_is(
            words in proptest::collection::vec("(--?)?(expiry|refreshable|groups|x|é)?=?(true|a b|-|1)?", 0..6)
        ) {
            let grammar = crate::cli::grammar();
            let words = std::iter::once("atc".to_owned()).chain(words).map(OsString::from);
            if let Ok(once) = normalise(&grammar, words) {
                prop_assert_eq!(normalise(&grammar, once.clone()), Ok(once));
            }
        }
    }
}
