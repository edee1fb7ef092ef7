//! When a file has changed, from looks at it.
//!
//! A look costs a call of the system; the file is read only if it is another one than at the last look (also through another
//! symbolic link on its path), or was written to, or if what was read last has not yet been seen twice. Who writes a file in place
//! leaves it empty, and then half written, for a moment: so nothing counts that was not found by two looks in a row.

use std::{fs::Metadata, time::SystemTime};

/// What a file holds, or why that cannot be told.
pub(super) type Contents = Result<String, String>;

/// What tells a file, as it is, from another one, or from itself before it was written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device, number on it, and time of the last change of either content or name, where there is such a thing.
    identity: [i64; 4],
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok(), identity: identity(metadata) }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> [i64; 4] {
    use std::os::unix::fs::MetadataExt;

    [metadata.dev() as i64, metadata.ino() as i64, metadata.ctime(), metadata.ctime_nsec()]
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> [i64; 4] {
    [0; 4]
}

/// What was seen of a file.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// The file at the last look; `None` if there was none.
    stamp: Option<Stamp>,
    /// Whether the look before had the same stamp: within one tick of the system's clock a file can be written to twice.
    is_settled: bool,
    /// What counts.
    taken: Contents,
    /// What the last look found instead.
    candidate: Option<Contents>,
}

impl Watch {
    /// A file that was just read, and had this stamp before.
    pub(super) fn new(stamp: Option<Stamp>, taken: Contents) -> Self {
        Self { stamp, is_settled: false, taken, candidate: None }
    }

    /// Looks at the file, which has this stamp and is `read` only if need be. What it holds, once that is news.
    pub(super) fn look(&mut self, stamp: Option<Stamp>, read: impl FnOnce() -> Contents) -> Option<&Contents> {
        let is_same = stamp == self.stamp;
        if is_same && self.is_settled && self.candidate.is_none() {
            return None;
        }
        self.stamp = stamp;
        self.is_settled = is_same;
        let found = read();
        if found == self.taken {
            self.candidate = None;
            return None;
        }
        if self.candidate.as_ref() != Some(&found) {
            self.candidate = Some(found);
            return None;
        }
        self.candidate = None;
        self.taken = found;
        Some(&self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A look at a file that was written to for the nth time.
    fn look(watch: &mut Watch, nth: u64, text: &str) -> Option<String> {
        let stamp = Stamp { bytes: nth, modified: None, identity: [0; 4] };
        let found = watch.look(Some(stamp), || Ok(text.to_owned()));
        found.map(|contents| contents.clone().expect("it is text"))
    }

    fn watch() -> Watch {
        let mut watch = Watch::new(Some(Stamp { bytes: 0, modified: None, identity: [0; 4] }), Ok("old".to_owned()));
        assert_eq!(look(&mut watch, 0, "old"), None);
        watch
    }

    #[test]
    fn what_was_seen_twice_is_news_once() {
        let mut watch = watch();
        let found = [1, 1, 1, 1].map(|nth| look(&mut watch, nth, "new"));
        assert_eq!(found, [None, Some("new".to_owned()), None, None]);
    }

    #[test]
    fn what_is_half_written_never_counts() {
        let mut watch = watch();
        let looks = [(1, ""), (2, "ne"), (3, "new"), (3, "new")];
        let found = looks.map(|(nth, text)| look(&mut watch, nth, text));
        assert_eq!(found, [None, None, None, Some("new".to_owned())]);
    }

    #[test]
    fn what_returns_to_what_counts_is_no_news() {
        let mut watch = watch();
        let looks = [(1, ""), (2, "old"), (3, ""), (4, "old"), (4, "old")];
        assert_eq!(looks.map(|(nth, text)| look(&mut watch, nth, text)), [const { None }; 5]);
    }

    #[test]
    fn a_file_is_not_read_once_it_has_settled() {
        let mut watch = watch();
        let stamp = watch.stamp.clone();
        assert!(watch.look(stamp, || unreachable!("nothing has changed")).is_none());
    }

    #[test]
    fn a_second_write_within_one_tick_is_seen() {
        let mut watch = watch();
        let looks = [(1, "first"), (1, "other"), (1, "other")];
        let found = looks.map(|(nth, text)| look(&mut watch, nth, text));
        assert_eq!(found, [None, None, Some("other".to_owned())]);
    }

    #[test]
    fn a_file_that_is_gone_is_news_and_so_is_its_return() {
        let mut watch = watch();
        let gone = || Err("there is no such file".to_owned());
        assert_eq!(watch.look(None, gone), None);
        assert_eq!(watch.look(None, gone), Some(&gone()));
        assert_eq!(watch.look(None, || unreachable!("it is still gone")), None);
        assert_eq!([5, 5].map(|nth| look(&mut watch, nth, "old")), [None, Some("old".to_owned())]);
    }
}
