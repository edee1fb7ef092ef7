//! Look-ups by what is equivalent to a key.

use std::hash::{Hash, Hasher};

use autoshard::Store;
use equivalent::Equivalent;

/// A key of two parts that owns its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Path {
    directory: String,
    file: String,
}

/// The same key, borrowed: `Borrow` cannot express it.
struct PathRef<'a>(&'a str, &'a str);

impl Hash for PathRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.1.hash(state);
    }
}

impl Equivalent<Path> for PathRef<'_> {
    fn equivalent(&self, key: &Path) -> bool {
        self.0 == key.directory && self.1 == key.file
    }
}

#[test]
fn every_look_up_takes_an_equivalent_key() {
    let store: Store<Path, u64> = Store::new();
    store.insert(Path { directory: "src".to_owned(), file: "lib.rs".to_owned() }, 1);
    let key = PathRef("src", "lib.rs");

    assert_eq!(store.get(&key).as_deref(), Some(&1));
    assert_eq!(store.get_mut(&key).as_deref(), Some(&1));
    assert!(store.try_get(&key).is_present());
    assert!(store.try_get_mut(&key).is_present());
    assert!(store.contains_key(&key));
    assert_eq!(store.view(&key, |path, value| (path.file.len(), *value)), Some((6, 1)));
    assert_eq!(store.get_cloned(&key), Some(1));
    assert_eq!(store.get_many([&key, &PathRef("src", "main.rs")]), [Some(1), None]);
    store.update(&key, |value| *value += 1);
    store.alter(&key, |_, value| value + 1);
    assert_eq!(store.remove_if(&key, |_, value| *value == 1), None);
    assert_eq!(store.remove_if_mut(&key, |_, value| *value == 1), None);
    assert_eq!(store.remove(&key).map(|(_, value)| value), Some(3));
}

#[test]
fn text_is_found_by_a_slice_of_text() {
    let store: Store<String, u64> = (0..100).map(|number| (number.to_string(), number)).collect();
    let text = "1 2 3";
    assert_eq!(store.get_many(text.split(' ')), [Some(1), Some(2), Some(3)]);
    assert_eq!(store.get_cloned("42"), Some(42));
}

#[test]
fn keys_that_share_a_hash_are_kept_apart() {
    /// Hashes like every other.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Colliding(u64);
    impl Hash for Colliding {
        fn hash<H: Hasher>(&self, state: &mut H) {
            0_u64.hash(state);
        }
    }
    let store: Store<Colliding, u64> = (0..200).map(|number| (Colliding(number), number)).collect();
    assert_eq!(store.len(), 200);
    assert_eq!(store.reshard(8), Ok(()));
    assert!((0..200).all(|number| store.get_cloned(&Colliding(number)) == Some(number)));
    store.retain(|key, _| key.0 % 2 == 0);
    assert_eq!(store.len(), 100);
}

#[test]
fn zero_sized_keys_and_values_are_entries_too() {
    let store: Store<(), ()> = Store::new();
    assert_eq!(store.insert((), ()), None);
    assert_eq!(store.insert((), ()), Some(()));
    assert_eq!(store.reshard(2), Ok(()));
    assert_eq!((store.len(), store.iter().count()), (1, 1));
    assert_eq!(store.remove(&()), Some(((), ())));
}
