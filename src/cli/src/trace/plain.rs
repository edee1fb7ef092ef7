//! One key a line.

use super::{Text, TraceBuilder, TraceError};
use crate::key::Key;

/// Reads every line of `text` into `trace`; the format knows no kinds.
pub(crate) fn parse(text: &Text, trace: &mut TraceBuilder) -> Result<(), TraceError> {
    for (line, content) in text.lines() {
        let words = content.split_whitespace().count();
        if words != 1 {
            let problem = format!("it has {words} words where one key is due");
            return Err(TraceError::BadLine { file: text.file.clone(), line, problem });
        }
        trace.push(line, Key::Text(content.trim().into()), None)?;
    }
    Ok(())
}
