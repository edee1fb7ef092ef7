//! Maps as maps, sets as sequences, guards as their values.
#![forbid(unsafe_code)]

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use super::{DashMap, DashSet, mapref, setref};
use crate::store::serde::{ROOM_MAX, read_entries};

impl<K: Eq + Hash + Serialize, V: Serialize, S: BuildHasher> Serialize for DashMap<K, V, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        (**self).serialize(serializer)
    }
}

impl<K: Eq + Hash + Serialize, S: BuildHasher> Serialize for DashSet<K, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        use serde::ser::SerializeSeq;
        let mut keys = serializer.serialize_seq(Some(self.len()))?;
        for key in self.iter() {
            keys.serialize_element(key.key())?;
        }
        keys.end()
    }
}

/// What makes a `T` of a message.
struct Reader<T>(PhantomData<fn() -> T>);

impl<'de, K, V, S> Visitor<'de> for Reader<DashMap<K, V, S>>
where
    K: Deserialize<'de> + Eq + Hash,
    V: Deserialize<'de>,
    S: BuildHasher + Default,
{
    type Value = DashMap<K, V, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        read_entries(entries, |room| DashMap::with_capacity_and_hasher(room, S::default()))
    }
}

impl<'de, K: Deserialize<'de> + Eq + Hash, S: BuildHasher + Default> Visitor<'de> for Reader<DashSet<K, S>> {
    type Value = DashSet<K, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut keys: A) -> Result<Self::Value, A::Error> {
        let room = keys.size_hint().unwrap_or(0).min(ROOM_MAX);
        let set = DashSet::with_capacity_and_hasher(room, S::default());
        while let Some(key) = keys.next_element()? {
            set.insert(key);
        }
        Ok(set)
    }
}

impl<'de, K, V, S> Deserialize<'de> for DashMap<K, V, S>
where
    K: Deserialize<'de> + Eq + Hash,
    V: Deserialize<'de>,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader::<Self>(PhantomData))
    }
}

impl<'de, K: Deserialize<'de> + Eq + Hash, S: BuildHasher + Default> Deserialize<'de> for DashSet<K, S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Reader::<Self>(PhantomData))
    }
}

/// Guards are written as what they guard.
macro_rules! as_target {
    ($($guard:ty, $target:ident, [$($other:ident),*];)+) => {
        $(impl<$($other,)* $target: Serialize> Serialize for $guard {
            fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                (**self).serialize(serializer)
            }
        })+
    };
}

as_target! {
    mapref::one::Ref<'_, K, V>, V, [K];
    mapref::one::RefMut<'_, K, V>, V, [K];
    mapref::one::MappedRef<'_, K, V, T>, T, [K, V];
    mapref::one::MappedRefMut<'_, K, V, T>, T, [K, V];
    mapref::multiple::RefMulti<'_, K, V>, V, [K];
    mapref::multiple::RefMutMulti<'_, K, V>, V, [K];
    setref::one::Ref<'_, K>, K, [];
    setref::multiple::RefMulti<'_, K>, K, [];
}
