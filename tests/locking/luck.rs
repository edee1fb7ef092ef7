//! Writes under one's own guard of another shard: they work where the shards differ, which a merge may change. So builds with debug
//! assertions refuse them always.

use autoshard::Store;

use crate::{comes_free, keys_of_different_shards, keys_of_one_shard, store, told, writes::OF_A_KEY};

/// Writes while something is held; `held` is what a refusal says of that.
fn write_while_held(store: &Store<u64, u64>, key: u64, held: &str) {
    for (name, write) in OF_A_KEY {
        if cfg!(debug_assertions) {
            let told = told(|| write(store, key));
            assert!(told.contains("works by luck") && told.contains(name) && told.contains(held), "{told}");
        } else {
            write(store, key);
        }
        assert!(comes_free(|| store.try_get_mut(&key).is_present()) || !store.contains_key(&key), "{name}");
    }
}

#[test]
fn writes_under_a_guard_of_another_shard_work_by_luck_and_debug_builds_say_so() {
    let store = store();
    let keys = keys_of_different_shards(&store, 2);
    let guard = store.get(&keys[0]);
    write_while_held(&store, keys[1], "for reading by the guard taken at");
    drop(guard);
    let guard = store.get_mut(&keys[0]);
    write_while_held(&store, keys[1], "for writing by the guard taken at");
    drop(guard);
    let entry = store.entry(keys[0]);
    write_while_held(&store, keys[1], "for writing by the guard taken at");
    drop(entry);
    let entry = store.iter().find(|entry| *entry.key() == keys[0]);
    write_while_held(&store, keys[1], "for reading by the iterator made at");
    drop(entry);
    store.view(&keys[0], |_, _| write_while_held(&store, keys[1], "by an operation that is still running"));
    store.update(&keys[0], |_| write_while_held(&store, keys[1], "by an operation that is still running"));
}

#[test]
fn what_does_not_wait_or_write_may_be_done_under_a_guard() {
    let (store, other) = (store(), store());
    let keys = keys_of_different_shards(&store, 2);
    let guard = store.get_mut(&keys[0]);
    assert!(comes_free(|| store.try_get_mut(&keys[1]).is_present()));
    assert!(comes_free(|| store.try_entry(keys[1]).is_some()));
    assert!(store.try_get_mut(&keys[0]).is_locked() && store.try_entry(keys[0]).is_none());
    assert_eq!(store.get_cloned(&keys[1]), Some(0));
    assert!(store.get(&keys[1]).is_some());
    // No merge brings shards of two stores together.
    other.insert(keys[0], 1);
    other.retain(|_, _| true);
    drop(guard);
}

/// What debug builds are for: of what works by luck, a merge makes what does not.
#[test]
fn a_merge_takes_the_luck_away() {
    let store = store();
    let keys = keys_of_different_shards(&store, 2);
    let transfer = || {
        let from = store.get_mut(&keys[0]);
        store.update(&keys[1], |value| *value += 1);
        drop(from);
    };
    if cfg!(debug_assertions) {
        assert!(told(transfer).contains("works by luck"));
    } else {
        transfer();
    }
    store.reshard(1).expect("nobody is in the way");
    assert!(told(transfer).starts_with("this thread would wait for itself"));
    store.reshard(64).expect("nobody is in the way");
    let keys = keys_of_one_shard(&store, 2);
    let guard = store.get(&keys[0]);
    assert!(
        told(|| {
            store.insert(keys[1], 1);
        })
        .starts_with("this thread would wait for itself")
    );
    drop(guard);
}
