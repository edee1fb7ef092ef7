//! Sinks that do not come back: memory stays bounded, writers are told by the rule, and the store can be dropped.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    task::{Context, Waker},
    thread,
    time::Duration,
};

use autoshard::{Batch, Sink, SinkError, Sinks, Store, telemetry::EventKind};

use super::builder;

type Entries = Vec<(u64, Option<Arc<u64>>)>;

/// A sink that says when it begins, and then waits to be let on; for all batches once the other end is gone.
struct Stalling {
    begun: Sender<()>,
    go_on: Receiver<()>,
    taken: Arc<Mutex<Entries>>,
}

impl Sink<u64, Arc<u64>> for Stalling {
    fn commit(&mut self, batch: &Batch<u64, Arc<u64>>) -> Result<(), SinkError> {
        let _ = self.begun.send(());
        let _ = self.go_on.recv();
        self.taken.lock().unwrap().extend(batch.entries().iter().cloned());
        Ok(())
    }
}

struct Stalled {
    store: Store<u64, Arc<u64>>,
    go_on: Sender<()>,
    taken: Arc<Mutex<Entries>>,
}

/// A store with one worker, whose sink has begun with a batch of one write to key 0.
fn stalled(full: &str) -> Stalled {
    let ((begun, has_begun), (go_on, wait)) = (channel(), channel());
    let taken = Arc::default();
    let mut sink = Some(Stalling { begun, go_on: wait, taken: Arc::clone(&taken) });
    let sinks = Sinks::new(move |_| sink.take().expect("there is one worker")).drop_within(Duration::from_millis(1));
    let store = builder().set("workers.full", full).build_with_sinks(sinks).unwrap();
    store.stage(0, Arc::new(0)).map_err(|_| "full").unwrap();
    has_begun.recv().unwrap();
    Stalled { store, go_on, taken }
}

fn keys(entries: &Mutex<Entries>) -> Vec<u64> {
    entries.lock().unwrap().iter().map(|(key, _)| *key).collect()
}

#[test]
fn writers_are_handed_back() {
    let Stalled { store, go_on, taken } = stalled("reject");
    let accepted = (1..100).filter(|&key| store.stage(key, Arc::new(key)).is_ok()).count();
    assert_eq!(accepted, 8, "as many as the queue holds");
    drop(go_on);
    assert_eq!(store.flush_durable(), Ok(()));
    assert_eq!(keys(&taken), (0..=8).collect::<Vec<_>>());
}

#[test]
fn the_oldest_are_dropped() {
    let Stalled { store, go_on, taken } = stalled("drop_oldest");
    let alive = Arc::new(1);
    (1..=1000).for_each(|key| store.stage(key, Arc::clone(&alive)).unwrap());
    assert_eq!(Arc::strong_count(&alive), 9, "no more are kept than the queue holds");
    drop(go_on);
    assert_eq!(store.flush_durable(), Ok(()));
    assert_eq!(keys(&taken), std::iter::once(0).chain(993..=1000).collect::<Vec<_>>());
    assert_eq!(store.workers()[0].dropped, 992);
}

#[test]
fn writers_wait_for_room() {
    let Stalled { store, go_on, taken } = stalled("block");
    (1..=8).for_each(|key| store.stage(key, Arc::new(key)).unwrap());
    let is_through = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            store.stage(9, Arc::new(9)).unwrap();
            is_through.store(true, Ordering::SeqCst);
        });
        while store.workers()[0].blocked == 0 {
            thread::yield_now();
        }
        assert!(!is_through.load(Ordering::SeqCst), "there is no room");
        drop(go_on);
    });
    assert_eq!(store.flush_durable(), Ok(()));
    assert_eq!(keys(&taken), (0..=9).collect::<Vec<_>>());
}

#[test]
fn what_is_visible_is_not_yet_confirmed() {
    let Stalled { store, go_on, taken } = stalled("block");
    // The worker tells of the batch before it hands it on.
    store.flush().unwrap();
    assert!(store.contains_key(&0));
    let mut context = Context::from_waker(Waker::noop());
    let mut given_up = Box::pin(store.flush_durable_async());
    let mut awaited = Box::pin(store.flush_durable_async());
    for future in [&mut given_up, &mut awaited] {
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    drop(given_up);
    assert!(keys(&taken).is_empty());
    drop(go_on);
    assert_eq!(store.flush_durable(), Ok(()));
    assert_eq!(awaited.as_mut().poll(&mut context), std::task::Poll::Ready(Ok(())));
}

#[test]
fn the_store_is_dropped_without_its_sink_and_nothing_is_lost_if_that_comes_back() {
    let Stalled { store, go_on, taken } = stalled("block");
    let mut events = store.events();
    let alive = Arc::new(1);
    (1..=8).for_each(|key| store.stage(key, Arc::clone(&alive)).unwrap());
    drop(store);
    let mut told = std::iter::from_fn(|| events.try_next());
    let abandoned = told.find_map(|event| match event.kind {
        EventKind::SinkAbandoned { workers, writes, .. } => Some((workers, writes)),
        _ => None,
    });
    assert_eq!(abandoned, Some((1, 9)));
    assert!(keys(&taken).is_empty(), "the sink has not come back");
    drop(go_on);
    while keys(&taken).len() < 9 {
        thread::yield_now();
    }
    assert_eq!(keys(&taken), (0..=8).collect::<Vec<_>>());
    taken.lock().unwrap().clear();
    // And the worker ends, and gives up the entries.
    while Arc::strong_count(&alive) > 1 {
        thread::yield_now();
    }
}
