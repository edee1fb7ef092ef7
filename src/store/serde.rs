//! Stores as maps.
#![forbid(unsafe_code)]

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap,
};

use super::{Store, Tunable};

/// Entries that room is made for ahead, whatever a message says that it has.
pub(crate) const ROOM_MAX: usize = 4096;

/// As a map, in no order. One shard at a time is locked for reading; what comes and goes meanwhile may or may not be in it.
impl<K: Eq + Hash + Serialize, V: Serialize, S: BuildHasher> Serialize for Store<K, V, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        // Their number may change while they are written, and some formats want to know it beforehand, exactly.
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for entry in self {
            map.serialize_entry(entry.key(), entry.value())?;
        }
        map.end()
    }
}

/// Makes a map with room, and puts all entries into it; of several with one key, the last stays.
pub(crate) fn read_entries<'de, K, V, M, A>(mut entries: A, make: impl FnOnce(usize) -> M) -> Result<M, A::Error>
where
    K: Deserialize<'de>,
    V: Deserialize<'de>,
    M: Extend<(K, V)>,
    A: MapAccess<'de>,
{
    let mut map = make(entries.size_hint().unwrap_or(0).min(ROOM_MAX));
    while let Some(entry) = entries.next_entry()? {
        map.extend([entry]);
    }
    Ok(map)
}

/// What makes a `T` of a message.
struct Reader<T>(PhantomData<fn() -> T>);

impl<'de, K, V, S> Visitor<'de> for Reader<Store<K, V, S>>
where
    K: Deserialize<'de> + Eq + Hash + Tunable,
    V: Deserialize<'de> + Tunable,
    S: BuildHasher + Default + Send + Sync + 'static,
{
    type Value = Store<K, V, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        read_entries(entries, |room| Store::with_capacity_and_hasher(room, S::default()))
    }
}

/// From a map; a store as [`Store::new`] makes it.
impl<'de, K, V, S> Deserialize<'de> for Store<K, V, S>
where
    K: Deserialize<'de> + Eq + Hash + Tunable,
    V: Deserialize<'de> + Tunable,
    S: BuildHasher + Default + Send + Sync + 'static,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader::<Self>(PhantomData))
    }
}
