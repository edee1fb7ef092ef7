//! Delegated operations against migrations, the end of the store, full queues, and callers who give up.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use autoshard::{DelegateError, Delegated, Entry, Store};
use shuttle::thread::{spawn, yield_now};

use super::{Woken, builder, check, end, push, store};

fn append(number: u64) -> impl FnOnce(Entry<'_, u64, Vec<u64>>) -> u64 + Send + 'static {
    move |entry| {
        entry.or_default().push(number);
        number
    }
}

fn delegate(store: &Store<u64, Vec<u64>>, key: u64, number: u64) -> Delegated<u64> {
    store.on_owner(&key, append(number))
}

/// Polls only when it was woken: who is not makes the model hang, which is a failure.
fn poll_when_woken(operation: Delegated<u64>) -> Result<u64, DelegateError> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut operation = pin!(operation);
    loop {
        if woken.0.swap(false, Ordering::SeqCst)
            && let Poll::Ready(result) = operation.as_mut().poll(&mut Context::from_waker(&waker))
        {
            return result;
        }
        yield_now();
    }
}

#[test]
fn operations_are_done_once_and_in_order_whatever_migrates() {
    check(|| {
        let (store, workers) = store(builder().set("workers.count", 2).set("workers.queue", 1));
        let callers = [100, 200].map(|base| {
            let store = Arc::clone(&store);
            spawn(move || {
                // The queue has room for one: the others stand in line, and what is staged comes after them.
                let operations = [delegate(&store, 0, base), delegate(&store, 1, base), delegate(&store, 0, base + 1)];
                assert!(push(&store, 0, base + 2));
                let [first, second, third] = operations;
                assert_eq!((first.wait(), poll_when_woken(second)), (Ok(base), Ok(base)));
                assert_eq!(third.wait(), Ok(base + 1));
            })
        });
        let same = Arc::clone(&store);
        let migrator = spawn(move || {
            let _ = same.reshard(4);
            let _ = same.reshard(1);
        });
        callers.into_iter().for_each(|caller| caller.join().expect("no panic"));
        end(&store, workers);
        migrator.join().expect("no panic");
        for base in [100, 200] {
            let of = |key: u64| {
                let numbers = store.get_cloned(&key).expect("it was written");
                numbers.into_iter().filter(|number| number / 100 == base / 100).collect::<Vec<_>>()
            };
            assert_eq!((of(0), of(1)), (vec![base, base + 1, base + 2], vec![base]));
        }
    });
}

#[test]
fn the_end_of_the_store_carries_out_what_waits_and_tells() {
    check(|| {
        let (store, workers) = store(builder().set("workers.queue", 1));
        let operations: Vec<_> = (0..3).map(|number| delegate(&store, number, number)).collect();
        let waiter = spawn(move || {
            for (operation, number) in operations.into_iter().zip(0..) {
                assert_eq!(if number == 1 { operation.wait() } else { poll_when_woken(operation) }, Ok(number));
            }
        });
        end(&store, workers);
        waiter.join().expect("no panic");
        assert_eq!(store.len(), 3);
    });
}

#[test]
fn who_gives_up_leaves_it_whole_or_undone_and_nobody_waiting() {
    check(|| {
        let (store, workers) = store(builder().set("workers.queue", 1));
        let (counted, ran) = (Arc::new(()), Arc::new(AtomicU64::new(0)));
        let operations: Vec<_> = (0..3)
            .map(|number| {
                let (held, ran) = (Arc::clone(&counted), Arc::clone(&ran));
                store.on_owner(&number, move |entry| {
                    entry.or_default().push(number);
                    ran.fetch_add(1, Ordering::SeqCst);
                    held
                })
            })
            .collect();
        let quitter = spawn(move || drop(operations));
        let last = delegate(&store, 9, 9);
        store.flush().expect("nothing is held");
        assert_eq!(last.wait(), Ok(9));
        quitter.join().expect("no panic");
        end(&store, workers);
        assert_eq!(Arc::strong_count(&counted), 1, "functions and results are gone");
        assert_eq!(store.len() as u64, ran.load(Ordering::SeqCst) + 1);
        let worker = &store.workers()[0];
        assert_eq!((worker.committed, worker.lost), (ran.load(Ordering::SeqCst) + 1, 0));
    });
}

#[test]
fn who_is_pushed_out_or_refused_is_told() {
    for rule in ["drop_oldest", "reject"] {
        // A model is a plain function: it looks at nothing around it.
        let model: fn() = if rule == "reject" { || told("reject") } else { || told("drop_oldest") };
        check(model);
    }
}

fn told(rule: &'static str) {
    let (store, workers) = store(builder().set("workers.full", rule).set("workers.queue", 1));
    let callers = [100, 200].map(|base| {
        let store = Arc::clone(&store);
        spawn(move || {
            let operations = [delegate(&store, base, base), delegate(&store, base, base + 1)];
            let results = operations.map(poll_when_woken);
            let expected = if rule == "reject" { DelegateError::Full } else { DelegateError::Lost };
            assert!(results.iter().all(|result| result.as_ref().err().is_none_or(|error| *error == expected)));
            results.into_iter().flatten().collect::<Vec<_>>()
        })
    });
    let done = callers.map(|caller| caller.join().expect("no panic"));
    end(&store, workers);
    for (done, base) in done.into_iter().zip([100, 200]) {
        assert_eq!(store.get_cloned(&base).unwrap_or_default(), done);
    }
}
