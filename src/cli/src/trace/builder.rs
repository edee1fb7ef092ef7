//! Accesses become operations on numbered keys as the lines of a trace are read.

use std::collections::{HashMap, hash_map::Entry};

use super::{ACCESSES_MAX, Format, Trace, TraceError};
use crate::{
    key::Key,
    workload::{Kind, Operation},
};

/// Where a trace does not say which accesses write, one in this many does.
pub(crate) const WRITE_ONE_IN: u64 = 10;

/// A trace in the making.
pub(crate) struct TraceBuilder {
    file: String,
    numbers: HashMap<Key, u32>,
    operations: Vec<Operation>,
    kinds_recorded: bool,
}

impl TraceBuilder {
    /// One without accesses; `file` is for messages.
    pub(crate) fn new(file: String) -> Self {
        Self { file, numbers: HashMap::new(), operations: Vec::new(), kinds_recorded: false }
    }

    /// Refuses `count` further accesses, asked for by `line`, where they would be too many.
    pub(crate) fn check_room(&self, line: u64, count: u64) -> Result<(), TraceError> {
        if count > (ACCESSES_MAX - self.operations.len()) as u64 {
            return Err(TraceError::TooLong { file: self.file.clone(), line });
        }
        Ok(())
    }

    /// One more access, found in `line`; `is_write` is `None` where the format does not tell.
    pub(crate) fn push(&mut self, line: u64, key: Key, is_write: Option<bool>) -> Result<(), TraceError> {
        self.check_room(line, 1)?;
        let next = self.numbers.len() as u32;
        let key = match self.numbers.entry(key) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => *entry.insert(next),
        };
        self.kinds_recorded |= is_write.is_some();
        let is_write = is_write.unwrap_or_else(|| writes(self.operations.len() as u64));
        self.operations.push(Operation { key, kind: if is_write { Kind::Update } else { Kind::Read } });
        Ok(())
    }

    /// The whole trace.
    pub(crate) fn finish(self, format: Format) -> Result<Trace, TraceError> {
        if self.operations.is_empty() {
            return Err(TraceError::NoAccess { file: self.file, line: 1 });
        }
        let mut numbered: Vec<(Key, u32)> = self.numbers.into_iter().collect();
        numbered.sort_unstable_by_key(|(_, number)| *number);
        Ok(Trace {
            file: self.file,
            format,
            keys: numbered.into_iter().map(|(key, _)| key).collect(),
            operations: self.operations,
            kinds_recorded: self.kinds_recorded,
        })
    }
}

/// Whether the access at `position` is made a write: one in ten, in no rhythm that a trace could share.
fn writes(position: u64) -> bool {
    // The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) spreads positions evenly.
    let mut mixed = position.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)).is_multiple_of(WRITE_ONE_IN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_access_in_ten_writes_where_the_trace_does_not_say() {
        let count = (0..100_000).filter(|position| writes(*position)).count();
        assert!((9_500..10_500).contains(&count), "{count} of 100,000");
    }
}
