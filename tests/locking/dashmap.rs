//! What users of DashMap have reported as deadlocks, each named for its report (github.com/xacrimon/dashmap): the code of the report, as near as
//! it compiles here, ends, with what it was to do or with a panic that tells where it went wrong.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Barrier,
    task::{Context, Poll, Waker},
    thread,
};

use autoshard::Store;

use crate::{KEYS, keys_of_different_shards, keys_of_one_shard, message, shards, store, told, told_of_oneself};

/// A key that was borrowed for writing is accessed again.
#[test]
fn report_64_blocking_after_get_mut_when_reaccessing_a_key() {
    let store = store();
    let borrowed = store.get_mut(&1);
    told_of_oneself(|| drop(store.get(&1)));
    told_of_oneself(|| drop(store.get_mut(&1)));
    drop(borrowed);
    assert!(store.get(&1).is_some());
}

/// All that one thread can do to itself: the same key twice, many keys at once, and two keys that happen to share a shard.
#[test]
fn report_74_single_threaded_deadlocks() {
    let store = store();
    let guard = store.get_mut(&1);
    let told = told_of_oneself(|| drop(store.get(&1)));
    assert_eq!(told.matches("dashmap.rs").count(), 2, "{told}");
    drop(guard);

    // With more keys than shards, two share one; debug builds do not wait for that.
    let mut guards = Vec::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| (0..KEYS).for_each(|key| guards.push(store.get_mut(&key)))));
    assert!(outcome.is_err());
    drop(guards);

    let keys = keys_of_one_shard(&store, 2);
    let one = store.get_mut(&keys[0]);
    told_of_oneself(|| drop(store.get_mut(&keys[1])));
    drop(one);
}

/// A future that is pending once.
fn yield_once() -> impl Future<Output = ()> {
    let mut yielded = false;
    poll_fn(move |_| if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending })
}

/// Two tasks on one thread: one holds a guard over an `await`, the other wants to write. (A runtime that may move tasks to other
/// threads is refused by the compiler, for guards are not `Send`.)
#[test]
fn report_79_deadlock_when_working_within_async_threads() {
    let store = store();
    let task = || async {
        if let Some(_held) = store.get(&1) {
            yield_once().await;
        }
        if let Some(mut held) = store.get_mut(&1) {
            *held += 1;
            yield_once().await;
        }
    };
    let mut context = Context::from_waker(Waker::noop());
    let (mut one, mut other) = (pin!(task()), pin!(task()));
    assert!(one.as_mut().poll(&mut context).is_pending());
    assert!(other.as_mut().poll(&mut context).is_pending());
    let told = told_of_oneself(|| assert!(one.as_mut().poll(&mut context).is_pending()));
    assert_eq!(told.matches("dashmap.rs").count(), 2, "where the one holds, and where the other wants: {told}");
    // The task that panicked has dropped what it held; the other one goes on.
    while other.as_mut().poll(&mut context).is_pending() {}
    assert_eq!(store.get_cloned(&1), Some(1));
}

/// A reader takes one guard after another, while a writer goes over the same keys.
#[test]
fn report_195_readers_with_many_guards_beside_a_writer() {
    let store = store();
    thread::scope(|scope| {
        scope.spawn(|| {
            for key in (0..KEYS).cycle().take(5 * KEYS as usize) {
                *store.get_mut(&key).expect("it is there throughout") += 1;
            }
        });
        scope.spawn(|| {
            for first in 0..KEYS {
                let guards: Vec<_> = (first..KEYS.min(first + 100)).map(|key| store.get(&key)).collect();
                assert!(guards.iter().all(Option::is_some));
            }
        });
    });
    assert!(store.iter().all(|entry| *entry == 5));
}

/// On what conditions operations wait for ever, as they are documented here: on none, if every thread drops what it holds before
/// it writes; otherwise whoever would is told.
#[test]
fn report_233_conditions_of_deadlocks() {
    let store = store();
    let keys = keys_of_different_shards(&store, 4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for key in keys.iter().cycle().take(2_000) {
                    let found = store.get(key).map(|value| *value);
                    assert!(found.is_some());
                    *store.get_mut(key).expect("it is there throughout") += 1;
                    store.entry(*key).and_modify(|value| *value += 1);
                }
            });
        }
    });
    assert!(keys.iter().all(|key| store.get_cloned(key) == Some(4 * 500 * 2)));
    let held = store.get(&keys[0]);
    told_of_oneself(|| {
        store.insert(keys[0], 0);
    });
    drop(held);
    let entry = store.iter().next().map(|entry| *entry.key());
    assert!(entry.is_some(), "and its guard is gone");
    store.clear();
}

/// A key is removed in a loop over the entries.
#[test]
fn report_284_removing_while_iterating() {
    let store = store();
    let told = told_of_oneself(|| {
        for entry in store.iter() {
            store.remove(entry.key());
        }
    });
    assert!(told.contains("dashmap.rs") && told.contains("`remove_if_mut`"), "{told}");
    assert_eq!(store.len() as u64, KEYS);
    store.retain(|key, _| key % 2 == 0);
    assert_eq!(store.len() as u64, KEYS / 2);
}

