//! `jf man-pages`: one page for each command, made of the same grammar as `--help`.

use super::{refuse_surplus, wrong_number};
use crate::cli::{self, ManPages};
use crate::error::{Failure, Outcome, Reason};
use std::fs;
use std::path::Path;

const USAGE: &str = "jf man-pages FOLDER";

/// Runs the command.
pub(super) fn run(flags: &ManPages) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let folder = flags.folder.as_deref().ok_or_else(|| wrong_number(0, USAGE))?;
    fs::create_dir_all(folder).map_err(|error| failed("create", folder, &error))?;
    let mut grammar = cli::grammar();
    grammar.build();
    write(&grammar, folder)
}

fn write(command: &clap::Command, folder: &Path) -> Outcome<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .and_then(|()| fs::write(&path, page))
        .map_err(|error| failed("write", &path, &error))?;
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
        .try_for_each(|command| write(command, folder))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Reason::Failed, format!("cannot {what} {}: {error}", path.display()))
        .hint("name a folder that you may write to")
}
