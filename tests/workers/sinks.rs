//! Sinks: order, attempts, dead letters.

use std::{
    collections::HashMap,
    panic::resume_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel, sync_channel},
    },
    thread,
    time::Duration,
};

use autoshard::{
    Batch, BuildError, ChannelSink, DurableFlushError, FlushError, Sink, SinkError, Sinks, Store, telemetry::EventKind,
};

use super::{builder, store};

/// What was taken, in order.
type Taken = Arc<Mutex<Vec<Batch<u64, u64>>>>;

/// A sink that asks whether it is to take a batch.
struct Judging<F>(F, Taken);

impl<F: FnMut(&Batch<u64, u64>) -> Result<(), SinkError> + Send> Sink<u64, u64> for Judging<F> {
    fn commit(&mut self, batch: &Batch<u64, u64>) -> Result<(), SinkError> {
        (self.0)(batch)?;
        self.1.lock().unwrap().push(batch.clone());
        Ok(())
    }
}

/// Sinks that judge by a copy of this each, without pauses, and where they put it.
fn judging<F>(judge: F) -> (Sinks<u64, u64>, Taken)
where
    F: FnMut(&Batch<u64, u64>) -> Result<(), SinkError> + Clone + Send + 'static,
{
    let taken = Taken::default();
    let same = Arc::clone(&taken);
    let sinks = Sinks::new(move |_| Judging(judge.clone(), Arc::clone(&same)));
    (sinks.pause(Duration::ZERO, Duration::ZERO), taken)
}

#[test]
fn a_sink_sees_each_key_in_order_and_ends_with_what_is_there() {
    let (sender, receiver) = sync_channel(1);
    let sinks = Sinks::new(move |_| ChannelSink::new(sender.clone()));
    let store: Store<u64, u64> = builder().workers(2).build_with_sinks(sinks).unwrap();
    let replay = thread::spawn(move || {
        let (mut content, mut numbers) = (HashMap::new(), HashMap::new());
        for batch in receiver {
            let batch: Batch<u64, u64> = batch;
            let next: &mut u64 = numbers.entry(batch.worker()).or_default();
            assert_eq!(batch.number(), *next, "each batch once, in order");
            *next += 1;
            for (key, value) in batch.into_entries() {
                if let (Some(value), Some(Some(before))) = (value, content.get(&key)) {
                    assert!(value > *before, "key {key}: {value} after {before}");
                }
                content.insert(key, value);
            }
        }
        content
    });
    thread::scope(|scope| {
        for thread in 0..3 {
            let store = &store;
            scope.spawn(move || {
                for round in 1..=2_000 {
                    let key = thread * 100 + round % 7;
                    match round % 5 {
                        0 => store.stage(key, 10 * round).unwrap(),
                        1 if round % 3 == 0 => store.stage_remove(key).unwrap(),
                        2 => assert!(store.stage_update(key, |value| *value += 1).is_ok()),
                        _ => assert!(store.stage_upsert(key, 10 * round, |value| *value += 1).is_ok()),
                    }
                }
            });
        }
    });
    assert_eq!(store.flush_durable(), Ok(()));
    let there: HashMap<u64, u64> = store.iter().map(|entry| (*entry.key(), *entry.value())).collect();
    drop(store);
    let mut replayed = replay.join().unwrap();
    replayed.retain(|_, value| value.is_some());
    assert_eq!(replayed, there.into_iter().map(|(key, value)| (key, Some(value))).collect());
}

#[test]
fn what_fails_comes_again() {
    let mut attempts = HashMap::new();
    let (sinks, taken) = judging(move |batch| {
        let attempt = attempts.entry(batch.number()).or_insert(0);
        *attempt += 1;
        match *attempt {
            1 => Err(SinkError::new("not yet")),
            2 => resume_unwind(Box::new("on purpose")),
            _ => Ok(()),
        }
    });
    let store = builder().build_with_sinks(sinks).unwrap();
    (0..100).for_each(|key| store.stage(key, key).unwrap());
    assert_eq!(store.flush_durable(), Ok(()));
    let taken = taken.lock().unwrap();
    let keys: Vec<u64> = taken.iter().flat_map(|batch| batch.entries().iter().map(|(key, _)| *key)).collect();
    assert_eq!(keys, (0..100).collect::<Vec<_>>());
    let worker = &store.workers()[0];
    assert_eq!(worker.sink_batches, taken.len() as u64);
    assert_eq!((worker.sink_failures, worker.dead_letters), (2 * worker.sink_batches, 0));
}

