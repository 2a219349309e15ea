//! Prints the OpenAPI description, for scripts/write-openapi.

use std::io::{Error, Write as _};

fn main() -> std::io::Result<()> {
    let text = accessd::openapi::text().map_err(Error::other)?;
    std::io::stdout().write_all(text.as_bytes())
}
