//! Recorded accesses: libCacheSim's CSV, the ARC paper's ranges of blocks, or one key a line; also compressed by Zstandard.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::operation::{Kind, Operation};

/// Where a trace does not tell, one access in so many is made a write.
const WRITE_ONE_IN: u64 = 10;

/// Names of the column with the key, the preferred one first.
const KEY_COLUMNS: [&str; 3] = ["lbn", "obj_id", "key"];

/// Name of the column with the kind of access.
const KIND_COLUMN: &str = "op";

/// What stands for a write in it: SCSI's WRITE(10) and WRITE(16), and words.
const WRITES: [&str; 5] = ["2a", "8a", "w", "write", "set"];

/// Endings of names that a folder's traces have.
const ENDINGS: [&str; 4] = [".csv", ".csv.zst", ".lis", ".lis.zst"];

/// What is wrong with a trace.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum TraceError {
    #[error("{} cannot be read: {source}", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("{} has no file that ends in {}; name another folder with --traces", folder.display(), ENDINGS.join(", "))]
    NoTraces { folder: PathBuf },
    #[error("{}: its first line is neither a header that names a key column ({}), nor four numbers, nor one key", file.display(), KEY_COLUMNS.join(", "))]
    UnknownFormat { file: PathBuf },
    #[error("{}:{line}: {problem}", file.display())]
    BadLine { file: PathBuf, line: usize, problem: &'static str },
}

/// Accesses to numbered keys, in their order.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) operations: Vec<Operation<u64>>,
    numbers: HashMap<String, u64>,
}

/// How lines are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv { key: usize, kind: Option<usize> },
    Ranges,
    Plain,
}

/// The traces of a folder, by name.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, TraceError> {
    let unreadable = |source| TraceError::Unreadable { file: folder.to_owned(), source };
    let paths = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<PathBuf> = paths.map_err(unreadable)?;
    paths.retain(|path| ENDINGS.iter().any(|ending| path.to_string_lossy().ends_with(ending)));
    paths.sort();
    if paths.is_empty() { Err(TraceError::NoTraces { folder: folder.to_owned() }) } else { Ok(paths) }
}

impl Trace {
    /// Reads the whole file.
    pub(crate) fn load(file: &Path) -> Result<Self, TraceError> {
        let unreadable = |source| TraceError::Unreadable { file: file.to_owned(), source };
        let bytes = fs::read(file).map_err(unreadable)?;
        let is_compressed = file.extension().is_some_and(|extension| extension == "zst");
        let bytes = if is_compressed { zstd::decode_all(&bytes[..]).map_err(unreadable)? } else { bytes };
        let text = String::from_utf8(bytes).map_err(|error| unreadable(io::Error::other(error)))?;
        Self::parse(&text, file)
    }

    /// Keys, which are numbered from 0 on.
    pub(crate) fn keys(&self) -> usize {
        self.numbers.len()
    }

    fn parse(text: &str, file: &Path) -> Result<Self, TraceError> {
        let first = text.lines().next().unwrap_or_default();
        let format = Format::of(first).ok_or_else(|| TraceError::UnknownFormat { file: file.to_owned() })?;
        let mut trace = Self::default();
        let header = usize::from(matches!(format, Format::Csv { .. }));
        for (index, line) in text.lines().enumerate().skip(header) {
            let bad = |problem| TraceError::BadLine { file: file.to_owned(), line: index + 1, problem };
            trace.read(format, line).map_err(bad)?;
        }
        Ok(trace)
    }

    fn read(&mut self, format: Format, line: &str) -> Result<(), &'static str> {
        match format {
            Format::Plain => self.push(line.trim(), None),
            Format::Csv { key, kind } => {
                let field = |column| line.split(',').nth(column).map(str::trim).filter(|field| !field.is_empty());
                let is_write = |kind: &str| WRITES.contains(&kind.to_ascii_lowercase().as_str());
                let kind =
                    kind.map(|column| field(column).map(is_write).ok_or("it has no kind of access")).transpose()?;
                self.push(field(key).ok_or("it has no key")?, kind);
            }
            Format::Ranges => {
                let mut numbers = line.split_whitespace().map(|word| word.parse::<u64>().ok());
                let range = numbers.next().flatten().zip(numbers.next().flatten());
                let (start, count) = range.ok_or("it does not begin with a block and a count")?;
                let end = start.checked_add(count).ok_or("its blocks go beyond 64 bits")?;
                (start..end).for_each(|block| self.push(&block.to_string(), None));
            }
        }
        Ok(())
    }

    fn push(&mut self, key: &str, is_write: Option<bool>) {
        let next = self.numbers.len() as u64;
        let key = match self.numbers.get(key) {
            Some(&number) => number,
            None => *self.numbers.entry(key.to_owned()).or_insert(next),
        };
        let is_write = is_write.unwrap_or_else(|| is_made_a_write(self.operations.len() as u64));
        self.operations.push(Operation { kind: if is_write { Kind::Update } else { Kind::Get }, key });
    }
}

impl Format {
    fn of(first: &str) -> Option<Self> {
        if first.contains(',') {
            let names: Vec<String> = first.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
            let column = |wanted: &str| names.iter().position(|name| name == wanted);
            let key = KEY_COLUMNS.iter().find_map(|name| column(name))?;
            return Some(Self::Csv { key, kind: column(KIND_COLUMN) });
        }
        let words: Vec<&str> = first.split_whitespace().collect();
        match &words[..] {
            [_] => Some(Self::Plain),
            [_, _, _, _] if words.iter().all(|word| word.parse::<u64>().is_ok()) => Some(Self::Ranges),
            _ => None,
        }
    }
}

/// Whether the access at this position writes where the trace does not tell: in no rhythm that a trace could share, by the golden
/// ratio's multiples, which spread evenly.
fn is_made_a_write(position: u64) -> bool {
    position.wrapping_mul(0x9E37_79B9_7F4A_7C15) < u64::MAX / WRITE_ONE_IN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Trace, TraceError> {
        Trace::parse(text, Path::new("made"))
    }

    fn kinds_and_keys(text: &str) -> Vec<(Kind, u64)> {
        parse(text).unwrap().operations.into_iter().map(|operation| (operation.kind, operation.key)).collect()
    }

    #[test]
    fn the_first_line_decides_how_the_others_are_read() {
        let csv = kinds_and_keys("version,time,op,size,lbn\n1,5,2a,512,70\n1,5,28,512,70\n1,6,28,512,71\n");
        assert_eq!(csv, [(Kind::Update, 0), (Kind::Get, 0), (Kind::Get, 1)]);
        let keys = |text| kinds_and_keys(text).into_iter().map(|(_, key)| key).collect::<Vec<_>>();
        assert_eq!(keys("7 3 0 0\n8 1 0 0\n"), [0, 1, 2, 1]);
        assert_eq!(keys("anna\nbert\nanna\n"), [0, 1, 0]);
    }

    #[test]
    fn one_access_in_ten_writes_where_the_trace_does_not_tell() {
        let writes = (0..100_000).filter(|position| is_made_a_write(*position)).count();
        assert!((9_900..10_100).contains(&writes), "{writes} of 100,000");
    }

    #[test]
    fn what_cannot_be_read_names_the_file_and_the_line() {
        assert!(parse("a b c\n").unwrap_err().to_string().starts_with("made: its first line"));
        assert!(parse("1,2\n").unwrap_err().to_string().contains("key column"));
        let error = parse("op,key\n28,1\n28\n").unwrap_err();
        assert_eq!(error.to_string(), "made:3: it has no key");
    }
}