#[test]
fn what_fails_for_good_is_a_dead_letter() {
    let (sinks, taken) = judging(|batch| match batch.entries().iter().find(|(key, _)| key % 100 == 13) {
        Some((13, _)) => Err(SinkError::new("never")),
        Some(_) => Err(SinkError::fatal("never, not even a second time")),
        None => Ok(()),
    });
    let letters: Taken = Taken::default();
    let same = Arc::clone(&letters);
    let sinks = sinks.attempts(3).dead_letters(move |batch, error| {
        same.lock().unwrap().push(batch);
        resume_unwind(Box::new(error.to_string()));
    });
    // Each batch has one write.
    let store = builder().set("workers.batch", 1).build_with_sinks(sinks).unwrap();
    let mut events = store.events();
    (0..=20).for_each(|key| store.stage(key, key).unwrap());
    assert!(matches!(store.flush_durable(), Err(DurableFlushError::DeadLettered { entries: 1, .. })));
    assert_eq!(store.workers()[0].sink_failures, 3);
    store.stage(113, 0).unwrap();
    assert!(matches!(store.flush_durable(), Err(DurableFlushError::DeadLettered { entries: 2, .. })));
    // Nobody is told later that all is well.
    store.stage(1, 0).unwrap();
    assert!(matches!(store.flush_durable(), Err(DurableFlushError::DeadLettered { entries: 2, .. })));
    assert_eq!((taken.lock().unwrap().len(), store.len()), (21, 22));
    let letters = letters.lock().unwrap();
    let keys: Vec<_> = letters.iter().map(|batch| batch.entries()[0]).collect();
    assert_eq!(keys, [(13, Some(13)), (113, Some(0))]);
    let worker = &store.workers()[0];
    assert_eq!((worker.sink_failures, worker.dead_letters), (4, 2));
    let mut told = std::iter::from_fn(|| events.try_next());
    let said = told.find_map(|event| match event.kind {
        EventKind::SinkFailed { entries, message, .. } => Some((entries, message)),
        _ => None,
    });
    assert_eq!(said, Some((1, "the sink did not take a batch: never".to_owned())));
}

/// A value whose `Clone` panics, when it is told to.
#[derive(Debug)]
struct Unclonable(u64, Arc<AtomicBool>);

impl Clone for Unclonable {
    fn clone(&self) -> Self {
        if self.1.load(Ordering::SeqCst) {
            resume_unwind(Box::new("cloned on purpose"));
        }
        Self(self.0, Arc::clone(&self.1))
    }
}

#[test]
fn what_cannot_be_cloned_is_not_confirmed() {
    let (sender, receiver) = sync_channel(100);
    let sinks = Sinks::new(move |_| ChannelSink::new(sender.clone()));
    let store: Store<u64, Unclonable> = builder().build_with_sinks(sinks).unwrap();
    let panics = Arc::new(AtomicBool::new(false));
    store.stage(1, Unclonable(1, Arc::clone(&panics))).unwrap();
    assert_eq!(store.flush_durable(), Ok(()));
    panics.store(true, Ordering::SeqCst);
    // This one fails before it is made, the next one after it.
    store.stage(2, Unclonable(2, Arc::clone(&panics))).unwrap();
    store.flush().unwrap();
    assert_eq!((store.contains_key(&2), store.workers()[0].lost), (false, 1));
    assert_eq!(store.flush_durable(), Ok(()));
    assert!(store.stage_update(1, |value| value.0 = 10).is_ok());
    assert!(matches!(store.flush_durable(), Err(DurableFlushError::DeadLettered { entries: 1, .. })));
    panics.store(false, Ordering::SeqCst);
    assert_eq!((store.get_cloned(&1).map(|value| value.0), store.workers()[0].lost), (Some(10), 1));
    drop(store);
    assert_eq!(receiver.into_iter().count(), 1);
}

/// Where a sink finds its store.
type Place = Arc<Mutex<Option<Arc<Store<u64, u64>>>>>;

/// A sink that flushes the store that it is a sink of.
struct Flushing(Place, Sender<(Result<(), FlushError>, Result<(), DurableFlushError>)>);

impl Sink<u64, u64> for Flushing {
    fn commit(&mut self, _: &Batch<u64, u64>) -> Result<(), SinkError> {
        let store = self.0.lock().unwrap().clone().expect("it was put there");
        self.1.send((store.flush(), store.flush_durable())).map_err(SinkError::new)
    }
}

#[test]
fn who_would_wait_for_himself_or_for_nothing_is_refused() {
    let place = Place::default();
    let (tell, told) = channel();
    let same = Arc::clone(&place);
    let sinks = Sinks::new(move |_| Flushing(Arc::clone(&same), tell.clone()));
    let with_sinks: Arc<Store<u64, u64>> = Arc::new(builder().build_with_sinks(sinks).unwrap());
    *place.lock().unwrap() = Some(Arc::clone(&with_sinks));
    with_sinks.stage(1, 1).unwrap();
    assert_eq!(with_sinks.flush_durable(), Ok(()));
    assert_eq!(told.recv().unwrap(), (Err(FlushError::OnWorker), Err(DurableFlushError::OnWorker)));
    let guard = with_sinks.get(&1);
    assert_eq!(with_sinks.flush_durable(), Err(DurableFlushError::InsideShard));
    drop(guard);
    *place.lock().unwrap() = None;
    let store: Store<u64, u64> = store(builder());
    assert_eq!(store.flush_durable(), Err(DurableFlushError::NoSink));
}

#[test]
fn sinks_need_workers() {
    let (sinks, _) = judging(|_| Ok(()));
    let error = builder().workers(0).build_with_sinks(sinks).unwrap_err();
    assert!(matches!(error, BuildError::SinksWithoutWorkers { .. }), "{error}");
}
