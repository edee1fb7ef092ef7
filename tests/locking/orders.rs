//! Guards, iterators and what they yield, of one shard, dropped in every order, on the thread that took them and elsewhere; and the store
//! after them, or with some of them forgotten.

use std::thread;

use autoshard::{Entry, Store};

use crate::{KEYS, comes_free, forget, keys_of_one_shard, store};

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let insert = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, count - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..count).map(move |at| insert(order, at))).collect()
}

/// Something to be dropped. Its destructor is its part in the test.
trait Held {}
impl<T> Held for T {}

/// Nobody is inside the keys' shard, and all is as it was.
fn assert_free(store: &Store<u64, u64>, keys: &[u64], order: &[usize]) {
    keys.iter().for_each(|key| assert!(comes_free(|| store.try_get_mut(key).is_present()), "{order:?}"));
    assert_eq!(store.len() as u64, KEYS, "{order:?}");
}

#[test]
fn whatever_reads_is_dropped_in_every_order() {
    let store = store();
    let keys = keys_of_one_shard(&store, 3);
    for order in orders(5) {
        let mut entries = store.iter();
        let yielded = entries.find(|entry| keys.contains(entry.key()));
        let held: [Box<dyn Held + '_>; 5] = [
            Box::new(store.get(&keys[0])),
            Box::new(store.get(&keys[0])),
            Box::new(store.get(&keys[1]).map(|guard| guard.map(|value| value))),
            Box::new(entries),
            Box::new(yielded),
        ];
        let mut held = held.map(Some);
        for (index, &next) in order.iter().enumerate() {
            assert!(store.try_get_mut(&keys[2]).is_locked(), "{order:?} {index}");
            assert!(comes_free(|| store.try_get(&keys[2]).is_present()), "{order:?} {index}");
            held[next] = None;
        }
        assert_free(&store, &keys, &order);
    }
}

#[test]
fn whatever_an_iterator_yields_is_dropped_in_every_order_on_any_thread() {
    let store = store();
    let keys = keys_of_one_shard(&store, 3);
    for order in orders(3) {
        for elsewhere in 0..4 {
            let mut entries = store.iter_mut();
            let (one, other) = (entries.find(|entry| keys.contains(entry.key())), entries.next());
            let held: [Box<dyn Held + Send + '_>; 3] = [Box::new(one), Box::new(other), Box::new(entries)];
            let mut held = held.map(Some);
            for &next in &order {
                assert!(store.try_get(&keys[2]).is_locked(), "{order:?}");
                let last = held[next].take();
                if next == elsewhere {
                    thread::scope(|scope| scope.spawn(move || drop(last)).join().expect("no panic"));
                } else {
                    drop(last);
                }
            }
            assert_free(&store, &keys, &order);
        }
    }
}

#[test]
fn exclusive_guards_of_many_shards_are_dropped_in_every_order() {
    let store = store();
    for order in orders(4) {
        let mut mapped = Vec::new();
        let mut held: Vec<Option<Box<dyn Held + '_>>> = Vec::new();
        for key in 0..KEYS {
            // Without waiting, so that debug builds allow it.
            match (held.len(), store.try_get_mut(&key).try_unwrap()) {
                (0, Some(guard)) => held.push(Some(Box::new(guard))),
                (1, Some(guard)) => held.push(Some(Box::new(guard.map(|value| value)))),
                (2, Some(guard)) => held.push(Some(Box::new(guard.downgrade()))),
                (3, Some(guard)) => {
                    drop(guard);
                    let Some(entry) = store.try_entry(key) else { continue };
                    held.push(Some(Box::new(entry)));
                }
                _ => continue,
            }
            mapped.push(key);
        }
        assert_eq!(held.len(), 4);
        for &next in &order {
            assert!(store.try_get_mut(&mapped[next]).is_locked());
            held[next] = None;
            assert!(comes_free(|| store.try_get_mut(&mapped[next]).is_present()));
        }
    }
}

#[test]
fn an_entry_is_given_up_at_every_stage() {
    let store = store();
    for stage in 0..6 {
        match store.entry(KEYS) {
            Entry::Vacant(entry) if stage == 0 => drop(entry),
            Entry::Vacant(entry) if stage == 1 => assert_eq!(entry.into_key(), KEYS),
            Entry::Vacant(entry) if stage == 2 => drop(entry.insert(1)),
            Entry::Occupied(mut entry) if stage == 3 => drop(entry.insert(2)),
            Entry::Occupied(entry) if stage == 4 => drop(entry.into_ref().downgrade()),
            Entry::Occupied(entry) if stage == 5 => assert_eq!(entry.remove(), 2),
            _ => panic!("stage {stage}"),
        }
        assert!(comes_free(|| store.try_entry(KEYS).is_some()));
    }
    assert_eq!(store.len() as u64, KEYS);
}

/// The compiler has a store outlive its guards, but not those that are forgotten.
#[test]
fn a_store_is_dropped_consumed_or_frozen_under_forgotten_guards() {
    let forgets: [fn(&Store<u64, u64>); 6] = [
        |store| forget(store.get(&7)),
        |store| forget(store.get_mut(&7)),
        |store| forget(store.entry(KEYS)),
        |store| forget(store.iter()),
        |store| {
            forget({
                let mut entries = store.iter();
                entries.next();
                entries
            })
        },
        |store| forget(store.iter_mut().next()),
    ];
    // Each on a thread of its own, whose line is out of use from then on: this one goes on to other tests.
    for forget in forgets {
        thread::spawn(move || {
            for end in 0..4 {
                let store = store();
                forget(&store);
                match end {
                    0 => drop(store),
                    1 => assert_eq!(store.into_iter().count() as u64, KEYS),
                    2 => assert_eq!(store.into_iter().take(3).count(), 3),
                    _ => {
                        let view = store.into_read_only();
                        assert_eq!((view.get(&7), view.iter().count() as u64), (Some(&0), KEYS));
                        drop(view.into_inner());
                    }
                }
            }
        })
        .join()
        .expect("no panic");
    }
}
