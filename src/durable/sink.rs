//! A sink that keeps a store's entries on disk.
#![forbid(unsafe_code)]

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    marker::PhantomData,
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    DurableFileError,
    codec::{decode, encode_entry},
    file::File,
};
use crate::{Batch, Sink, SinkError, Store, sync::Arc};

/// Keeps what staged writes leave in a file, and fills a store from it at the next start. Needs the feature `durable`.
///
/// [`StoreBuilder::build_durable`](crate::StoreBuilder::build_durable) does all of it in one call. This is for those who set more, as to what happens when
/// the disk is full:
///
/// ```
/// use autoshard::{DurableSink, Sinks, Store};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("users");
/// let sink = DurableSink::open(&path)?;
/// let workers = sink.clone();
/// let sinks = Sinks::new(move |_worker| workers.clone())
///     .attempts(100)
///     .dead_letters(|batch, error| eprintln!("{error}: {batch:?}"));
/// let store: Store<String, u64> = Store::builder().workers(2).build_with_sinks(sinks)?;
/// sink.restore(&store)?;
/// store.stage("alice".to_owned(), 1)?;
/// store.flush_durable()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is kept
///
/// Staged writes, and no others: direct ones (`insert`, `update`, …) are not in the file. A batch is one transaction, and is confirmed once it is synced. So
/// what [`flush_durable`](Store::flush_durable) has confirmed is there after the process is killed at any moment, and of what it has not, the writes to each key
/// are there up to one of them. That no write is lost when the power fails is redb's promise, whose database the file is.
///
/// Larger batches (`workers.batch`) mean fewer transactions.
///
/// # Keys and values
///
/// By serde, in postcard's format, which does not say what it has. So types must be read back as they were written, after changes to a program, too: another
/// type may be noticed ([`OtherTypes`](DurableFileError::OtherTypes)) or not. What cannot be read back at all (`#[serde(untagged)]`, `flatten`,
/// `skip_serializing_if`, …) makes its batch a [dead letter](crate::Sinks::dead_letters) at once. Keys that are equal must be written alike, or the
/// file has each of them.
///
/// # The file
///
/// It serves one store at a time, whose workers take turns at it, each with a clone of the sink; it is closed when the last clone is gone, which is after the
/// workers of a dropped store. An error in a write closes it, and the next attempt opens it anew.
pub struct DurableSink<K, V> {
    file: Arc<File>,
    types: PhantomData<fn(K, V)>,
}

impl<K, V> DurableSink<K, V> {
    /// Opens a file, or makes one if there is none, or an empty one. Reads and checks all of it, so it takes as long as that.
    ///
    /// # Errors
    ///
    /// If the file cannot be used; it is left as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DurableFileError> {
        Ok(Self { file: Arc::new(File::open(path.as_ref())?), types: PhantomData })
    }
}

impl<K, V> DurableSink<K, V>
where
    K: DeserializeOwned + Eq + Hash,
    V: DeserializeOwned,
{
    /// Inserts all entries of the file into a store, and says how many there are. They replace what the store has for their keys, so this is for a store that nobody
    /// uses yet; and as they are not staged, they do not come back to the file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or an entry is none of these types. The store has some of the entries, then.
    pub fn restore<S: BuildHasher>(&self, store: &Store<K, V, S>) -> Result<u64, DurableFileError> {
        let outcome = self.file.for_each(|key, value| {
            store.insert(decode(key, "key")?, decode(value, "value")?);
            Ok(())
        })?;
        outcome.map_err(|error: super::codec::CodecError| DurableFileError::OtherTypes {
            path: self.file.path().to_owned(),
            message: error.to_string(),
        })
    }
}

impl<K, V> Sink<K, V> for DurableSink<K, V>
where
    K: Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    fn commit(&mut self, batch: &Batch<K, V>) -> Result<(), SinkError> {
        let entries: Result<Vec<_>, _> = batch.entries().iter().map(encode_entry).collect();
        self.file.write(&entries.map_err(SinkError::fatal)?).map_err(SinkError::new)
    }
}

impl<K, V> Clone for DurableSink<K, V> {
    fn clone(&self) -> Self {
        Self { file: Arc::clone(&self.file), types: PhantomData }
    }
}

impl<K, V> fmt::Debug for DurableSink<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableSink").field("path", &self.file.path()).finish_non_exhaustive()
    }
}