async fn hold_by_accident(store: &Store<u64, u64>) {
    let mut held = store.get_mut(&1).expect("it is there throughout");
    yield_once().await;
    *held += 1;
}

async fn ask_in_closures(store: &Store<u64, u64>) -> Option<u64> {
    store.update(&1, |value| *value += 1);
    yield_once().await;
    store.view(&1, |_, value| *value)
}

/// A reference is held across an `await` by accident; what is asked for is a way that does not allow it. The report has no program: so
/// here is the accident, which is told, and the way, which is a closure.
#[test]
fn report_343_await_protected_api() {
    let store = store();
    // A runtime with more threads than one refuses the accident when it is compiled.
    assert!(!Probe(hold_by_accident(&store)).is_send());
    assert!(Probe(ask_in_closures(&store)).is_send());

    // One with a single thread does not.
    let mut context = Context::from_waker(Waker::noop());
    let (mut accident, mut other) = (pin!(hold_by_accident(&store)), pin!(ask_in_closures(&store)));
    assert!(accident.as_mut().poll(&mut context).is_pending());
    let told = told_of_oneself(|| assert!(other.as_mut().poll(&mut context).is_pending()));
    assert!(
        told.contains("dashmap.rs") && told.contains("`update`"),
        "where the one holds, and what the other wants: {told}"
    );
    assert!(accident.as_mut().poll(&mut context).is_ready());

    let (mut one, mut other) = (pin!(ask_in_closures(&store)), pin!(ask_in_closures(&store)));
    assert!(one.as_mut().poll(&mut context).is_pending());
    assert!(other.as_mut().poll(&mut context).is_pending());
    assert_eq!(one.as_mut().poll(&mut context), Poll::Ready(Some(3)));
    assert_eq!(other.as_mut().poll(&mut context), Poll::Ready(Some(3)));
}

/// Tells whether what is in it may go to other threads: of the two methods, the first is there only if it may, and comes first.
struct Probe<T>(T);

impl<T: Send> Probe<T> {
    fn is_send(&self) -> bool {
        true
    }
}

trait NotSend {
    fn is_send(&self) -> bool;
}

impl<T> NotSend for Probe<T> {
    fn is_send(&self) -> bool {
        false
    }
}

/// Of no report, but seen with maps of this kind: a thread goes over the entries and looks up each key on the way, while another writes to all of
/// them; and the function that is to make an entry's value uses the same map.
#[test]
fn looking_up_while_iterating_beside_a_writer() {
    let store = store();
    thread::scope(|scope| {
        scope.spawn(|| {
            for key in (0..KEYS).cycle().take(5 * KEYS as usize) {
                store.insert(key, 1);
            }
        });
        scope.spawn(|| {
            for _ in 0..5 {
                let met = store.iter().filter(|entry| store.get(entry.key()).is_some_and(|value| *value == **entry));
                assert_eq!(met.count() as u64, KEYS);
            }
        });
    });
    let keys = keys_of_one_shard(&store, 2);
    store.remove(&keys[0]);
    let told = told_of_oneself(|| {
        store.entry(keys[0]).or_insert_with(|| store.get(&keys[1]).map_or(0, |value| *value));
    });
    assert_eq!(told.matches("dashmap.rs").count(), 2, "{told}");
    assert_eq!(store.get_cloned(&keys[0]), None);
    assert_eq!(store.len() as u64, KEYS - 1);
}

/// Two threads hold a guard for reading each, and insert into the other's shard.
#[test]
fn report_369_cross_shard_deadlock_of_ref_and_insert() {
    for shards in shards(2) {
        let both_hold = Barrier::new(2);
        let refusals: Vec<_> = thread::scope(|scope| {
            let run = |index: usize| {
                let ((store, key), (other, other_key)) = (&shards[index], &shards[1 - index]);
                let both_hold = &both_hold;
                scope.spawn(move || {
                    let held = store.get(key).expect("it is there throughout");
                    both_hold.wait();
                    other.insert(*other_key, 10);
                    drop(held);
                })
            };
            [0, 1].map(run).into_iter().filter_map(|thread| thread.join().err()).collect()
        });
        assert_eq!(refusals.len(), 1, "one is told, and the other goes on");
        let told = message(&*refusals[0]);
        assert!(told.starts_with("2 threads would wait for one another"), "{told}");
        assert!(told.matches("`insert`").count() == 2 && told.matches("dashmap.rs").count() == 2, "{told}");
    }
    // As it was reported, in one store: each of the two is told, without the other, by a build with debug assertions.
    if cfg!(debug_assertions) {
        let store = store();
        let keys = keys_of_different_shards(&store, 2);
        let held = store.get(&keys[0]);
        assert!(
            told(|| {
                store.insert(keys[1], 10);
            })
            .contains("works by luck")
        );
        drop(held);
    }
}
