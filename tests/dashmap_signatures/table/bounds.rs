//! Code that is generic over keys, values and hashers, with dashmap's bounds and none more.

use std::{
    borrow::Borrow,
    fmt::Debug,
    hash::{BuildHasher, Hash},
};

use super::{
    Map, squares,
    subject::{
        ReadOnlyView,
        mapref::{
            entry::Entry,
            one::{Ref, RefMut},
        },
    },
};

/// Every look-up takes whatever the key borrows as.
fn look_up<K, V, S, Q>(map: &Map<K, V, S>, key: &Q) -> usize
where
    K: Eq + Hash + Borrow<Q>,
    S: BuildHasher + Clone,
    Q: Eq + Hash + ?Sized,
{
    let mut found = 0;
    // One statement each: a guard lives to the end of its statement.
    found += usize::from(map.get(key).is_some());
    found += usize::from(map.get_mut(key).is_some());
    found += usize::from(map.try_get(key).is_present());
    found += usize::from(map.try_get_mut(key).is_present());
    found += usize::from(map.view(key, |_, _| ()).is_some());
    found += usize::from(map.contains_key(key));
    map.alter(key, |_, value| value);
    let kept = map.remove_if(key, |_, _| false).is_none() && map.remove_if_mut(key, |_, _| false).is_none();
    assert!(kept);
    found
}

/// Whatever changes entries asks nothing of them but a hash and equality.
fn change<K: Eq + Hash, V, S: BuildHasher + Clone>(map: &Map<K, V, S>, key: K, value: V) -> Option<V> {
    map.alter_all(|_, value| value);
    map.retain(|_, _| true);
    map.shrink_to_fit();
    assert!(map.iter().count() == map.len() && map.iter_mut().count() == map.len());
    let old = map.insert(key, value);
    assert!(!map.is_empty() && map.capacity() >= map.len());
    old
}

/// The parts of a map may be named in signatures with the bounds that the methods have.
fn entry<K: Eq + Hash, V, S: BuildHasher + Clone>(map: &Map<K, V, S>, key: K) -> Entry<'_, K, V> {
    map.entry(key)
}

fn text<K: Eq + Hash + Debug, V: Debug, S: BuildHasher + Clone>(map: &Map<K, V, S>) -> String {
    format!("{map:?}")
}

fn extend<K: Eq + Hash, V, S: BuildHasher + Clone>(map: &mut Map<K, V, S>, entry: (K, V)) {
    map.extend([entry]);
}

fn operate<K, V, S, Q>(map: &Map<K, V, S>, key: &Q) -> Option<V>
where
    K: Eq + Hash + Borrow<Q>,
    S: BuildHasher + Clone,
    Q: Eq + Hash + ?Sized,
{
    assert!(map & key);
    drop(map >> key);
    drop(map | key);
    let (key, value) = (map - key)?;
    map << (key, value)
}

fn freeze<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone>(map: Map<K, V, S>) -> ReadOnlyView<K, V, S> {
    map.into_read_only().clone()
}

fn find<'a, K, V, S, Q>(view: &'a ReadOnlyView<K, V, S>, key: &Q) -> Option<(&'a K, &'a V)>
where
    K: Eq + Hash + Borrow<Q>,
    S: BuildHasher + Clone,
    Q: Eq + Hash + ?Sized,
{
    assert!(view.len() == view.keys().count() && view.len() == view.values().count());
    view.get(key)?;
    view.get_key_value(key)
}

/// Types that hold a map or a guard ask for no bounds at all.
struct Holder<'a, K, V, S> {
    map: &'a Map<K, V, S>,
    shared: Option<Ref<'a, K, V>>,
    exclusive: Option<RefMut<'a, K, V>>,
}

#[test]
fn generic_code_needs_no_other_bounds() {
    let mut map: Map<String, u64> = squares().into_iter().map(|(key, value)| (key.to_string(), value)).collect();
    assert_eq!(look_up::<_, _, _, str>(&map, "3"), 6);
    assert_eq!(look_up(&map, &"20".to_owned()), 0);
    assert_eq!(change(&map, "3".to_owned(), 10), Some(9));
    assert_eq!(entry(&map, "3".to_owned()).key(), "3");
    extend(&mut map, ("20".to_owned(), 400));
    assert!(text(&map).contains(r#""20": 400"#));
    assert_eq!(operate(&map, "20"), None);
    let holder = Holder { map: &map, shared: map.get("3"), exclusive: None };
    assert!(holder.exclusive.is_none());
    assert_eq!(holder.shared.as_deref(), Some(&10));
    assert_eq!(holder.map.len(), 10);
    drop(holder);
    let view = freeze(map);
    assert_eq!(find(&view, "20"), Some((&"20".to_owned(), &400)));
    assert_eq!(view.into_inner().into_iter().count(), 10);
}
