//! What the commands that make a token do with it: check first that it can be printed, print it once, and say
//! where it is if that goes wrong.

use crate::cli::TokenOutput;
use crate::error::{Failure, Outcome, Reason};
use crate::output::destination::{Destination, NotWritten};
use crate::output::format::{CreatedToken, Format};
use crate::output::report::Report;

/// Where a token goes, and how it looks there.
pub(super) struct TokenResult {
    format: Format,
    destination: Destination,
}

impl TokenResult {
    /// Checks that the token can be written, before it is asked for.
    ///
    /// # Errors
    /// If the file exists or cannot be made.
    pub(super) fn check(flags: &TokenOutput) -> Outcome<Self> {
        let destination = Destination::check(flags.file.as_deref())?;
        Ok(Self { format: flags.format.unwrap_or_default(), destination })
    }

    /// The same, where a file that is there may be replaced.
    ///
    /// # Errors
    /// If it cannot.
    pub(super) fn check_replacing(flags: &TokenOutput) -> Outcome<Self> {
        let destination = Destination::check_replacing(flags.file.as_deref())?;
        Ok(Self { format: flags.format.unwrap_or_default(), destination })
    }

    /// Writes the token. `url` is the platform's; `prefer_reference` chooses for [`Format::Token`].
    ///
    /// # Errors
    /// What kept it from being written, with the token's id, and where it is if it is somewhere.
    pub(super) fn write(
        self,
        token: &CreatedToken,
        url: &str,
        prefer_reference: bool,
        report: &Report,
    ) -> Outcome<()> {
        self.try_write(token, url, prefer_reference, report).map_err(|problem| not_written(token, &problem))
    }

    /// The same for who knows better what to do if it fails.
    ///
    /// # Errors
    /// What kept it from being written, and where it is if it is somewhere.
    pub(super) fn try_write(
        self,
        token: &CreatedToken,
        url: &str,
        prefer_reference: bool,
        report: &Report,
    ) -> Result<(), NotWritten> {
        token.secrets().for_each(|secret| report.mask_new(&secret));
        let text = token.print(self.format, url, prefer_reference);
        self.destination.write(text.as_bytes())
    }
}

fn not_written(token: &CreatedToken, problem: &NotWritten) -> Failure {
    let created = format!("the token was created (token_id {})", token.id().unwrap_or("not known"));
    match problem {
        NotWritten::Lost(why) => {
            Failure::new(Reason::Failed, format!("{created}, but could not be written: {why}"))
                .hint("its text is lost: revoke the token by its id and create another")
        }
        NotWritten::Elsewhere { file, why } => {
            let file = file.display();
            Failure::new(Reason::Failed, format!("{created}, but is in {file} instead of --output: {why}"))
                .hint(format!("move {file} to where it should be, or revoke the token by its id"))
        }
    }
}
