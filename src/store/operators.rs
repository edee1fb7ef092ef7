//! The operators on a shared store, as DashMap has them: other spellings of methods.
#![forbid(unsafe_code)]

use std::{
    hash::{BuildHasher, Hash},
    ops::{BitAnd, BitOr, Shl, Shr, Sub},
};

use equivalent::Equivalent;

use super::Store;
use crate::mapref::one::{Ref, RefMut};

/// What a panic says where an operator has nothing to give.
const ABSENT: &str = "the store does not have the key: `>>` and `|` panic where `get` and `get_mut` return None";

/// `&store << (key, value)` inserts; as [`Store::insert`].
///
/// ```
/// let store = &autoshard::Store::new();
/// assert_eq!(store << ("a", 1), None);
/// assert_eq!(store << ("a", 2), Some(1));
/// ```
impl<K: Eq + Hash, V, S: BuildHasher> Shl<(K, V)> for &Store<K, V, S> {
    type Output = Option<V>;

    #[inline]
    fn shl(self, (key, value): (K, V)) -> Option<V> {
        self.insert(key, value)
    }
}

/// `&store >> &key` gets; as [`Store::get`], but panics if the key is not there, too.
///
/// ```
/// let store = &autoshard::Store::new();
/// store.insert("a", 1);
/// assert_eq!(*(store >> "a"), 1);
/// ```
impl<'a, K, V, S, Q> Shr<&Q> for &'a Store<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher,
    Q: Hash + Equivalent<K> + ?Sized,
{
    type Output = Ref<'a, K, V>;

    #[inline]
    #[track_caller]
    fn shr(self, key: &Q) -> Ref<'a, K, V> {
        self.get(key).expect(ABSENT)
    }
}

/// `&store | &key` gets to change; as [`Store::get_mut`], but panics if the key is not there, too.
///
/// ```
/// let store = &autoshard::Store::new();
/// store.insert("a", 1);
/// *(store | "a") += 1;
/// assert_eq!(store.get_cloned("a"), Some(2));
/// ```
impl<'a, K, V, S, Q> BitOr<&Q> for &'a Store<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher,
    Q: Hash + Equivalent<K> + ?Sized,
{
    type Output = RefMut<'a, K, V>;

    #[inline]
    #[track_caller]
    fn bitor(self, key: &Q) -> RefMut<'a, K, V> {
        self.get_mut(key).expect(ABSENT)
    }
}

/// `&store - &key` removes; as [`Store::remove`].
///
/// ```
/// let store = &autoshard::Store::new();
/// store.insert("a", 1);
/// assert_eq!(store - "a", Some(("a", 1)));
/// ```
impl<K, V, S, Q> Sub<&Q> for &Store<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher,
    Q: Hash + Equivalent<K> + ?Sized,
{
    type Output = Option<(K, V)>;

    #[inline]
    fn sub(self, key: &Q) -> Option<(K, V)> {
        self.remove(key)
    }
}

/// `&store & &key` says whether the key is there; as [`Store::contains_key`].
///
/// ```
/// let store = &autoshard::Store::new();
/// store.insert("a", 1);
/// assert!(store & "a");
/// ```
impl<K, V, S, Q> BitAnd<&Q> for &Store<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher,
    Q: Hash + Equivalent<K> + ?Sized,
{
    type Output = bool;

    #[inline]
    fn bitand(self, key: &Q) -> bool {
        self.contains_key(key)
    }
}
