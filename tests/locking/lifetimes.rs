//! Threads that end while they hold something, or use a store at the very end; and many of them.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    thread,
};

use autoshard::Store;

use crate::{KEYS, comes_free, forget, keys_of_different_shards, store};

/// Uses a store when its thread's locals are dropped, whichever of them are gone by then.
struct AtTheEnd(Arc<Store<u64, u64>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let (one, same) = (self.0.get(&1), self.0.get(&1));
        assert!(one.is_some() && same.is_some());
        drop((one, same));
        self.0.update(&1, |value| *value += 1);
        self.0.insert(2, 2);
    }
}

thread_local! {
    static EARLY: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
}

#[test]
fn destructors_of_thread_locals_may_use_a_store() {
    let store = Arc::new(store());
    let threads = 50;
    for _ in 0..threads {
        let store = Arc::clone(&store);
        let run = move || {
            // One is registered before the thread has used a store, and one after.
            EARLY.set(Some(AtTheEnd(Arc::clone(&store))));
            store.update(&1, |value| *value += 1);
            LATE.set(Some(AtTheEnd(store)));
        };
        thread::spawn(run).join().expect("no panic");
    }
    // A thread's locals may be dropped after it was joined; what follows waits for that.
    while Arc::strong_count(&store) > 1 {
        thread::yield_now();
    }
    assert_eq!(store.get_cloned(&1), Some(3 * threads));
    assert!(comes_free(|| store.try_get_mut(&1).is_present()) && comes_free(|| store.try_get_mut(&2).is_present()));
}

#[test]
fn thousands_of_threads_leave_nothing_locked() {
    let store = store();
    for _ in 0..20 {
        thread::scope(|scope| {
            for number in 0..100 {
                let store = &store;
                scope.spawn(move || {
                    store.insert(number + KEYS, number);
                    let held = store.get(&(number + KEYS)).map(|value| *value);
                    assert_eq!(held, Some(number));
                    store.update(&1, |value| *value += 1);
                });
            }
        });
    }
    assert_eq!(store.get_cloned(&1), Some(2000));
    assert_eq!(store.iter_mut().count() as u64, KEYS + 100);
}

/// There will be many.
fn panic_silently() -> ! {
    resume_unwind(Box::new("on purpose"))
}

#[test]
fn a_panic_under_any_lock_leaves_it() {
    let store = store();
    store.retain(|key, value| {
        *value = *key;
        *key < 50
    });
    let operations: [&dyn Fn(u64); 7] = [
        &|key| {
            store.update(&key, |_| panic_silently());
        },
        &|key| {
            store.view(&key, |_, _| panic_silently());
        },
        &|key| {
            if let Some(_held) = store.get(&key) {
                panic_silently();
            }
        },
        &|key| {
            store.get_mut(&key).map(|held| held.map(|_| -> &mut u64 { panic_silently() }));
        },
        &|key| {
            store.remove_if(&key, |_, _| panic_silently());
        },
        &|key| store.retain(|_, value| if *value == key { panic_silently() } else { true }),
        &|key| {
            store.iter().find(|entry| if *entry.key() == key { panic_silently() } else { false });
        },
    ];
    for (index, operation) in operations.iter().enumerate() {
        for key in 0..50 {
            assert!(catch_unwind(AssertUnwindSafe(|| operation(key))).is_err(), "operation {index} has not panicked");
            assert!(comes_free(|| store.try_get_mut(&key).is_present()), "operation {index} has left a lock");
        }
    }
    assert_eq!(store.len(), 50);
}

/// As with any lock: what is forgotten stays locked, for those whom it excludes, and for nobody else.
#[test]
fn a_forgotten_guard_locks_its_shard_for_ever() {
    let store = store();
    let keys = keys_of_different_shards(&store, 2);
    thread::scope(|scope| {
        scope.spawn(|| forget(store.get(&keys[0])));
    });
    assert!(comes_free(|| store.try_get(&keys[0]).is_present()));
    assert!(store.try_get_mut(&keys[0]).is_locked());
    assert!(comes_free(|| store.try_get_mut(&keys[1]).is_present()));
}

/// Whoever comes after a thread that ended inside a shard is not taken for that thread: it would wait, and not for itself; or else it
/// would get in.
#[test]
fn nobody_inherits_what_a_thread_was_inside_when_it_ended() {
    type Forget = fn(&Store<u64, u64>, u64);
    let forget: [Forget; 5] = [
        |store, key| forget(store.get(&key)),
        |store, key| forget(store.get_mut(&key)),
        |store, key| forget(store.entry(key)),
        |store, key| forget(store.iter().find(|entry| *entry.key() == key)),
        |store, key| forget(store.iter_mut().find(|entry| *entry.key() == key)),
    ];
    for (index, forget) in forget.into_iter().enumerate() {
        let store = store();
        let keys = keys_of_different_shards(&store, 2);
        thread::scope(|scope| scope.spawn(|| forget(&store, keys[0])).join().expect("no panic"));
        let reads = index == 0 || index == 3;
        for _ in 0..50 {
            let after = || {
                assert!(store.try_get_mut(&keys[0]).is_locked(), "{index}");
                assert_eq!(comes_free(|| store.try_get(&keys[0]).is_present()), reads, "{index}");
                // It holds nothing, or this would be refused in a debug build.
                store.update(&keys[1], |value| *value += 1);
            };
            thread::scope(|scope| scope.spawn(after).join().expect("no panic"));
        }
        assert_eq!(store.get_cloned(&keys[1]), Some(50), "{index}");
    }
}
