//! Files that results are written to.

use std::{fs, path::Path};

use crate::failure::Failure;

/// Refuses a file that could not be written, before the work instead of after it.
pub(crate) fn check(path: &Path) -> Result<(), Failure> {
    let refuse = |problem: &str| Failure::Report { path: path.to_owned(), problem: problem.to_owned() };
    if path.is_dir() {
        return Err(refuse("it is a directory"));
    }
    // The parent of a bare file name is the empty path.
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if parent.is_dir() { Ok(()) } else { Err(refuse(&format!("{} is not a directory", parent.display()))) }
}

/// Writes it.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|source| Failure::ReportUnwritable { path: path.to_owned(), source })
}
