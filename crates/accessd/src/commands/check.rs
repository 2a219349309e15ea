//! `accessd check`: prints each setting and where it comes from. Settings hold no secrets.

use crate::cli::ServeArguments;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::{Effective, Settings};
use std::io::Write as _;

pub(super) fn run(arguments: &ServeArguments, environment: &Environment) -> Result<(), Failure> {
    let settings = Settings::gather(arguments, environment).map_err(|error| {
        // The hint of the other commands is to run this one.
        Failure::new("the settings are not acceptable").caused_by(&error)
    })?;
    let mut text = String::new();
    for Effective { name, value, origin } in &settings.effective {
        text.push_str(&format!("{name} = {value}  ({origin})\n"));
    }
    text.push_str(&format!("master-key = {}\n", master_key_place(environment)));
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::new("cannot print the settings").caused_by(&error))
}

fn master_key_place(environment: &Environment) -> String {
    match (&environment.master_key, &environment.master_key_file) {
        (Some(_), _) => "(not shown)  (environment ACCESSD_MASTER_KEY)".to_owned(),
        (None, Some(path)) => {
            format!("{}  (environment ACCESSD_MASTER_KEY_FILE)", path.display())
        }
        (None, None) => "keys/master.key in the data folder  (default)".to_owned(),
    }
}
