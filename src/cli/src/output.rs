//! Standard output, where a closed pipe (`| head`) is no reason to panic.

use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Prints `text`; a reader that has gone is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Show(error)),
        _ => Ok(()),
    }
}
