//! The ARC paper's format (Megiddo and Modha, FAST 2003): `start count ignored ignored`.

use super::{Text, TraceBuilder, TraceError};
use crate::key::Key;

/// Reads every line of `text` into `trace`; the format knows no kinds.
pub(crate) fn parse(text: &Text, trace: &mut TraceBuilder) -> Result<(), TraceError> {
    for (line, content) in text.lines() {
        let (start, count) =
            range(content).map_err(|problem| TraceError::BadLine { file: text.file.clone(), line, problem })?;
        trace.check_room(line, count)?;
        for block in start..start + count {
            trace.push(line, Key::Number(block), None)?;
        }
    }
    Ok(())
}

/// The first block of a line, and how many follow each other from there.
fn range(content: &str) -> Result<(u64, u64), String> {
    let fields: Vec<&str> = content.split_whitespace().collect();
    if fields.len() != 4 {
        return Err(format!("it has {} fields where 4 numbers are due", fields.len()));
    }
    let mut numbers = [0_u64; 4];
    for (number, field) in numbers.iter_mut().zip(&fields) {
        *number = field.parse().map_err(|_| format!("\"{field}\" is not a number"))?;
    }
    let [start, count, ..] = numbers;
    if count == 0 {
        return Err("its count of blocks is 0".to_owned());
    }
    if start.checked_add(count).is_none() {
        return Err(format!("{count} blocks from {start} on go beyond 64 bits"));
    }
    Ok((start, count))
}
