//! libCacheSim's CSV: the header decides which column is the key, and which, if any, the kind of access.

use super::{Text, TraceBuilder, TraceError};
use crate::key::Key;

/// Columns that may hold the key, the preferred one first.
const KEY_COLUMNS: [&str; 3] = ["lbn", "obj_id", "key"];
/// The key column that holds block numbers and nothing else.
const BLOCK_COLUMN: &str = "lbn";
/// The column that holds the kind of access.
const KIND_COLUMN: &str = "op";
/// What stands for a write: SCSI's WRITE(10) and WRITE(16), and words.
const WRITES: [&str; 5] = ["2a", "8a", "w", "write", "set"];
/// What stands for a read: SCSI's READ(10) and READ(16), and words.
const READS: [&str; 5] = ["28", "88", "r", "read", "get"];

/// Where in a record the parts of an access are.
struct Columns {
    key: usize,
    key_is_block: bool,
    kind: Option<usize>,
}

impl Columns {
    fn of<'a>(header: impl Iterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<String> = header.map(|name| name.trim().to_ascii_lowercase()).collect();
        let position = |wanted: &str| names.iter().position(|name| name == wanted);
        let key = KEY_COLUMNS.iter().find_map(|name| position(name))?;
        Some(Self { key, key_is_block: names[key] == BLOCK_COLUMN, kind: position(KIND_COLUMN) })
    }

    fn key(&self, record: &csv::StringRecord) -> Result<Key, String> {
        let field = record.get(self.key).unwrap_or_default().trim();
        match field.parse() {
            Ok(number) => Ok(Key::Number(number)),
            Err(_) if self.key_is_block => Err(format!("\"{field}\" is not a block number")),
            Err(_) if field.is_empty() => Err("its key is empty".to_owned()),
            Err(_) => Ok(Key::Text(field.into())),
        }
    }

    fn is_write(&self, record: &csv::StringRecord) -> Result<Option<bool>, String> {
        let Some(column) = self.kind else { return Ok(None) };
        let field = record.get(column).unwrap_or_default().trim().to_ascii_lowercase();
        if WRITES.contains(&field.as_str()) {
            return Ok(Some(true));
        }
        if READS.contains(&field.as_str()) {
            return Ok(Some(false));
        }
        Err(format!("\"{field}\" is no kind of access (2a or write, 28 or read)"))
    }
}

/// Whether `line` is a header that names a key column beside others.
pub(crate) fn is_header(line: &str) -> bool {
    line.contains(',') && Columns::of(line.split(',')).is_some()
}

/// Reads every line of `text` into `trace`.
pub(crate) fn parse(text: &Text, trace: &mut TraceBuilder) -> Result<(), TraceError> {
    let mut reader = csv::Reader::from_reader(text.content().as_bytes());
    let header = reader.headers().cloned().map_err(|error| bad_record(text, &error))?;
    let Some(columns) = Columns::of(header.iter()) else {
        let found = format!("its header names no key column ({})", KEY_COLUMNS.join(", "));
        return Err(TraceError::UnknownFormat { file: text.file.clone(), line: 1, found });
    };
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| bad_record(text, &error))? {
        let line = record.position().map_or(0, csv::Position::line);
        let bad = |problem| TraceError::BadLine { file: text.file.clone(), line, problem };
        let key = columns.key(&record).map_err(bad)?;
        let is_write = columns.is_write(&record).map_err(bad)?;
        trace.push(line, key, is_write)?;
    }
    Ok(())
}

fn bad_record(text: &Text, error: &csv::Error) -> TraceError {
    let (line, problem) = match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => (
            pos.as_ref().map_or(0, csv::Position::line),
            format!("it has {len} fields where the header has {expected_len}"),
        ),
        _ => (error.position().map_or(0, csv::Position::line), error.to_string()),
    };
    TraceError::BadLine { file: text.file.clone(), line, problem }
}
